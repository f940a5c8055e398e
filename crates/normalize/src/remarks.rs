//! The remarks of one event, bounded.

use std::fmt::Display;

use watchpost_model::{Remark, RemarkKind};

/// More remarks than this are counted, not kept.
const REMARKS_MAX: usize = 200;

/// The remarks so far.
pub(crate) struct Remarks {
    remarks: Vec<Remark>,
    left_out: usize,
}

impl Remarks {
    /// Starts with what parsing remarked.
    pub(crate) fn new(remarks: Vec<Remark>) -> Self {
        Self {
            remarks,
            left_out: 0,
        }
    }

    /// The value at `at` is gone.
    pub(crate) fn dropped(&mut self, at: &dyn Display, reason: &str) {
        self.add(at, RemarkKind::Dropped, reason);
    }

    /// The value at `at` was turned into one that is allowed.
    pub(crate) fn corrected(&mut self, at: &dyn Display, reason: &str) {
        self.add(at, RemarkKind::Corrected, reason);
    }

    /// The value at `at` lost its end or its middle.
    pub(crate) fn cut(&mut self, at: &dyn Display, reason: &str) {
        self.add(at, RemarkKind::Cut, reason);
    }

    /// Something at `at` was hidden.
    pub(crate) fn scrubbed(&mut self, at: &dyn Display, reason: &str) {
        self.add(at, RemarkKind::Scrubbed, reason);
    }

    fn add(&mut self, at: &dyn Display, kind: RemarkKind, reason: &str) {
        if self.remarks.len() < REMARKS_MAX {
            self.remarks.push(Remark::new(at.to_string(), kind, reason));
        } else {
            self.left_out += 1;
        }
    }

    /// All of them, the last of which says how many more there would have been.
    pub(crate) fn finish(mut self) -> Vec<Remark> {
        if self.left_out > 0 {
            let reason = format!("{} more remarks are not listed", self.left_out);
            self.remarks.push(Remark::new("", RemarkKind::Cut, reason));
        }
        self.remarks
    }
}
