//! The trace as plain text, in the manner of its language: for reading, copying and grepping.

use std::fmt::Write;

use watchpost_model::{Event, Exception, Frame};

/// The text of all stacks of an event; empty when there is none.
pub(crate) fn text(event: &Event) -> String {
    if let Some(traceback) = event.seed.as_ref().and_then(|seed| seed.traceback.as_ref()) {
        return traceback.clone();
    }
    let python = event.platform == "python";
    let mut text = String::new();
    if python {
        for exception in &event.exceptions {
            if !text.is_empty() {
                text.push_str("\nThe above exception led to this one:\n\n");
            }
            python_trace(&mut text, exception);
        }
    } else {
        for exception in event.exceptions.iter().rev() {
            let cause = if text.is_empty() { "" } else { "Caused by: " };
            let _ = writeln!(text, "{cause}{}", headline(exception));
            let frames = exception
                .stacktrace
                .iter()
                .flat_map(|stack| stack.frames.iter().rev());
            frames.for_each(|frame| other_frame(&mut text, frame));
        }
    }
    for frame in event
        .stacktrace
        .iter()
        .flat_map(|stack| stack.frames.iter().rev())
    {
        other_frame(&mut text, frame);
    }
    text
}

fn python_trace(text: &mut String, exception: &Exception) {
    let frames = exception.stacktrace.iter().flat_map(|stack| &stack.frames);
    for (place, frame) in frames.enumerate() {
        if place == 0 {
            text.push_str("Traceback (most recent call last):\n");
        }
        let file = frame.abs_path.as_deref().or(frame.filename.as_deref());
        let line = frame.lineno.unwrap_or(0);
        let function = frame.function.as_deref().unwrap_or("?");
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "  File \"{}\", line {line}, in {function}",
            file.unwrap_or("?")
        );
        if let Some(source) = &frame.context_line {
            let _ = writeln!(text, "    {}", source.trim());
        }
    }
    let _ = writeln!(text, "{}", headline(exception));
}

fn other_frame(text: &mut String, frame: &Frame) {
    let file = frame.filename.as_deref().or(frame.abs_path.as_deref());
    let file = file.or(frame.package.as_deref()).unwrap_or("?");
    let function = frame.function.as_deref().unwrap_or("?");
    let module = frame.module.as_deref().map(|module| format!("{module}."));
    let _ = write!(
        text,
        "    at {}{function} ({file}",
        module.unwrap_or_default()
    );
    for number in [frame.lineno, frame.colno].into_iter().flatten() {
        let _ = write!(text, ":{number}");
    }
    text.push_str(")\n");
}

fn headline(exception: &Exception) -> String {
    let kind = exception.kind.as_deref().unwrap_or("Error");
    match exception.value.as_deref().filter(|value| !value.is_empty()) {
        Some(value) => format!("{kind}: {value}"),
        None => kind.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use watchpost_model::{EventId, SeedRecord, Stacktrace, Timestamp};

    fn event(platform: &str) -> Event {
        let mut event = Event::empty(EventId(1), Timestamp::default());
        event.platform = platform.into();
        let exception = |kind: &str, function: &str| Exception {
            kind: Some(kind.into()),
            value: Some("no".into()),
            stacktrace: Some(Stacktrace {
                frames: vec![Frame {
                    filename: Some("shop.x".into()),
                    function: Some(function.into()),
                    lineno: Some(7),
                    context_line: Some("  pay()".into()),
                    ..Frame::default()
                }],
                ..Stacktrace::default()
            }),
            ..Exception::default()
        };
        event.exceptions = vec![exception("KeyError", "get"), exception("ShopError", "pay")];
        event
    }

    #[test]
    fn python_reads_like_python() {
        let expect = "Traceback (most recent call last):\n  File \"shop.x\", line 7, in get\n    \
                      pay()\nKeyError: no\n\nThe above exception led to this one:\n\n";
        let got = text(&event("python"));
        assert!(got.starts_with(expect), "{got}");
        assert!(got.ends_with("ShopError: no\n"), "{got}");
    }

    #[test]
    fn other_languages_name_the_caught_one_first() {
        let expect = "ShopError: no\n    at pay (shop.x:7)\nCaused by: KeyError: no\n    at get \
                      (shop.x:7)\n";
        assert_eq!(text(&event("java")), expect);
    }

    #[test]
    fn a_record_of_2010_brings_its_own_text() {
        let mut event = event("python");
        event.seed = Some(SeedRecord {
            traceback: Some("as it came".into()),
            ..SeedRecord::default()
        });
        assert_eq!(text(&event), "as it came");
    }
}
