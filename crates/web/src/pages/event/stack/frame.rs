//! One call, as the template prints it. Pure.

use serde_json::Value;
use watchpost_model::{Frame, Variable};

use super::Look;
use super::native::address;
use crate::pages::event::code::{self, Language, Line, lines};
use crate::pages::event::values::{Pair, VALUE_CHARS_MAX, cut, text};
use crate::pages::links::encode;

/// Application frames that are open from the start, counted from the crash.
const OPEN_MAX: usize = 5;
/// Characters of a name or path.
const NAME_CHARS_MAX: usize = 500;

/// Whether source and variables of a call are seen at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameBody {
    Open,
    Closed,
    /// The page has the head only; the rest is behind a link.
    Elsewhere,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FrameView {
    /// Its place in the page, given by [`super::rows::ration`].
    pub(crate) id: String,
    pub(crate) function: String,
    pub(crate) file: String,
    pub(crate) path: String,
    pub(crate) module: String,
    pub(crate) place: String,
    /// Of native code: where the instruction is.
    pub(crate) address: String,
    pub(crate) is_app: bool,
    pub(crate) is_crash: bool,
    pub(crate) body: FrameBody,
    pub(crate) code: Vec<Line>,
    pub(crate) vars: Vec<Pair>,
    /// Where its source is.
    pub(crate) source: Option<String>,
    /// Where it is said whose it is.
    pub(crate) rule: Option<String>,
}

/// The frames, the crash first.
pub(super) fn frames(frames: &[Frame], look: Look<'_>) -> Vec<FrameView> {
    let said = frames.iter().any(|frame| frame.in_app == Some(true));
    let mut open = 0;
    let newest_first = frames.iter().rev().enumerate();
    let view = |(depth, frame): (usize, &Frame)| {
        let is_app = frame.in_app.unwrap_or(!said) || !said;
        let mut view = FrameView {
            is_app,
            is_crash: depth == 0,
            // The repositories of libraries are elsewhere.
            source: look.source.of(frame).filter(|_| is_app),
            rule: rule(frame, look.rules, is_app),
            ..FrameView::new(frame, look.platform)
        };
        // Where nobody said what is the application's, opening everything would hide the crash.
        let wanted = if said { OPEN_MAX } else { 1 };
        if is_app && view.has_body() && open < wanted {
            view.body = FrameBody::Open;
            open += 1;
        }
        view
    };
    newest_first.map(view).collect()
}

impl FrameView {
    fn new(frame: &Frame, platform: &str) -> Self {
        let module = frame.module.clone().unwrap_or_default();
        let path = frame.abs_path.clone().unwrap_or_default();
        let package = frame
            .package
            .as_deref()
            .map(|package| short_package(package).to_owned());
        let file = frame.filename.clone().or(package);
        let function = frame.function.clone().unwrap_or_default();
        let shown = |text: String| cut(text, NAME_CHARS_MAX);
        Self {
            id: String::new(),
            function: if function.is_empty() {
                "(unknown function)".to_owned()
            } else {
                shown(function)
            },
            file: shown(file.unwrap_or_else(|| path.clone())),
            place: place(frame),
            address: address(&frame.other),
            path: shown(path),
            module: shown(module),
            is_app: false,
            is_crash: false,
            body: FrameBody::Closed,
            code: code(frame, platform),
            vars: frame.vars.iter().map(variable).collect(),
            source: None,
            rule: None,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.body == FrameBody::Open
    }

    pub(crate) fn is_lazy(&self) -> bool {
        self.body == FrameBody::Elsewhere
    }

    /// Whether it leads anywhere.
    pub(crate) fn has_ways(&self) -> bool {
        self.source.is_some() || self.rule.is_some()
    }

    pub(crate) fn has_body(&self) -> bool {
        !self.code.is_empty() || !self.vars.is_empty()
    }
}

/// The page where a rule says that frames like this one are the application's, or are not.
fn rule(frame: &Frame, rules: &str, is_app: bool) -> Option<String> {
    let path = frame.filename.as_deref().or(frame.abs_path.as_deref());
    let parts = [
        ("function", frame.function.as_deref()),
        ("module", frame.module.as_deref()),
        ("path", path),
    ];
    let is_named = frame.module.is_some() || path.is_some();
    if rules.is_empty() || !is_named {
        return None;
    }
    let parts = parts.into_iter().filter_map(|(name, value)| {
        let value = value.filter(|value| !value.is_empty() && value.len() <= NAME_CHARS_MAX)?;
        Some(format!("{name}={}&", encode(value)))
    });
    let parts: String = parts.collect();
    let app = if is_app { "no" } else { "yes" };
    Some(format!("{rules}?{parts}app={app}"))
}

fn code(frame: &Frame, platform: &str) -> Vec<Line> {
    let file = frame.filename.as_deref().or(frame.abs_path.as_deref());
    // A frame of another language than the event's says so.
    let own = frame.other.get("platform").and_then(Value::as_str);
    lines(&code::Source {
        language: Language::of(file.unwrap_or_default(), own.unwrap_or(platform)),
        line: frame.lineno,
        column: frame.colno,
        before: &frame.pre_context,
        current: frame.context_line.as_ref(),
        after: &frame.post_context,
    })
}

fn variable(variable: &Variable) -> Pair {
    let value = cut(text(&variable.value), VALUE_CHARS_MAX);
    Pair {
        key: variable.name.clone(),
        value,
        link: None,
    }
}

/// `/usr/lib/libc.so.6` is `libc.so.6`.
pub(super) fn short_package(package: &str) -> &str {
    package.rsplit(['/', '\\']).next().unwrap_or(package)
}

fn place(frame: &Frame) -> String {
    match (frame.lineno, frame.colno) {
        (Some(line), Some(column)) => format!("{line}:{column}"),
        (Some(line), None) => line.to_string(),
        (None, _) => String::new(),
    }
}
