//! Bodies that want to become too large.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use super::*;

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
