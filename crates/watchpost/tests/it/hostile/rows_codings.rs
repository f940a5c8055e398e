//! I01 to I07: what is packed too well, packed wrongly, or counted wrongly.

#![expect(
    clippy::format_collect,
    clippy::format_push_string,
    reason = "a harness is test code"
)]

use super::arena::{CLOSED, row};
use super::bombs::{BOMBS, packed_spaces};
use super::requests::{case, cut, post};
use super::{Case, End};
use crate::report::percent;

const EVENT: &str = r#"{"message": "well-formed"}"#;

fn with(case: Case, expect: &'static [u16]) -> Case {
    Case { expect, ..case }
}

fn encoded(path: &str, coding: &str, body: &[u8]) -> Vec<u8> {
    post(path, &format!("Content-Encoding: {coding}\r\n"), body)
}

#[test]
fn i01_a_bomb_of_each_codec() {
    row(|account| {
        let doors = [account.store_path(), account.envelope_path()];
        let bombs = BOMBS.iter().flat_map(|bomb| {
            let body = bomb.body();
            let name = format!("a bomb in {}", bomb.name);
            let door = |path: &String| case(&name, encoded(path, bomb.coding, &body));
            doors.each_ref().map(|path| with(door(path), &[413]))
        });
        bombs.collect()
    });
}

