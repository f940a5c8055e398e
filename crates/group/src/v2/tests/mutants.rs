//! Events of every platform, changed where nothing may split them, and where something must.

use super::*;

/// An event with an exception, or without, of each platform.
fn originals() -> Vec<Value> {
    let frame = |name: &str, line: &str, in_app: bool| {
        json!({"filename": format!("app/{name}"), "abs_path": format!("/srv/app/{name}"),
            "function": format!("fn_{name}"), "module": Value::Null, "lineno": 7, "colno": 3,
            "context_line": line, "in_app": in_app})
    };
    let platforms = [
        "python",
        "javascript",
        "node",
        "java",
        "csharp",
        "ruby",
        "php",
        "go",
        "native",
        "rust",
        "cocoa",
        "elixir",
        "other",
    ];
    platforms
        .iter()
        .map(|platform| {
            let stack = json!([
                frame("lib.x", "call(f)", false),
                frame("web.x", "page()", true),
                frame("shop.x", "pay(order)", true),
            ]);
            let mut event = raised(platform, "PayError", "order 7 failed", stack);
            event["tags"] = json!([{"key": "tier", "value": "gold"}]);
            event["release"] = json!("shop@1.2");
            event
        })
        .collect()
}

type Change = fn(&mut Value);

fn frame_of(event: &mut Value, index: usize) -> &mut Value {
    &mut event["exception"]["values"][0]["stacktrace"]["frames"][index]
}

fn every_frame(event: &mut Value, change: impl Fn(&mut Value)) {
    for index in 0..3 {
        change(frame_of(event, index));
    }
}

const SAME: [(&str, Change); 14] = [
    ("id", |event| event["event_id"] = json!("ab".repeat(16))),
    ("time", |event| {
        event["timestamp"] = json!("2026-01-01T00:00:00Z");
    }),
    ("release", |event| event["release"] = json!("shop@9.9")),
    ("environment", |event| {
        event["environment"] = json!("staging");
    }),
    ("server", |event| event["server_name"] = json!("web-9")),
    ("tags", |event| event["tags"] = json!([])),
    ("user", |event| event["user"] = json!({"id": "9"})),
    ("breadcrumbs", |event| {
        event["breadcrumbs"] = json!({"values": [{"message": "x"}]});
    }),
    ("lines", |event| {
        every_frame(event, |frame| frame["lineno"] = json!(99));
    }),
    ("columns", |event| {
        every_frame(event, |frame| frame["colno"] = json!(99));
    }),
    ("folder", |event| {
        every_frame(event, |frame| {
            let path = frame["filename"]
                .as_str()
                .unwrap()
                .replace("app/", "/opt/release-7/");
            frame["abs_path"] = json!(path);
            frame["filename"] = json!(path);
        });
    }),
    ("value", |event| {
        event["exception"]["values"][0]["value"] = json!("something else");
    }),
    ("another library", |event| {
        frame_of(event, 0)["function"] = json!("other");
    }),
    ("more of libraries", |event| {
        let library = frame_of(event, 0).clone();
        let frames = &mut event["exception"]["values"][0]["stacktrace"]["frames"];
        frames.as_array_mut().unwrap().insert(1, library);
    }),
];

const DIFFER: [(&str, Change); 4] = [
    ("type", |event| {
        event["exception"]["values"][0]["type"] = json!("OtherError");
    }),
    ("function", |event| {
        frame_of(event, 2)["function"] = json!("refund");
    }),
    ("fewer frames", |event| {
        frame_of(event, 2)["in_app"] = json!(false);
    }),
    ("chain", |event| {
        let values = event["exception"]["values"].as_array_mut().unwrap();
        values.insert(0, json!({"type": "Cause", "value": "x"}));
    }),
];

#[test]
fn what_may_not_split_does_not() {
    for original in originals() {
        for (name, change) in SAME {
            let mut mutant = original.clone();
            change(&mut mutant);
            assert_ne!(mutant, original, "{name}");
            let (one, other) = (grouped(&original), grouped(&mutant));
            assert_eq!(
                one.hashes[0], other.hashes[0],
                "{name} {}",
                original["platform"]
            );
        }
    }
}

#[test]
fn what_must_split_does() {
    for original in originals() {
        for (name, change) in DIFFER {
            let mut mutant = original.clone();
            change(&mut mutant);
            let (one, other) = (grouped(&original), grouped(&mutant));
            let shared = one.hashes.iter().any(|hash| other.hashes.contains(hash));
            // All frames are the same ones still.
            let expect = name == "fewer frames";
            assert_eq!(shared, expect, "{name} {}", original["platform"]);
            assert_ne!(
                one.hashes[0], other.hashes[0],
                "{name} {}",
                original["platform"]
            );
        }
    }
}

#[test]
fn source_lines_split_only_where_they_count() {
    for original in originals() {
        let mut mutant = original.clone();
        frame_of(&mut mutant, 2)["context_line"] = json!("refund(order)");
        let platform = original["platform"].as_str().unwrap();
        let counts = ["python", "javascript", "node", "ruby", "php"].contains(&platform);
        let (one, other) = (grouped(&original), grouped(&mutant));
        assert_eq!(one.hashes[0] != other.hashes[0], counts, "{platform}");
        frame_of(&mut mutant, 2)["context_line"] = json!("  pay(order)\t ");
        assert_eq!(one.hashes[0], grouped(&mutant).hashes[0], "{platform}");
    }
}

#[test]
fn recursion_counts_once_however_deep() {
    let of = |depth: usize| {
        let mut texts = vec!["a f"];
        texts.extend(vec!["a g"; depth]);
        raised("other", "E", "v", frames(&texts))
    };
    let hashes = |depth| grouped(&of(depth)).hashes;
    assert_eq!(hashes(1), hashes(50));
    assert_ne!(hashes(0), hashes(1));
}

#[test]
fn numbers_and_ids_in_messages_do_not_split_but_words_do() {
    let text = "job 7 of 2026-01-02 for ann@shop.example lost 0x7f";
    for other in [
        "job 8 of 2026-01-02 for ann@shop.example lost 0x7f",
        "job 7 of 2025-11-30 for ann@shop.example lost 0x7f",
        "job 7 of 2026-01-02 for bob@cart.example lost 0x7f",
        "job 7 of 2026-01-02 for ann@shop.example lost 0xffff",
    ] {
        check_same(said(text), said(other));
    }
    check_differ(
        said(text),
        said("task 7 of 2026-01-02 for ann@shop.example lost 0x7f"),
    );
}
