//! The grammar of envelopes case by case.

use super::*;

mod limit;

const ID: &str = "9ec79c33ec9942ab8353589fcb2e04dc";

const USUAL: EnvelopeLimits = EnvelopeLimits::USUAL;

/// Expects these types and payloads.
fn check<'a>(body: &'a str, expect: &[(&str, &str)]) -> Envelope<'a> {
    let envelope = Envelope::parse(body.as_bytes(), &USUAL);
    let envelope = envelope.unwrap_or_else(|error| panic!("{error}: {body}"));
    let items: Vec<(&str, &str)> = envelope
        .items
        .iter()
        .map(|item| {
            (
                item.item_type.name(),
                std::str::from_utf8(item.payload).unwrap(),
            )
        })
        .collect();
    assert_eq!(items, expect, "{body}");
    envelope
}

fn bad_header(body: &str, expect: &str) {
    let error = Envelope::parse(body.as_bytes(), &USUAL).err();
    let reason = expect.to_owned();
    assert_eq!(error, Some(EnvelopeError::Header { reason }), "{body}");
}

fn bad_item(body: &str, number: usize, expect: &str) {
    let error = Envelope::parse(body.as_bytes(), &USUAL).err();
    let reason = expect.to_owned();
    assert_eq!(
        error,
        Some(EnvelopeError::Item { number, reason }),
        "{body}"
    );
}

#[test]
fn an_envelope_without_items() {
    for body in ["{}", "{}\n", "{}\n\n", "{ }\n", " {}", "\n{}\n \n"] {
        let envelope = check(body, &[]);
        assert_eq!(envelope.header.event_id, IdField::Absent);
    }
    for body in ["", "\n", "  "] {
        assert_eq!(
            Envelope::parse(body.as_bytes(), &USUAL).err(),
            Some(EnvelopeError::Empty)
        );
    }
}

#[test]
fn the_header() {
    let body = format!(
        r#"{{"event_id":"{ID}","dsn":"https://e12d836b15bb49d7bbf99e64295d995b:@sentry.io/42",
            "sdk":{{"name":"sentry.python","version":"2.75.0","packages":[]}},
            "sent_at":"2026-11-22T13:42:15.5Z","trace":{{"trace_id":"x"}},"new":1}}"#
    );
    let header = check(&body, &[]).header;
    assert_eq!(header.event_id, IdField::Given(ID.parse().unwrap()));
    assert_eq!(header.sdk.as_deref(), Some("sentry.python/2.75.0"));
    assert_eq!(
        header.sent_at.unwrap().to_string(),
        "2026-11-22T13:42:15.5Z"
    );
    assert_eq!(header.dsn.as_ref().unwrap().project, ProjectId(42));
    assert!(header.other.contains_key("trace") && header.other.contains_key("new"));
    let key = "e12d836b15bb49d7bbf99e64295d995b";
    assert!(header.agrees_with(ProjectId(42), key));
    assert!(header.agrees_with(ProjectId(42), &key.to_uppercase()));
    assert!(!header.agrees_with(ProjectId(43), key));
    assert!(!header.agrees_with(ProjectId(42), &"0".repeat(32)));
    assert!(EnvelopeHeader::default().agrees_with(ProjectId(1), key));
}

#[test]
fn header_fields_that_are_odd() {
    let header = |fields: &str| check(fields, &[]).header;
    let dashed = "{\"event_id\":\"9EC79C33-EC99-42AB-8353-589FCB2E04DC\"}";
    assert_eq!(header(dashed).event_id, IdField::Given(ID.parse().unwrap()));
    let nulls = header("{\"event_id\":null,\"dsn\":null,\"sdk\":null,\"sent_at\":null}");
    assert_eq!(nulls.event_id, IdField::Absent);
    assert_eq!((nulls.dsn, nulls.sdk, nulls.sent_at), (None, None, None));
    assert_eq!(header("{\"dsn\":\"\"}").dsn, None);
    assert_eq!(header("{\"sent_at\":\"yesterday\"}").sent_at, None);
    assert_eq!(header("{\"sent_at\":5}").sent_at, None);
    assert_eq!(
        header("{\"sdk\":{\"name\":\"raven\"}}").sdk.as_deref(),
        Some("raven")
    );
    for sdk in ["[]", "{}", "{\"name\":1}", "{\"name\":\"\"}", "7"] {
        assert_eq!(header(&format!("{{\"sdk\":{sdk}}}")).sdk, None, "{sdk}");
    }
}

