//! Good and bad requests of the first protocol, one row each: which must be stored, which refused
//! with a reason, and no row may be our fault.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use watchpost_model::EventId;

use super::house::{Answer, SECRET, TestHouse, base64, form, gzip, zlib};

/// What a row must lead to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Want {
    Stored,
    Refused(&'static str),
    Either,
}
use Want::{Either, Refused, Stored};

/// A record with the next id and these fields; null removes one.
fn record(number: u128, fields: &Value) -> Vec<u8> {
    let mut record = json!({
        "level": 40, "message": "probe", "view": "app.f", "message_id": EventId(number),
    });
    for (name, value) in fields.as_object().unwrap() {
        record[name] = value.clone();
    }
    record.to_string().into_bytes()
}

fn fields(data: &str) -> Vec<u8> {
    form(&[("key", SECRET), ("format", "json"), ("data", data)])
}

fn packed(json: &[u8]) -> Vec<u8> {
    fields(&base64(&zlib(json)))
}

async fn send(house: &TestHouse, path: &str, content_type: &str, body: Vec<u8>) -> Answer {
    let request = Request::post(path).header("content-type", content_type);
    house.send(request.body(body.into()).unwrap()).await
}

const FORM: &str = "application/x-www-form-urlencoded";

fn check(house: &TestHouse, row: &str, want: Want, answer: &Answer) {
    let status = answer.status.as_u16();
    match want {
        Stored => assert_eq!((status, answer.text()), (200, ""), "{row}"),
        Refused(text) => {
            assert!((400..500).contains(&status), "{row}: {status}");
            assert!(answer.text().contains(text), "{row}: {:?}", answer.text());
        }
        Either => assert!(status < 500, "{row}: {status}"),
    }
    house.digested();
}

/// A form with these fields beside the data.
fn with(key: &str, format: &str, data: &str) -> Vec<u8> {
    form(&[("key", key), ("format", format), ("data", data)])
}

#[tokio::test]
async fn rows_about_bad_forms() {
    let house = TestHouse::new();
    let good = base64(&zlib(&record(1, &json!({}))));
    let pickle = base64(&zlib(b"(dp0\nS'message'\np1\nS'x'\np2\ns."));
    let rows = [
        ("no form", "Invalid credentials", Vec::new()),
        ("no key", "Invalid credentials", form(&[("data", &good)])),
        (
            "bad key",
            "Invalid credentials",
            with("nope", "json", &good),
        ),
        ("key only", "Missing data", form(&[("key", SECRET)])),
        ("empty data", "Missing data", fields("")),
        ("bad format", "Invalid format", with(SECRET, "xml", &good)),
        (
            "format pickle",
            "Invalid format",
            with(SECRET, "pickle", &pickle),
        ),
        (
            "no format, a pickle",
            "",
            form(&[("key", SECRET), ("data", &pickle)]),
        ),
        ("not base64", "Bad data", fields("hello world")),
        ("bad padding", "Bad data", fields("abc")),
        ("base64 of no json", "Bad data", fields(&base64(b"hello"))),
        ("json list", "Bad data", packed(b"[1,2]")),
        ("json string", "Bad data", packed(b"\"x\"")),
    ];
    for (row, text, body) in rows {
        let answer = send(&house, "/store/", FORM, body).await;
        check(&house, row, Refused(text), &answer);
        let content_type = answer.header("content-type").unwrap();
        assert!(
            content_type.starts_with("text/plain"),
            "{row}: {content_type}"
        );
        assert!(answer.header("x-sentry-error").is_some(), "{row}");
    }
    let request = Request::builder().method(Method::GET).uri("/store/");
    let answer = house.send(request.body(Body::empty()).unwrap()).await;
    check(&house, "GET", Refused(""), &answer);
    assert!(house.archived().is_empty());
}

