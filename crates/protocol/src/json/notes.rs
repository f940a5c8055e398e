//! What was repaired, as remarks for the person who reads the event.
//! Written by `json::scan` and `json::text`.

use watchpost_model::{Remark, RemarkKind};

use crate::limits::JSON_REMARK_COUNT_MAX;

/// One thing that real clients get wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repair {
    Utf8,
    Utf16,
    Control,
    Nul,
    Surrogate,
    Escape,
    NotANumber,
    OutOfRange,
    TooDeep,
}

impl Repair {
    fn kind(self) -> RemarkKind {
        match self {
            Self::NotANumber => RemarkKind::Dropped,
            Self::TooDeep => RemarkKind::Cut,
            _ => RemarkKind::Corrected,
        }
    }

    fn reason(self) -> &'static str {
        match self {
            Self::Utf8 => "bytes that are not UTF-8 were replaced by U+FFFD",
            Self::Utf16 => "the body was UTF-16 and was taken as such",
            Self::Control => "a raw control character was escaped",
            Self::Nul => "NUL was replaced by U+FFFD",
            Self::Surrogate => "half of a surrogate pair was replaced by U+FFFD",
            Self::Escape => "an escape that JSON does not know was taken literally",
            Self::NotANumber => "NaN and the infinities have no place in JSON",
            Self::OutOfRange => "the number is out of range and was kept as text",
            Self::TooDeep => "nested too deep",
        }
    }
}

/// Repairs so far: each place once, as long as there are few.
#[derive(Debug, Default)]
pub(super) struct Notes {
    places: Vec<(Repair, String)>,
    more: usize,
}

impl Notes {
    /// Notes a repair; `path` is asked for only when there is room for it.
    pub(super) fn add(&mut self, repair: Repair, path: impl FnOnce() -> String) {
        if self.places.len() >= JSON_REMARK_COUNT_MAX {
            self.more += 1;
            return;
        }
        let place = (repair, path());
        if self.places.last() != Some(&place) {
            self.places.push(place);
        }
    }

    pub(super) fn into_remarks(self) -> Vec<Remark> {
        let remark =
            |(repair, path): (Repair, String)| Remark::new(path, repair.kind(), repair.reason());
        let mut remarks: Vec<Remark> = self.places.into_iter().map(remark).collect();
        if self.more > 0 {
            let reason = format!("{} more repairs of this sort", self.more);
            remarks.push(Remark::new("", RemarkKind::Corrected, reason));
        }
        remarks
    }
}
