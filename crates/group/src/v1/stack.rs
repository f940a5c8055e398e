//! Exceptions and stacks. Line numbers never count, texts only when there is no stack.

use std::borrow::Cow;

use watchpost_model::{Event, Exception, Frame, Stacktrace};

use super::{Evidence, head};
use crate::frame::{self, is_in_app};

/// The chain of exceptions, the first cause first.
pub(super) fn exceptions(event: &Event) -> Option<Evidence> {
    let chain: Vec<&Exception> = frame::exceptions(event).collect();
    if chain.is_empty() {
        return None;
    }
    let frames = chain
        .iter()
        .filter_map(|exception| exception.stacktrace.as_ref());
    let frames = frames.flat_map(|stack| &stack.frames);
    let scope = Scope::of(frames);
    let sentence = match scope {
        Scope::InApp => "grouped by the exceptions and the application's frames",
        Scope::All => "grouped by the exceptions and all frames: none is the application's",
        Scope::Nothing => "grouped by the exceptions and their values: there are no frames",
    };
    let mut evidence = Evidence::new("exception", sentence);
    let mut contributed = false;
    for exception in chain {
        contributed |= add_exception(exception, scope, &mut evidence);
    }
    contributed.then_some(evidence)
}

fn add_exception(exception: &Exception, scope: Scope, evidence: &mut Evidence) -> bool {
    let mut contributed = false;
    let is_synthetic = exception
        .mechanism
        .as_ref()
        .is_some_and(|how| how.synthetic);
    match &exception.kind {
        Some(kind) if is_synthetic => {
            evidence.hint(format!(
                "type {kind} is made up by the client and does not count"
            ));
        }
        Some(kind) => {
            evidence.add("type", kind);
            contributed = true;
        }
        None => {}
    }
    if let Some(stack) = &exception.stacktrace {
        contributed |= add_frames(stack, scope, evidence);
    }
    if scope == Scope::Nothing || (!contributed && exception.kind.is_none()) {
        let value = exception.value.as_deref().map(head).unwrap_or_default();
        if !value.is_empty() {
            evidence.add("value", &value);
            contributed = true;
        }
    }
    contributed
}

/// The thread that stands out.
pub(super) fn thread(event: &Event) -> Option<Evidence> {
    let stack = frame::thread_stack(event).ok()?;
    of_stack(
        "thread",
        "grouped by the stack of the thread that stands out",
        stack,
    )
}

/// A stack that belongs to nothing.
pub(super) fn bare(event: &Event) -> Option<Evidence> {
    let stack = event.stacktrace.as_ref()?;
    of_stack("stack", "grouped by the stack", stack)
}

fn of_stack(strategy: &str, sentence: &str, stack: &Stacktrace) -> Option<Evidence> {
    let mut evidence = Evidence::new(strategy, sentence);
    let scope = Scope::of(stack.frames.iter());
    add_frames(stack, scope, &mut evidence).then_some(evidence)
}

/// Which frames may contribute.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Those of the application.
    InApp,
    /// All, because none is the application's.
    All,
    /// None has a name.
    Nothing,
}

impl Scope {
    fn of<'a>(frames: impl Iterator<Item = &'a Frame>) -> Self {
        let mut scope = Self::Nothing;
        for frame in frames.filter(|frame| names(frame).is_some()) {
            if is_in_app(frame) {
                return Self::InApp;
            }
            scope = Self::All;
        }
        scope
    }

    fn has(self, frame: &Frame) -> bool {
        match self {
            Self::InApp => is_in_app(frame),
            Self::All => true,
            Self::Nothing => false,
        }
    }
}

/// Adds the frames that may contribute, oldest call first; a function that calls itself is one
/// frame. True when there was one.
fn add_frames(stack: &Stacktrace, scope: Scope, evidence: &mut Evidence) -> bool {
    let mut last = None;
    let mut left_out = 0_usize;
    let mut folded = 0_usize;
    for frame in &stack.frames {
        let found = names(frame).filter(|_| scope.has(frame));
        let Some((place, function)) = found else {
            left_out += 1;
            continue;
        };
        let found = (place, function);
        if last.as_ref() == Some(&found) {
            folded += 1;
            continue;
        }
        let (place, function) = &found;
        evidence.parts.add("module", place);
        evidence.parts.add("function", function);
        let between = if place.is_empty() || function.is_empty() {
            ""
        } else {
            " in "
        };
        evidence
            .lines
            .push(format!("frame: {place}{between}{function}"));
        last = Some(found);
    }
    if left_out > 0 {
        evidence.hint(format!(
            "{} not count: not the application's, or without a name",
            some(left_out, "frame does", "frames do")
        ));
    }
    if folded > 0 {
        let calls = some(folded, "repeated call is", "repeated calls are");
        evidence.hint(format!("{calls} folded into one frame"));
    }
    last.is_some()
}

fn some(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Module, else the name of the file, and the function. None when the frame has no name.
fn names(frame: &Frame) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
    let module = frame.module.as_deref().map(Cow::Borrowed);
    let base = || Some(base_name(frame.filename.as_deref()?)?.into());
    let place = module.or_else(base);
    let function = frame.function.as_deref();
    let function = function.filter(|name| !matches!(*name, "<unknown>" | "<redacted>"));
    if place.is_none() && function.is_none() {
        return None;
    }
    let function = function.map(as_it_was_cut).unwrap_or_default();
    Some((place.unwrap_or_default(), function))
}

/// Functions were shorter when this version was the current one.
fn as_it_was_cut(function: &str) -> Cow<'_, str> {
    const CHARS_MAX: usize = 256;
    const END: &str = "...";
    if function.chars().nth(CHARS_MAX).is_none() {
        return function.into();
    }
    let kept = function.chars().take(CHARS_MAX - END.len());
    kept.chain(END.chars()).collect::<String>().into()
}

/// `/srv/App/Shop.py` is `shop.py`: where it is installed does not matter.
fn base_name(path: &str) -> Option<String> {
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let name = path.get(..end)?.rsplit(['/', '\\']).next()?;
    let is_name = !matches!(name, "" | "<anonymous>" | "[native code]" | "native code");
    is_name.then(|| name.to_lowercase())
}