#[test]
fn headers_that_are_refused() {
    bad_header("hello", "its header is not valid JSON (line 1 column 1)");
    bad_header("[]", "its header is not a JSON object (line 1 column 0)");
    bad_header("{\"a\":", "its header ends too early (line 1 column 5)");
    bad_header(
        "{\"a\":1,}\n",
        "its header is not valid JSON (line 1 column 8)",
    );
    bad_header("{\"event_id\":\"../../x\"}", "event_id is no UUID");
    bad_header("{\"event_id\":7}", "event_id is no UUID");
    bad_header("{\"dsn\":7}", "dsn is no text");
    bad_header(
        "{\"dsn\":\"https://h/1\"}",
        "the DSN has no public key before the @",
    );
    for behind in [" ", "\r", "\r\n", " \n", "{}", "x"] {
        let body = format!("{{}}{behind}");
        // Blanks alone at the very end are cut off with the blank lines.
        bad_header(
            &(body + "{\"type\":\"a\"}"),
            "no line break after the header",
        );
    }
    let nested = format!("{{\"a\":{}", "[".repeat(10_000));
    bad_header(&nested, "its header is not valid JSON (line 1 column 132)");
}

#[test]
fn i20_a_header_line_without_end() {
    let long = format!("{{\"a\":\"{}\"}}\n", "x".repeat(10_000_000));
    bad_header(&long, "its header is longer than 8192 bytes");
    bad_item(
        &format!("{{}}\n{long}"),
        1,
        "its header is longer than 8192 bytes",
    );
    check(&format!("{{\"a\":\"{}\"}}", "x".repeat(8_000)), &[]);
}

