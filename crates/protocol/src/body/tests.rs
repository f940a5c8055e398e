//! Bodies as real clients sent them since 2010, and what a hostile one would send.

use std::fmt::Write as _;

use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};

use super::*;
use crate::packing::{gzip, raw_deflate, zlib};

const LIMITS: DecodeLimits = DecodeLimits::bytes(64 * 1024);
const TEXT: &str = r#"{"level": 40, "message": ">>>???>>>???", "view": "app.f"}"#;

fn check(body: impl AsRef<[u8]>, expect: &str) {
    let body = body.as_ref();
    let got = record(body.to_vec(), LIMITS);
    let got = got.map(|json| String::from_utf8_lossy(&json).into_owned());
    let shown = String::from_utf8_lossy(body);
    assert_eq!(got.as_deref(), Ok(expect), "{shown}");
}

fn refuse(body: impl AsRef<[u8]>, expect: &BodyError) {
    let body = body.as_ref();
    let got = record(body.to_vec(), LIMITS);
    assert_eq!(
        got.as_ref(),
        Err(expect),
        "{}",
        String::from_utf8_lossy(body)
    );
}

/// Bytes whose base64 has many `+` and `/`, compressed.
fn noisy() -> (String, Vec<u8>) {
    let mut noise = String::new();
    for n in 0..400_u32 {
        write!(noise, "{:x}", n.wrapping_mul(2_654_435_769)).unwrap();
    }
    let text = format!(r#"{{"message": "{noise}"}}"#);
    let packed = zlib(text.as_bytes());
    let encoded = STANDARD.encode(&packed);
    assert!(encoded.contains('+') && encoded.contains('/'), "{encoded}");
    (text, packed)
}

#[test]
fn json_as_it_is() {
    check(TEXT, TEXT);
    let blanks = format!("\r\n\t {TEXT}");
    check(&blanks, &blanks);
    let marked = format!("\u{feff}{TEXT}");
    check(&marked, &marked);
    check("[1,2]", "[1,2]");
    check("\"text\"", "\"text\"");
    let wide: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wide = [b"\xff\xfe".to_vec(), wide].concat();
    assert_eq!(record(wide.clone(), LIMITS), Ok(wide));
}

#[test]
fn base64_of_everything_that_the_page_of_2010_allows() {
    for packed in [
        TEXT.as_bytes().to_vec(),
        zlib(TEXT.as_bytes()),
        gzip(TEXT.as_bytes()),
        raw_deflate(TEXT.as_bytes()),
    ] {
        check(STANDARD.encode(&packed), TEXT);
        check(STANDARD_NO_PAD.encode(&packed), TEXT);
        check(URL_SAFE.encode(&packed), TEXT);
    }
}

#[test]
fn base64_wrapped_at_76_columns() {
    let (text, packed) = noisy();
    let encoded = STANDARD.encode(packed);
    for joint in ["\n", "\r\n", "\n  ", "\t", " "] {
        let lines: Vec<&str> = encoded
            .as_bytes()
            .chunks(76)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        check(format!("{}{joint}", lines.join(joint)), &text);
    }
}

#[test]
fn i27_a_plus_that_a_form_made_a_space() {
    let (text, packed) = noisy();
    check(STANDARD.encode(&packed).replace('+', " "), &text);
    check(URL_SAFE.encode(&packed), &text);
}

#[test]
fn the_rows_of_the_probe_that_are_no_events() {
    // The reasons of these two come from the JSON check that follows.
    check(STANDARD.encode("hello"), "hello");
    check(STANDARD.encode(zlib(b"[1,2]")), "[1,2]");
    check(STANDARD.encode(zlib(b"\"x\"")), "\"x\"");
    refuse("hello world", &BodyError::NotBase64);
    refuse("abc", &BodyError::NotBase64);
    refuse("a", &BodyError::NotBase64);
    refuse("abc$", &BodyError::NotBase64);
    refuse("<html></html>", &BodyError::NotBase64);
    refuse(b"\xff\xff\xff", &BodyError::NotBase64);
}

#[test]
fn nothing() {
    for body in ["", " ", "\r\n\r\n"] {
        refuse(body, &BodyError::Empty);
    }
    refuse("====", &BodyError::Empty);
}

/// The dict of an event, a list, a tuple and an `OrderedDict`, as Python writes them.
const PICKLES: [&[u8]; 14] = [
    b"(dp0\nVlevel\np1\nI40\nsVmessage\np2\nVpickle\np3\ns.",
    b"(dp1\nS'level'\np2\nI40\ns.\n",
    b"(lp0\nI1\na.",
    b"(Va\np0\nI1\ntp1\n.",
    b"ccollections\nOrderedDict\np0\n(tRp1\n.",
    b"cos\nsystem\n(S'true'\ntR.",
    b"}q\0(X\x05\0\0\0levelq\x01K(u.",
    b"]q\0K\x01a.",
    b"(X\x01\0\0\0aq\0K\x01tq\x01.",
    b"\x80\x02}q\0(X\x05\0\0\0levelq\x01K(u.",
    b"\x80\x03]q\0K\x01a.",
    b"\x80\x04\x95\x06\0\0\0\0\0\0\0]\x94K\x01a.",
    b"\x80\x05\x95\x06\0\0\0\0\0\0\0]\x94K\x01a.",
    b"\x80\x04}.",
];

#[test]
fn i27_a_pickle_is_refused_by_name_in_every_wrapping() {
    for pickle in PICKLES {
        refuse(pickle, &BodyError::Pickle);
        refuse(STANDARD.encode(pickle), &BodyError::Pickle);
        refuse(STANDARD.encode(zlib(pickle)), &BodyError::Pickle);
        refuse(STANDARD.encode(gzip(pickle)), &BodyError::Pickle);
        refuse(STANDARD.encode(raw_deflate(pickle)), &BodyError::Pickle);
    }
}

#[test]
fn what_is_no_pickle() {
    for text in [
        TEXT,
        "",
        ".",
        "(",
        "c.",
        "could not connect.",
        "}",
        "(see above).",
        "[1].",
        "eJyrVgoG.",
    ] {
        assert!(!is_pickle(text.as_bytes()), "{text}");
    }
}

#[test]
fn i02_bomb_inside_the_base64() {
    let zeros = vec![0; 4 * 1024 * 1024];
    let too_large = EncodingError::TooLarge {
        limit_bytes: 64 * 1024,
    };
    for packed in [zlib(&zeros), gzip(&zeros), raw_deflate(&zeros)] {
        refuse(STANDARD.encode(packed), &too_large.clone().into());
    }
    // Packed twice: only once is undone, and that is no JSON.
    let twice = gzip(&zeros);
    let got = record(STANDARD.encode(zlib(&twice)).into_bytes(), LIMITS);
    assert!(got == Ok(twice));
}

#[test]
fn i06_longer_than_the_limit() {
    let text = format!("{{\"message\": \"{}\"}}", "x".repeat(64 * 1024));
    let too_large = BodyError::Encoding(EncodingError::TooLarge {
        limit_bytes: 64 * 1024,
    });
    refuse(&text, &too_large);
    refuse(STANDARD.encode(&text), &too_large);
}

#[test]
fn i04_broken_inside_the_base64() {
    let truncated = |coding| EncodingError::Truncated { coding }.into();
    let corrupt = |coding| EncodingError::Corrupt { coding }.into();
    let packed = zlib(TEXT.as_bytes());
    refuse(
        STANDARD.encode(&packed[..packed.len() - 3]),
        &truncated("deflate"),
    );
    let mut packed = gzip(TEXT.as_bytes());
    refuse(STANDARD.encode(&packed[..20]), &truncated("gzip"));
    let end = packed.len();
    packed[end - 8] ^= 1;
    refuse(STANDARD.encode(&packed), &corrupt("gzip"));
}

#[test]
fn any_bytes_give_an_answer() {
    let mut bytes = Vec::new();
    for seed in 0..2_000_u32 {
        bytes.push((seed.wrapping_mul(2_654_435_769) >> 24) as u8);
        let tail = &bytes[bytes.len().saturating_sub(200)..];
        let _ = record(tail.to_vec(), LIMITS);
        let _ = record(STANDARD.encode(tail).into_bytes(), LIMITS);
    }
}