#[test]
fn i02_a_bomb_inside() {
    row(|account| {
        let path = account.store_path();
        let refused: &[u16] = &[400, 413];
        let gzip = packed_spaces("gzip", 64);
        let mut cases = Vec::new();
        for bomb in BOMBS.iter().filter(|bomb| bomb.in_a_form) {
            let data = base64(&bomb.body());
            let form = format!(
                "format=json&key={}&data={}",
                account.store_key,
                percent(data.as_bytes())
            );
            let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
            cases.push(with(
                case(
                    format!("{} in a form", bomb.name),
                    post("/store/", kind, form),
                ),
                refused,
            ));
            cases.push(with(
                case(format!("{} in base64", bomb.name), post(&path, "", data)),
                refused,
            ));
        }
        let twice = super::bombs::pack("gzip", &gzip);
        cases.push(with(
            case("gzip in gzip", encoded(&path, "gzip, gzip", &twice)),
            refused,
        ));
        let member = packed_spaces("gzip", 1);
        cases.push(with(
            case("members", encoded(&path, "gzip", &member.repeat(64))),
            refused,
        ));
        // One byte of window descriptor asks for 2 GiB and more.
        let window = b"\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00".as_slice();
        cases.push(with(
            case("a window of 2 GiB", encoded(&path, "zstd", window)),
            refused,
        ));
        let skippable = b"\x50\x2a\x4d\x18\x00\x00\x00\x00".repeat(100_000);
        cases.push(with(
            case("skippable frames", encoded(&path, "zstd", &skippable)),
            refused,
        ));
        // The head of a large window: 0x11, then its bits.
        let large = [b"\x11\x1e".as_slice(), &[0; 64]].concat();
        cases.push(with(
            case("a large window of brotli", encoded(&path, "br", &large)),
            refused,
        ));
        cases
    });
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn i03_codings_that_lie() {
    row(|account| {
        let path = account.store_path();
        let stacked = super::bombs::pack("gzip", &super::bombs::pack("deflate", EVENT.as_bytes()));
        vec![
            with(
                case(
                    "two, as announced",
                    encoded(&path, "deflate, gzip", &stacked),
                ),
                &[200],
            ),
            with(
                case(
                    "two, in the wrong order",
                    encoded(&path, "gzip, deflate", &stacked),
                ),
                &[400],
            ),
            with(
                case(
                    "four",
                    encoded(&path, "gzip, gzip, gzip, gzip", EVENT.as_bytes()),
                ),
                &[415],
            ),
            with(
                case("unknown", encoded(&path, "foo", EVENT.as_bytes())),
                &[415],
            ),
            with(
                case("plain as gzip", encoded(&path, "gzip", EVENT.as_bytes())),
                &[400],
            ),
            with(
                case("plain as br", encoded(&path, "br", EVENT.as_bytes())),
                &[400],
            ),
            with(
                case("plain as zstd", encoded(&path, "zstd", EVENT.as_bytes())),
                &[400],
            ),
            with(
                case(
                    "plain as deflate",
                    encoded(&path, "deflate", EVENT.as_bytes()),
                ),
                &[400],
            ),
            with(case("nothing announced", post(&path, "", EVENT)), &[200]),
        ]
    });
}

#[test]
fn i04_gzip_that_is_cut_or_false() {
    row(|account| {
        let path = account.store_path();
        let gzip = super::bombs::pack("gzip", EVENT.as_bytes());
        let (end, short) = (gzip.len() - 8, &gzip[..gzip.len() - 9]);
        let mut false_sum = gzip.clone();
        false_sum[end] ^= 1;
        let followed = [gzip.as_slice(), b"garbage"].concat();
        vec![
            with(case("cut", encoded(&path, "gzip", short)), &[400]),
            with(
                case("without its sum", encoded(&path, "gzip", &gzip[..end])),
                &[400],
            ),
            with(
                case("a false sum", encoded(&path, "gzip", &false_sum)),
                &[400],
            ),
            with(
                case("garbage behind", encoded(&path, "gzip", &followed)),
                &[200],
            ),
        ]
    });
}

#[test]
fn i05_a_bomb_in_an_item_that_is_not_kept() {
    row(|account| {
        let gzip = packed_spaces("gzip", 64);
        let item = |kind: &str| {
            let head = format!(
                "{{\"type\":\"{kind}\",\"length\":{},\"filename\":\"x\"}}\n",
                gzip.len()
            );
            let event = format!("{{}}\n{{\"type\":\"event\"}}\n{EVENT}\n");
            let body = [event.as_bytes(), head.as_bytes(), &gzip, b"\n"].concat();
            // The rest of the envelope is kept.
            with(case(kind, post(&account.envelope_path(), "", body)), &[200])
        };
        ["attachment", "replay_recording", "profile", "log", "span"]
            .map(item)
            .to_vec()
    });
}

#[test]
fn i06_lengths_that_lie() {
    row(|account| {
        let path = account.store_path();
        let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\n");
        let long = "x".repeat(3 * 1024 * 1024);
        let length = |length: &str| format!("{head}Content-Length: {length}\r\n\r\n{EVENT}");
        let mut chunked = format!("{head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
        chunked += &format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
        vec![
            with(
                case("too long, and says so", post(&path, "", &long)),
                &[413],
            ),
            // The server may have closed before the client has sent all.
            with(case("too long, in chunks", chunked), &[413, CLOSED]),
            with(case("says too much", length("99999999999")), &[413]),
            with(cut("more than comes", length("5000")), &[400, CLOSED]),
            with(case("negative", length("-26")), &[400]),
            with(case("with a sign", length("+26")), &[400]),
            with(case("beyond 2^64", length("18446744073709551642")), &[400]),
            with(case("twice", length("26\r\nContent-Length: 25")), &[400]),
            with(case("a list", length("26, 25")), &[400]),
            with(case("hexadecimal", length("0x1a")), &[400]),
        ]
    });
}

#[test]
fn i07_chunks_that_are_odd() {
    row(|account| {
        let path = account.store_path();
        let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        let chunked = format!("{head}Transfer-Encoding: chunked\r\n");
        let bytes: String = EVENT
            .chars()
            .map(|letter| format!("1\r\n{letter}\r\n"))
            .collect();
        let whole = format!("{:x}", EVENT.len());
        let long = "x".repeat(70_000);
        let end = Case {
            end: End::Wait,
            ..case("", "")
        };
        let both = format!("Content-Length: 5\r\n\r\n{whole}\r\n{EVENT}\r\n0\r\n\r\n");
        let with_body = |name: &str, rest: String, expect| Case {
            name: name.to_owned(),
            bytes: format!("{chunked}{rest}").into_bytes(),
            expect,
            ..end.clone()
        };
        vec![
            with_body("of one byte", format!("\r\n{bytes}0\r\n\r\n"), &[200]),
            with_body(
                "with a trailer",
                format!("\r\n{whole}\r\n{EVENT}\r\n0\r\nX-A: b\r\n\r\n"),
                &[200],
            ),
            with_body(
                "a long extension",
                format!("\r\n{whole};{long}\r\n{EVENT}\r\n0\r\n\r\n"),
                &[400, CLOSED],
            ),
            with_body("before a length", both, &[400]),
            with_body(
                "twice chunked",
                format!("Transfer-Encoding: chunked\r\n\r\n{whole}\r\n{EVENT}\r\n0\r\n\r\n"),
                &[200, 400],
            ),
            with_body(
                "a folded header",
                format!("X-A: b\r\n  c\r\n\r\n{whole}\r\n{EVENT}\r\n0\r\n\r\n"),
                &[400],
            ),
            with_body(
                "a size with a sign",
                format!("\r\n+{whole}\r\n{EVENT}\r\n0\r\n\r\n"),
                &[400, CLOSED],
            ),
            with_body(
                "a size beyond 2^64",
                format!("\r\n1{:016x}\r\n{EVENT}\r\n0\r\n\r\n", EVENT.len()),
                &[400, CLOSED],
            ),
        ]
    });
}
