//! How much fits into one envelope, at the exact borders.

use super::*;

fn envelope_of(items: &[(&str, usize)]) -> Vec<u8> {
    let mut body = b"{}\n".to_vec();
    for (header, length) in items {
        body.extend_from_slice(format!("{{{header},\"length\":{length}}}\n").as_bytes());
        body.resize(body.len() + length, b'x');
        body.push(b'\n');
    }
    body
}

/// Expects the envelope to be refused with this limit.
fn too_much(items: &[(&str, usize)], expect: &EnvelopeError) {
    let body = envelope_of(items);
    assert_eq!(Envelope::parse(&body, &USUAL).err().as_ref(), Some(expect));
}

fn fits(items: &[(&str, usize)]) {
    let body = envelope_of(items);
    let envelope = Envelope::parse(&body, &USUAL).unwrap();
    assert_eq!(envelope.surplus, []);
}

const MIB: usize = 1024 * 1024;

#[test]
fn limits_on_bytes() {
    for (name, what, limit_bytes) in [
        ("event", "event", MIB),
        ("transaction", "event", MIB),
        ("feedback", "event", MIB),
        ("security", "event", MIB),
        ("replay_event", "event", MIB),
        ("user_report", "user_report", MIB),
        ("check_in", "check_in", 100 * 1024),
        ("client_report", "client_report", 100 * 1024),
        ("session", "session", 10 * MIB),
        ("log", "log", 12 * MIB),
        ("trace_metric", "trace_metric", 12 * MIB),
        ("span", "span item", 12 * MIB),
        ("replay_recording", "replay", 10 * MIB),
        ("statsd", "metric_buckets", MIB),
    ] {
        let header = format!("\"type\":\"{name}\"");
        fits(&[(&header, limit_bytes)]);
        let expect = EnvelopeError::TooLarge { what, limit_bytes };
        too_much(&[(&header, limit_bytes + 1)], &expect);
    }
    // Together, for what is added up.
    let expect = EnvelopeError::TooLarge {
        what: "session",
        limit_bytes: 10 * MIB,
    };
    too_much(
        &[
            ("\"type\":\"session\"", 6 * MIB),
            ("\"type\":\"sessions\"", 6 * MIB),
        ],
        &expect,
    );
    fits(&[("\"type\":\"new\"", 13 * MIB)]);
}

#[test]
fn limits_on_counts() {
    let span = "\"type\":\"span\",\"content_type\":\"application/vnd.sentry.items.span.v2+json\"";
    for (header, item_type, count_max) in [
        ("\"type\":\"check_in\"", ItemType::CheckIn, 1),
        ("\"type\":\"log\"", ItemType::Log, 1),
        ("\"type\":\"trace_metric\"", ItemType::TraceMetric, 1),
        ("\"type\":\"profile\"", ItemType::Profile, 1),
        (span, ItemType::Span, 1),
        ("\"type\":\"span\"", ItemType::Span, 25),
        ("\"type\":\"attachment\"", ItemType::Attachment, 30),
        ("\"type\":\"session\"", ItemType::Session, 100),
        ("\"type\":\"client_report\"", ItemType::ClientReport, 100),
    ] {
        let event = ("\"type\":\"event\"", 2);
        let mut items = vec![(header, 2); count_max];
        items.insert(0, event);
        fits(&items);
        items.extend([(header, 2); 3]);
        let body = envelope_of(&items);
        let envelope = Envelope::parse(&body, &USUAL).unwrap();
        assert_eq!(envelope.items.len(), 1 + count_max, "{header}");
        assert_eq!(envelope.surplus, vec![item_type; 3], "{header}");
    }
    // An envelope is about the first of the events and their relatives.
    for (header, item_type) in [
        ("\"type\":\"event\"", ItemType::Event),
        ("\"type\":\"transaction\"", ItemType::Transaction),
    ] {
        let body = envelope_of(&[("\"type\":\"event\"", 2), (header, 2)]);
        let envelope = Envelope::parse(&body, &USUAL).unwrap();
        assert_eq!(envelope.items.len(), 1, "{header}");
        assert_eq!(envelope.surplus, [item_type], "{header}");
    }
    fits(&[
        ("\"type\":\"event\"", 2),
        ("\"type\":\"attachment\"", 2),
        ("\"type\":\"session\"", 2),
        ("\"type\":\"client_report\"", 2),
        ("\"type\":\"profile\"", 2),
        ("\"type\":\"log\"", 2),
    ]);
}

#[test]
fn i20_ten_thousand_items() {
    fits(&vec![("\"type\":\"new\"", 0); 500]);
    let count_max = 500;
    let attachments = vec![("\"type\":\"attachment\"", 2); 501];
    too_much(&attachments, &EnvelopeError::TooManyItems { count_max });
    too_much(
        &vec![("\"type\":\"new\"", 0); 501],
        &EnvelopeError::TooManyItems { count_max },
    );
    too_much(
        &vec![("\"type\":\"new\"", 0); 10_000],
        &EnvelopeError::TooManyItems { count_max },
    );
}

#[test]
fn a_gate_may_ask_for_less() {
    let limits = EnvelopeLimits {
        bytes_max: 200,
        item_count_max: 2,
        event_bytes_max: 10,
        attachment_bytes_max: 20,
    };
    let refuse = |items: &[(&str, usize)], expect: EnvelopeError| {
        let body = envelope_of(items);
        assert_eq!(Envelope::parse(&body, &limits).err(), Some(expect));
    };
    let too_large = |what, limit_bytes| EnvelopeError::TooLarge { what, limit_bytes };
    refuse(&[("\"type\":\"event\"", 11)], too_large("event", 10));
    let attachment = "\"type\":\"attachment\"";
    refuse(
        &[(attachment, 11), (attachment, 10)],
        too_large("attachment", 20),
    );
    refuse(&[(attachment, 200)], too_large("envelope", 200));
    let new = "\"type\":\"new\"";
    refuse(
        &[(new, 0), (new, 0), (new, 0)],
        EnvelopeError::TooManyItems { count_max: 2 },
    );
}

#[test]
fn the_text_of_a_limit_says_what_and_how_much() {
    let error = EnvelopeError::TooLarge {
        what: "event",
        limit_bytes: MIB,
    };
    let expect = "the envelope exceeds the size limit for event: 1048576 bytes";
    assert_eq!(error.to_string(), expect);
}
