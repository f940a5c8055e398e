//! The exception, the frames and the template of a record.

use watchpost_model::{Event, Exception, Frame, SeedRecord, Stacktrace, TemplateSource};

use super::traceback;
use crate::event::frames;
use crate::event::node::Node;
use crate::event::read::{Notes, Path, count, label, list, prose, text};

/// Lines of a template that are kept before and after the one that failed.
const TEMPLATE_CONTEXT_LINES: usize = 5;

/// What `exc` or `exception` says about an exception.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Raised {
    /// Where its class is defined.
    pub(super) module: Option<String>,
    /// Its arguments, as the text that people read.
    pub(super) value: Option<String>,
}

/// Reads `[module, args]`, and the frames that 1.8 and earlier put behind them.
pub(super) fn raised(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> (Raised, Vec<Frame>) {
    let mut parts = list(value, at, notes).iter().copied();
    let (module, args, frames) = (parts.next(), parts.next(), parts.next());
    let module = module.and_then(|module| text(module, &at.index(0), notes));
    // Clients of 1.7 say so of every class.
    let module = module.filter(|module| module != "__builtin__");
    let value = args.and_then(|args| arguments(args, &at.index(1), notes));
    let frames = frames.map(|frames| own_frames(frames, &at.index(2), notes));
    (Raised { module, value }, frames.unwrap_or_default())
}

/// One argument is the text; several are shown as Python shows a tuple.
fn arguments(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Option<String> {
    match value {
        Node::Array([]) => None,
        Node::Array([one]) => prose(*one, &at.index(0), notes),
        Node::Array(list) => {
            let shown = list.iter().map(ToString::to_string).collect::<Vec<_>>();
            Some(format!("({})", shown.join(", ")))
        }
        other => prose(other, at, notes),
    }
}

/// Frames as this protocol has them: without what only made sense inside the client.
pub(super) fn own_frames(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Vec<Frame> {
    let mut found = frames(list(value, at, notes), at, notes);
    for frame in &mut found {
        for inner in ["tb", "id", "pre_context_lineno"] {
            frame.other.remove(inner);
        }
    }
    found
}

/// Reads `[source, start, end, name]`, where start and end are characters into the source.
pub(super) fn template(
    value: Node<'_>,
    at: &Path<'_>,
    notes: &mut Notes,
) -> Option<TemplateSource> {
    let mut parts = list(value, at, notes).iter().copied();
    let source = parts
        .next()
        .and_then(|source| text(source, &at.index(0), notes))?;
    let start = parts
        .next()
        .and_then(|start| count(&start, &at.index(1), notes));
    let _end = parts.next();
    let name = parts
        .next()
        .and_then(|name| label(name, &at.index(3), notes));
    let start = usize::try_from(start.unwrap_or_default()).unwrap_or(usize::MAX);
    let row = source
        .chars()
        .take(start)
        .filter(|char| *char == '\n')
        .count();
    let first = row.saturating_sub(TEMPLATE_CONTEXT_LINES);
    let owned = |line: &str| line.to_owned();
    let lines = |skip: usize, take: usize| source.lines().skip(skip).take(take).map(owned);
    Some(TemplateSource {
        filename: name,
        abs_path: None,
        lineno: u64::try_from(row + 1).ok(),
        pre_context: lines(first, row - first).collect(),
        context_line: lines(row, 1).next(),
        post_context: lines(row + 1, TEMPLATE_CONTEXT_LINES).collect(),
    })
}

/// Gives the event its exception or its bare stack, from whatever the record has of them.
pub(super) fn assemble(
    event: &mut Event,
    seed: &SeedRecord,
    raised: Option<Raised>,
    frames: Vec<Frame>,
) {
    let text = seed.traceback.as_deref().unwrap_or_default();
    let (printed_frames, last_line) = traceback::parse(text);
    let frames = if frames.is_empty() {
        printed_frames
    } else {
        frames
    };
    let stacktrace = (!frames.is_empty()).then(|| Stacktrace {
        frames,
        ..Stacktrace::default()
    });
    let is_printed = traceback::is_python(text);
    let (printed_class, printed_value) = last_line.filter(|_| is_printed).unzip();
    let kind = seed.class_name.clone().or(printed_class);
    let kind = kind.filter(|kind| !kind.is_empty());
    if kind.is_none() && raised.is_none() {
        event.stacktrace = stacktrace;
        return;
    }
    let raised = raised.unwrap_or_default();
    let message = || (!seed.message.is_empty()).then(|| seed.message.clone());
    event.exceptions.push(Exception {
        kind,
        value: raised.value.or(printed_value).or_else(message),
        module: raised.module,
        stacktrace,
        ..Exception::default()
    });
}
