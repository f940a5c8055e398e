//! Every coding whole and in pieces, and broken in every way.

use std::io::Write;

use super::*;
use crate::packing::{gzip, raw_deflate, zlib};

mod bomb;

const LIMITS: DecodeLimits = DecodeLimits::bytes(1024 * 1024);

const TEXT: &str = r#"{"message":"a rather ordinary event, ordinary event, ordinary event"}"#;

fn brotli(bytes: &[u8], window_bits: u32) -> Vec<u8> {
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, window_bits);
    encoder.write_all(bytes).unwrap();
    encoder.into_inner()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

/// Decodes `body` in pieces of `piece` bytes.
fn run(
    header: &str,
    body: &[u8],
    piece: usize,
    limits: DecodeLimits,
) -> Result<Vec<u8>, EncodingError> {
    let mut decoder = Decoder::for_header(Some(header), limits)?;
    for chunk in body.chunks(piece) {
        decoder.push(chunk)?;
    }
    decoder.finish()
}

/// Expects `expect` however the body is cut.
fn check(header: &str, body: &[u8], expect: Result<&[u8], &EncodingError>) {
    for piece in [1, 2, 3, 7, 1000, usize::MAX] {
        let got = run(header, body, piece, LIMITS);
        assert_eq!(got.as_deref(), expect, "{header}, in pieces of {piece}");
    }
}

fn ok(header: &str, body: &[u8], expect: &str) {
    check(header, body, Ok(expect.as_bytes()));
}

fn refuse(header: &str, body: &[u8], expect: &EncodingError) {
    check(header, body, Err(expect));
}

fn corrupt(coding: &'static str) -> EncodingError {
    EncodingError::Corrupt { coding }
}

fn truncated(coding: &'static str) -> EncodingError {
    EncodingError::Truncated { coding }
}

#[test]
fn each_coding_under_each_name() {
    let text = TEXT.as_bytes();
    for name in ["gzip", "x-gzip", "GZIP", " Gzip "] {
        ok(name, &gzip(text), TEXT);
    }
    for name in ["deflate", "Deflate"] {
        ok(name, &zlib(text), TEXT);
        ok(name, &raw_deflate(text), TEXT);
    }
    for window_bits in [10, 22, 24] {
        ok("br", &brotli(text, window_bits), TEXT);
    }
    ok("zstd", &zstd(text), TEXT);
}

#[test]
fn names_that_change_nothing() {
    for name in [
        "",
        " ",
        "identity",
        "Identity",
        "utf-8",
        "UTF-8",
        ",",
        "identity, utf-8",
    ] {
        ok(name, TEXT.as_bytes(), TEXT);
        assert!(
            Decoder::for_header(Some(name), LIMITS)
                .unwrap()
                .is_identity()
        );
    }
    let mut decoder = Decoder::for_header(None, LIMITS).unwrap();
    decoder.push(b"abc").unwrap();
    assert_eq!(decoder.decoded_bytes(), 3);
    assert_eq!(decoder.finish().unwrap(), b"abc");
    assert!(
        !Decoder::for_header(Some("gzip"), LIMITS)
            .unwrap()
            .is_identity()
    );
}

#[test]
fn i03_stacked_codings_are_undone_from_the_last() {
    let text = TEXT.as_bytes();
    ok("gzip, br", &brotli(&gzip(text), 22), TEXT);
    ok("br,gzip", &gzip(&brotli(text, 22)), TEXT);
    ok("gzip, gzip", &gzip(&gzip(text)), TEXT);
    ok("deflate, identity, zstd", &zstd(&zlib(text)), TEXT);
    ok("gzip,br,zstd", &zstd(&brotli(&gzip(text), 22)), TEXT);
    refuse("br, gzip", &brotli(&gzip(text), 22), &not_encoded("gzip"));
}

#[test]
fn i03_unknown_or_too_many_codings() {
    for (name, coding) in [
        ("foo", "foo"),
        ("gzip, Compress", "Compress"),
        ("gzip;q=1", "gzip;q=1"),
        ("chunked", "chunked"),
    ] {
        let coding = coding.to_owned();
        refuse(name, b"", &EncodingError::Unsupported { coding });
    }
    let coding = "x".repeat(32);
    refuse(
        &"x".repeat(9000),
        b"",
        &EncodingError::Unsupported { coding },
    );
    let count_max = 3;
    refuse(
        "gzip,gzip,gzip,gzip",
        b"",
        &EncodingError::TooManyCodings { count_max },
    );
}

fn not_encoded(coding: &'static str) -> EncodingError {
    EncodingError::NotEncoded { coding }
}

#[test]
fn i03_the_header_lies() {
    for coding in ["gzip", "deflate", "br", "zstd"] {
        refuse(coding, TEXT.as_bytes(), &not_encoded(coding));
    }
    refuse("gzip", &zlib(TEXT.as_bytes()), &not_encoded("gzip"));
    refuse("zstd", &gzip(TEXT.as_bytes()), &not_encoded("zstd"));
}

