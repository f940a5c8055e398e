//! Values of every wrong type.

#![expect(clippy::needless_pass_by_value, reason = "tables read better by value")]

use serde_json::json;

use super::super::node;
use super::*;

fn of<T>(read: Borrowing<T>) -> impl Fn(Node<'_>, &Path<'_>, &mut Notes) -> T {
    move |value, at, notes| read(&value, at, notes)
}

type Borrowing<T> = fn(&Node<'_>, &Path<'_>, &mut Notes) -> T;

fn check<T: fmt::Debug + PartialEq>(
    read: impl Fn(Node<'_>, &Path<'_>, &mut Notes) -> T,
    value: Value,
    expect: T,
    remarks: &[&str],
) {
    let mut notes = Notes::default();
    let shown = value.to_string();
    let arena = bumpalo::Bump::new();
    let node = node::read(shown.as_bytes(), &arena).unwrap();
    let got = read(node, &Path::Root.key("f").index(3), &mut notes);
    assert_eq!(got, expect, "{shown}");
    let reasons = notes.finish().into_iter().map(|remark| {
        assert_eq!(remark.path, "f.3");
        remark.reason
    });
    assert_eq!(reasons.collect::<Vec<_>>(), remarks, "{shown}");
}

#[test]
fn i16_wrong_types_are_bent_or_dropped_with_a_remark() {
    check(text, json!("a"), Some("a".into()), &[]);
    check(text, json!(null), None, &[]);
    check(text, json!({}), None, &[]);
    check(
        text,
        json!(5),
        Some("5".into()),
        &["expected a text, found a number"],
    );
    check(text, json!([1]), None, &["expected a text, found a list"]);
    check(label, json!(true), Some("true".into()), &[]);
    let shown = Some(r#"{"a":1}"#.into());
    check(
        prose,
        json!({"a": 1}),
        shown,
        &["expected a text, found an object"],
    );
    check(of(count), json!(7), Some(7), &[]);
    check(of(count), json!(7.0), Some(7), &[]);
    check(
        of(count),
        json!("7"),
        Some(7),
        &["expected a number, found a text"],
    );
    check(
        of(count),
        json!(-7),
        None,
        &["expected a whole number, not negative"],
    );
    check(
        of(count),
        json!([7]),
        None,
        &["expected a number, found a list"],
    );
    check(
        of(truth),
        json!(1),
        Some(true),
        &["expected true or false, found a number"],
    );
    check(
        of(truth),
        json!("False"),
        Some(false),
        &["expected true or false, found a text"],
    );
    check(
        of(truth),
        json!(2),
        None,
        &["expected true or false, found a number"],
    );
    check(
        lines,
        json!(["a", null, 3]),
        vec!["a".into(), String::new(), "3".into()],
        &[],
    );
    let list = |value: Node<'_>, at: &Path<'_>, notes: &mut Notes| list(value, at, notes).len();
    check(list, json!("a"), 0, &["expected a list, found a text"]);
}

#[test]
fn lists_come_in_three_shapes() {
    let entries = |value: Node<'_>, at: &Path<'_>, notes: &mut Notes| {
        let found = entries(value, at, notes).into_iter();
        found.map(Value::from).collect::<Vec<_>>()
    };
    let pairs = |value: Node<'_>, at: &Path<'_>, notes: &mut Notes| {
        let found = pairs(value, at, notes).into_iter();
        let owned = |(key, value): (Cow<'_, str>, _)| (key.into_owned(), Value::from(value));
        found.map(owned).collect::<Vec<_>>()
    };
    let one = vec![json!({"a": 1})];
    check(entries, json!({"values": [{"a": 1}]}), one.clone(), &[]);
    check(entries, json!([{"a": 1}]), one.clone(), &[]);
    check(entries, json!({"a": 1}), one, &[]);
    check(entries, json!(null), vec![], &[]);
    let pair = || vec![("k".to_owned(), json!(1))];
    check(pairs, json!({"k": 1}), pair(), &[]);
    check(pairs, json!([["k", 1]]), pair(), &[]);
    check(pairs, json!([{"key": "k", "value": 1}, null]), pair(), &[]);
}

#[test]
fn i19_moments_in_every_unit() {
    let moment = of(moment);
    let moment = &moment;
    let expect = Some(Timestamp::from_secs(1_300_000_000));
    let finer = &["expected seconds since 1970, found a finer unit"];
    check(moment, json!(1_300_000_000), expect, &[]);
    check(moment, json!("1300000000"), expect, &[]);
    check(moment, json!(1_300_000_000_000_u64), expect, finer);
    check(moment, json!(1_300_000_000_000_000_u64), expect, finer);
    check(moment, json!("2011-03-13T07:06:40Z"), expect, &[]);
    check(moment, json!("2011-03-13T07:06:40"), expect, &[]);
    check(moment, json!("yesterday"), None, &["not a moment in time"]);
    check(moment, json!(1e300), None, &["not a moment in time"]);
    check(moment, json!(true), None, &["not a moment in time"]);
}

#[test]
fn remarks_are_bounded_and_counted() {
    let mut notes = Notes::default();
    for _ in 0..1000 {
        notes.dropped(&Path::Root.key("tags"), "bad");
    }
    let remarks = notes.finish();
    assert_eq!(remarks.len(), 101);
    assert_eq!(remarks[100].reason, "900 more remarks are not listed");
}
