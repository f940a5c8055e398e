//! Requests that cost next to nothing to make: each variant of the pool is serialised and
//! compressed once; what differs from event to event (id, time, user, trace) stands uncompressed
//! in front of it, in a stored block of the same gzip member or zstd frame, and is overwritten in
//! place. For the server it is a body like any other, and every id is new.
//!
//! ```text
//! request head │ gzip head │ stored block: envelope and item head, id, time, user │ deflate │ CRC
//!                            └── overwritten for each event, always as long ─────┘
//! ```

use std::io::Write;
use std::net::SocketAddr;

use anyhow::{Context, ensure};
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use serde_json::Value;

use crate::events::code::Language;
use crate::events::{self, Payload};
use watchpost_demo::dice::mix;

/// How bodies are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Encoding {
    Gzip,
    Zstd,
    Plain,
}

impl Encoding {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Plain => "plain",
        }
    }
}

/// What SDKs compress with.
const ZSTD_LEVEL: i32 = 3;
/// Users that the invented shop has.
const USER_COUNT: u64 = 50_000;

/// Where the requests go.
pub(crate) struct Target {
    pub(crate) host: String,
    pub(crate) project: String,
    pub(crate) key: String,
}

impl Target {
    /// The project and key of a DSN, at another address.
    pub(crate) fn of_dsn(dsn: &str, address: SocketAddr) -> anyhow::Result<Self> {
        let (_, rest) = dsn.split_once("://").context("a DSN has a scheme")?;
        let (user, place) = rest.split_once('@').context("a DSN has a key")?;
        let (_, project) = place.rsplit_once('/').context("a DSN has a project")?;
        Ok(Self {
            host: address.to_string(),
            project: project.to_owned(),
            key: user.split(':').next().unwrap_or(user).to_owned(),
        })
    }
}

/// What differs from event to event.
#[derive(Clone, Copy)]
pub(crate) struct Stamp {
    /// The id, as [`event_id`] makes it.
    pub(crate) id: u128,
    /// Microseconds since 1970.
    pub(crate) micros: i64,
}

/// The id of event `number` of a run: scattered as random ids are, never twice the same.
pub(crate) fn event_id(run: u64, number: u64) -> u128 {
    let low = mix(number ^ mix(run));
    u128::from(mix(low ^ run)) << 64 | u128::from(low)
}

/// One request that can be sent again and again with another stamp.
pub(crate) struct Request {
    bytes: Vec<u8>,
    /// Where the part that changes is.
    prefix: std::ops::Range<usize>,
    language: Language,
    /// Bytes of the event as JSON.
    event_bytes: usize,
    /// Only gzip has one: of what follows the prefix.
    tail_crc: Option<crc32fast::Hasher>,
}

impl Request {
    /// Variant `number` of a pool.
    pub(crate) fn new(
        target: &Target,
        kind: (Payload, Encoding),
        issues: u64,
        number: u64,
    ) -> anyhow::Result<Self> {
        let (payload, encoding) = kind;
        let (language, event) = events::event(payload, issues, number);
        let tail = tail(event)?;
        let empty = Stamp { id: 0, micros: 0 };
        let start = event_start(&empty, language);
        let event_bytes = start.len() + tail.len();
        let prefix = prefix(&empty, language, event_bytes);
        let (body, prefix_at) = match encoding {
            Encoding::Plain => ([&prefix, tail.as_slice()].concat(), 0),
            Encoding::Gzip => gzip(&prefix, &tail)?,
            Encoding::Zstd => zstd_frame(&prefix, &tail)?,
        };
        let mut bytes = head(target, encoding, language, body.len()).into_bytes();
        let from = bytes.len() + prefix_at;
        bytes.extend_from_slice(&body);
        let tail_crc = (encoding == Encoding::Gzip).then(|| {
            let mut hasher = crc32fast::Hasher::new();
            hasher.update(&tail);
            hasher
        });
        Ok(Self {
            bytes,
            prefix: from..from + prefix.len(),
            language,
            event_bytes,
            tail_crc,
        })
    }

    /// Bytes of the event as JSON.
    pub(crate) fn event_bytes(&self) -> usize {
        self.event_bytes
    }

