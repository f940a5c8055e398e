//! Events come in through every door, with every kind of credentials, encoding and path.

use std::fmt::Write;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use watchpost_model::{EventId, Outcome, ProjectId, WireFormat};
use watchpost_store::Archive;

use super::house::{
    Answer, NOW, OTHER_PUBLIC, PUBLIC, SECRET, TestHouse, auth_header, base64, event, form, gzip,
    record, zlib,
};

/// Expects 200 and the event in the archive, once.
fn stored(house: &TestHouse, answer: &Answer, id: u128, what: &str) {
    assert_eq!(answer.status, StatusCode::OK, "{what}: {answer:?}");
    house.digested();
    let archived = house.archived();
    let count = archived.iter().filter(|kept| kept.0 == id).count();
    assert_eq!(count, 1, "{what}: {archived:?}");
}

#[tokio::test]
async fn every_auth_form_of_the_api_doors() {
    let house = TestHouse::new();
    let basic = format!("Basic {}", base64(format!("{PUBLIC}:").as_bytes()));
    let old = format!("Sentry sentry_version=2.0,sentry_key={PUBLIC},sentry_secret={SECRET}");
    let signed = format!(
        "Sentry sentry_version=2.0, sentry_client=raven/1.0.4, sentry_timestamp={NOW}.5, \
         sentry_signature=00, sentry_key={PUBLIC}"
    );
    let headers = [
        ("x-sentry-auth", auth_header()),
        ("x-sentry-auth", old),
        ("x-sentry-auth", signed),
        ("authorization", auth_header()),
        ("authorization", basic),
    ];
    let mut id = 100;
    for path in ["/api/1/store/", "/api/store/", "/store/"] {
        for (name, value) in &headers {
            id += 1;
            let request = Request::post(path).header(*name, value);
            let answer = house.send(request.body(event(id).into()).unwrap()).await;
            stored(&house, &answer, id, &format!("{path} {name} {value}"));
        }
        id += 1;
        let query = format!("{path}?sentry_key={PUBLIC}&sentry_version=7&sentry_client=a/1");
        let answer = house.post(&query, event(id)).await;
        stored(&house, &answer, id, &query);
    }
}

#[tokio::test]
async fn every_content_encoding() {
    let house = TestHouse::new();
    let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 1).unwrap();
    let brotli = |bytes: &[u8]| {
        let mut out = Vec::new();
        let params = brotli::enc::BrotliEncoderParams::default();
        brotli::BrotliCompress(&mut &bytes[..], &mut out, &params).unwrap();
        out
    };
    let cases: [(&str, Vec<u8>); 9] = [
        ("gzip", gzip(&event(1))),
        ("deflate", zlib(&event(2))),
        ("br", brotli(&event(3))),
        ("zstd", zstd(&event(4))),
        ("gzip, deflate", zlib(&gzip(&event(5)))),
        ("", event(6)),
        ("identity", event(7)),
        ("utf-8", event(8)),
        ("x-gzip", gzip(&event(9))),
    ];
    for ((coding, body), id) in cases.into_iter().zip(1..) {
        let request = Request::post("/api/1/store/").header("x-sentry-auth", auth_header());
        let request = request.header("content-encoding", coding);
        let answer = house.send(request.body(body.into()).unwrap()).await;
        stored(&house, &answer, id, coding);
        assert_eq!(answer.id(), EventId(id));
    }
}

#[tokio::test]
async fn every_body_of_a_store_door() {
    let house = TestHouse::new();
    for ((what, body), id) in [
        ("json", event(1)),
        ("base64 of json", base64(&event(2)).into_bytes()),
        ("base64 of zlib", base64(&zlib(&event(3))).into_bytes()),
        ("base64 of gzip", base64(&gzip(&event(4))).into_bytes()),
    ]
    .into_iter()
    .zip(1..)
    {
        let answer = house.post_auth("/api/1/store/", body).await;
        stored(&house, &answer, id, what);
    }
    // Content types are useless for telling them apart.
    for (content_type, id) in ["text/plain", "application/x-www-form-urlencoded"]
        .into_iter()
        .zip(5..)
    {
        let request = Request::post("/api/1/store/").header("x-sentry-auth", auth_header());
        let request = request.header("content-type", content_type);
        let answer = house.send(request.body(event(id).into()).unwrap()).await;
        stored(&house, &answer, id, content_type);
    }
}

