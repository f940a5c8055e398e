//! What is one issue in version 2 and what is not; the cases of real complaints by their number.

#![expect(clippy::needless_pass_by_value, reason = "tables read better by value")]

mod cases;
mod clients;
mod mutants;
mod several;
mod versions;

use serde_json::{Value, json};
use watchpost_model::{Explanation, Grouped, Grouping, WireFormat};

use crate::Grouper;
use crate::tests::{event, receipt};

/// The event by the rules of a project.
fn by(grouping: &Grouping, fields: &Value) -> Grouped {
    let (grouper, faults) = Grouper::new(grouping);
    assert_eq!(faults, []);
    grouper.event(event(fields), &receipt(WireFormat::Event))
}

fn grouped(fields: &Value) -> Grouped {
    by(&Grouping::default(), fields)
}

/// Whether two events end in one issue, whichever comes first.
fn is_one(grouping: &Grouping, one: &Value, other: &Value) -> bool {
    let (one, other) = (by(grouping, one), by(grouping, other));
    one.hashes.iter().any(|hash| other.hashes.contains(hash))
}

fn check_same(one: Value, other: Value) {
    assert!(is_one(&Grouping::default(), &one, &other), "{one}\n{other}");
}

fn check_differ(one: Value, other: Value) {
    assert!(
        !is_one(&Grouping::default(), &one, &other),
        "{one}\n{other}"
    );
}

fn stack_rules(text: &str) -> Grouping {
    Grouping {
        stack_rules: text.to_owned(),
        ..Grouping::default()
    }
}

fn raised(platform: &str, kind: &str, value: &str, frames: Value) -> Value {
    let stack = json!({"frames": frames});
    json!({
        "platform": platform,
        "exception": {"values": [{"type": kind, "value": value, "stacktrace": stack}]},
    })
}

/// `module function`, `!` before it when it is a library's.
fn frames(texts: &[&str]) -> Value {
    let frames = texts.iter().map(|text| {
        let (text, in_app) = match text.strip_prefix('!') {
            Some(text) => (text, false),
            None => (*text, true),
        };
        let (module, function) = text.split_once(' ').unwrap();
        json!({"module": module, "function": function, "in_app": in_app})
    });
    Value::Array(frames.collect())
}

fn said(text: &str) -> Value {
    json!({"logentry": {"formatted": text}})
}

fn variants(why: &Explanation) -> Vec<&str> {
    why.variants.iter().map(|variant| &*variant.name).collect()
}

#[test]
fn own_frames_and_all_frames_are_two_keys_the_narrower_first() {
    let of = |texts: &[&str]| grouped(&raised("other", "E", "v", frames(texts)));
    let both = of(&["a f", "!lib g"]);
    assert_eq!(
        (both.hashes.len(), variants(&both.explanation)),
        (2, vec!["app", "system"])
    );
    let other = of(&["a f", "!lib h"]);
    assert_eq!(both.hashes[0], other.hashes[0]);
    assert_ne!(both.hashes[1], other.hashes[1]);
    let own = of(&["a f"]);
    assert_eq!((own.hashes.len(), own.hashes[0]), (1, both.hashes[0]));
    let none = of(&["!lib g"]);
    assert_eq!(
        variants(&none.explanation),
        ["system"],
        "values do not beat a stack"
    );
    let bare = of(&[]);
    assert_eq!(variants(&bare.explanation), ["default"]);
}

#[test]
fn strategies_in_their_order() {
    let strategy = |fields: Value| grouped(&fields).explanation.strategy;
    let stack = json!({"frames": frames(&["a f"])});
    let mut fields = json!({});
    assert_eq!(strategy(fields.clone()), "nothing");
    fields["logentry"] = json!({"formatted": "m"});
    assert_eq!(strategy(fields.clone()), "message");
    fields["other"] =
        json!({"csp": {"effective_directive": "img-src", "blocked_uri": "https://a.example/x"}});
    assert_eq!(strategy(fields.clone()), "csp");
    fields["template"] = json!({"filename": "a.html"});
    assert_eq!(strategy(fields.clone()), "template");
    fields["stacktrace"] = stack.clone();
    assert_eq!(strategy(fields.clone()), "stack");
    fields["threads"] = json!({"values": [{"stacktrace": stack}]});
    assert_eq!(strategy(fields.clone()), "threads");
    fields["exception"] = json!({"values": [{"type": "E"}]});
    assert_eq!(strategy(fields.clone()), "exception");
    fields["checksum"] = json!("c");
    assert_eq!(strategy(fields.clone()), "checksum");
    fields["fingerprint"] = json!(["x"]);
    assert_eq!(strategy(fields), "checksum");
}

