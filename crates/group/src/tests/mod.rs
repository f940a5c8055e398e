//! What is one issue in version 1 and what is not, and what it is called.

#![expect(clippy::needless_pass_by_value, reason = "tables read better by value")]

mod mutated;
mod recorded;

use serde_json::{Value, json};
use watchpost_model::{
    Event, EventId, Grouped, Grouping, KeyId, ProjectId, Receipt, Timestamp, WireFormat,
};

use crate::Grouper;

pub(crate) fn receipt(format: WireFormat) -> Receipt {
    Receipt {
        project: ProjectId(1),
        key: KeyId(1),
        event: EventId(7),
        received: Timestamp::parse_rfc3339("2026-11-22T16:00:00Z").unwrap(),
        format,
        client_ip: None,
        sdk: None,
        user_agent: None,
        sent_at: None,
    }
}

/// The event with these fields, in the form in which it is stored.
pub(crate) fn event(fields: &Value) -> Event {
    let received = receipt(WireFormat::Event).received;
    let mut stored = serde_json::to_value(Event::empty(EventId(7), received)).unwrap();
    let stored_fields = stored.as_object_mut().unwrap();
    stored_fields.extend(fields.as_object().unwrap().clone());
    serde_json::from_value(stored).unwrap()
}

fn grouped(fields: &Value) -> Grouped {
    version(1).event(event(fields), &receipt(WireFormat::Event))
}

/// The rules that every project has, of that version.
fn version(version: u16) -> Grouper {
    let grouping = Grouping {
        version: Some(version),
        ..Grouping::default()
    };
    Grouper::new(&grouping).0
}

fn check_same(one: Value, other: Value) {
    assert_eq!(
        grouped(&one).hashes,
        grouped(&other).hashes,
        "{one}\n{other}"
    );
}

fn check_differ(one: Value, other: Value) {
    assert_ne!(
        grouped(&one).hashes,
        grouped(&other).hashes,
        "{one}\n{other}"
    );
}

fn raised(kind: &str, value: &str, frames: Value) -> Value {
    let stack = json!({"frames": frames});
    json!({"exception": {"values": [{"type": kind, "value": value, "stacktrace": stack}]}})
}

fn frame(file: &str, function: &str, line: u64, in_app: bool) -> Value {
    json!({"filename": file, "function": function, "lineno": line, "in_app": in_app})
}

#[test]
fn exceptions_are_one_issue_by_type_and_own_frames() {
    let lib = |line| frame("/lib/django/base.py", "get_response", line, false);
    let own = |line| frame("/srv/app/shop.py", "charge", line, true);
    let base = || raised("E", "order 7", json!([lib(1), own(3)]));
    check_same(base(), raised("E", "order 8", json!([lib(1), own(3)])));
    check_same(base(), raised("E", "order 7", json!([lib(9), own(99)])));
    check_same(base(), raised("E", "order 7", json!([own(3)])));
    let moved = frame("/opt/App/Shop.py", "charge", 3, true);
    check_same(base(), raised("E", "order 7", json!([lib(1), moved])));
    check_same(
        base(),
        raised("E", "order 7", json!([own(3), own(4), own(3)])),
    );
    check_differ(base(), raised("F", "order 7", json!([lib(1), own(3)])));
    let other = frame("/srv/app/shop.py", "refund", 3, true);
    check_differ(base(), raised("E", "order 7", json!([lib(1), other])));
    check_differ(base(), raised("E", "order 7", json!([lib(1)])));
}

#[test]
fn without_own_frames_all_count_and_without_frames_the_value() {
    let lib = |function| frame("/lib/base.py", function, 1, false);
    check_same(
        raised("E", "a", json!([lib("f")])),
        raised("E", "b", json!([lib("f")])),
    );
    check_differ(
        raised("E", "a", json!([lib("f")])),
        raised("E", "a", json!([lib("g")])),
    );
    check_differ(raised("E", "a", json!([])), raised("E", "b", json!([])));
    check_same(
        raised("E", "a\nb\nc", json!([])),
        raised("E", "a\n\nb\nd", json!([])),
    );
}

#[test]
fn a_module_wins_over_the_file() {
    let with = |module: &str, file: &str| {
        raised(
            "E",
            "",
            json!([{"module": module, "filename": file, "function": "f"}]),
        )
    };
    check_same(with("shop.views", "/a.py"), with("shop.views", "/b.py"));
    check_differ(with("shop.views", "/a.py"), with("shop.forms", "/a.py"));
}

#[test]
fn the_chain_counts_in_its_order() {
    let one = |kind: &str| json!({"type": kind});
    let chain = |values: Value| json!({"exception": {"values": values}});
    check_differ(chain(json!([one("A"), one("B")])), chain(json!([one("B")])));
    check_differ(
        chain(json!([one("A"), one("B")])),
        chain(json!([one("B"), one("A")])),
    );
}

