//! `Content-Encoding` undone: never more than the bound, whole or in pieces the same, and what was
//! encoded comes back.

use std::io::Write;

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use watchpost_protocol::body;
use watchpost_protocol::encoding::{DecodeLimits, Decoder, EncodingError};

use super::{Target, at};

/// The targets of this file.
pub const TARGETS: &[Target] = &[
    at("gzip", gzip),
    at("deflate", deflate),
    at("brotli", brotli),
    at("zstd", zstd),
    at("codings", codings),
    at("base64", base64),
];

/// Small, so that a run is fast and the bound is met often.
const LIMITS: DecodeLimits = DecodeLimits {
    output_bytes_max: 256 * 1024,
    free_bytes: 64 * 1024,
    ratio_max: 200,
};
/// Inputs are encoded again up to here; it costs far more than decoding.
const ROUND_TRIP_BYTES_MAX: usize = 4096;

fn gzip(bytes: &[u8]) {
    check("gzip", bytes);
    round_trip("x-gzip", bytes, |bytes| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes)?;
        encoder.finish()
    });
}

/// Both of its meanings: raw, and within zlib.
fn deflate(bytes: &[u8]) {
    check("deflate", bytes);
    round_trip("deflate", bytes, |bytes| {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes)?;
        encoder.finish()
    });
    // Stored bytes may look like the head of zlib; compressed ones as the clients make them do not.
    if bytes.len() > 16 {
        round_trip("deflate", bytes, |bytes| {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(bytes)?;
            encoder.finish()
        });
    }
}

fn brotli(bytes: &[u8]) {
    check("br", bytes);
    round_trip("br", bytes, |bytes| {
        let mut out = Vec::new();
        let mut encoder = ::brotli::CompressorWriter::new(&mut out, 4096, 1, 16);
        encoder.write_all(bytes)?;
        drop(encoder);
        Ok(out)
    });
}

fn zstd(bytes: &[u8]) {
    check("zstd", bytes);
    round_trip("zstd", bytes, |bytes| ::zstd::bulk::compress(bytes, 1));
}

/// The first line is the header itself.
fn codings(bytes: &[u8]) {
    let (header, body) = super::split(bytes, b'\n');
    check(&String::from_utf8_lossy(header), body);
}

/// The body of `/store/`: base64 of zlib, gzip, raw deflate or plain text.
fn base64(bytes: &[u8]) {
    if let Ok(found) = body::record(bytes.to_vec(), LIMITS) {
        assert!(found.len() <= LIMITS.output_bytes_max);
    }
    let encoded = STANDARD.encode(bytes).into_bytes();
    if let Ok(found) = body::record(encoded, LIMITS) {
        assert!(found.len() <= LIMITS.output_bytes_max);
    }
    if bytes.len() > ROUND_TRIP_BYTES_MAX {
        return;
    }
    let json = [b"{\"a\": \"", bytes, b"\"}"].concat();
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let written = encoder.write_all(&json).and_then(|()| encoder.finish());
    let packed = STANDARD.encode(written.expect("memory takes bytes"));
    assert_eq!(body::record(packed.into_bytes(), LIMITS), Ok(json));
}

fn decode(coding: &str, bytes: &[u8], piece: usize) -> Result<Vec<u8>, EncodingError> {
    let mut decoder = Decoder::for_header(Some(coding), LIMITS)?;
    for part in bytes.chunks(piece.max(1)) {
        decoder.push(part)?;
        assert!(decoder.decoded_bytes() <= LIMITS.output_bytes_max);
        let _ = decoder.held_bytes();
    }
    decoder.finish()
}

/// Whole, byte by byte at the start, and in odd pieces.
fn check(coding: &str, bytes: &[u8]) {
    let whole = decode(coding, bytes, bytes.len());
    let pieces: &[usize] = if bytes.len() < 2048 { &[1, 7] } else { &[1021] };
    for piece in pieces {
        match (&whole, decode(coding, bytes, *piece)) {
            (Ok(whole), Ok(parts)) => assert_eq!(*whole, parts, "in pieces of {piece}"),
            // The ratio is looked at earlier when less has arrived.
            // The size that a frame of zstd promises is checked only when the frame comes whole.
            (Ok(_), Err(EncodingError::RatioTooHigh { .. }))
            | (Err(EncodingError::Corrupt { coding: "zstd" }), Ok(_))
            | (Err(_), Err(_)) => {}
            (whole, parts) => panic!("in pieces of {piece}: {whole:?} {parts:?}"),
        }
    }
}

fn round_trip(coding: &str, bytes: &[u8], encode: fn(&[u8]) -> std::io::Result<Vec<u8>>) {
    if bytes.len() > ROUND_TRIP_BYTES_MAX {
        return;
    }
    let encoded = encode(bytes).expect("memory takes bytes");
    let decoded = decode(coding, &encoded, encoded.len());
    assert_eq!(decoded.as_deref(), Ok(bytes), "through {coding}");
}
