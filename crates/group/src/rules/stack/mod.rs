//! Rules about frames: which are the application's, which count, how many.

mod apply;
mod parse;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};
use watchpost_model::{Glob, RuleFault};

use self::apply::Pass;
pub(crate) use self::apply::{Marks, Matched, Stack, apply};
use super::Family;

/// A literal of fewer bytes is in too many frames to be worth a look.
const LITERAL_BYTES_MIN: usize = 3;

/// The category of frames of loggers.
pub(crate) const LOGGING: &str = "logging";

/// What everybody's events are looked at with, before the rules of their project.
pub(crate) static BASE: LazyLock<StackRules> = LazyLock::new(|| {
    // A megabyte, once, for a third of the time.
    let kind = Some(AhoCorasickKind::DFA);
    let (mut rules, _) = StackRules::compile(include_str!("base.txt"), kind);
    rules.built_in = true;
    rules
});

/// Compiled rules of one text.
pub(crate) struct StackRules {
    rules: Vec<Rule>,
    built_in: bool,
    /// Finds which rules a frame could match at all. `None` without any literal.
    finder: Option<AhoCorasick>,
    /// The rules of each literal of `finder`.
    owners: Vec<Vec<usize>>,
    /// The rules that cannot be found by a literal.
    always: Vec<usize>,
}

struct Rule {
    line: usize,
    text: String,
    caller: Option<Matcher>,
    matchers: Vec<Matcher>,
    callee: Option<Matcher>,
    actions: Vec<Action>,
    /// Whether only frames with a category match.
    needs_category: bool,
    /// Whether no rule changes which frames match.
    is_settled: bool,
}

struct Matcher {
    is_negated: bool,
    test: Test,
}

/// What a matcher looks at, and what it looks for.
enum Test {
    Function(Glob),
    Module(Glob),
    Path(Glob),
    Package(Glob),
    Category(Glob),
    ErrorType(Glob),
    ErrorValue(Glob),
    Mechanism(Glob),
    Family(Family),
    App(bool),
}

impl Test {
    fn glob(&self) -> Option<&Glob> {
        match self {
            Self::Function(glob)
            | Self::Module(glob)
            | Self::Path(glob)
            | Self::Package(glob)
            | Self::Category(glob)
            | Self::ErrorType(glob)
            | Self::ErrorValue(glob)
            | Self::Mechanism(glob) => Some(glob),
            Self::Family(_) | Self::App(_) => None,
        }
    }
}

/// What happens to a frame that matches, or to its stack.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Action {
    App(Range, bool),
    Group(Range, bool),
    Category(String),
    MaxFrames(usize),
    MinFrames(usize),
    Invert(bool),
    Split,
}

/// Which frames an action is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Range {
    /// The one that matches.
    Self_,
    /// All that it called, towards the crash.
    Up,
    /// All that called it, towards the start of the thread.
    Down,
}

impl StackRules {
    /// Compiles a text.
    pub(crate) fn parse(text: &str) -> (Self, Vec<RuleFault>) {
        Self::compile(text, None)
    }

    /// Compiles a text, with a finder of that kind or one that suits the number of literals.
    fn compile(text: &str, kind: Option<AhoCorasickKind>) -> (Self, Vec<RuleFault>) {
        let (found, mut faults) = super::read_lines(text, parse::rule, Rule::globs);
        let rules = found.into_iter().map(|(line, rule)| Rule { line, ..rule });
        let rules: Vec<Rule> = rules.collect();
        let mut literals: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut always = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let own = rule.literals();
            if own.is_empty() {
                always.push(index);
            }
            for literal in own {
                literals.entry(literal).or_default().push(index);
            }
        }
        let build = |literals: &BTreeMap<String, Vec<usize>>, kind| {
            let mut builder = AhoCorasickBuilder::new();
            let builder = builder.match_kind(MatchKind::Standard).kind(kind);
            builder.build(literals.keys())
        };
        let finder = (!literals.is_empty()).then(|| {
            // The built-in ones are few and known: each is found by its own.
            if kind.is_none() {
                literals = shortest(&literals, &build(&literals, None)?);
            }
            build(&literals, kind)
        });
        let owners = literals.into_values().collect();
        let finder = match finder.transpose() {
            Ok(finder) => finder,
            Err(error) => {
                // Slower, but right.
                always = (0..rules.len()).collect();
                let message = format!("the rules are too long to be searched quickly: {error}");
                faults.push(RuleFault { line: 1, message });
                None
            }
        };
        let rules = Self {
            rules,
            built_in: false,
            finder,
            owners,
            always,
        };
        (rules, faults)
    }

    /// Whether there is nothing to apply.
    pub(crate) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

/// Without literals that contain others, whose rules they are found by then: otherwise any number
/// of them could end at the same character of a text.
fn shortest(
    literals: &BTreeMap<String, Vec<usize>>,
    finder: &AhoCorasick,
) -> BTreeMap<String, Vec<usize>> {
    let names: Vec<String> = literals.keys().cloned().collect();
    let inside = |literal: &str| {
        let bytes = literal.as_bytes();
        let within = bytes.get(1..).and_then(|part| finder.find(part));
        let found = within.or_else(|| finder.find(bytes.split_last()?.1))?;
        names.get(found.pattern().as_usize())
    };
    let mut kept: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (literal, owners) in literals {
        let mut least = literal;
        while let Some(part) = inside(least) {
            least = part;
        }
        let all = kept.entry(least.clone()).or_default();
        all.extend(owners);
        all.sort_unstable();
        all.dedup();
    }
    kept
}

impl Rule {
    /// What frames are held against, as often as they are.
    fn globs(&self) -> Vec<&Glob> {
        let passes = [Pass::Frames, Pass::Count].into_iter();
        let passes = passes.filter(|pass| self.acts_in(*pass)).count();
        let times = if self.is_settled { 1 } else { passes };
        let all = (0..times).flat_map(|_| self.all());
        all.filter_map(|matcher| matcher.test.glob()).collect()
    }

    fn all(&self) -> impl Iterator<Item = &Matcher> {
        let around = self.caller.iter().chain(&self.callee);
        self.matchers.iter().chain(around)
    }

    fn acts_in(&self, pass: Pass) -> bool {
        self.actions.iter().any(|action| action.pass() == pass)
    }

    /// Texts of which every frame that matches contains one, letter by letter in lower case.
    /// Empty when there are none.
    fn literals(&self) -> Vec<String> {
        let globs = self.matchers.iter().filter(|matcher| !matcher.is_negated);
        let globs = globs.filter_map(|matcher| match &matcher.test {
            Test::Function(glob) | Test::Module(glob) | Test::Path(glob) | Test::Package(glob) => {
                Some(glob)
            }
            _ => None,
        });
        let shortest = |literals: &Vec<String>| literals.iter().map(String::len).min();
        let best = globs.map(Glob::literals).max_by_key(shortest);
        let best = best.filter(|best| shortest(best) >= Some(LITERAL_BYTES_MIN));
        let best = best.unwrap_or_default();
        let lower = |literal: &String| literal.chars().flat_map(char::to_lowercase).collect();
        best.iter().map(lower).collect()
    }
}
