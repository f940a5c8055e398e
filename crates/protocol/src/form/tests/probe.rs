//! Requests to `/store/`, good and bad, from the form to the checked object: what the server of
//! 2010 got from its clients and from strangers, and what has to become of it today.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::*;
use crate::json::{self, CheckedObject, IdField};
use crate::limits::EVENT_BYTES_MAX;

const ID: &str = "0c9e7a4be0cf4ba0a5b9d1dc77aeb3a1";

fn zlib(text: &str) -> String {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    STANDARD.encode(encoder.finish().unwrap())
}

fn gzip(text: &str) -> String {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).unwrap();
    STANDARD.encode(encoder.finish().unwrap())
}

fn raw_deflate(text: &str) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).unwrap();
    STANDARD.encode(encoder.finish().unwrap())
}

/// A record with these fields besides the usual ones.
fn event(fields: &str) -> String {
    format!(r#"{{"level": 40, "message": "probe", "view": "app.f", "message_id": "{ID}"{fields}}}"#)
}

/// The way of a body through this crate; the error is the text that the client reads.
fn store(content_type: Option<&str>, body: &str) -> Result<CheckedObject, String> {
    let limits = DecodeLimits::bytes(EVENT_BYTES_MAX);
    let form = seed_form(content_type, body.as_bytes()).map_err(|error| error.to_string())?;
    let record = match form {
        Some(form) => form.record(limits),
        None => crate::body::record(body.as_bytes().to_vec(), limits),
    };
    let record = record.map_err(|error| error.to_string())?;
    json::check_object(record).map_err(|error| error.to_string())
}

fn form_of(format: Option<&str>, data: &str) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("key", "k1").append_pair("data", data);
    if let Some(format) = format {
        form.append_pair("format", format);
    }
    form.finish()
}

fn stored(body: &str) {
    let object = store(URLENCODED, body).unwrap_or_else(|error| panic!("{error}: {body}"));
    assert_eq!(
        object.message_id,
        IdField::Given(ID.parse().unwrap()),
        "{body}"
    );
}

fn refused(body: &str, expect: &str) {
    assert_eq!(
        store(URLENCODED, body).err().as_deref(),
        Some(expect),
        "{body}"
    );
}

#[test]
fn every_wrapping_of_a_record_is_stored() {
    let text = event("");
    for data in [
        zlib(&text),
        gzip(&text),
        raw_deflate(&text),
        STANDARD.encode(&text),
        text,
    ] {
        stored(&form_of(Some("json"), &data));
        stored(&form_of(None, &data));
    }
}

#[test]
fn records_that_are_odd_are_stored() {
    for fields in [
        r#", "level": "warning""#,
        r#", "level": -1, "logger": null"#,
        r#", "bogus": 1, "timestamp": "yesterday""#,
        r#", "message": 5, "data": [1, 2]"#,
        ", \"message\": \"\u{5e8}\u{5d5} \u{1f4a5} caf\u{e9}\"",
        r#", "message": "\u05e8\u05d5 \ud83d\udca5""#,
        r#", "data": {"x": NaN, "y": "\ud800", "z": 1e999}"#,
    ] {
        stored(&form_of(Some("json"), &zlib(&event(fields))));
    }
    let object = store(URLENCODED, &form_of(Some("json"), &zlib("{}"))).unwrap();
    assert_eq!(object.message_id, IdField::Absent);
    let dashed = "00000000-0000-0000-0000-000000000001";
    let body = form_of(None, &zlib(&format!(r#"{{"message_id": "{dashed}"}}"#)));
    let expect = IdField::Given(dashed.parse().unwrap());
    assert_eq!(store(URLENCODED, &body).unwrap().message_id, expect);
}

#[test]
fn a_plus_that_was_not_escaped_is_mended() {
    let mut found = 0;
    for n in 0..50 {
        let data = zlib(&event(&format!(", \"n\": \"{}\"", "7f3a".repeat(n))));
        found += data.matches('+').count();
        stored(&format!("key=k1&format=json&data={data}"));
    }
    assert!(found > 10, "the case is in the data");
}

#[test]
fn what_is_no_record_is_refused_with_the_reason() {
    let neither = "Bad data: neither JSON nor base64 of JSON";
    refused("", "the body is empty");
    refused(
        "key=k1",
        "Missing data: the form has no field data, or it is empty",
    );
    refused(
        &form_of(Some("json"), ""),
        "Missing data: the form has no field data, or it is empty",
    );
    let format = "Invalid format: \"xml\" is not supported, only json is";
    refused(&form_of(Some("xml"), &zlib(&event(""))), format);
    refused(&form_of(Some("json"), "hello world"), neither);
    refused(&form_of(Some("json"), "abc"), neither);
    let no_json = "the body is not valid JSON: expected { at line 1 column 1";
    refused(&form_of(Some("json"), &STANDARD.encode("hello")), no_json);
    let list = "the body must be a JSON object, not a list";
    refused(&form_of(Some("json"), &zlib("[1,2]")), list);
    let string = "the body must be a JSON object, not a string";
    refused(&form_of(Some("json"), &zlib("\"x\"")), string);
    let pickle = "Invalid format: pickle is refused because it can carry code; send format=json";
    refused(&form_of(None, &zlib("(dp0\nVlevel\np1\nI40\ns.")), pickle);
    refused(
        &form_of(Some("pickle"), &zlib("(dp0\nVlevel\np1\nI40\ns.")),
        pickle,
    );
}

#[test]
fn bodies_without_a_form() {
    let text = event("");
    for content_type in [
        None,
        Some("application/json"),
        Some("application/octet-stream"),
        URLENCODED,
    ] {
        for body in [
            text.clone(),
            zlib(&text),
            gzip(&text),
            STANDARD.encode(&text),
        ] {
            let object = store(content_type, &body).unwrap();
            assert_eq!(object.message_id, IdField::Given(ID.parse().unwrap()));
        }
    }
}

#[test]
fn i02_a_bomb_in_a_form() {
    let zeros = "0".repeat(8 * 1024 * 1024);
    let too_large = "Bad data: the decoded body exceeds 1048576 bytes";
    for data in [zlib(&zeros), gzip(&zeros), raw_deflate(&zeros)] {
        refused(&form_of(Some("json"), &data), too_large);
    }
}

#[derive(serde::Deserialize)]
struct Post {
    case: String,
    record: serde_json::Value,
}

#[test]
fn what_django_sentry_1_7_1_posted_comes_through_unchanged() {
    let posts = include_bytes!("../../../../../fixtures/django-sentry-1.7.1/requests.json");
    let posts: Vec<Post> = serde_json::from_slice(posts).unwrap();
    assert_eq!(posts.len(), 25);
    for Post { case, record } in posts {
        let text = record.to_string();
        for data in [zlib(&text), gzip(&text), STANDARD.encode(&text)] {
            let object = store(URLENCODED, &form_of(Some("json"), &data)).unwrap();
            assert_eq!(object.json, text.as_bytes(), "{case}");
            assert_eq!(object.remarks, [], "{case}");
            let id = record["message_id"].as_str().unwrap().parse().unwrap();
            assert_eq!(object.message_id, IdField::Given(id), "{case}");
        }
    }
}
