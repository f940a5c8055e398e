//! Reporting as the clients of 2010 and 2011 did, and waiting for what comes of it.

#![expect(clippy::expect_used, reason = "a harness is test code")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha1::Sha1;

use crate::http::{Answer, Connection};
use crate::poll;
use crate::server::{Server, Site};

/// An event may be looked for this long after its 200.
const FOUND_LIMIT: Duration = Duration::from_secs(10);

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// Bytes as the value of a form field.
pub(crate) fn percent(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "%{byte:02X}").expect("memory takes text");
        text
    })
}

/// A record as the field `data`: zlib, then base64.
pub(crate) fn packed(record: &[u8]) -> String {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(record).expect("memory takes bytes");
    STANDARD.encode(encoder.finish().expect("memory takes bytes"))
}

/// Posts the three fields of the first protocol.
pub(crate) fn form(
    connection: &mut Connection,
    path: &str,
    key: &str,
    format: &str,
    data: &str,
) -> Answer {
    let data = percent(data.as_bytes());
    let body = format!("data={data}&key={key}&format={format}");
    let answer = connection.exchange("POST", path, FORM, body.as_bytes());
    answer.expect("the server answers")
}

/// Reports a record with the right key.
pub(crate) fn seed(site: &Site, connection: &mut Connection, record: &Value) -> Answer {
    let data = packed(record.to_string().as_bytes());
    form(
        connection,
        "/store/",
        &site.account.store_key,
        "json",
        &data,
    )
}

/// Reports a record and waits for it: the event as the API tells it.
pub(crate) fn seed_and_find(site: &Site, server: &Server, record: &Value) -> Value {
    let mut connection = server.connect();
    let answer = seed(site, &mut connection, record);
    assert_eq!(answer.status, 200, "{record}: {}", answer.text());
    let id = record.get("message_id").and_then(Value::as_str);
    find(site, &mut connection, id.expect("a message_id"))
}

/// Waits for an event: what the API says about its id.
pub(crate) fn find(site: &Site, connection: &mut Connection, id: &str) -> Value {
    let path = site.org_path(&format!("eventids/{id}/"));
    poll::until(
        &format!("event {id} is found"),
        FOUND_LIMIT,
        || match site.ask(connection, &path) {
            (200, answer) => Some(answer),
            (404, _) => None,
            (status, answer) => panic!("{path}: {status} {answer}"),
        },
    )
}

/// The header of a signed request of 2011.
pub(crate) fn signed(secret: &str, timestamp: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    mac.update(format!("{timestamp} {body}").as_bytes());
    let signature = mac.finalize().into_bytes();
    let signature = percent(&signature).replace('%', "").to_lowercase();
    format!(
        "Authorization: Sentry sentry_signature={signature}, sentry_timestamp={timestamp}, \
         sentry_client=1.13.5\r\nContent-Type: application/octet-stream\r\n"
    )
}
