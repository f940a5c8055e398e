//! Ways to put events into issues: ours, and the formulas of others on the same events.

use std::collections::HashMap;

use watchpost_model::{Event, Frame, GroupingHash, Stacktrace};

/// What stands between the parts of a key.
const JOINT: &str = " ⋄ ";

/// The issue of each event, where an event goes to the first issue that knows one of its hashes
/// and leaves all its hashes there: what the ledger does.
pub(super) fn by_hashes<'a>(events: impl Iterator<Item = &'a [GroupingHash]>) -> Vec<String> {
    let mut known: HashMap<&GroupingHash, usize> = HashMap::new();
    let mut count = 0;
    events
        .map(|hashes| {
            let issue = hashes.iter().find_map(|hash| known.get(hash).copied());
            let issue = issue.unwrap_or_else(|| {
                count += 1;
                count
            });
            for hash in hashes {
                known.entry(hash).or_insert(issue);
            }
            issue.to_string()
        })
        .collect()
}

/// A formula: the key of an event, from what its issue would be called and where it happened.
pub(super) type Formula = fn(&Event, &Words<'_>) -> String;

/// What other trackers take their keys from.
pub(super) struct Words<'a> {
    pub(super) title: &'a str,
    pub(super) culprit: &'a str,
}

/// The formulas of others, with the names under which they are shown.
pub(super) const OTHERS: [(&str, Formula); 4] = [
    ("Bugsink, version 1", bugsink_1),
    ("Bugsink, version 2", bugsink_2),
    ("GlitchTip", glitchtip),
    ("django-sentry, 2010", first_sentry),
];

