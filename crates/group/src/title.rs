//! The words of an issue: title, type, value and place.

use watchpost_model::{Event, Frame};

use crate::{frame, v2};

/// A title has no more characters than this.
const TITLE_CHARS_MAX: usize = 200;

/// The title of an event that says nothing at all.
const UNLABELED: &str = "<unlabeled event>";

/// See the fields of the same names of `watchpost_model::Issue`.
pub(crate) struct Words {
    pub(crate) title: String,
    pub(crate) kind: String,
    pub(crate) value: String,
    pub(crate) culprit: String,
}

/// The words of the issue that this event would open.
pub(crate) fn words(event: &Event) -> Words {
    let last = || frame::exceptions(event).next_back();
    let exception = v2::main_exception(event).or_else(last);
    let kind = exception.and_then(|exception| exception.kind.as_deref());
    let kind = one_line(kind.unwrap_or_default());
    let text = match exception {
        Some(exception) => exception.value.as_deref(),
        None => event.message.as_ref().map(|message| &*message.formatted),
    };
    let value = one_line(text.unwrap_or_default());
    let culprit = culprit(event);
    let title = match (kind.is_empty(), value.is_empty()) {
        (false, false) => joined(&kind, &value),
        (false, true) => kind.clone(),
        (true, false) => value.clone(),
        (true, true) => fallback(event, &culprit),
    };
    Words {
        title,
        kind,
        value,
        culprit,
    }
}

/// An event without exception and text is called after its message, its template or its place.
fn fallback(event: &Event, culprit: &str) -> String {
    let message = event.message.as_ref().map(|message| &*message.formatted);
    let template = event.template.as_ref();
    let template = template.and_then(|template| template.filename.as_deref());
    let found = [message, template, Some(culprit), Some(UNLABELED)];
    let mut lines = found.into_iter().flatten().map(one_line);
    lines.find(|line| !line.is_empty()).unwrap_or_default()
}

/// The view of 2010, the transaction, what the client says, or the innermost in-app function.
fn culprit(event: &Event) -> String {
    let named = [&event.culprit, &event.transaction];
    let [first, second] = match event.seed {
        Some(_) => named,
        None => [&event.transaction, &event.culprit],
    };
    let named = [first, second].into_iter().flatten();
    let mut named = named.map(|name| one_line(name));
    named
        .find(|name| !name.is_empty())
        .or_else(|| frame::main_stack(event).and_then(|stack| place(&stack.frames)))
        .unwrap_or_default()
}

/// `module in function` of the innermost frame, the application's own if there is one.
fn place(frames: &[Frame]) -> Option<String> {
    let mut own = frames.iter().rev().filter(|frame| frame::is_in_app(frame));
    let frame = own.next().or(frames.last())?;
    let module = frame.module.as_ref().or(frame.filename.as_ref());
    let place = match (module, &frame.function) {
        (Some(module), Some(function)) => [module, " in ", function].concat(),
        (Some(name), None) | (None, Some(name)) => name.clone(),
        (None, None) => return None,
    };
    Some(one_line(&place))
}

/// The first line with something on it, without control characters, cut to a title's length.
pub(crate) fn one_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    let line = line.unwrap_or_default();
    let is_plain = line.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_plain && line.len() <= TITLE_CHARS_MAX {
        return line.to_owned();
    }
    cut(line.replace(char::is_control, " "))
}

/// A title of two parts that are one line each.
fn joined(kind: &str, value: &str) -> String {
    let title = [kind, ": ", value].concat();
    // Control characters at its ends are white space by now.
    let inside = title.trim();
    if inside.len() < title.len() {
        return cut(inside.to_owned());
    }
    cut(title)
}

/// No longer than a title.
fn cut(line: String) -> String {
    // No text has more characters than bytes.
    if line.len() <= TITLE_CHARS_MAX || line.chars().count() <= TITLE_CHARS_MAX {
        return line;
    }
    let kept = line.chars().take(TITLE_CHARS_MAX - 3);
    kept.chain("...".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_of_two_parts_is_what_one_line_of_both_is() {
        let long = "é".repeat(199);
        for (kind, value) in [
            ("E", "boom"),
            ("\u{1}E", "boom\u{7f}"),
            (&long, "x"),
            (&long, &long),
            ("é", "\u{1}"),
        ] {
            let (kind, value) = (one_line(kind), one_line(value));
            let title = joined(&kind, &value);
            assert_eq!(title, one_line(&format!("{kind}: {value}")));
            assert!(title.chars().count() <= TITLE_CHARS_MAX);
        }
    }
}