#[test]
fn messages_are_one_issue_by_template() {
    let entry = |template: Option<&str>, text: &str| {
        let entry = json!({"message": template, "formatted": text});
        json!({"logentry": entry})
    };
    check_same(entry(Some("hi %s"), "hi a"), entry(Some("hi %s"), "hi b"));
    check_differ(entry(None, "hi a"), entry(None, "hi b"));
    check_same(
        entry(None, "one\n\ntwo\nthree"),
        entry(None, "one\ntwo\nfour"),
    );
    check_differ(entry(None, "one\ntwo"), entry(None, "one\nthree"));
}

#[test]
fn a_message_that_carries_a_stack_is_a_message() {
    let captured = |text: &str| {
        json!({
            "logentry": {"formatted": text},
            "exception": {"values": [{
                "value": text, "mechanism": {"type": "generic", "synthetic": true},
                "stacktrace": {"frames": [frame("app.js", "log", 1, true)]},
            }]},
        })
    };
    check_differ(captured("hello"), captured("bye"));
    check_same(
        captured("hello"),
        json!({"logentry": {"formatted": "hello"}}),
    );
    let got = grouped(&captured("hello"));
    assert_eq!(
        (&*got.title, &*got.kind, &*got.value),
        ("hello", "", "hello")
    );
    assert_eq!(got.culprit, "app.js in log");
}

#[test]
fn a_stack_beside_a_message_does_not_join_different_messages() {
    let logged = |text: &str, function: &str| {
        let stack = json!({"frames": [frame("logging.py", function, 1, false)]});
        json!({"logentry": {"formatted": text}, "stacktrace": stack})
    };
    check_differ(logged("a", "emit"), logged("b", "emit"));
    check_same(logged("a", "emit"), logged("a", "handle"));
}

#[test]
fn synthetic_types_do_not_count() {
    let crash = |kind: &str| {
        json!({"exception": {"values": [{
            "type": kind, "value": "v", "mechanism": {"type": "signal", "synthetic": true},
            "stacktrace": {"frames": [frame("a.c", "f", 1, true)]},
        }]}})
    };
    check_same(crash("SIGSEGV"), crash("SIGBUS"));
    assert_eq!(grouped(&crash("SIGSEGV")).title, "SIGSEGV: v");
}

#[test]
fn the_client_s_fingerprint_decides_or_combines() {
    let with = |fingerprint: Value, kind: &str| {
        let mut event = raised(kind, "v", json!([frame("a.py", "f", 1, true)]));
        event["fingerprint"] = fingerprint;
        event["transaction"] = json!("/pay");
        event["tags"] = json!([{"key": "tier", "value": "gold"}]);
        event
    };
    check_same(with(json!(["x"]), "A"), with(json!(["x"]), "B"));
    check_differ(with(json!(["x"]), "A"), with(json!(["y"]), "A"));
    check_differ(with(json!(["x", "y"]), "A"), with(json!(["xy"]), "A"));
    check_same(with(json!(["{{ default }}"]), "A"), with(json!([]), "A"));
    check_same(
        with(json!(["{{default}}", "x"]), "A"),
        with(json!(["{{ default }}", "x"]), "A"),
    );
    check_differ(
        with(json!(["{{ default }}", "x"]), "A"),
        with(json!(["{{ default }}", "x"]), "B"),
    );
    check_differ(
        with(json!(["{{ default }}", "x"]), "A"),
        with(json!([]), "A"),
    );
    check_same(
        with(json!(["{{ transaction }}"]), "A"),
        with(json!(["/pay"]), "A"),
    );
    check_same(
        with(json!(["{{ tags.tier }}"]), "A"),
        with(json!(["gold"]), "A"),
    );
    check_same(
        with(json!(["{{ logger }}"]), "A"),
        with(json!(["<no-logger>"]), "A"),
    );
}

#[test]
fn a_checksum_decides_unless_there_is_a_fingerprint() {
    let with = |checksum: &str, kind: &str| {
        let mut event = raised(kind, "v", json!([]));
        event["checksum"] = json!(checksum);
        event
    };
    check_same(with("c1", "A"), with("c1", "B"));
    check_differ(with("c1", "A"), with("c2", "A"));
    let mut fingerprint = with("c1", "A");
    fingerprint["fingerprint"] = json!(["x"]);
    check_same(fingerprint, json!({"fingerprint": ["x"]}));
}

