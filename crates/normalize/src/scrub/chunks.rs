//! A text while rules work on it: what a rule has hidden, no later rule sees.

use std::fmt::Write;
use std::ops::Range;

use super::redact::Redaction;

/// Parts of a text, kept or hidden.
pub(super) struct Chunks<'t> {
    text: &'t str,
    /// Empty as long as all of the text is kept.
    parts: Vec<Part<'t>>,
    /// The rule that took the text away altogether.
    removed_by: Option<&'t str>,
}

enum Part<'t> {
    Kept(&'t str),
    Hidden { text: String, rule: &'t str },
}

/// What has become of a text.
pub(super) enum Left {
    /// It is as it was.
    Same,
    /// It has changed; the second says by which rules and where.
    Text(String, String),
    /// Nothing is left; and why.
    Nothing(String),
}

impl<'t> Chunks<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            parts: Vec::new(),
            removed_by: None,
        }
    }

    /// The text as it came.
    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// Whether a rule has changed it.
    pub(super) fn is_touched(&self) -> bool {
        !self.parts.is_empty()
    }

    /// Hides what `find` finds in the parts that are still readable. `find` gives ranges of bytes
    /// in order, none within another.
    pub(super) fn hide(
        &mut self,
        rule: &'t str,
        redaction: &Redaction,
        mut find: impl FnMut(&str, &mut Vec<Range<usize>>),
    ) {
        let mut found = Vec::new();
        if self.parts.is_empty() {
            find(self.text, &mut found);
            if !found.is_empty() {
                cut(self.text, &found, (rule, redaction), &mut self.parts);
            }
            return;
        }
        let mut parts = Vec::with_capacity(self.parts.len());
        for part in std::mem::take(&mut self.parts) {
            match part {
                Part::Kept(text) => {
                    found.clear();
                    find(text, &mut found);
                    cut(text, &found, (rule, redaction), &mut parts);
                }
                hidden @ Part::Hidden { .. } => parts.push(hidden),
            }
        }
        self.parts = parts;
    }

    /// Hides all of it.
    pub(super) fn hide_all(&mut self, rule: &'t str, redaction: &Redaction) {
        let text = redaction.apply(self.text);
        self.parts = vec![Part::Hidden { text, rule }];
        if *redaction == Redaction::Remove {
            self.removed_by = Some(rule);
        }
    }

    /// Puts it together again.
    pub(super) fn finish(self) -> Left {
        if let Some(rule) = self.removed_by {
            return Left::Nothing(format!("removed by {rule}"));
        }
        if self.parts.is_empty() {
            return Left::Same;
        }
        let is_whole = self.parts.len() == 1;
        let (mut text, mut chars, mut reason) = (String::new(), 0, String::new());
        for part in &self.parts {
            match part {
                Part::Kept(kept) => {
                    text.push_str(kept);
                    chars += kept.chars().count();
                }
                Part::Hidden { text: word, rule } => {
                    text.push_str(word);
                    let start = chars;
                    chars += word.chars().count();
                    tell(&mut reason, rule, (!is_whole).then_some((start, chars)));
                }
            }
        }
        if text == self.text {
            return Left::Same;
        }
        Left::Text(text, reason)
    }
}

/// `hidden by @ip, characters 3 to 7; by @email, characters 9 to 16`, not longer than people read.
fn tell(reason: &mut String, rule: &str, range: Option<(usize, usize)>) {
    const BYTES_MAX: usize = 300;
    if reason.len() > BYTES_MAX {
        if !reason.ends_with('…') {
            reason.push_str("; …");
        }
        return;
    }
    let start = if reason.is_empty() { "hidden" } else { ";" };
    reason.push_str(start);
    reason.push_str(" by ");
    reason.push_str(rule);
    if let Some((from, to)) = range {
        // Writing into a text cannot fail.
        let _ = write!(reason, ", characters {from} to {to}");
    }
}

fn cut<'t>(
    text: &'t str,
    found: &[Range<usize>],
    (rule, redaction): (&'t str, &Redaction),
    parts: &mut Vec<Part<'t>>,
) {
    let mut kept_from = 0;
    for range in found {
        let (before, secret) = (text.get(kept_from..range.start), text.get(range.clone()));
        let (Some(before), Some(secret)) = (before, secret) else {
            continue;
        };
        if !before.is_empty() {
            parts.push(Part::Kept(before));
        }
        let text = redaction.apply(secret);
        parts.push(Part::Hidden { text, rule });
        kept_from = range.end;
    }
    if let Some(rest) = text.get(kept_from..).filter(|rest| !rest.is_empty()) {
        parts.push(Part::Kept(rest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str, found: &mut Vec<Range<usize>>) {
        found.extend(text.match_indices('7').map(|(at, _)| at..at + 1));
    }

    #[test]
    fn what_one_rule_hid_no_other_sees() {
        let mut chunks = Chunks::new("ä7b7");
        chunks.hide("@a", &Redaction::replace("77"), digits);
        chunks.hide("@b", &Redaction::Remove, digits);
        let Left::Text(text, reason) = chunks.finish() else {
            panic!("hidden")
        };
        assert_eq!(text, "ä77b77");
        assert_eq!(
            reason,
            "hidden by @a, characters 1 to 3; by @a, characters 4 to 6"
        );
    }

    #[test]
    fn a_word_in_its_own_place_is_no_change() {
        let mut chunks = Chunks::new("a7");
        chunks.hide("@a", &Redaction::replace("7"), digits);
        assert!(matches!(chunks.finish(), Left::Same));
        let mut chunks = Chunks::new("a7");
        chunks.hide_all("@a", &Redaction::Remove);
        assert!(matches!(chunks.finish(), Left::Nothing(why) if why == "removed by @a"));
    }
}
