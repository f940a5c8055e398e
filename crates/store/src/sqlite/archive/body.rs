//! An event as bytes: JSON, compressed, with a checksum that finds flipped bits (F07).
//!
//! The codec is stored beside the bytes: without a dictionary, or which one of the same file.

use std::io::Read;
use std::sync::Arc;

use rusqlite::{Connection, Row};
use serde::Deserialize;
use serde_json::Value;
use watchpost_model::{Event, EventId, Explanation, Timestamp};
use zstd::bulk::Compressor;
use zstd::dict::DecoderDictionary;
use zstd::zstd_safe::{CParameter, DictAttachPref};

use super::dictionary::Dictionaries;
use super::json::{self, Without};
use super::part::Part;
use super::quote::Quotes;
use crate::StoreError;
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::Fault;

/// JSON of [`Stored`] in one zstd frame with content checksum.
pub(super) const ZSTD_JSON: i64 = 1;
/// The same with dictionary 0; with dictionary n it is n more.
pub(super) const DICTIONARY_ZERO: i64 = 16;

/// Without a dictionary: higher levels cost more than they save.
const LEVEL_ALONE: i32 = 1;
/// With a dictionary, which the first level hardly uses (measured: see the decision record 0010).
const LEVEL: i32 = 3;
/// More than any event that a gate lets in, with room for what normalising adds. Protects a
/// reader from a damaged frame that claims to be endless.
const BODY_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// The largest window of a frame of that size: 2^26 bytes.
const WINDOW_LOG_MAX: u32 = 26;

/// Fields of an event that are columns of its row, and not in its body.
const COLUMNS: [&str; 3] = ["event_id", "timestamp", "received"];
/// A body begins so. Older ones begin with `event`, which is whole, as is their explanation.
const START: &[u8] = br#"{"rest":{"#;

/// What is inside.
#[derive(Deserialize)]
pub(super) struct Opened {
    pub(super) event: Event,
    /// As it is.
    #[serde(default)]
    pub(super) explanation: Explanation,
    /// In the words of the event: see `quote`.
    #[serde(default)]
    why: Value,
}