#[test]
fn values_count_only_without_a_stack_and_without_numbers() {
    let of = |value: &str| raised("other", "E", value, json!([]));
    check_same(of("order 7 failed"), of("order 8 failed"));
    check_differ(of("order failed"), of("payment failed"));
    check_same(
        raised("other", "E", "a", frames(&["a f"])),
        raised("other", "E", "b", frames(&["a f"])),
    );
    check_differ(of("a"), raised("other", "F", "a", json!([])));
}

#[test]
fn parts_of_exceptions() {
    let with = |kind: &str, mechanism: Value| json!({"exception": {"values": [{"type": kind, "value": "v", "mechanism": mechanism}]}});
    let synthetic = json!({"type": "x", "synthetic": true});
    check_same(with("A", synthetic.clone()), with("B", synthetic));
    let ns = |code: i64| json!({"type": "x", "meta": {"ns_error": {"domain": "d", "code": code}}});
    check_differ(with("A", ns(1)), with("A", ns(2)));
    check_same(with("A", ns(1)), with("A", ns(1)));
    let chain = |kinds: &[&str]| {
        let values = kinds.iter().map(|kind| json!({"type": kind, "value": "v"}));
        json!({"exception": {"values": values.collect::<Vec<_>>()}})
    };
    check_differ(chain(&["A", "B"]), chain(&["B", "A"]));
    check_differ(chain(&["A", "B"]), chain(&["B"]));
    check_differ(chain(&["A", "A"]), chain(&["A"]));
}

#[test]
fn groups_of_exceptions() {
    let member = |kind: &str, id: u64, parent: Option<u64>, is_group: bool| {
        let mechanism = json!({"type": "x", "exception_id": id, "parent_id": parent,
            "is_exception_group": is_group});
        json!({"type": kind, "value": "v", "mechanism": mechanism,
            "stacktrace": {"frames": frames(&["a f"])}})
    };
    let all = |values: &[Value]| json!({"exception": {"values": values}});
    let single = all(&[member("E", 0, None, false)]);
    let e = |id| member("E", id, Some(0), false);
    let root = || member("Group", 0, None, true);
    let group = all(&[e(3), e(2), e(1), root()]);
    check_same(group.clone(), single.clone());
    assert_eq!(grouped(&group).title, "E: v");
    let mixed = all(&[member("F", 2, Some(0), false), e(1), root()]);
    check_differ(mixed.clone(), single.clone());
    check_same(
        mixed.clone(),
        all(&[e(2), member("F", 1, Some(0), false), root()]),
    );
    assert_eq!(grouped(&mixed).title, "Group: v");
    // What is no tree stays a list.
    for (id, parent) in [(1, 1), (0, 0), (2, 7)] {
        check_differ(
            all(&[e(3), member("E", id, Some(parent), false), root()]),
            single.clone(),
        );
    }
}

#[test]
fn titles_of_wrappers_are_those_of_what_is_inside() {
    let chain = |kind: &str, value: &str| {
        let values = json!([{"type": "E", "value": "inner"}, {"type": kind, "value": value}]);
        grouped(&json!({"exception": {"values": values}})).title
    };
    assert_eq!(chain("UndeliverableException", "x"), "E: inner");
    let recovered = "There was an error while hydrating but React was able to recover by x";
    assert_eq!(chain("Error", recovered), "E: inner");
    assert_eq!(chain("Error", "x"), "Error: x");
}

#[test]
fn fingerprints_decide_or_combine() {
    let with = |fingerprint: Value, kind: &str| {
        let mut fields = raised("other", kind, "order 7", frames(&["a f", "!b g"]));
        fields["fingerprint"] = fingerprint;
        fields["transaction"] = json!("/pay");
        fields
    };
    check_same(with(json!(["x"]), "A"), with(json!(["x"]), "B"));
    check_differ(with(json!(["x"]), "A"), with(json!(["y"]), "A"));
    check_differ(with(json!(["x", "y"]), "A"), with(json!(["xy"]), "A"));
    check_same(with(json!(["{{default}}"]), "A"), with(json!([]), "A"));
    check_differ(
        with(json!(["{{ default }}", "x"]), "A"),
        with(json!(["{{ default }}", "x"]), "B"),
    );
    check_differ(
        with(json!(["{{ default }}", "x"]), "A"),
        with(json!([]), "A"),
    );
    check_differ(
        with(json!(["{{ default }}", "x"]), "A"),
        with(json!(["x", "{{ default }}"]), "A"),
    );
    check_same(
        with(json!(["at {{ transaction }}"]), "A"),
        with(json!(["at /pay"]), "A"),
    );
    check_same(
        with(json!(["{{ message }}"]), "A"),
        with(json!(["order <int>"]), "A"),
    );
    check_same(
        with(json!(["{{ raw_value }}"]), "A"),
        with(json!(["order 7"]), "A"),
    );
    let long = "x".repeat(300);
    check_same(
        with(json!([long]), "A"),
        with(json!(["x".repeat(200)]), "A"),
    );
    let got = grouped(&with(json!(["{{ default }}", "x"]), "A"));
    assert_eq!(variants(&got.explanation), ["app", "system"]);
    assert_eq!(got.explanation.fingerprint, ["{{ default }}", "x"]);
}