/// Type and value of what was caught last, or a message as one.
fn kind_and_value(event: &Event) -> (&str, &str) {
    if let Some(caught) = event.exceptions.last() {
        let value = caught.value.as_deref().unwrap_or_default();
        return (caught.kind.as_deref().unwrap_or("Error"), first_line(value));
    }
    let message = event.message.as_ref();
    let text = message.map(|message| message.template.as_ref().unwrap_or(&message.formatted));
    ("Log Message", text.map_or("", |text| first_line(text)))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The client's fingerprint in place of the default, in which it may stand.
fn with_fingerprint(event: &Event, default: String) -> String {
    if event.fingerprint.is_empty() {
        return default;
    }
    let parts = event.fingerprint.iter().map(|part| match part.as_str() {
        "{{ default }}" | "{{default}}" => default.as_str(),
        part => part,
    });
    parts.collect::<Vec<_>>().join(JOINT)
}

fn bugsink_1(event: &Event, _: &Words<'_>) -> String {
    let (kind, value) = kind_and_value(event);
    let transaction = event.transaction.as_deref().unwrap_or_default();
    with_fingerprint(event, format!("{kind}: {value}{JOINT}{transaction}"))
}

fn bugsink_2(event: &Event, _: &Words<'_>) -> String {
    let (kind, value) = kind_and_value(event);
    let value = watchpost_group::parameterize(value);
    with_fingerprint(event, format!("{kind}: {value}"))
}

fn glitchtip(event: &Event, words: &Words<'_>) -> String {
    let kind = if event.exceptions.is_empty() {
        "default"
    } else {
        "error"
    };
    let default = format!("{}{}{kind}", words.title, words.culprit);
    with_fingerprint(event, default)
}

/// Logger, view and checksum, where the view is the innermost function of the application and the
/// checksum is over the traceback as Python would print it.
fn first_sentry(event: &Event, _: &Words<'_>) -> String {
    let caught = event.exceptions.last();
    let stack = caught.and_then(|caught| caught.stacktrace.as_ref());
    let view = stack.and_then(view).unwrap_or_default();
    let class = caught.and_then(|caught| caught.kind.as_deref());
    let (_, value) = kind_and_value(event);
    let end = format!("{}: {value}", class.unwrap_or("Error"));
    let traceback = stack.map(|stack| traceback(stack, &end));
    let level = event.level.number();
    let checksum = watchpost_group::seed_checksum(level, class, traceback.as_deref(), value);
    let logger = event.logger.as_deref().unwrap_or("root");
    [logger, &view, &checksum].join(JOINT)
}

fn view(stack: &Stacktrace) -> Option<String> {
    let own = |frame: &&Frame| frame.in_app != Some(false);
    let frame = stack.frames.iter().rev().find(own)?;
    let module = frame.module.as_deref().or(frame.filename.as_deref());
    let function = frame.function.as_deref().unwrap_or_default();
    Some(format!("{}.{function}", module.unwrap_or_default()))
}

fn traceback(stack: &Stacktrace, end: &str) -> String {
    let mut lines = vec!["Traceback (most recent call last):".to_owned()];
    for frame in &stack.frames {
        let path = frame.abs_path.as_deref().or(frame.filename.as_deref());
        let (path, line) = (path.unwrap_or_default(), frame.lineno.unwrap_or_default());
        let function = frame.function.as_deref().unwrap_or_default();
        lines.push(format!("  File \"{path}\", line {line}, in {function}"));
        if let Some(source) = &frame.context_line {
            lines.push(format!("    {}", source.trim()));
        }
    }
    lines.push(end.to_owned());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use watchpost_model::{EventId, Exception, Message, Timestamp};

    use super::*;

    fn event(kind: &str, value: &str, transaction: &str) -> Event {
        Event {
            exceptions: vec![Exception {
                kind: Some(kind.to_owned()),
                value: Some(value.to_owned()),
                stacktrace: Some(Stacktrace::default()),
                ..Exception::default()
            }],
            transaction: Some(transaction.to_owned()),
            ..Event::empty(EventId(7), Timestamp::from_micros(0))
        }
    }

    fn check(formula: Formula, event: &Event, expect: &str) {
        let words = Words {
            title: "E: no 7",
            culprit: "/pay",
        };
        assert_eq!(formula(event, &words), expect);
    }

    #[test]
    fn the_formulas_of_others() {
        let mut caught = event("E", "no 7\nat all", "/pay");
        check(bugsink_1, &caught, "E: no 7 ⋄ /pay");
        check(bugsink_2, &caught, "E: no <int>");
        check(glitchtip, &caught, "E: no 7/payerror");
        caught.fingerprint = vec!["{{ default }}".to_owned(), "x".to_owned()];
        check(bugsink_2, &caught, "E: no <int> ⋄ x");
        let mut logged = event("", "", "/pay");
        logged.exceptions.clear();
        logged.message = Some(Message {
            formatted: "took 7 s".to_owned(),
            template: Some("took %d s".to_owned()),
            params: None,
        });
        check(bugsink_1, &logged, "Log Message: took %d s ⋄ /pay");
        let checksum = watchpost_group::seed_checksum(40, None, None, "took %d s");
        check(first_sentry, &logged, &format!("root ⋄  ⋄ {checksum}"));
    }

    #[test]
    fn the_first_sentry_counts_lines_and_not_the_text() {
        let words = Words {
            title: "",
            culprit: "",
        };
        let at = |line, value| {
            let mut event = event("E", value, "");
            let frame = |line| Frame {
                filename: Some("shop.py".to_owned()),
                function: Some("pay".to_owned()),
                lineno: Some(line),
                context_line: Some("charge()".to_owned()),
                ..Frame::default()
            };
            event.exceptions[0].stacktrace = Some(Stacktrace {
                frames: vec![frame(line), frame(9)],
                ..Stacktrace::default()
            });
            first_sentry(&event, &words)
        };
        assert_eq!(at(3, "no 7"), at(3, "no 8"));
        assert_ne!(at(3, "no 7"), at(4, "no 7"));
    }

    #[test]
    fn an_event_goes_to_the_first_issue_that_knows_a_hash_of_it() {
        let hash = |digit: u8| GroupingHash {
            version: 1,
            digest: [digit; 16],
        };
        let events = [
            vec![hash(1), hash(2)],
            vec![hash(3), hash(2)],
            vec![hash(3)],
            vec![hash(4)],
        ];
        let issues = by_hashes(events.iter().map(Vec::as_slice));
        assert_eq!(issues, ["1", "1", "1", "2"]);
    }
}