#[test]
fn refusals_do_not_repeat_what_was_sent() {
    for body in [
        "\"https://hunter2@h/1\"",
        "{\"dsn\":\"ftp://hunter2@h/1\"}",
        "{\"hunter2",
    ] {
        let error = Envelope::parse(body.as_bytes(), &USUAL).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[test]
fn payloads_with_a_length() {
    check(
        "{}\n{\"type\":\"event\",\"length\":2}\n{}",
        &[("event", "{}")],
    );
    check(
        "{}\n{\"type\":\"event\",\"length\":2}\n{}\n",
        &[("event", "{}")],
    );
    check(
        "{}\n{\"length\":3,\"type\":\"attachment\"}\na\nb\n",
        &[("attachment", "a\nb")],
    );
    let body = "{}\n{\"type\":\"attachment\",\"length\":4}\n\r\n\r\n\n";
    check(body, &[("attachment", "\r\n\r\n")]);
}

#[test]
fn payloads_without_a_length() {
    check("{}\n{\"type\":\"event\"}\n{}", &[("event", "{}")]);
    check(
        "{}\n{\"type\":\"event\",\"length\":null}\n{}\n",
        &[("event", "{}")],
    );
    check("{}\n{\"type\":\"event\"}\n{}\r\n", &[("event", "{}\r")]);
    check(
        "{}\n{\"type\":\"session\"}\n{\"sid\":1}\n{\"type\":\"event\"}\n{\"a\":\"b c\"}\n",
        &[("session", "{\"sid\":1}"), ("event", "{\"a\":\"b c\"}")],
    );
}

#[test]
fn empty_payloads() {
    check("{}\n{\"type\":\"event\"}", &[("event", "")]);
    check("{}\n{\"type\":\"event\"}\n", &[("event", "")]);
    check(
        "{}\n{\"type\":\"attachment\",\"length\":0}",
        &[("attachment", "")],
    );
    check(
        "{}\n{\"type\":\"attachment\",\"length\":0}\n",
        &[("attachment", "")],
    );
    check(
        "{}\n{\"type\":\"attachment\",\"length\":0}\n\n",
        &[("attachment", "")],
    );
    check(
        "{}\n{\"type\":\"attachment\",\"length\":0}\n\n{\"type\":\"session\"}\n\n\
         {\"type\":\"log\"}\n[]",
        &[("attachment", ""), ("session", ""), ("log", "[]")],
    );
}

#[test]
fn blanks_inside_headers_and_between_items() {
    check(
        "{\n \"a\" : 1\n}\n{ \"type\" :\n\"event\" }\n{}\n\n\n{\"type\":\"session\"}\n[]\n\n",
        &[("event", "{}"), ("session", "[]")],
    );
}

#[test]
fn headers_and_unknown_types_are_kept() {
    let body = "{}\n{\"type\":\"x-new\",\"length\":1,\"platform\":\"js\",\"n\":[1]}\n?\n\
                {\"type\":\"event\"}\n{}";
    let envelope = check(body, &[("x-new", "?"), ("event", "{}")]);
    let item = &envelope.items[0];
    assert_eq!(item.item_type, ItemType::Unknown("x-new".to_owned()));
    assert_eq!(item.header["platform"], "js");
    assert_eq!(item.header["n"][0], 1);
}

#[test]
fn i20_items_that_are_refused() {
    let item = |header: &str| format!("{{}}\n{header}\n{{}}\n");
    bad_item(&item("{}"), 1, "its header has no type");
    bad_item(&item("{\"type\":7}"), 1, "its header has no type");
    bad_item(
        &item("hello"),
        1,
        "its header is not valid JSON (line 1 column 1)",
    );
    let shorter = "its payload is shorter than its length";
    for length in ["4", "100", "18446744073709551615"] {
        bad_item(
            &item(&format!("{{\"type\":\"event\",\"length\":{length}}}")),
            1,
            shorter,
        );
    }
    let no_break = "no line break after the payload: is its length right?";
    for length in ["0", "1"] {
        bad_item(
            &item(&format!("{{\"type\":\"event\",\"length\":{length}}}")),
            1,
            no_break,
        );
    }
    for length in [
        "-1",
        "1.5",
        "\"2\"",
        "2.0",
        "18446744073709551616",
        "1e1",
        "true",
        "[2]",
    ] {
        let reason = "its length is not a number of bytes";
        bad_item(
            &item(&format!("{{\"type\":\"event\",\"length\":{length}}}")),
            1,
            reason,
        );
    }
    let reason = "only servers send this type to each other";
    bad_item(&item("{\"type\":\"integration\"}"), 1, reason);
    bad_item(
        "{}\n{\"type\":\"session\"}\n{}\n{\"typ",
        2,
        "its header ends too early (line 1 column 5)",
    );
    bad_item(
        "{}\n{\"type\":\"session\"}\r\n{}",
        1,
        "no line break after the header",
    );
}

#[test]
fn i20_a_binary_item_without_a_length_breaks_at_its_first_line() {
    let body = b"{}\n{\"type\":\"attachment\"}\n\x89PNG\r\n\x1a\n\0";
    let error = Envelope::parse(body, &USUAL).unwrap_err();
    assert!(
        matches!(error, EnvelopeError::Item { number: 2, .. }),
        "{error}"
    );
}

#[test]
fn types_names_and_categories() {
    for (name, category) in [
        ("event", Some("error")),
        ("transaction", Some("transaction")),
        ("feedback", Some("feedback")),
        ("user_report", Some("feedback")),
        ("attachment", Some("attachment")),
        ("session", Some("session")),
        ("sessions", Some("session")),
        ("client_report", None),
        ("check_in", Some("monitor")),
        ("log", Some("log_item")),
        ("span", Some("span")),
        ("trace_metric", Some("trace_metric")),
        ("profile", Some("profile")),
        ("profile_chunk", Some("profile_chunk")),
        ("replay_event", Some("replay")),
        ("replay_recording", Some("replay")),
        ("replay_video", Some("replay")),
        ("security", Some("security")),
        ("unreal_report", Some("error")),
        ("form_data", None),
        ("statsd", Some("metric_bucket")),
        ("never-heard-of", Some("unknown")),
        ("Event", Some("unknown")),
        ("", Some("unknown")),
    ] {
        let item_type = ItemType::from_name(name);
        assert_eq!(item_type.name(), name);
        assert_eq!(item_type.category(), category, "{name}");
    }
    assert_eq!(
        ItemType::from_name("profile_chunk_ui"),
        ItemType::ProfileChunk
    );
    assert_eq!(ItemType::from_name("raw_security"), ItemType::Security);
    assert_eq!(ItemType::from_name(&"x".repeat(500)).name().len(), 64);
    assert!(ItemType::Event.creates_event() && !ItemType::Attachment.creates_event());
}

#[test]
fn cut_or_changed_anywhere_it_gives_an_answer() {
    let body = format!(
        "{{\"event_id\":\"{ID}\"}}\n{{\"type\":\"event\",\"length\":12}}\n\
         {{\"a\":\"\u{e9}\n\"}}\n\n\
         {{\"type\":\"session\"}}\n{{}}\n"
    );
    let body = body.as_bytes();
    for place in 0..body.len() {
        let _ = Envelope::parse(&body[..place], &USUAL);
        for byte in *b"\n\r{}\"0-\0\xff" {
            let mut changed = body.to_vec();
            changed[place] = byte;
            let _ = Envelope::parse(&changed, &USUAL);
        }
    }
}