#[tokio::test]
async fn every_spelling_of_a_path() {
    let house = TestHouse::new();
    let paths = [
        "/api/1/store",
        "//api//1///store/",
        "/sentry/api/1/store/",
        "/a/b/api/store",
        "/sentry/store/",
        "/store",
    ];
    for (path, id) in paths.into_iter().zip(1..) {
        let answer = house.post_auth(path, event(id)).await;
        stored(&house, &answer, id, path);
    }
    let envelope = [b"{}\n{\"type\":\"event\"}\n".as_slice(), &event(50)].concat();
    let answer = house.post_auth("/x/y/api/1/envelope", envelope).await;
    stored(&house, &answer, 50, "envelope");
}

#[tokio::test]
async fn the_form_of_2010_and_its_signed_successor() {
    let house = TestHouse::new();
    let data = base64(&zlib(&record(1)));
    let fields = [("key", SECRET), ("format", "json"), ("data", &data)];
    let request = Request::post("/store/");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let answer = house
        .send(request.body(form(&fields).into()).unwrap())
        .await;
    assert_eq!(answer.body, b"");
    stored(&house, &answer, 1, "form");

    let body = base64(&zlib(&record(2)));
    let authorization = signed_header(&format!("{NOW}.25"), &body, SECRET);
    let request = Request::post("/store/").header("authorization", authorization);
    let request = request.header("content-type", "application/octet-stream");
    let answer = house.send(request.body(body.into()).unwrap()).await;
    stored(&house, &answer, 2, "signed");
}

/// As the clients of 2011 sign.
fn signed_header(timestamp: &str, body: &str, secret: &str) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{timestamp} {body}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    let mut hex = String::new();
    for byte in bytes {
        write!(hex, "{byte:02x}").unwrap();
    }
    format!("Sentry sentry_signature={hex}, sentry_timestamp={timestamp}, raven=0.1")
}

#[tokio::test]
async fn signatures_that_do_not_hold() {
    let house = TestHouse::new();
    let body = base64(&zlib(&record(2)));
    for (timestamp, secret, status, text) in [
        (NOW.to_string(), "wrong", 403, "Invalid signature"),
        ((NOW - 4000).to_string(), SECRET, 410, "Message has expired"),
        ("noon".to_owned(), SECRET, 400, "Invalid timestamp"),
    ] {
        let header = signed_header(&timestamp, &body, secret);
        let request = Request::post("/store/").header("authorization", header);
        let answer = house.send(request.body(body.clone().into()).unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (status, text));
    }
}

#[tokio::test]
async fn the_language_and_the_id_are_found_out() {
    let house = TestHouse::resting(super::house::Plan::default());
    let check = async |path: &str, body: &[u8], format: WireFormat, id: Option<u128>| {
        let what = format!("{path} {}", String::from_utf8_lossy(body));
        let answer = house.post(path, body.to_vec()).await;
        assert_eq!(answer.status, StatusCode::OK, "{what}: {answer:?}");
        let batch = house.ingest.spool_for_test().read(1, 1 << 20).unwrap();
        let receipt = &batch.records[0].record.receipt;
        assert_eq!(receipt.format, format, "{what}");
        match id {
            Some(id) => assert_eq!(receipt.event, EventId(id), "{what}"),
            None => assert_eq!(
                receipt.event.to_string().as_bytes()[12],
                b'4',
                "drawn: {what}"
            ),
        }
        assert_eq!(receipt.received.as_secs(), NOW);
    };
    let both = br#"{"event_id": "0000000000000000000000000000000a", "message_id": "x"}"#;
    let key = |path: &str| format!("{path}?sentry_version=2.0&sentry_key={PUBLIC}");
    check("/store/", &form_body(&record(1)), WireFormat::Seed, Some(1)).await;
    check("/store/", &form_body(b"{}"), WireFormat::Seed, None).await;
    check(&key("/store/"), &event(2), WireFormat::Event, Some(2)).await;
    check(&key("/store/"), b"{}", WireFormat::Event, None).await;
    check(&key("/api/store/"), &record(3), WireFormat::Seed, Some(3)).await;
    check(&key("/api/1/store/"), both, WireFormat::Event, Some(10)).await;
}

fn form_body(json: &[u8]) -> Vec<u8> {
    form(&[("key", SECRET), ("format", "json"), ("data", &base64(json))])
}

