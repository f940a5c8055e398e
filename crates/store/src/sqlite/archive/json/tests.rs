//! Byte for byte as `serde_json`, but for what is left out or quoted.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::*;

#[track_caller]
fn check(value: &impl Serialize) {
    let mut got = Vec::new();
    let got = write(Plain, value, &mut got).map(|()| String::from_utf8(got).unwrap());
    let expect = serde_json::to_string(value);
    assert_eq!(got.unwrap(), expect.unwrap());
}

#[derive(Serialize)]
struct Unit;
#[derive(Serialize)]
struct New(u8);
#[derive(Serialize)]
struct Two(i64, Option<()>);
#[derive(Serialize)]
struct Named<'a> {
    first: &'a str,
    second: Option<f64>,
    #[serde(flatten)]
    other: serde_json::Value,
}
#[derive(Serialize)]
enum Either<'a> {
    Unit,
    New(&'a str),
    Two(u8, u8),
    Named { first: u8, second: u8 },
}

#[test]
fn it_writes_what_serde_json_writes() {
    let other = json!({"a": [1, -2.5, 1e300, null, true, [], {}, [[{}]]], "\n": {"b": "c"}});
    let (first, second) = ("f", Some(0.1));
    check(&other);
    check(&Named {
        first,
        second,
        other,
    });
    check(&(Unit, New(7), Two(-9, None), 'c', 1.5_f32, b"ab", "ab", ()));
    check(&[Either::Unit, Either::New("x"), Either::Two(1, 2)]);
    check(&Either::Named {
        first: 1,
        second: 2,
    });
    check(&BTreeMap::from([("a", f64::NAN), ("b", 2.0)]));
    check(&(i8::MIN, u16::MAX, i32::MIN, u32::MAX, u64::MAX, i64::MIN));
}

#[test]
fn every_character_is_escaped_as_serde_json_does() {
    let all: String = (0..0x250).filter_map(char::from_u32).collect();
    check(&all);
    for char in all.chars() {
        for text in [
            format!("{char}"),
            format!("ab{char}cdefghij{char}{char}"),
            format!("{char}ä"),
        ] {
            check(&text);
            check(&BTreeMap::from([(text, 1)]));
        }
    }
    check(&["", "\u{2028}\u{10ffff}💥"]);
}

#[test]
fn names_of_fields_must_be_texts() {
    let mut out = Vec::new();
    assert!(write(Plain, &BTreeMap::from([(vec![1], 2)]), &mut out).is_err());
}