#[test]
fn rules_replace_fingerprints_and_titles() {
    let grouping = Grouping {
        fingerprint_rules: "type:A -> a-{{ level }} title=\"All of {{ type }}\"".to_owned(),
        ..Grouping::default()
    };
    let mut fields = raised("other", "A", "v", frames(&["a f"]));
    fields["fingerprint"] = json!(["client"]);
    let got = by(&grouping, &fields);
    assert_eq!(got.title, "All of A");
    let empty = Grouping {
        fingerprint_rules: "type:A -> a title=\"\"".to_owned(),
        ..Grouping::default()
    };
    assert_eq!(by(&empty, &fields).title, "A: v");
    assert_eq!(got.explanation.fingerprint, ["a-error"]);
    assert_eq!(got.explanation.rules[0].line, 1);
    assert!(is_one(
        &grouping,
        &fields,
        &raised("other", "A", "w", frames(&["b g"]))
    ));
    assert_ne!(got.hashes, grouped(&fields).hashes);
}

#[test]
fn checksums() {
    let with = |checksum: &str, kind: &str| {
        let mut fields = raised("other", kind, "v", json!([]));
        fields["checksum"] = json!(checksum);
        fields
    };
    check_same(with("c1", "A"), with("c1", "B"));
    check_differ(with("c1", "A"), with("c2", "A"));
    let digits = "0123456789abcdef0123456789abcdef";
    let got = grouped(&with(digits, "A"));
    assert_eq!(got.explanation.variants[0].hash, digits);
    assert_eq!(crate::digest::hex(&got.hashes[0].digest), digits);
}

#[test]
fn browsers_reports() {
    let csp = |report: Value| json!({"other": {"csp": report}});
    let image = |uri: &str| csp(json!({"effective_directive": "img-src", "blocked_uri": uri}));
    check_same(
        image("https://a.example/x.png"),
        image("https://a.example/y.png?z"),
    );
    check_differ(
        image("https://a.example/x.png"),
        image("https://b.example/x.png"),
    );
    check_differ(
        image("https://a.example/x"),
        csp(json!({
        "effective_directive": "script-src", "blocked_uri": "https://a.example/x"})),
    );
    check_same(image("inline"), image("'inline'"));
    check_differ(image("inline"), image("eval"));
    let pins = |host: &str| json!({"other": {"hpkp": {"hostname": host}}});
    check_same(pins("a"), pins("a"));
    check_differ(pins("a"), pins("b"));
}

#[test]
fn seed_records_keep_the_key_of_version_1() {
    let seed = |view: &str, checksum: Value| json!({"logger": "root", "culprit": view, "checksum": checksum, "seed": {"level": 40, "message": "m"}});
    let one = Grouping {
        version: Some(1),
        ..Grouping::default()
    };
    let fields = seed("a.b", json!(null));
    assert_eq!(grouped(&fields).hashes, by(&one, &fields).hashes);
    assert!(grouped(&fields).previous.is_empty());
    check_differ(fields, seed("a.c", json!(null)));
    let sent = seed("a.b", json!("c".repeat(32)));
    let got = grouped(&sent);
    assert_eq!(got.hashes[..1], by(&one, &sent).hashes[..]);
    check_same(sent, json!({"checksum": "c".repeat(32)}));
}

#[test]
fn frames_say_whose_they_are_by_the_rules() {
    let grouping = stack_rules("module:a -app\nmodule:lib +app\nnonsense");
    let (grouper, faults) = Grouper::new(&grouping);
    assert_eq!((faults.len(), faults[0].line), (1, 3));
    assert!(faults[0].message.starts_with("stack rules: `nonsense`"));
    let fields = raised("other", "E", "v", frames(&["a f", "!lib g"]));
    let got = grouper.event(event(&fields), &receipt(WireFormat::Event));
    let stack = got.event.exceptions[0].stacktrace.as_ref().unwrap();
    let own: Vec<_> = stack.frames.iter().map(|frame| frame.in_app).collect();
    assert_eq!(own, [Some(false), Some(true)]);
    assert_eq!(got.culprit, "lib in g");
    let lines: Vec<usize> = got.explanation.rules.iter().map(|rule| rule.line).collect();
    assert_eq!(lines, [1, 2]);
}