#[test]
fn threads_stacks_and_templates() {
    let thread = |function: &str, crashed: bool| {
        let stack = json!({"frames": [frame("a.c", function, 1, true)]});
        json!({"crashed": crashed, "current": false, "stacktrace": stack})
    };
    let threads = |list: Value| json!({"threads": {"values": list}});
    let crash = threads(json!([thread("f", true), thread("g", false)]));
    check_same(
        crash.clone(),
        threads(json!([thread("h", false), thread("f", true)])),
    );
    check_differ(crash.clone(), threads(json!([thread("g", true)])));
    let unclear = threads(json!([thread("f", false), thread("g", false)]));
    check_same(unclear, json!({}));
    let bare =
        |function: &str| json!({"stacktrace": {"frames": [frame("a.c", function, 1, true)]}});
    check_differ(bare("f"), bare("g"));
    check_differ(bare("f"), crash);
    let template = |line: &str| json!({"template": {"filename": "a.html", "context_line": line}});
    check_differ(template("{% a %}"), template("{% b %}"));
    assert_eq!(grouped(&template("{% a %}")).title, "a.html");
}

#[test]
fn seed_records_are_one_issue_by_logger_view_and_checksum() {
    let with = |logger: &str, view: Value, checksum: Value, message: &str| {
        let seed = json!({"level": 40, "message": message});
        json!({"logger": logger, "culprit": view, "checksum": checksum, "seed": seed,
            "fingerprint": ["ignored"]})
    };
    let base = || with("root", json!("a.b"), json!(null), "m");
    check_same(base(), base());
    check_differ(base(), with("shop", json!("a.b"), json!(null), "m"));
    check_differ(base(), with("root", json!("a.c"), json!(null), "m"));
    check_differ(base(), with("root", json!("a.b"), json!(null), "n"));
    let null = with("root", json!(null), json!(null), "m");
    check_differ(null, with("root", json!(""), json!(null), "m"));
    let same = json!("c".repeat(32));
    let sent = with("root", json!("a.b"), same.clone(), "m");
    check_same(sent, with("root", json!("a.b"), same, "n"));
    // What the server computed is what a client may send.
    let computed = crate::seed_checksum(40, None, None, "m");
    check_same(base(), with("root", json!("a.b"), json!(computed), "other"));
}

#[test]
fn seed_records_of_1_10_are_hashed_over_frame_names() {
    let with = |names: Value, traceback: &str| {
        let seed = json!({"level": 40, "class_name": "E", "message": "m", "traceback": traceback,
            "frame_names": names});
        json!({"logger": "root", "seed": seed})
    };
    let names = || json!([["shop.views", "charge"]]);
    check_same(with(names(), "a\nb\nc\nd"), with(names(), "x\nb\nc\nd"));
    check_differ(
        with(names(), "a"),
        with(json!([["shop.views", "refund"]]), "a"),
    );
}

fn check_title(fields: Value, title: &str, culprit: &str) {
    let got = grouped(&fields);
    assert_eq!((&*got.title, &*got.culprit), (title, culprit), "{fields}");
}

#[test]
fn titles_and_places() {
    let frames = json!([frame("a.py", "f", 1, true), frame("lib.py", "g", 1, false)]);
    check_title(raised("E", "one\ntwo", frames), "E: one", "a.py in f");
    check_title(raised("E", "", json!([])), "E", "");
    check_title(json!({}), "<unlabeled event>", "");
    check_title(
        json!({"transaction": "/pay", "culprit": "a.b"}),
        "/pay",
        "/pay",
    );
    check_title(json!({"culprit": "a.b"}), "a.b", "a.b");
    let text = "\n\n  first\tline  \nsecond";
    check_title(json!({"logentry": {"formatted": text}}), "first line", "");
    let long = "x".repeat(500);
    let cut = "x".repeat(197) + "...";
    check_title(json!({"logentry": {"formatted": long}}), &cut, "");
    let seed =
        json!({"culprit": "shop.views.charge", "transaction": "/pay", "seed": {"level": 40}});
    check_title(seed, "shop.views.charge", "shop.views.charge");
    let untyped = json!({"exception": {"values": [{"value": "just text"}]}});
    check_title(untyped, "just text", "");
}

#[test]
fn explanations_name_what_counted() {
    let frames = json!([frame("lib.py", "g", 1, false), frame("a.py", "f", 1, true)]);
    let got = grouped(&raised("E", "v", frames));
    assert_eq!(
        got.explanation.notes,
        [
            "grouped by the exceptions and the application's frames",
            "type: E",
            "frame: a.py in f",
            "1 frame does not count: not the application's, or without a name",
        ]
    );
    let many: Vec<Value> = (0..100)
        .map(|n| frame("a.py", &format!("f{n}"), 1, true))
        .collect();
    assert_eq!(
        grouped(&raised("E", "v", json!(many)))
            .explanation
            .notes
            .len(),
        61
    );
}
