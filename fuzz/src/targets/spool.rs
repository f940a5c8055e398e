//! Reading the spool back: whatever its files hold, it opens, gives what is sound, and comes to an
//! end. The layout of a record is written here a second time, from its description.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use watchpost_ingest::spool::{FileSpool, FileSpoolOptions, Spool, Spooled};

use crate::disk::MemoryDisk;

use super::{Target, at};

/// The targets of this file.
pub const TARGETS: &[Target] = &[at("spool_segment", segment), at("spool_records", records)];

const DIR: &str = "/spool";
const SALT: u64 = 0x5eed;
/// Where the second segment begins.
const SECOND_SEQ: u64 = 1_000_000;
/// Numbers of the records target: more say nothing new and take long.
const SEQ_MAX: u64 = 200;
/// One read takes this many records, or this many bytes.
const READ: (usize, usize) = (16, 1024 * 1024);

/// Any bytes as a whole segment: once with a successor, once as the last one.
fn segment(bytes: &[u8]) {
    let disk = MemoryDisk::default();
    put(&disk, 1, bytes.to_vec());
    put(&disk, SECOND_SEQ, bytes.to_vec());
    read_all(disk);
}

/// Sound heads and check sums around any payloads, and one damaged byte: the first three bytes say
/// where and how, then each payload has a byte of length. All records but the damaged one are
/// read, or set aside when their receipt cannot be.
fn records(bytes: &[u8]) {
    let [place_high, place_low, flip, rest @ ..] = bytes else {
        return;
    };
    let place = usize::from(u16::from_be_bytes([*place_high, *place_low]));
    let (mut log, mut rest, mut seq) = (Vec::new(), rest, 0);
    let mut expected = Vec::new();
    while let [length, payload @ ..] = rest
        && seq < SEQ_MAX
    {
        let (payload, tail) = payload.split_at(payload.len().min(usize::from(*length)));
        write(seq + 1, payload, &mut log);
        let start = log.len();
        write(seq + 2, &[&receipt(), payload].concat(), &mut log);
        if *flip == 0 || !(start..log.len()).contains(&place) {
            expected.push((seq + 2, payload));
        }
        (rest, seq) = (tail, seq + 2);
    }
    if let Some(byte) = log.get_mut(place) {
        *byte ^= flip;
    }
    let disk = MemoryDisk::default();
    put(&disk, 1, log);
    put(&disk, SECOND_SEQ, Vec::new());
    let found = read_all(disk);
    for (seq, body) in expected {
        let spooled = found.iter().find(|spooled| spooled.seq == seq);
        let spooled = spooled.unwrap_or_else(|| panic!("record {seq} is lost: {found:?}"));
        assert_eq!(spooled.record.body, body);
    }
}

fn put(disk: &MemoryDisk, first_seq: u64, bytes: Vec<u8>) {
    let name = format!("{first_seq:020}-{SALT:016x}.spool");
    disk.put(Path::new(DIR).join(name), bytes);
}

/// Opens the spool and reads it to its end, as the digest does after a start.
fn read_all(disk: MemoryDisk) -> Vec<Spooled> {
    let spool = FileSpool::open(FileSpoolOptions {
        dir: PathBuf::from(DIR),
        aside: PathBuf::from("/aside"),
        bytes_max: 1 << 30,
        segment_bytes: 1 << 20,
        filed_to: 0,
        disk: Arc::new(disk),
        random: Arc::new(|| [7; 16]),
        metrics: watchpost_ingest::Metrics::default(),
    });
    let spool = spool.expect("a spool opens whatever its segments hold");
    let mut found: Vec<Spooled> = Vec::new();
    loop {
        let batch = spool.read(READ.0, READ.1).expect("memory can be read");
        let Some(end) = batch.end else { break };
        for spooled in batch.records {
            let last = found.last().map_or(0, |last| last.seq);
            assert!(spooled.seq > last && spooled.seq <= end, "{spooled:?}");
            found.push(spooled);
        }
        spool.commit(end).expect("memory can be written");
    }
    spool.close();
    found
}

/// Head and payload, as the spool describes them.
fn write(seq: u64, payload: &[u8], log: &mut Vec<u8>) {
    let length = u32::try_from(payload.len()).expect("a short payload");
    let fields = [
        length.to_le_bytes().as_slice(),
        &seq.to_le_bytes(),
        &crc32fast::hash(payload).to_le_bytes(),
    ]
    .concat();
    let salted = [SALT.to_le_bytes().as_slice(), &fields].concat();
    log.extend_from_slice(&fields);
    log.extend_from_slice(&crc32fast::hash(&salted).to_le_bytes());
    log.extend_from_slice(payload);
}

fn receipt() -> Vec<u8> {
    // First layout, an event; project, key, id, received; no texts, no remarks.
    let mut bytes = vec![1, 1];
    bytes.extend_from_slice(&[0; 8 + 8 + 16 + 8]);
    bytes.extend_from_slice(&[0xff; 6]);
    bytes.extend_from_slice(&[0; 4]);
    bytes
}
