//! Bodies that unpack to far more than they are, and what hundred of them at once cost a server
//! that may have 256 MiB.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are test code"
)]

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::arena::{Arena, memory_kib, parallel};
use super::requests::post;
use crate::server::Server;

/// What the packed bodies unpack to.
const BOMB_MIB: usize = 256;
/// So many at the same time.
const AT_ONCE: usize = 100;
/// All of them together may cost this much more memory than one before.
const GROWTH_KIB_MAX: u64 = 16 * 1024;
/// The processor time of one, without optimisation.
const CPU_MS_MAX: u64 = 200;
/// What the process may allocate; the kernel refuses more.
const MEMORY_BYTES: u64 = 256 * 1024 * 1024;
/// One way to pack.
pub(super) struct Bomb {
    pub(super) name: &'static str,
    /// As in `Content-Encoding`.
    pub(super) coding: &'static str,
    /// Whether a form of 2010 may hold it.
    pub(super) in_a_form: bool,
}

const fn bomb(name: &'static str, coding: &'static str, in_a_form: bool) -> Bomb {
    Bomb {
        name,
        coding,
        in_a_form,
    }
}

pub(super) const BOMBS: &[Bomb] = &[
    bomb("gzip", "gzip", true),
    bomb("gzip by its old name", "x-gzip", false),
    bomb("zlib", "deflate", true),
    bomb("raw deflate", "deflate", true),
    bomb("brotli", "br", false),
    bomb("zstd", "zstd", false),
];

impl Bomb {
    /// The packed bytes.
    pub(super) fn body(&self) -> Vec<u8> {
        match self.name {
            "raw deflate" => packed_spaces("raw", BOMB_MIB),
            _ => packed_spaces(self.coding, BOMB_MIB),
        }
    }
}

/// So many MiB of blanks, packed.
pub(super) fn packed_spaces(coding: &str, mib: usize) -> Vec<u8> {
    match coding {
        // 128 KiB of one byte take four bytes, 300 KiB a few: the end is as good as the start.
        "zstd" => {
            let block = [b"\x02\x00\x10".as_slice(), b" "].concat().repeat(mib * 8);
            [b"\x28\xb5\x2f\xfd\x00\x58".as_slice(), &block].concat()
        }
        _ => pack(coding, &vec![b' '; mib * 1024 * 1024]),
    }
}

/// Bytes, packed.
pub(super) fn pack(coding: &str, bytes: &[u8]) -> Vec<u8> {
    let fast = Compression::new(4);
    let packed = match coding {
        "gzip" | "x-gzip" => {
            let mut encoder = GzEncoder::new(Vec::new(), fast);
            encoder.write_all(bytes).and_then(|()| encoder.finish())
        }
        "deflate" => {
            let mut encoder = ZlibEncoder::new(Vec::new(), fast);
            encoder.write_all(bytes).and_then(|()| encoder.finish())
        }
        "raw" => {
            let mut encoder = DeflateEncoder::new(Vec::new(), fast);
            encoder.write_all(bytes).and_then(|()| encoder.finish())
        }
        "br" => {
            let mut out = Vec::new();
            let mut encoder = brotli::CompressorWriter::new(&mut out, 1 << 16, 5, 22);
            let written = encoder.write_all(bytes);
            drop(encoder);
            written.map(|()| out)
        }
        _ => panic!("no encoder for {coding}"),
    };
    packed.expect("memory takes bytes")
}

/// Bounds what the process may allocate. A limit on data, not on addresses: threads and allocators
/// reserve far more addresses than they use.
fn limit_memory(server: &Server) {
    let limit = Command::new("prlimit")
        .arg(format!("--pid={}", server.pid()))
        .arg(format!("--data={MEMORY_BYTES}"))
        .status();
    assert!(limit.expect("util-linux has prlimit").success());
}