/// Writes the JSON that is compressed in place of what is in `out`.
pub(super) fn json(
    event: &Event,
    explanation: &Explanation,
    out: &mut Vec<u8>,
) -> Result<(), StoreError> {
    out.clear();
    let mut write = || {
        out.extend_from_slice(br#"{"rest":"#);
        json::write(Without(COLUMNS), event, out)?;
        if !explanation.is_empty() {
            out.extend_from_slice(br#","why":"#);
            json::write(&Quotes::of(event), explanation, out)?;
        }
        out.push(b'}');
        Ok(())
    };
    write().map_err(|error: serde_json::Error| failed(error.into()))
}

/// Packs events one after the other, with one set of buffers.
pub(super) struct Packer {
    compressor: Compressor<'static>,
    /// What was packed last.
    packed: Vec<u8>,
    pub(super) codec: i64,
}

impl Packer {
    /// Packs with a dictionary, which is digested once.
    pub(super) fn with(codec: i64, dictionary: &[u8]) -> Result<Self, StoreError> {
        let level = if dictionary.is_empty() {
            LEVEL_ALONE
        } else {
            LEVEL
        };
        let make = || -> std::io::Result<_> {
            let mut compressor = Compressor::with_dictionary(level, dictionary)?;
            compressor.set_parameter(CParameter::ChecksumFlag(true))?;
            // Its tables are looked up where they are; by default zstd copies them for each event
            // of more than 16 KB, 768 KB at a time (measured: see the decision record 0008).
            let attached = CParameter::ForceAttachDict(DictAttachPref::ForceAttach);
            compressor.set_parameter(attached)?;
            // The codec says it.
            compressor.set_parameter(CParameter::DictIdFlag(false))?;
            let packed = Vec::new();
            Ok(Self {
                compressor,
                packed,
                codec,
            })
        };
        make().map_err(|error| failed(error.into()))
    }

    /// The bytes of one event.
    pub(super) fn pack(&mut self, json: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.packed.clear();
        // Room for the worst case; the copy has the right size.
        self.packed
            .reserve(zstd::zstd_safe::compress_bound(json.len()));
        let done = self.compressor.compress_to_buffer(json, &mut self.packed);
        done.map_err(|error| failed(error.into()))?;
        Ok(self.packed.clone())
    }
}

/// A thread that packed died; the batch may be tried again.
pub(super) fn panicked() -> StoreError {
    failed("a thread panicked".into())
}

fn failed(source: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    let operation = "pack an event";
    StoreError::Engine { operation, source }
}

/// A body with all that is needed to open it.
pub(super) struct Packed {
    pub(super) codec: i64,
    pub(super) dictionary: Option<Arc<DecoderDictionary<'static>>>,
    pub(super) body: Vec<u8>,
    pub(super) event: EventId,
    pub(super) timestamp: Timestamp,
    pub(super) received: Timestamp,
}

impl Packed {
    /// Of a row of `event` of a file with these dictionaries.
    pub(super) fn read(
        (sql, words, part): (&Connection, &Dictionaries, &Part),
        row: &Row<'_>,
    ) -> Result<Self, Fault> {
        let codec = row.column("codec")?;
        Ok(Self {
            codec,
            dictionary: words.of(sql, part.name, codec)?,
            body: row.column("body")?,
            event: row.event_id("event")?,
            timestamp: row.moment("timestamp")?,
            received: row.moment("received")?,
        })
    }

    /// The event inside.
    pub(super) fn open(&self) -> Result<Opened, StoreError> {
        let json = self.whole(self.unpack()?);
        let mut opened: Opened = serde_json::from_slice(&json).map_err(|error| corrupt(&error))?;
        if !opened.why.is_null() {
            let filled = Quotes::of(&opened.event).fill_in(&mut opened.why);
            filled.ok_or_else(|| corrupt(&"its explanation quotes what is not there"))?;
            let why = serde_json::from_value(opened.why.take());
            opened.explanation = why.map_err(|error| corrupt(&error))?;
        }
        Ok(opened)
    }

    /// The JSON with what the columns have of the event.
    fn whole(&self, json: Vec<u8>) -> Vec<u8> {
        let Some(rest) = json.strip_prefix(START) else {
            return json;
        };
        let [id, timestamp, received] = COLUMNS;
        let columns = serde_json::json!({
            id: self.event,
            timestamp: self.timestamp,
            received: self.received,
        });
        let columns = columns.to_string();
        let columns = columns.strip_suffix('}').unwrap_or_default();
        let mut whole = format!(r#"{{"event":{columns},"#).into_bytes();
        whole.extend_from_slice(rest);
        whole
    }

    /// The JSON inside, its checksum verified.
    fn unpack(&self) -> Result<Vec<u8>, StoreError> {
        match &self.dictionary {
            Some(dictionary) => {
                let body = self.body.as_slice();
                let decoder = zstd::Decoder::with_prepared_dictionary(body, dictionary);
                read(decoder.map_err(|error| corrupt(&error))?)
            }
            None if self.codec == ZSTD_JSON => {
                let decoder = zstd::Decoder::with_buffer(self.body.as_slice());
                read(decoder.map_err(|error| corrupt(&error))?)
            }
            None => Err(corrupt(&format!("unknown codec {}", self.codec))),
        }
    }
}

fn read(mut decoder: zstd::Decoder<'_, &[u8]>) -> Result<Vec<u8>, StoreError> {
    let mut json = Vec::new();
    let mut read = || {
        decoder.window_log_max(WINDOW_LOG_MAX)?;
        decoder.by_ref().take(BODY_BYTES_MAX).read_to_end(&mut json)
    };
    let count = read().map_err(|error| corrupt(&error))?;
    if count as u64 == BODY_BYTES_MAX {
        return Err(corrupt(&"it is larger than any event"));
    }
    Ok(json)
}

fn corrupt(reason: &dyn std::fmt::Display) -> StoreError {
    let (what, reason) = ("event", reason.to_string());
    StoreError::Corrupt { what, reason }
}
