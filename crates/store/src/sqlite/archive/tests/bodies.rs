//! What a body holds, and what is put back when it is opened.

use watchpost_model::{Component, Exception, Frame, Stacktrace, Timestamp, Variant};

use super::*;

const KIND: &str = "OutOfStock";
const LINE: &str = "raise OutOfStock(article)";

fn event(texts: [&str; 3]) -> Event {
    let [kind, function, line] = texts;
    let frame = Frame {
        function: Some(function.to_owned()),
        context_line: Some(format!("    {line}")),
        ..Frame::default()
    };
    let mut event = Event::empty(EventId(7), Timestamp::from_micros(1_234_567));
    event.timestamp = Timestamp::from_micros(-1);
    event.exceptions = vec![Exception {
        kind: Some(kind.to_owned()),
        stacktrace: Some(Stacktrace {
            frames: vec![frame],
            ..Stacktrace::default()
        }),
        ..Exception::default()
    }];
    event
}

fn explanation(values: &[&str]) -> Explanation {
    let component = Component {
        name: "frame".into(),
        contributes: true,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        hint: None,
        components: Vec::new(),
    };
    let variant = Variant {
        name: "app".to_owned(),
        hash: "0".repeat(32),
        components: vec![component],
    };
    Explanation {
        version: 2,
        variants: vec![variant],
        ..Explanation::default()
    }
}

/// Opens what is stored as `json` beside the columns of `event`.
fn open(json: &[u8], event: &Event) -> Result<body::Opened, StoreError> {
    let mut packer = body::Packer::with(body::ZSTD_JSON, &[]).unwrap();
    let packed = Packed {
        codec: body::ZSTD_JSON,
        dictionary: None,
        body: packer.pack(json).unwrap(),
        event: event.event_id,
        timestamp: event.timestamp,
        received: event.received,
    };
    packed.open()
}

fn json(event: &Event, explanation: &Explanation) -> Vec<u8> {
    let mut json = Vec::new();
    body::json(event, explanation, &mut json).unwrap();
    json
}

#[track_caller]
fn check(event: &Event, explanation: &Explanation) {
    let opened = open(&json(event, explanation), event).unwrap();
    assert_eq!(opened.event, *event);
    assert_eq!(opened.explanation, *explanation);
}

#[test]
fn what_a_body_looks_like_never_changes() {
    let event = event([KIND, "reserve_all", LINE]);
    let explanation = explanation(&[KIND, LINE, "reserve_all", "something else"]);
    let stored = concat!(
        r#"{"rest":{"level":"error","platform":"other","exception":{"values":[{"type":"OutOfStock","#,
        r#""stacktrace":{"frames":[{"function":"reserve_all","#,
        r#""context_line":"    raise OutOfStock(article)"}]}}]}},"#,
        r#""why":{"version":2,"source":"default","variants":[{"name":"app","#,
        r#""hash":"00000000000000000000000000000000","components":[{"name":"frame","#,
        r#""values":["\#0","\#2","\#1","something else"]}]}]}}"#,
    );
    let stored = stored.replace("\\#", "\u{7f}");
    assert_eq!(
        String::from_utf8(json(&event, &explanation)).unwrap(),
        stored
    );
    check(&event, &explanation);
}

#[test]
fn every_text_comes_back_as_it_was() {
    let texts = [
        "",
        "short",
        KIND,
        LINE,
        "\u{7f}",
        "\u{7f}1",
        "\u{7f}0 with more",
        "\u{7f}\u{7f}0 and more",
        " spaced out ",
    ];
    for kind in texts {
        for function in texts {
            for line in texts {
                check(&event([kind, function, line]), &explanation(&texts));
            }
        }
    }
    check(&event([KIND; 3]), &Explanation::default());
}

#[test]
fn texts_beyond_the_bound_are_stored_as_they_are() {
    let mut event = event([KIND, "reserve_all", LINE]);
    let exceptions = (0..600).map(|number| Exception {
        value: Some(format!("the text {number}")),
        ..Exception::default()
    });
    event.exceptions = exceptions.collect();
    let values = ["the text 511", "the text 512", "the text 0"];
    let explanation = explanation(&values);
    let stored = String::from_utf8(json(&event, &explanation)).unwrap();
    assert!(stored.contains("[\"\u{7f}511\",\"the text 512\",\"\u{7f}0\"]"));
    check(&event, &explanation);
}

#[test]
fn f16_older_bodies_are_whole() {
    let event = event([KIND, "reserve_all", LINE]);
    let explanation = explanation(&["\u{7f}0", "\u{7f}\u{7f}", KIND]);
    let older = serde_json::json!({"event": event, "explanation": explanation}).to_string();
    let mut other = event.clone();
    other.event_id = EventId(8);
    let opened = open(older.as_bytes(), &other).unwrap();
    assert_eq!((opened.event, opened.explanation), (event, explanation));
}

#[test]
fn f07_a_place_that_is_not_there_is_damage() {
    let event = event([KIND, "reserve_all", LINE]);
    let stored = String::from_utf8(json(&event, &explanation(&[LINE]))).unwrap();
    for place in ["\u{7f}9", "\u{7f}", "\u{7f}-1", "\u{7f}x"] {
        let spoilt = stored.replace("\u{7f}2", place);
        let error = open(spoilt.as_bytes(), &event).map(|opened| opened.event);
        let error = error.unwrap_err().to_string();
        assert!(error.contains("quotes what is not there"), "{error}");
    }
}