/// Processor time of the server so far.
fn cpu(server: &Server) -> Duration {
    let path = format!("/proc/{}/stat", server.pid());
    let text = std::fs::read_to_string(path).expect("the server lives");
    // Behind the name: the 12th and 13th field, in hundredths of a second.
    let (_, fields) = text.rsplit_once(") ").expect("a name in parentheses");
    let ticks = fields.split(' ').skip(11).take(2);
    let ticks: u64 = ticks
        .map(|ticks| ticks.parse::<u64>().expect("a number"))
        .sum();
    Duration::from_millis(ticks * 10)
}

/// Forgets the peak so far.
fn reset_peak(server: &Server) {
    let path = format!("/proc/{}/clear_refs", server.pid());
    std::fs::write(Path::new(&path), "5").expect("a process of ours");
}

/// So many at once, of each request in turn, each answered with one of these statuses.
fn throw(arena: &Arena, requests: &[Vec<u8>], expect: &[u16]) {
    let numbers: Vec<usize> = (0..AT_ONCE).collect();
    parallel(AT_ONCE, &numbers, |number, _| {
        let mut connection = arena.server.connect();
        let answer = connection.raw(&requests[number % requests.len()]);
        let answer = answer.expect("the server answers a bomb");
        assert!(expect.contains(&answer.status), "{}", answer.status);
    });
}

#[test]
fn i01_a_hundred_bombs_at_once_in_256_mib() {
    let arena = Arena::new();
    limit_memory(&arena.server);
    let path = arena.site.account.store_path();
    for bomb in BOMBS.iter().filter(|bomb| bomb.coding != "x-gzip") {
        let headers = format!("Content-Encoding: {}\r\n", bomb.coding);
        let requests = [post(&path, &headers, bomb.body())];
        // The first round fills what the process keeps: stacks of its threads, arenas.
        throw(&arena, &requests, &[413, 429]);
        reset_peak(&arena.server);
        let (before_kib, before_cpu) = (memory_kib(&arena.server, "VmRSS"), cpu(&arena.server));
        throw(&arena, &requests, &[413, 429]);
        let growth_kib = memory_kib(&arena.server, "VmHWM").saturating_sub(before_kib);
        let spent =
            cpu(&arena.server).saturating_sub(before_cpu) / u32::try_from(AT_ONCE).expect("few");
        let name = bomb.name;
        println!("{name}: {growth_kib} KiB more, {spent:?} each, {before_kib} KiB before");
        assert!(growth_kib <= GROWTH_KIB_MAX, "{name}: {growth_kib} KiB");
        assert!(
            spent <= Duration::from_millis(CPU_MS_MAX),
            "{name}: {spent:?} each"
        );
        arena.canary();
    }
    arena.is_sound();
}

/// As much as an envelope may be, packed just not well enough to be a bomb.
fn patient() -> Vec<u8> {
    let mut state = 1_u64;
    let mut noise = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        b'!' + u8::try_from(state >> 58).expect("six bits")
    };
    let mut body = b"{}\n{\"type\":\"attachment\"}\n".to_vec();
    while body.len() < 63 * 1024 * 1024 {
        body.extend(std::iter::repeat_with(&mut noise).take(1024));
        body.resize(body.len() + 150 * 1024, b' ');
    }
    body
}

/// Each may use up more than half of the budget of all bodies, and those of two projects all of it;
/// most are told to come again.
#[test]
fn i01_a_hundred_patient_bombs_at_once() {
    let arena = Arena::new();
    limit_memory(&arena.server);
    let envelopes = [&arena.site.account.store_path(), &arena.canary]
        .map(|path| path.replace("/store/", "/envelope/"));
    let body = patient();
    for coding in ["gzip", "br"] {
        let packed = pack(coding, &body);
        let headers = format!("Content-Encoding: {coding}\r\n");
        let requests = envelopes.each_ref();
        let requests = requests.map(|path| post(path, &headers, &packed));
        reset_peak(&arena.server);
        throw(&arena, &requests, &[200, 429]);
        let peak_kib = memory_kib(&arena.server, "VmHWM");
        println!("{coding}: {peak_kib} KiB at the worst");
        // Alone, it fits.
        let alone = arena.server.connect().raw(&requests[0]);
        assert_eq!(alone.expect("an answer").status, 200, "{coding}");
        arena.canary();
    }
    arena.is_sound();
}