#[tokio::test]
async fn rows_about_good_forms() {
    let house = TestHouse::new();
    let packed_record = |number| base64(&zlib(&record(number, &json!({}))));
    let raw = String::from_utf8(record(2, &json!({}))).unwrap();
    let unescaped = format!("key={SECRET}&format=json&data={}", packed_record(3));
    let rows = [
        ("good zlib", Stored, fields(&packed_record(1))),
        (
            "good plain",
            Stored,
            fields(&base64(&record(4, &json!({})))),
        ),
        (
            "gzip",
            Stored,
            fields(&base64(&gzip(&record(5, &json!({}))))),
        ),
        ("raw json", Either, fields(&raw)),
        ("unescaped plus", Either, unescaped.into_bytes()),
    ];
    for (row, want, body) in rows {
        let answer = send(&house, "/store/", FORM, body).await;
        check(&house, row, want, &answer);
    }
    let answer = send(&house, "/store", FORM, fields(&packed_record(6))).await;
    check(&house, "no trailing slash", Stored, &answer);
    for id in [1, 4, 5, 6] {
        assert!(house.archived().contains(&EventId(id)), "{id} is stored");
    }
}

#[tokio::test]
async fn rows_about_the_encoding() {
    let house = TestHouse::new();
    let noise = json!({"message": ">>>???".repeat(20)});
    let urlsafe = base64(&zlib(&record(1, &noise)))
        .replace('+', "-")
        .replace('/', "_");
    let wrapped = base64(&zlib(&record(2, &noise)));
    let wrapped: Vec<_> = wrapped.as_bytes().chunks(76).collect();
    let wrapped = String::from_utf8(wrapped.join(&b'\n')).unwrap();
    for (row, data) in [("urlsafe", urlsafe), ("wrapped", wrapped)] {
        let answer = send(&house, "/store/", FORM, fields(&data)).await;
        check(&house, row, Stored, &answer);
    }
    let data = base64(&zlib(&record(3, &json!({}))));
    let mut multipart = String::new();
    for (name, value) in [("key", SECRET), ("format", "json"), ("data", &data)] {
        multipart += "--XBOUND\r\nContent-Disposition: form-data; name=\"";
        multipart += name;
        multipart += "\"\r\n\r\n";
        multipart += value;
        multipart += "\r\n";
    }
    multipart += "--XBOUND--\r\n";
    let content_type = "multipart/form-data; boundary=XBOUND";
    let answer = send(&house, "/store/", content_type, multipart.into_bytes()).await;
    check(&house, "multipart", Stored, &answer);
    assert_eq!(house.archived(), [EventId(1), EventId(2), EventId(3)]);
}

#[tokio::test]
async fn rows_about_the_fields() {
    let house = TestHouse::new();
    let rows = [
        json!({"level": "warning"}),
        json!({"level": "30"}),
        json!({"level": 35}),
        json!({"level": 0}),
        json!({"level": -1}),
        json!({"level": null}),
        json!({"logger": ""}),
        json!({"logger": null}),
        json!({"view": "v".repeat(250)}),
        json!({"url": format!("http://e/{}", "u".repeat(291))}),
        json!({"bogus": 1}),
        json!({"timestamp": "1300000000.5"}),
        json!({"timestamp": "2011-05-02T17:41:36"}),
        json!({"timestamp": "2011-05-02T17:41:36Z"}),
        json!({"timestamp": "yesterday"}),
        json!({"message": 5}),
        json!({"message": null}),
        json!({"data": [1, 2]}),
        json!({"data": null}),
        json!({"message": "רו 💥 café"}),
        json!({"checksum": "c".repeat(32)}),
    ];
    for (fields, number) in rows.iter().zip(1..) {
        let answer = send(&house, "/store/", FORM, packed(&record(number, fields))).await;
        check(&house, &fields.to_string(), Stored, &answer);
        assert!(house.archived().contains(&EventId(number)), "{fields}");
    }
    let before = house.archived().len();
    for body in ["{}", r#"{"level": 40, "message": "noid", "view": "a.b"}"#] {
        let answer = send(&house, "/store/", FORM, packed(body.as_bytes())).await;
        check(&house, body, Stored, &answer);
    }
    assert_eq!(house.archived().len(), before + 2, "ids were drawn");
    let twice = packed(&record(1000, &json!({})));
    for _ in 0..2 {
        let answer = send(&house, "/store/", FORM, twice.clone()).await;
        check(&house, "the same id again", Stored, &answer);
    }
    assert_eq!(house.archived().len(), before + 3);
    let dashed = json!({"message_id": "00000000-0000-0000-0000-00000000ffff"});
    let answer = send(&house, "/store/", FORM, packed(&record(0, &dashed))).await;
    check(&house, "dashed id", Stored, &answer);
    assert!(house.archived().contains(&EventId(0xffff)));
    assert!(house.quarantined().is_empty());
}