    /// Bytes on the wire, head included.
    pub(crate) fn wire_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Puts the request with this stamp into `out`.
    pub(crate) fn write(&self, stamp: &Stamp, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(&self.bytes);
        let prefix = prefix(stamp, self.language, self.event_bytes);
        if let Some(place) = out.get_mut(self.prefix.clone()) {
            place.copy_from_slice(&prefix);
        }
        let Some(tail) = &self.tail_crc else { return };
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&prefix);
        hasher.combine(tail);
        let crc = hasher.finalize().to_le_bytes();
        let at = out.len().saturating_sub(8);
        if let Some(place) = out.get_mut(at..at + 4) {
            place.copy_from_slice(&crc);
        }
    }
}

/// What follows the start of the event: its trace context is open there.
fn tail(mut event: Value) -> anyhow::Result<Vec<u8>> {
    let fields = event.as_object_mut().context("an event is an object")?;
    let contexts = fields.shift_remove("contexts").unwrap_or_default();
    let (contexts, rest) = (contexts.to_string(), event.to_string());
    let contexts = contexts.strip_prefix('{').context("contexts")?;
    let rest = rest.strip_prefix('{').context("fields")?;
    let comma = if contexts == "}" { "" } else { "," };
    Ok(format!("}}{comma}{contexts},{rest}").into_bytes())
}

/// The envelope up to the event's trace context. Always as long for the same variant.
fn prefix(stamp: &Stamp, language: Language, event_bytes: usize) -> Vec<u8> {
    let start = event_start(stamp, language);
    let mut out = Vec::with_capacity(start.len() + 256);
    // Writing to a vector cannot fail.
    let _ = writeln!(
        out,
        "{{\"event_id\":\"{:032x}\",\"sent_at\":\"{}\",\"sdk\":{{\"name\":\"{}\"}}}}",
        stamp.id,
        Time(stamp.micros),
        client(language),
    );
    let _ = writeln!(out, "{{\"type\":\"event\",\"length\":{event_bytes}}}");
    out.extend_from_slice(&start);
    out
}

fn event_start(stamp: &Stamp, language: Language) -> Vec<u8> {
    let low = u64::try_from(stamp.id & u128::from(u64::MAX)).unwrap_or(0);
    let (user, trace) = (mix(low) % USER_COUNT, mix(low ^ 1));
    let mut out = Vec::with_capacity(512);
    let _ = write!(
        out,
        "{{\"event_id\":\"{:032x}\",\"timestamp\":\"{}\",\"user\":{{\"id\":\"{user:06}\",\
         \"email\":\"user{user:06}@shop.example\",\"ip_address\":\"198.51.{:03}.{:03}\"}},\
         \"contexts\":{{\"trace\":{{\"trace_id\":\"{:016x}{trace:016x}\",\"span_id\":\"{:016x}\",\
         \"op\":\"{}\"",
        stamp.id,
        Time(stamp.micros),
        100 + user % 100,
        100 + user / 100 % 100,
        mix(trace),
        mix(low ^ 2),
        match language {
            Language::Python => "http.server",
            Language::JavaScript => "pageload",
        },
    );
    out
}

fn client(language: Language) -> &'static str {
    match language {
        Language::Python => "sentry.python.django/2.75.0",
        Language::JavaScript => "sentry.javascript.react/11.12.0",
    }
}

fn head(target: &Target, encoding: Encoding, language: Language, length: usize) -> String {
    let client = client(language);
    let Target { host, project, key } = target;
    let coding = match encoding {
        Encoding::Plain => String::new(),
        other => format!("Content-Encoding: {}\r\n", other.name()),
    };
    format!(
        "POST /api/{project}/envelope/ HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {client}\r\n\
         Content-Type: application/x-sentry-envelope\r\n{coding}\
         X-Sentry-Auth: Sentry sentry_key={key}, sentry_version=7, sentry_client={client}\r\n\
         Content-Length: {length}\r\n\r\n"
    )
}

/// A gzip member, and where in it the prefix is.
fn gzip(prefix: &[u8], tail: &[u8]) -> anyhow::Result<(Vec<u8>, usize)> {
    const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let length = u16::try_from(prefix.len()).context("a stored block holds 64 KiB")?;
    let mut out = HEAD.to_vec();
    // Not the last block, stored; then its length twice, the second time inverted.
    out.push(0);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&(!length).to_le_bytes());
    let at = out.len();
    out.extend_from_slice(prefix);
    let mut encoder = DeflateEncoder::new(out, Compression::default());
    encoder.write_all(tail)?;
    let mut out = encoder.finish()?;
    let mut crc = Crc::new();
    crc.update(prefix);
    crc.update(tail);
    out.extend_from_slice(&crc.sum().to_le_bytes());
    out.extend_from_slice(&crc.amount().to_le_bytes());
    Ok((out, at))
}

