//! Stack traces and their frames, of modern events and of seed records.

use serde_json::{Map, Value};
use watchpost_model::{Frame, Stacktrace, TemplateSource, Variable};

use super::node::Node;
use super::read::{Notes, Path, count, keep, lines, list, object, pairs, text, truth};

/// More frames of one stack than this are not even looked at; `normalize` keeps fewer still.
const FRAMES_READ_MAX: usize = 1000;
/// Of those, so many are the oldest.
const FRAMES_READ_OLDEST: usize = 200;

/// A stack trace: `{"frames": […]}` or the bare list. `None` when there is nothing in it.
pub(crate) fn stacktrace(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Option<Stacktrace> {
    if let Node::Array(frames_found) = value {
        let frames = frames(frames_found, at, notes);
        return stack_of(frames, Map::new());
    }
    let mut frames_read = Vec::new();
    let mut other = Map::new();
    for (key, value) in object(value, at, notes)? {
        let at = &at.key(key);
        match key {
            "frames" => frames_read = frames(list(value, at, notes), at, notes),
            _ => keep(&mut other, key, value),
        }
    }
    stack_of(frames_read, other)
}

fn stack_of(frames: Vec<Frame>, other: Map<String, Value>) -> Option<Stacktrace> {
    (!frames.is_empty()).then_some(Stacktrace { frames, other })
}

/// The frames of a list, the middle left out when there are very many.
pub(crate) fn frames(list: &[Node<'_>], at: &Path<'_>, notes: &mut Notes) -> Vec<Frame> {
    let surplus = list.len().saturating_sub(FRAMES_READ_MAX);
    let mut end = list.len();
    if surplus > 0 {
        notes.cut(at, format!("{surplus} frames in the middle were left out"));
        end = FRAMES_READ_OLDEST;
    }
    let (oldest, rest) = list.split_at(end);
    let newest = rest.get(surplus..).unwrap_or_default();
    // A frame is large: room for all at once.
    let mut frames = Vec::with_capacity(oldest.len() + newest.len());
    let kept = oldest.iter().chain(newest).enumerate();
    frames.extend(kept.filter_map(|(index, value)| frame(*value, &at.index(index), notes)));
    frames
}

fn frame(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Option<Frame> {
    let mut frame = Frame::default();
    for (key, value) in object(value, at, notes)? {
        let at = &at.key(key);
        match key {
            "filename" => frame.filename = text(value, at, notes),
            "abs_path" => frame.abs_path = text(value, at, notes),
            "module" => frame.module = text(value, at, notes),
            "function" => frame.function = text(value, at, notes),
            "package" => frame.package = text(value, at, notes),
            "lineno" => frame.lineno = count(&value, at, notes),
            "colno" => frame.colno = count(&value, at, notes),
            "pre_context" => frame.pre_context = lines(value, at, notes),
            "context_line" => frame.context_line = text(value, at, notes),
            "post_context" => frame.post_context = lines(value, at, notes),
            "in_app" => frame.in_app = truth(&value, at, notes),
            "vars" => frame.vars = variables(value, at, notes),
            _ => keep(&mut frame.other, key, value),
        }
    }
    Some(frame)
}

/// An object, or the list of pairs that clients of 2010 send to keep the order.
fn variables(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Vec<Variable> {
    let found = pairs(value, at, notes).into_iter();
    found
        .map(|(name, value)| Variable {
            name: name.into_owned(),
            value: value.into(),
        })
        .collect()
}

/// A template that failed, as `sentry.interfaces.Template` tells it.
pub(super) fn template(
    value: Node<'_>,
    at: &Path<'_>,
    notes: &mut Notes,
) -> Option<TemplateSource> {
    let mut source = TemplateSource::default();
    for (key, value) in object(value, at, notes)? {
        let at = &at.key(key);
        match key {
            "filename" => source.filename = text(value, at, notes),
            "abs_path" => source.abs_path = text(value, at, notes),
            "lineno" => source.lineno = count(&value, at, notes),
            "pre_context" => source.pre_context = lines(value, at, notes),
            "context_line" => source.context_line = text(value, at, notes),
            "post_context" => source.post_context = lines(value, at, notes),
            _ => notes.dropped(at, "not a field of a template"),
        }
    }
    Some(source)
}