#[tokio::test]
async fn a_receipt_says_what_the_gate_saw() {
    let house = TestHouse::resting(super::house::Plan::default());
    let request = Request::post("/api/1/store/")
        .header("x-sentry-auth", auth_header())
        .header("user-agent", "curl/8")
        .header("x-forwarded-for", "6.6.6.6");
    house
        .send(request.body(b"{\"message\": NaN}".to_vec().into()).unwrap())
        .await;
    let batch = house.ingest.spool_for_test().read(1, 1 << 20).unwrap();
    let record = &batch.records[0].record;
    assert_eq!(record.receipt.user_agent.as_deref(), Some("curl/8"));
    assert_eq!(record.receipt.sdk.as_deref(), Some("test/1.0"));
    assert_eq!(
        record.receipt.client_ip, None,
        "no proxy of ours, no peer in this test"
    );
    assert_eq!(record.remarks.len(), 1, "the repair of NaN is remembered");
}

#[tokio::test]
async fn a_picture_for_pages_that_can_only_get() {
    let house = TestHouse::new();
    let data = String::from_utf8(form(&[("sentry_data", &base64(&event(1)))])).unwrap();
    for path in ["/api/1/store/", "/api/store/", "/store/"] {
        let uri = format!("{path}?{data}&sentry_version=5&sentry_key={PUBLIC}");
        let answer = house
            .send(Request::get(uri).body(Body::empty()).unwrap())
            .await;
        stored(&house, &answer, 1, path);
        assert_eq!(answer.header("content-type"), Some("image/gif"));
        assert!(answer.body.starts_with(b"GIF89a"));
    }
    let answer = house
        .send(Request::get("/store/").body(Body::empty()).unwrap())
        .await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn i18_a_repeated_delivery_is_stored_and_counted_once() {
    let house = TestHouse::new();
    for _ in 0..5 {
        let answer = house.post_auth("/api/1/store/", event(7)).await;
        stored(&house, &answer, 7, "again");
    }
    assert_eq!(house.outcomes("error", Outcome::Accepted, ""), 1);
    assert_eq!(house.outcomes("error", Outcome::Duplicate, ""), 4);
    let request = Request::post("/api/2/store/")
        .header("x-sentry-auth", format!("Sentry sentry_key={OTHER_PUBLIC}"));
    let answer = house.send(request.body(event(7).into()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK);
    house.digested();
    assert_eq!(house.archived().len(), 2, "another project has its own");
}

#[tokio::test]
async fn ids_are_taken_dashed_and_refused_malformed() {
    let house = TestHouse::new();
    let dashed = r#"{"event_id": "00000000-0000-0000-0000-00000000000B"}"#;
    let answer = house.post_auth("/api/1/store/", dashed).await;
    stored(&house, &answer, 11, "dashed");
    let answer = house
        .post_auth("/api/1/store/", "{\"event_id\": \"../../x\"}")
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(house.outcomes("error", Outcome::Invalid, "event_id"), 1);
}

#[tokio::test]
async fn a_malformed_id_of_2010_is_replaced_with_a_remark() {
    let house = TestHouse::new();
    let record = r#"{"message": "m", "message_id": "xyz"}"#;
    let answer = house.post("/store/", form_body(record.as_bytes())).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let answer = house.post_auth("/api/1/store/", record).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    house.digested();
    let ids = house.archived();
    assert_eq!(ids.len(), 2);
    for id in ids {
        let kept = house.stores.event(ProjectId(1), id).unwrap().unwrap();
        let remarks = kept.event.remarks;
        let places: Vec<_> = remarks.iter().map(|remark| remark.path.as_str()).collect();
        assert_eq!(places, ["message_id"], "{remarks:?}");
    }
}

#[tokio::test]
async fn the_first_protocol_and_todays_end_in_the_same_stores() {
    let house = TestHouse::new();
    let data = base64(&zlib(&record(1)));
    let fields = form(&[("key", SECRET), ("format", "json"), ("data", &data)]);
    let request = Request::post("/sentry/store/")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(fields));
    let answer = house.send(request.unwrap()).await;
    stored(&house, &answer, 1, "2010");
    let envelope = [b"{}\n{\"type\":\"event\"}\n".as_slice(), &event(2)].concat();
    let answer = house.post_auth("/api/1/envelope/", envelope).await;
    stored(&house, &answer, 2, "today");
    let kept = |id| house.stores.event(ProjectId(1), EventId(id)).unwrap();
    assert_eq!(kept(1).unwrap().event.culprit.as_deref(), Some("app.f"));
    assert_eq!(kept(2).unwrap().event.message.unwrap().formatted, "boom");
    assert_eq!(house.stores.times_seen(), 2);
}