#[test]
fn a_body_of_no_bytes_is_empty_whatever_the_header_says() {
    for header in ["gzip", "deflate", "br", "zstd", "gzip, br"] {
        ok(header, b"", "");
    }
    for (header, body) in [
        ("gzip", gzip(b"")),
        ("deflate", zlib(b"")),
        ("deflate", raw_deflate(b"")),
        ("br", brotli(b"", 22)),
        ("zstd", zstd(b"")),
    ] {
        ok(header, &body, "");
    }
}

#[test]
fn i04_truncated_anywhere() {
    let text = TEXT.as_bytes();
    for (coding, body) in [
        ("gzip", gzip(text)),
        ("deflate", zlib(text)),
        ("deflate", raw_deflate(text)),
        ("br", brotli(text, 22)),
        ("zstd", zstd(text)),
    ] {
        for end in 1..body.len() {
            let got = run(coding, &body[..end], 7, LIMITS);
            assert_eq!(got, Err(truncated(coding)), "{coding}, {end} bytes");
        }
    }
    let body = gzip(&gzip(text)[..40]);
    refuse("gzip, gzip", &body, &truncated("gzip"));
}

#[test]
fn i04_bad_checksum() {
    let text = TEXT.as_bytes();
    let mut body = gzip(text);
    let end = body.len();
    body[end - 5] ^= 1;
    refuse("gzip", &body, &corrupt("gzip"));
    let mut body = gzip(text);
    // The length, which comes last.
    body[end - 1] ^= 1;
    refuse("gzip", &body, &corrupt("gzip"));
    let mut body = zlib(text);
    *body.last_mut().unwrap() ^= 1;
    refuse("deflate", &body, &corrupt("deflate"));
}

#[test]
fn i04_trailing_rubbish_is_ignored_behind_gzip_deflate_and_brotli() {
    let text = TEXT.as_bytes();
    for (coding, mut body) in [
        ("gzip", gzip(text)),
        ("deflate", zlib(text)),
        ("br", brotli(text, 22)),
    ] {
        body.extend_from_slice(b"\0\0\0rubbish\x1f\x8b");
        ok(coding, &body, TEXT);
    }
    let mut body = gzip(text);
    body.push(0x1f);
    ok("gzip", &body, TEXT);
    let mut body = zstd(text);
    body.extend_from_slice(b"rubbish");
    refuse("zstd", &body, &corrupt("zstd"));
}

#[test]
fn i02_several_members_and_frames() {
    let (one, two) = TEXT.as_bytes().split_at(30);
    let members = [gzip(one), gzip(b""), gzip(two)].concat();
    ok("gzip", &members, TEXT);
    refuse("gzip", &members[..members.len() - 1], &truncated("gzip"));
    let skipped = b"\x50\x2a\x4d\x18\x04\0\0\0skip".to_vec();
    let frames = [skipped.clone(), zstd(one), skipped, zstd(two)].concat();
    ok("zstd", &frames, TEXT);
    let endless = gzip(b"").repeat(20_000);
    assert_eq!(run("gzip", &endless, 65_536, LIMITS), Err(corrupt("gzip")));
}

#[test]
fn flipped_bytes_never_panic() {
    let text = TEXT.repeat(20);
    for (coding, body) in [
        ("gzip", gzip(text.as_bytes())),
        ("deflate", zlib(text.as_bytes())),
        ("deflate", raw_deflate(text.as_bytes())),
        ("br", brotli(text.as_bytes(), 22)),
        ("zstd", zstd(text.as_bytes())),
    ] {
        for place in 0..body.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut body = body.clone();
                body[place] ^= flip;
                // Whatever comes out: within the limits, and in no time.
                let _ = run(coding, &body, 64, LIMITS);
            }
        }
    }
}

/// What a client makes the server hold before its body decodes to anything worth mentioning.
#[test]
fn i01_a_decoder_counts_its_state_its_window_and_its_block() {
    let check = |coding: &str, packed: &[u8], least_bytes: usize| {
        let mut decoder = Decoder::for_header(Some(coding), LIMITS).unwrap();
        let before = decoder.held_bytes();
        assert!(before < 256 * 1024, "{coding}: {before}");
        decoder.push(&packed[..packed.len() / 2]).unwrap();
        let held = decoder.held_bytes();
        assert!(held >= least_bytes, "{coding}: {held}");
    };
    let number = |n: u32| n.wrapping_mul(2_654_435_761).to_le_bytes();
    let noise: Vec<u8> = (0..10_000).flat_map(number).collect();
    check("gzip", &gzip(&noise), BLOCK_BYTES + 32 * 1024);
    // Of its window, what the stream can make use of.
    check("br", &brotli(&noise, 22), BLOCK_BYTES + 32 * 1024);
    check("zstd", &zstd(&noise), BLOCK_BYTES + 128 * 1024);
    check("identity", &noise, noise.len() / 2);
}

/// Clearing a block of the largest size would cost a small body as much as its JSON check.
#[test]
fn a_small_body_takes_a_small_block() {
    let mut decoder = Decoder::for_header(Some("gzip"), LIMITS).unwrap();
    let before = decoder.held_bytes();
    decoder.push(&gzip(TEXT.as_bytes())).unwrap();
    let more = decoder.held_bytes() - before;
    assert!(more < BLOCK_BYTES / 4, "{more}");
}
