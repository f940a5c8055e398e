//! What was repaired, as remarks for the person who reads the event.
//! Written by `json::scan` and `json::text`.

use watchpost_model::{Remark, RemarkKind};

use crate::limits::{JSON_PLACE_COUNT_MAX, JSON_REMARK_COUNT_MAX};

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
    /// The last repair, and where the value in which it was begins.
    last: Option<(Repair, usize)>,
    /// Places so far that had to be printed to be compared.
    printed: usize,
    more: usize,
}

impl Notes {
    /// Notes a repair in the value that begins at `start`. `path` is asked for only when there is
    /// room for it, and once for a value: a text may have a million characters to repair.
    pub(super) fn add(&mut self, repair: Repair, start: usize, path: impl FnOnce() -> String) {
        let is_full = self.places.len() >= JSON_REMARK_COUNT_MAX;
        if is_full || self.printed >= JSON_PLACE_COUNT_MAX {
            self.more += 1;
            return;
        }
        if self.last == Some((repair, start)) {
            return;
        }
        self.last = Some((repair, start));
        self.printed += 1;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// How often a path is printed for so many repairs, and what is remarked.
    fn check(start_of: fn(usize) -> usize, expect: usize, remarks: &[(&str, &str)]) {
        let (mut notes, mut printed) = (Notes::default(), 0);
        for number in 0..100_000 {
            notes.add(Repair::Nul, start_of(number), || {
                printed += 1;
                "a.b".to_owned()
            });
        }
        assert_eq!(printed, expect);
        let got = notes.into_remarks();
        let got: Vec<_> = got.iter().map(|at| (&*at.path, &*at.reason)).collect();
        assert_eq!(got, remarks);
    }

    #[test]
    fn a_place_is_printed_once_for_a_value_and_not_without_end() {
        let nul = ("a.b", "NUL was replaced by U+FFFD");
        check(|_| 7, 1, &[nul]);
        let more = ("", "99000 more repairs of this sort");
        check(|number| number, JSON_PLACE_COUNT_MAX, &[nul, more]);
    }
}
