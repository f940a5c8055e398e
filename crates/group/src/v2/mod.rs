//! Version 2: fingerprints and rules, frames by platform, parameterised texts, two variants.
//!
//! Nothing in here that moves a hash may change once it is released; a change is a new version.

mod exception;
mod file;
mod fingerprint;
mod frame;
mod function;
mod others;
mod stack;
#[cfg(test)]
mod tests;
mod tree;

use watchpost_model::{Component, Event, Explanation, GroupingHash, MatchedRule, Stacktrace};

use crate::Grouper;
use crate::digest::Parts;
use crate::rules::stack::{self as rules, BASE, Matched, Stack, StackRules};

pub(crate) use self::exception::main as main_exception;

/// The number of this version.
pub(crate) const VERSION: u16 = 2;

/// The strategy that looks at exceptions.
pub(crate) const EXCEPTION: &str = "exception";

/// Rules that an explanation lists.
const RULES_MAX: usize = 20;

/// What this version says about an event.
pub(crate) struct Keys {
    /// Most specific first, never empty.
    pub(crate) hashes: Vec<GroupingHash>,
    pub(crate) explanation: Explanation,
    /// The title that a rule gives.
    pub(crate) title: Option<String>,
    /// Whether stack rules of the project made them other than they would be; known when an older
    /// version takes part.
    pub(crate) is_ruled: bool,
}

/// What the stack rules say about every stack of an event.
pub(crate) struct Stacks<'r> {
    pub(crate) exceptions: Vec<Option<Stack<'r>>>,
    pub(crate) threads: Vec<Option<Stack<'r>>>,
    pub(crate) bare: Option<Stack<'r>>,
}

impl<'r> Stacks<'r> {
    /// Looks at all stacks.
    pub(crate) fn of(event: &Event, own: &'r StackRules) -> Self {
        let sets: &[&'r StackRules] = if own.is_empty() {
            &[&BASE]
        } else {
            &[&BASE, own]
        };
        let look = |stack: Option<&Stacktrace>, exception| {
            let ruled = rules::apply(sets, &stack?.frames, exception, &event.platform);
            Some(ruled)
        };
        let threads = event.threads.iter();
        let exceptions = event.exceptions.iter();
        Self {
            exceptions: exceptions
                .map(|exception| look(exception.stacktrace.as_ref(), Some(exception)))
                .collect(),
            threads: threads
                .map(|thread| look(thread.stacktrace.as_ref(), None))
                .collect(),
            bare: look(event.stacktrace.as_ref(), None),
        }
    }

    /// Has the frames of the event say whose they are from here on.
    pub(crate) fn settle(&self, event: &mut Event) {
        let settle = |stack: &mut Option<Stacktrace>, ruled: &Option<Stack<'_>>| {
            if let (Some(stack), Some(ruled)) = (stack, ruled) {
                ruled.settle(&mut stack.frames);
            }
        };
        for (thread, ruled) in event.threads.iter_mut().zip(&self.threads) {
            settle(&mut thread.stacktrace, ruled);
        }
        for (exception, ruled) in event.exceptions.iter_mut().zip(&self.exceptions) {
            settle(&mut exception.stacktrace, ruled);
        }
        settle(&mut event.stacktrace, &self.bare);
    }

    /// Rules of the project that matched, and built-in ones that changed something.
    pub(crate) fn matched(&self) -> impl Iterator<Item = &Matched<'r>> {
        let all = self.exceptions.iter().chain(&self.threads);
        let all = all.flatten().chain(&self.bare);
        all.flat_map(|stack| &stack.matched)
    }
}

/// Which frames may count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    /// Those of the application.
    App,
    /// All.
    System,
}

impl View {
    fn name(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::System => "system",
        }
    }
}

/// A key in the making, with what it is made of.
struct Draft {
    name: &'static str,
    parts: Parts,
    components: Vec<Component>,
    /// Whether a stack takes part.
    has_stack: bool,
}

impl Draft {
    fn new(name: &'static str, strategy: &str) -> Self {
        Self {
            name,
            parts: Parts::new(VERSION, strategy),
            components: Vec::new(),
            has_stack: false,
        }
    }

    /// Adds a text that counts.
    fn add(&mut self, name: &'static str, text: &str) {
        self.parts.add(name, text);
        self.components.push(tree::leaf(name, text));
    }
}

/// What a strategy found: its name, and a draft for each variant, most specific first.
type Found = (&'static str, Vec<Draft>);

/// The keys of an event whose stacks were settled.
pub(crate) fn keys(event: &Event, stacks: &Stacks<'_>, grouper: &Grouper) -> Keys {
    let mut keys = fingerprint::keys(event, stacks, grouper);
    keys.explanation.version = VERSION;
    let mut matched: Vec<_> = stacks.matched().collect();
    // What the project said matters most.
    matched.sort_by_key(|rule| rule.built_in);
    for rule in matched {
        let rules = &mut keys.explanation.rules;
        let is_it = |known: &MatchedRule| {
            (known.line, known.built_in, &*known.text) == (rule.line, rule.built_in, rule.text)
        };
        if rules.len() < RULES_MAX && !rules.iter().any(is_it) {
            rules.push((*rule).into());
        }
    }
    keys
}

/// Without a fingerprint: the first strategy that has something to say.
fn default(event: &Event, stacks: &Stacks<'_>, grouper: &Grouper) -> Found {
    exception::chain(event, stacks, grouper.split_by_message)
        .or_else(|| stack::thread(event, stacks))
        .or_else(|| stack::bare(event, stacks))
        .or_else(|| others::template(event))
        .or_else(|| others::security(event))
        .or_else(|| others::message(event))
        .unwrap_or_else(|| others::nothing(event))
}
