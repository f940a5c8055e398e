//! Exceptions and their frames, as the template prints them. Pure.
//!
//! ```text
//! event.exceptions: [cause, …, caught]     shown: caught, "caused by" …, cause
//! stack.frames:     [oldest, …, crash]     shown: crash first, or last if somebody prefers that
//! ```
//! Who reads the application's frames sees them alone, and the one where it was raised; runs of two
//! and more others fold into one row, as do repetitions and what is beyond the last row of a page.
//! Of a frame whose source does not fit the page its head is there, of a fold that does not fit its
//! label, with a link to the rest.

mod frame;
mod native;
mod reading;
mod rows;
mod source;

use watchpost_model::{Exception, Mechanism, Stacktrace};

pub(crate) use self::frame::FrameView;
pub(crate) use self::native::{Image, images};
pub(crate) use self::reading::{Frames, Order, Reading, StepOrder, StepTimes};
pub(crate) use self::rows::{Row, ration};
pub(crate) use self::source::Source;
use super::values::{Pair, cut, is_long, pairs};

/// How the stacks of an event are looked at.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) reading: Reading,
    /// The event's platform: the language of files that do not tell theirs.
    pub(crate) platform: &'a str,
    /// Where its source is.
    pub(crate) source: Source<'a>,
    /// Where whose frames are is decided; empty: nowhere.
    pub(crate) rules: &'a str,
}

/// One exception of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) kind: String,
    pub(crate) module: String,
    pub(crate) value: String,
    pub(crate) is_cause: bool,
    pub(crate) mechanism: String,
    /// Whether somebody caught it; `None` when nobody said.
    pub(crate) handled: Option<bool>,
    pub(crate) stack: Option<Stack>,
}

/// The chain, what was caught last on top.
pub(crate) fn chain(exceptions: &[Exception], look: Look<'_>) -> Vec<Link> {
    let newest_first = exceptions.iter().rev().enumerate();
    newest_first
        .map(|(depth, exception)| Link::new(exception, depth, look))
        .collect()
}

impl Link {
    fn new(exception: &Exception, depth: usize, look: Look<'_>) -> Self {
        let mechanism = exception.mechanism.as_ref();
        let stack = exception.stacktrace.as_ref();
        let value = exception.value.clone().unwrap_or_default();
        Self {
            kind: exception.kind.clone().unwrap_or_default(),
            module: exception.module.clone().unwrap_or_default(),
            value: cut(value, super::values::VALUE_CHARS_MAX),
            is_cause: depth > 0,
            mechanism: mechanism.map(mechanism_name).unwrap_or_default(),
            handled: mechanism.and_then(|mechanism| mechanism.handled),
            stack: stack.and_then(|stack| Stack::new(stack, look)),
        }
    }
}

impl Link {
    /// Whether the text gets a box that scrolls.
    pub(crate) fn is_long(&self) -> bool {
        is_long(&self.value)
    }
}

fn mechanism_name(mechanism: &Mechanism) -> String {
    match mechanism.kind.as_str() {
        "generic" => String::new(),
        kind => kind.to_owned(),
    }
}

/// The frames of one stack, in rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stack {
    pub(crate) rows: Vec<Row>,
    /// Of native code: what the processor held.
    pub(crate) registers: Vec<Pair>,
}

impl Stack {
    /// The crash first; `None` for a stack without frames.
    pub(crate) fn new(stack: &Stacktrace, look: Look<'_>) -> Option<Self> {
        if stack.frames.is_empty() {
            return None;
        }
        let views = frame::frames(&stack.frames, look);
        let registers = stack.other.get("registers").and_then(|all| all.as_object());
        Some(Self {
            rows: match look.reading.frames {
                Frames::App => rows::fold(views),
                Frames::All | Frames::Raw => views.into_iter().map(Row::One).collect(),
            },
            registers: registers.map(pairs).unwrap_or_default(),
        })
    }

    /// Puts the end on top that somebody wants to see there.
    pub(crate) fn turn(&mut self, order: Order) {
        if order == Order::Newest {
            return;
        }
        self.rows.reverse();
        for row in &mut self.rows {
            if let Row::Folded(fold) = row {
                fold.frames.reverse();
            }
        }
    }
}

#[cfg(test)]
mod tests;
