//! Exceptions and their frames, as the template prints them. Pure.
//!
//! ```text
//! event.exceptions: [cause, …, caught]     shown: caught, "caused by" …, cause
//! stack.frames:     [oldest, …, crash]     shown: crash first, or last if somebody prefers that
//! ```
//! Frames of the application stand alone; runs of other frames fold into one row. The frame where
//! it was raised always stands alone.

mod reading;

use serde_json::Value;
use watchpost_model::{Exception, Frame, Mechanism, Stacktrace, Variable};

pub(crate) use self::reading::{Frames, Order, Reading};
use super::code::{Language, Line, Source, lines};
use super::values::{Pair, cut, is_long, text};

/// Application frames that are open from the start, counted from the crash.
const OPEN_MAX: usize = 5;
/// Characters of a name or path.
const NAME_CHARS_MAX: usize = 500;

/// How the stacks of an event are looked at.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    pub(crate) reading: Reading,
    /// The event's platform: the language of files that do not tell theirs.
    pub(crate) platform: &'a str,
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
}

/// A frame that stands alone, or a run that is folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    One(FrameView),
    Folded(Vec<FrameView>),
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FrameView {
    pub(crate) function: String,
    pub(crate) file: String,
    pub(crate) path: String,
    pub(crate) module: String,
    pub(crate) place: String,
    pub(crate) is_app: bool,
    pub(crate) is_crash: bool,
    pub(crate) is_open: bool,
    pub(crate) code: Vec<Line>,
    pub(crate) vars: Vec<Pair>,
}

impl Stack {
    /// `None` for a stack without frames.
    pub(crate) fn new(stack: &Stacktrace, look: Look<'_>) -> Option<Self> {
        if stack.frames.is_empty() {
            return None;
        }
        let mut views = frames(&stack.frames, look.platform);
        if look.reading.order == Order::Oldest {
            views.reverse();
        }
        let rows = match look.reading.frames {
            Frames::App => fold(views),
            Frames::All | Frames::Raw => views.into_iter().map(Row::One).collect(),
        };
        Some(Self { rows })
    }
}

/// The frames, the crash first.
fn frames(frames: &[Frame], platform: &str) -> Vec<FrameView> {
    let said = frames.iter().any(|frame| frame.in_app == Some(true));
    let mut open = 0;
    let newest_first = frames.iter().rev().enumerate();
    let view = |(depth, frame): (usize, &Frame)| {
        let is_app = frame.in_app.unwrap_or(!said) || !said;
        let mut view = FrameView {
            is_app,
            is_crash: depth == 0,
            ..FrameView::new(frame, platform)
        };
        // Where nobody said what is the application's, opening everything would hide the crash.
        let wanted = if said { OPEN_MAX } else { 1 };
        if is_app && view.has_body() && open < wanted {
            view.is_open = true;
            open += 1;
        }
        view
    };
    newest_first.map(view).collect()
}

/// Folds runs of two and more frames that are not the application's.
fn fold(views: Vec<FrameView>) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut run: Vec<FrameView> = Vec::new();
    for view in views {
        if view.is_app || view.is_crash {
            close(&mut run, &mut rows);
            rows.push(Row::One(view));
        } else {
            run.push(view);
        }
    }
    close(&mut run, &mut rows);
    rows
}

fn close(run: &mut Vec<FrameView>, rows: &mut Vec<Row>) {
    let run = std::mem::take(run);
    match run.len() {
        0 => {}
        1 => rows.extend(run.into_iter().map(Row::One)),
        _ => rows.push(Row::Folded(run)),
    }
}

impl FrameView {
    fn new(frame: &Frame, platform: &str) -> Self {
        let module = frame.module.clone().unwrap_or_default();
        let path = frame.abs_path.clone().unwrap_or_default();
        let package = frame.package.as_deref().map(short_package);
        let file = frame.filename.clone().or(package);
        let function = frame.function.clone().unwrap_or_default();
        let shown = |text: String| cut(text, NAME_CHARS_MAX);
        Self {
            function: if function.is_empty() {
                "(unknown function)".to_owned()
            } else {
                shown(function)
            },
            file: shown(file.unwrap_or_else(|| path.clone())),
            place: place(frame),
            path: shown(path),
            module: shown(module),
            is_app: false,
            is_crash: false,
            is_open: false,
            code: code(frame, platform),
            vars: frame.vars.iter().map(variable).collect(),
        }
    }

    pub(crate) fn has_body(&self) -> bool {
        !self.code.is_empty() || !self.vars.is_empty()
    }
}

fn code(frame: &Frame, platform: &str) -> Vec<Line> {
    let file = frame.filename.as_deref().or(frame.abs_path.as_deref());
    // A frame of another language than the event's says so.
    let own = frame.other.get("platform").and_then(Value::as_str);
    lines(&Source {
        language: Language::of(file.unwrap_or_default(), own.unwrap_or(platform)),
        line: frame.lineno,
        column: frame.colno,
        before: &frame.pre_context,
        current: frame.context_line.as_ref(),
        after: &frame.post_context,
    })
}

fn variable(variable: &Variable) -> Pair {
    let value = cut(text(&variable.value), super::values::VALUE_CHARS_MAX);
    Pair {
        key: variable.name.clone(),
        value,
        link: None,
    }
}

/// `/usr/lib/libc.so.6` is `libc.so.6`.
fn short_package(package: &str) -> String {
    let name = package.rsplit(['/', '\\']).next().unwrap_or(package);
    name.to_owned()
}

fn place(frame: &Frame) -> String {
    match (frame.lineno, frame.colno) {
        (Some(line), Some(column)) => format!("{line}:{column}"),
        (Some(line), None) => line.to_string(),
        (None, _) => String::new(),
    }
}

#[cfg(test)]
mod tests;
