//! Selectors: which values of an event a rule is for, in Sentry's language.
//!
//! ```text
//! password              a value of that name, anywhere
//! extra.user.*          one step
//! $frame.vars.**        any number of steps below the variables of a frame
//! $string && !extra.**  kinds of values, and, or (`||`), not, parentheses
//! 'a b'.c               names with other characters; a quote inside is written twice
//! ```

mod parse;

use super::place::{Key, Kinds, Place};

/// Which values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Selector {
    Path(Vec<Step>),
    All(Vec<Selector>),
    Any(Vec<Selector>),
    Not(Box<Selector>),
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A value of this name, whatever its case; a number also counts entries of a list.
    Name(String, Option<usize>),
    /// A value of this kind.
    Kind(Kinds),
    /// Any one step: `*`.
    One,
    /// One step or more: `**`.
    Many,
}

/// How well a value fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    No,
    /// By its kind only, or because it is not something else.
    Broad,
    /// Its name was asked for.
    Named,
}

impl Selector {
    /// Reads a selector; the fault says where it is wrong and what would be right.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        parse::selector(text)
    }

    /// Whether the value at `place` is meant. Values that events are found by must be named.
    pub(super) fn selects(&self, place: &Place<'_>) -> bool {
        let least = if place.care().is_guarded() {
            Fit::Named
        } else {
            Fit::Broad
        };
        self.fit(place) >= least
    }

    fn fit(&self, place: &Place<'_>) -> Fit {
        match self {
            Self::Path(steps) if !leads_to(steps, place) => Fit::No,
            Self::Path(steps) => {
                let is_named = steps.iter().any(|step| matches!(step, Step::Name(..)));
                if is_named && !steps.contains(&Step::Many) {
                    Fit::Named
                } else {
                    Fit::Broad
                }
            }
            Self::All(all) => {
                let fits = || all.iter().map(|selector| selector.fit(place));
                if fits().any(|fit| fit == Fit::No) {
                    Fit::No
                } else {
                    fits().max().unwrap_or(Fit::No)
                }
            }
            Self::Any(any) => {
                let fits = any.iter().map(|selector| selector.fit(place));
                fits.max().unwrap_or(Fit::No)
            }
            Self::Not(selector) if selector.fit(place) == Fit::No => Fit::Broad,
            Self::Not(_) => Fit::No,
        }
    }
}

/// Whether the way to `place` ends in these steps. There is one `**` at most, so this is linear.
fn leads_to(steps: &[Step], place: &Place<'_>) -> bool {
    let Some((last, before)) = steps.split_last() else {
        return true;
    };
    if *last == Step::Many {
        let mut above = place.up();
        if before.is_empty() {
            return above.is_some();
        }
        while let Some(place) = above {
            if leads_to(before, place) {
                return true;
            }
            above = place.up();
        }
        return false;
    }
    if !last.is(place) {
        return false;
    }
    match place.up() {
        Some(up) => leads_to(before, up),
        None => before.is_empty(),
    }
}

impl Step {
    fn is(&self, place: &Place<'_>) -> bool {
        match (self, place.key()) {
            (Self::Kind(kinds), _) => place.kinds().has(*kinds),
            (_, Key::Root) => false,
            (Self::Name(name, _), Key::Name(key) | Key::Renamed(&(key, _))) => {
                name.eq_ignore_ascii_case(key)
            }
            (Self::Name(_, number), Key::Index(index)) => *number == Some(index),
            (Self::One | Self::Many, _) => true,
        }
    }
}

#[cfg(test)]
mod tests;