/// A zstd frame, and where in it the prefix is.
fn zstd_frame(prefix: &[u8], tail: &[u8]) -> anyhow::Result<(Vec<u8>, usize)> {
    let mut encoder = zstd::Encoder::new(Vec::new(), ZSTD_LEVEL)?;
    encoder.include_contentsize(false)?;
    encoder.include_checksum(false)?;
    encoder.write_all(tail)?;
    let packed = encoder.finish()?;
    // Magic number, a descriptor without flags, the window; then the blocks.
    let (frame_head, blocks) = packed.split_at_checked(6).context("a zstd frame")?;
    ensure!(frame_head.get(4) == Some(&0), "a zstd frame with flags");
    let mut out = frame_head.to_vec();
    let block_head = u32::try_from(prefix.len() << 3)?.to_le_bytes();
    out.extend(block_head.into_iter().take(3));
    let at = out.len();
    out.extend_from_slice(prefix);
    out.extend_from_slice(blocks);
    Ok((out, at))
}

/// A time as SDKs write it: `2026-11-22T18:44:00.123456Z`.
struct Time(i64);

impl std::fmt::Display for Time {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let time = jiff::Timestamp::from_microsecond(self.0).unwrap_or_default();
        write!(out, "{time:.6}")
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn target() -> Target {
        Target {
            host: "127.0.0.1:1".to_owned(),
            project: "1".to_owned(),
            key: "k".to_owned(),
        }
    }

    fn unpack(encoding: Encoding, body: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        match encoding {
            Encoding::Plain => out.extend_from_slice(body),
            Encoding::Gzip => {
                let mut decoder = flate2::read::GzDecoder::new(body);
                decoder.read_to_end(&mut out).unwrap();
            }
            Encoding::Zstd => out = zstd::decode_all(body).unwrap(),
        }
        out
    }

    fn check(encoding: Encoding) {
        for number in 0..12 {
            let kind = (Payload::Mix, encoding);
            let request = Request::new(&target(), kind, 10, number).unwrap();
            let stamp = Stamp {
                id: event_id(7, number),
                micros: 1_763_837_040_000_000 + i64::try_from(number).unwrap(),
            };
            let mut bytes = Vec::new();
            request.write(&stamp, &mut bytes);
            assert_eq!(bytes.len(), request.wire_bytes());
            let end = bytes
                .windows(4)
                .position(|four| four == b"\r\n\r\n")
                .unwrap()
                + 4;
            let head = std::str::from_utf8(&bytes[..end]).unwrap();
            let length = format!("Content-Length: {}\r\n", bytes.len() - end);
            assert!(head.contains(&length), "{head}");
            let body = String::from_utf8(unpack(encoding, &bytes[end..])).unwrap();
            let lines: Vec<&str> = body.splitn(3, '\n').collect();
            let id = format!("{:032x}", stamp.id);
            let envelope: Value = serde_json::from_str(lines[0]).unwrap();
            assert_eq!(envelope["event_id"], id.as_str());
            let item: Value = serde_json::from_str(lines[1]).unwrap();
            assert_eq!(item["length"], lines[2].len());
            assert_eq!(request.event_bytes(), lines[2].len());
            let event: Value = serde_json::from_str(lines[2]).unwrap();
            assert_eq!(event["event_id"], id.as_str());
            let time = format!("2025-11-22T18:44:00.{number:06}Z");
            assert_eq!(event["timestamp"], time.as_str());
            assert!(event["contexts"]["trace"]["trace_id"].is_string());
            assert!(event["contexts"].as_object().unwrap().len() > 1);
        }
    }

    #[test]
    fn a_body_without_encoding_is_an_envelope() {
        check(Encoding::Plain);
    }

    #[test]
    fn a_gzip_body_is_an_envelope() {
        check(Encoding::Gzip);
    }

    #[test]
    fn a_zstd_body_is_an_envelope() {
        check(Encoding::Zstd);
    }

    #[test]
    fn ids_differ_and_look_random() {
        let ids: std::collections::BTreeSet<_> = (0..10_000).map(|n| event_id(3, n)).collect();
        assert_eq!(ids.len(), 10_000);
        assert_ne!(event_id(3, 5), event_id(4, 5));
        let high = event_id(3, 5) >> 96;
        assert_ne!(high, event_id(3, 6) >> 96);
    }
}
