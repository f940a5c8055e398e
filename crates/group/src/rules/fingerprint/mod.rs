//! Rules that replace the fingerprint of events, and what stands for variables in it.

mod matcher;
mod parse;
#[cfg(test)]
mod tests;
mod variable;

use std::sync::LazyLock;

use watchpost_model::{Event, Glob, RuleFault};

use self::matcher::{Facts, Matchers};
pub(crate) use self::variable::Template;

/// Parts of a fingerprint.
const PARTS_MAX: usize = 20;
/// Characters of a part.
const PART_CHARS_MAX: usize = 200;

/// What is asked after the rules of a project.
pub(crate) static BUILT_IN: LazyLock<FingerprintRules> =
    LazyLock::new(|| FingerprintRules::parse(include_str!("built_in.txt")).0);

/// Compiled rules of one text.
pub(crate) struct FingerprintRules {
    rules: Vec<Rule>,
}

/// One rule.
pub(crate) struct Rule {
    /// Its line, from 1.
    pub(crate) line: usize,
    /// As it is written.
    pub(crate) text: String,
    matchers: Matchers,
    /// The fingerprint that it gives.
    pub(crate) parts: Vec<Template>,
    /// The title that it gives.
    pub(crate) title: Option<Template>,
}

impl FingerprintRules {
    /// Compiles a text.
    pub(crate) fn parse(text: &str) -> (Self, Vec<RuleFault>) {
        let (found, faults) = super::read_lines(text, parse::rule, Rule::globs);
        let rules = found.into_iter().map(|(line, rule)| Rule { line, ..rule });
        let rules = rules.collect();
        (Self { rules }, faults)
    }

    /// The first rule that fits.
    pub(crate) fn find(&self, event: &Event) -> Option<&Rule> {
        if self.rules.is_empty() {
            return None;
        }
        let facts = Facts::of(event);
        self.rules.iter().find(|rule| facts.fit(&rule.matchers))
    }
}

impl Rule {
    fn globs(&self) -> Vec<&Glob> {
        self.matchers.globs()
    }
}

/// A part as it counts: no longer than the bound.
pub(crate) fn bounded(part: String) -> String {
    match part.char_indices().nth(PART_CHARS_MAX) {
        Some((end, _)) => part.get(..end).map(str::to_owned).unwrap_or_default(),
        None => part,
    }
}
