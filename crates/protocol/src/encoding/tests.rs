//! Every coding whole and in pieces, broken in every way, and as a bomb.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::*;

const LIMITS: DecodeLimits = DecodeLimits::bytes(1024 * 1024);
const TEXT: &str = r#"{"message":"a rather ordinary event, ordinary event, ordinary event"}"#;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

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

#[test]
fn the_limit_is_exact() {
    let limits = |output_bytes_max| DecodeLimits::bytes(output_bytes_max);
    let text = TEXT.as_bytes();
    for (coding, body) in [
        ("identity", text.to_vec()),
        ("gzip", gzip(text)),
        ("deflate", raw_deflate(text)),
        ("br", brotli(text, 22)),
        ("zstd", zstd(text)),
        ("gzip, gzip", gzip(&gzip(text))),
    ] {
        let fits = limits(text.len().max(gzip(text).len()));
        assert_eq!(
            run(coding, &body, 10, fits).as_deref(),
            Ok(text),
            "{coding}"
        );
        let limit_bytes = text.len() - 1;
        let expect = Err(EncodingError::TooLarge { limit_bytes });
        assert_eq!(
            run(coding, &body, 10, limits(limit_bytes)),
            expect,
            "{coding}"
        );
    }
}

/// Pushes `head` once and `rest` again and again, up to 10 GB decoded, and expects a quick end.
fn bomb(header: &str, head: &[u8], rest: &[u8]) {
    let started = Instant::now();
    for limit in [1, 20, 200] {
        let limits = DecodeLimits::bytes(limit * 1024 * 1024);
        let mut decoder = Decoder::for_header(Some(header), limits).unwrap();
        let pushes = std::iter::once(head).chain(std::iter::repeat_n(rest, 10_000));
        let mut got = Ok(());
        for chunk in pushes.flat_map(|piece| piece.chunks(16 * 1024)) {
            got = decoder.push(chunk);
            if got.is_err() {
                break;
            }
        }
        let stopped = matches!(
            got,
            Err(EncodingError::TooLarge { .. } | EncodingError::RatioTooHigh { .. })
        );
        assert!(stopped, "{header}: {got:?}");
        // 1 MiB free and 200 times what was pushed, whatever the whole may be.
        assert!(decoder.decoded_bytes() < 5 * 1024 * 1024, "{header}");
    }
    assert!(started.elapsed() < Duration::from_secs(5), "{header}");
}

/// One MiB of zeros as a piece of a stream that can be repeated without end.
fn endless_zeros(encoder: &mut impl Write) {
    encoder.write_all(&vec![0; 1024 * 1024]).unwrap();
    encoder.flush().unwrap();
}

#[test]
fn i01_bomb_gzip() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    endless_zeros(&mut encoder);
    let head = encoder.get_ref().len();
    endless_zeros(&mut encoder);
    let (head, rest) = encoder.get_ref().split_at(head);
    bomb("gzip", head, rest);
    bomb("x-gzip", head, rest);
}

#[test]
fn i01_bomb_deflate_zlib_and_raw() {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    endless_zeros(&mut encoder);
    let head = encoder.get_ref().len();
    endless_zeros(&mut encoder);
    let (head, rest) = encoder.get_ref().split_at(head);
    bomb("deflate", head, rest);
    bomb("deflate", &head[2..], rest);
}

#[test]
fn i01_bomb_brotli() {
    // Metadata aside, one stream of 64 MiB is all that the encoder repeats cheaply.
    let body = brotli(&vec![0; 64 * 1024 * 1024], 24);
    bomb("br", &body, b"");
}

#[test]
fn i01_bomb_zstd() {
    let frame = zstd(&vec![0; 16 * 1024 * 1024]);
    bomb("zstd", &frame, &frame);
    // Blocks of 128 KiB of one repeated byte in four bytes each, without a window worth its name.
    let head = b"\x28\xb5\x2f\xfd\x00\x38";
    let block = [((128 * 1024) << 3) | (1_u32 << 1), 0];
    let block = [&block[0].to_le_bytes()[..3], b"\0"].concat();
    bomb("zstd", head, &block.repeat(100));
}

#[test]
fn i02_gzip_in_gzip() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..64 {
        endless_zeros(&mut encoder);
    }
    let inner = encoder.finish().unwrap();
    bomb("gzip, gzip", &gzip(&inner), b"");
    // An inner stream of empty blocks grows on the way, though nothing comes out.
    let empty_blocks = [raw_deflate(b""), vec![0; 64 * 1024 * 1024]].concat();
    bomb("deflate, gzip", &gzip(&empty_blocks), b"");
}

#[test]
fn i02_windows() {
    let frame = |descriptor: u8| {
        // One raw block, the last one, of two bytes.
        let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, descriptor, (2 << 3) | 1, 0, 0];
        frame.extend_from_slice(b"{}");
        frame
    };
    let coding = "zstd";
    ok(coding, &frame((23 - 10) << 3), "{}");
    for log in [24, 27, 31] {
        let body = frame((log - 10) << 3);
        refuse(coding, &body, &EncodingError::WindowTooLarge { coding });
    }
    let mut large = brotli(TEXT.as_bytes(), 22);
    large[0] = 0x11;
    refuse(
        "br",
        &large,
        &EncodingError::WindowTooLarge { coding: "br" },
    );
}

#[test]
fn i01_texts_name_the_limit() {
    let error = EncodingError::TooLarge {
        limit_bytes: 1_048_576,
    };
    assert_eq!(error.to_string(), "the decoded body exceeds 1048576 bytes");
}
