//! The remarks of one event, bounded.

use std::fmt::Display;

use watchpost_model::{Remark, RemarkDetail, RemarkKind};

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
        self.add(at, RemarkKind::Dropped, reason, None);
    }

    /// The value at `at` was turned into one that is allowed.
    pub(crate) fn corrected(&mut self, at: &dyn Display, reason: &str) {
        self.add(at, RemarkKind::Corrected, reason, None);
    }

    /// All times were moved.
    pub(crate) fn moved(&mut self, reason: &str, detail: RemarkDetail) {
        self.add(&"timestamp", RemarkKind::Corrected, reason, Some(detail));
    }

    /// The value at `at` lost its end or its middle.
    pub(crate) fn cut(&mut self, at: &dyn Display, reason: &str) {
        self.add(at, RemarkKind::Cut, reason, None);
    }

    /// Something at `path` was hidden.
    pub(crate) fn scrubbed(&mut self, path: impl FnOnce() -> String, reason: &str) {
        if self.remarks.len() < REMARKS_MAX {
            let remark = Remark::new(path(), RemarkKind::Scrubbed, reason);
            self.remarks.push(remark);
        } else {
            self.left_out += 1;
        }
    }

    /// As above; it had `length` characters or entries.
    pub(crate) fn cut_from(&mut self, at: &dyn Display, reason: &str, length: usize) {
        let detail = RemarkDetail::Length(u64::try_from(length).unwrap_or(u64::MAX));
        self.add(at, RemarkKind::Cut, reason, Some(detail));
    }

    fn add(
        &mut self,
        at: &dyn Display,
        kind: RemarkKind,
        reason: &str,
        detail: Option<RemarkDetail>,
    ) {
        if self.remarks.len() < REMARKS_MAX {
            let remark = Remark::new(at.to_string(), kind, reason);
            self.remarks.push(Remark { detail, ..remark });
        } else {
            self.left_out += 1;
        }
    }

    /// The details so far.
    pub(crate) fn details(&self) -> impl Iterator<Item = RemarkDetail> {
        self.remarks.iter().filter_map(|remark| remark.detail)
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
