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

use watchpost_model::{Component, Event, Explanation, GroupingHash, MatchedRule};

use crate::Grouper;
use crate::digest::Parts;
use crate::rules::stack::{self as rules, BASE, Stack, StackRules};

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
    /// Whether a stack rule of the project may have changed what counts.
    pub(crate) is_ruled: bool,
}

/// What the stack rules say about every stack of an event.
pub(crate) struct Stacks<'r> {
    pub(crate) exceptions: Vec<Option<Stack<'r>>>,
    pub(crate) threads: Vec<Option<Stack<'r>>>,
    pub(crate) bare: Option<Stack<'r>>,
}

impl<'r> Stacks<'r> {
    /// Looks at all stacks, and has their frames say whose they are from here on.
    pub(crate) fn settle(event: &mut Event, own: &'r StackRules) -> Self {
        let sets: &[&'r StackRules] = if own.is_empty() {
            &[&BASE]
        } else {
            &[&BASE, own]
        };
        let platform = &event.platform;
        let threads = event.threads.iter_mut().map(|thread| {
            let stack = thread.stacktrace.as_mut()?;
            let ruled = rules::apply(sets, &stack.frames, None, platform);
            ruled.settle(&mut stack.frames);
            Some(ruled)
        });
        let threads = threads.collect();
        let exceptions = event.exceptions.iter_mut().map(|exception| {
            let frames = &exception.stacktrace.as_ref()?.frames;
            let ruled = rules::apply(sets, frames, Some(exception), platform);
            if let Some(stack) = &mut exception.stacktrace {
                ruled.settle(&mut stack.frames);
            }
            Some(ruled)
        });
        let exceptions = exceptions.collect();
        let bare = event.stacktrace.as_mut().map(|stack| {
            let ruled = rules::apply(sets, &stack.frames, None, platform);
            ruled.settle(&mut stack.frames);
            ruled
        });
        Self {
            exceptions,
            threads,
            bare,
        }
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
    let all = stacks.exceptions.iter().chain(&stacks.threads);
    let all = all.flatten().chain(&stacks.bare);
    let mut matched: Vec<_> = all.flat_map(|stack| &stack.matched).collect();
    keys.is_ruled = matched.iter().any(|rule| rule.changed && !rule.built_in);
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
