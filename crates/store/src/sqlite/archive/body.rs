//! An event as bytes: JSON, compressed, with a checksum that finds flipped bits (F07).
//!
//! The codec is stored beside the bytes, so that a later version can add dictionaries and still
//! read what this one wrote.

use std::io::Read;

use serde::{Deserialize, Serialize};
use watchpost_model::Event;
use zstd::bulk::Compressor;
use zstd::zstd_safe::CParameter;

use crate::StoreError;

/// JSON of [`Stored`] in one zstd frame with content checksum.
pub(super) const ZSTD_JSON: i64 = 1;

/// The first level: the others cost several times the CPU for a tenth of the size.
const LEVEL: i32 = 1;
/// More than any event that a gate lets in, with room for what normalising adds. Protects a
/// reader from a damaged frame that claims to be endless.
const BODY_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What is inside.
#[derive(Serialize)]
struct Stored<'a> {
    event: &'a Event,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    explanation: &'a [String],
}

/// The same, read back.
#[derive(Deserialize)]
pub(super) struct Opened {
    pub(super) event: Event,
    #[serde(default)]
    pub(super) explanation: Vec<String>,
}

/// Packs events one after the other, with one set of buffers.
pub(super) struct Packer(Compressor<'static>);

impl Packer {
    /// An empty packer.
    pub(super) fn new() -> Result<Self, StoreError> {
        let pack = || {
            let mut compressor = Compressor::new(LEVEL)?;
            compressor.set_parameter(CParameter::ChecksumFlag(true))?;
            Ok(Self(compressor))
        };
        pack().map_err(|error: std::io::Error| failed(error.into()))
    }

    /// The bytes of one event.
    pub(super) fn pack(
        &mut self,
        event: &Event,
        explanation: &[String],
    ) -> Result<Vec<u8>, StoreError> {
        let stored = Stored { event, explanation };
        let json = serde_json::to_vec(&stored).map_err(|error| failed(error.into()))?;
        let packed = self.0.compress(&json);
        packed.map_err(|error| failed(error.into()))
    }
}

fn failed(source: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    let operation = "pack an event";
    StoreError::Engine { operation, source }
}

/// The event in `bytes`.
pub(super) fn open(codec: i64, bytes: &[u8]) -> Result<Opened, StoreError> {
    serde_json::from_slice(&unpack(codec, bytes)?).map_err(|error| corrupt(&error))
}

/// The JSON in `bytes`, its checksum verified.
pub(super) fn unpack(codec: i64, bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    if codec != ZSTD_JSON {
        return Err(corrupt(&format!("unknown codec {codec}")));
    }
    let mut json = Vec::new();
    zstd::Decoder::with_buffer(bytes)
        .and_then(|decoder| decoder.take(BODY_BYTES_MAX).read_to_end(&mut json))
        .map_err(|error| corrupt(&error))?;
    Ok(json)
}

fn corrupt(reason: &dyn std::fmt::Display) -> StoreError {
    let (what, reason) = ("event", reason.to_string());
    StoreError::Corrupt { what, reason }
}
