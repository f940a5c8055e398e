//! Bodies get smaller with a dictionary of the instance's own events; what was written with an
//! older one, or without, stays readable.

use rusqlite::Connection;
use serde_json::json;

use super::*;

/// An event with much that is the same in all of them, in a style of its own.
fn wordy(style: &str, id: i64) -> ArchivedEvent {
    let mut archived = made(id);
    for frame in 0..20 {
        let line = format!("{style} line {frame} of {style} number {}", id * 37 % 1009);
        let key = format!("{style}_{frame}");
        archived.event.extra.insert(key, line.into());
    }
    archived
}

/// Keeps events of one style until a dictionary is trained and used.
fn fill_with(archive: &SqliteArchive, style: &str, first: i64, count: i64) {
    for start in (first..first + count).step_by(500) {
        let batch: Vec<_> = (start..start + 500).map(|id| wordy(style, id)).collect();
        archive.append(&batch).unwrap();
        archive.finish_chores();
    }
}

/// Bytes of the body of an event, and its codec.
fn body_of(archive: &Temp<SqliteArchive>, id: u128) -> (i64, i64) {
    let names = partitions(archive.path());
    let found = names.iter().find_map(|name| {
        let sql = Connection::open(archive.path().join("archive").join(name)).unwrap();
        let question = "SELECT length(body), codec FROM event WHERE event = ?1";
        let row = sql.query_row(question, [EventId(id).to_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        });
        row.ok()
    });
    found.unwrap()
}

fn check_readable(archive: &SqliteArchive, style: &str, ids: [i64; 3]) {
    for id in ids {
        let event = EventId(u128::from(id.unsigned_abs()));
        let found = archive.event(WEB, event).unwrap();
        assert_eq!(found, Some(wordy(style, id)), "{id}");
    }
}

#[test]
fn a_dictionary_is_trained_carried_over_and_replaced() {
    let options = ArchiveOptions {
        event_count_max: 4_000,
        ..ArchiveOptions::default()
    };
    let archive = Temp::new(|dir| SqliteArchive::open_with(&dir.join("archive"), options));
    fill_with(&archive, "alpha", 1, 3_000);
    let (plain, trained) = (body_of(&archive, 1), body_of(&archive, 2_999));
    assert_eq!((plain.1, trained.1), (1, 17));
    assert!(trained.0 * 2 < plain.0, "{trained:?} instead of {plain:?}");
    check_readable(&archive, "alpha", [1, 1_500, 2_999]);
    // Into the next partition, which starts with the same.
    fill_with(&archive, "alpha", 3_001, 2_000);
    assert_eq!(body_of(&archive, 4_900).1, 17);
    assert!(body_of(&archive, 4_900).0 < trained.0 * 3 / 2);
    assert_eq!(
        partitions(archive.path()),
        ["000001.r1.sqlite", "000002.sqlite"]
    );
    check_readable(&archive, "alpha", [1, 2_999, 4_900]);
    let dir = archive.close();
    let open = |dir: &Path| SqliteArchive::open_with(&dir.join("archive"), options).unwrap();
    let archive = open(dir.path());
    archive.append(&[wordy("alpha", 5_001)]).unwrap();
    check_readable(&archive, "alpha", [1, 2_999, 5_001]);
    // Written anew, the bodies keep their dictionaries.
    archive
        .delete_before(WEB, crate::suite::at(100), None)
        .unwrap();
    check_readable(&archive, "alpha", [100, 2_999, 5_001]);
    assert_eq!(damage_found(&archive), [""; 0]);
}

#[test]
fn a_dictionary_that_does_not_pay_is_not_used() {
    let samples: Vec<Vec<u8>> = (0..2_000_u64).map(|n| noise(n, 300)).collect();
    assert_eq!(train::train(&samples, &[]), None, "nothing in common");
    let alike: Vec<Vec<u8>> = (0..2_000)
        .map(|id| json_of(&wordy("alpha", id).event))
        .collect();
    let words = train::train(&alike, &[]).unwrap();
    assert_eq!(
        train::train(&alike, &words),
        None,
        "no better than the last"
    );
    let other: Vec<Vec<u8>> = (0..2_000)
        .map(|id| json_of(&wordy("omega", id).event))
        .collect();
    assert!(
        train::train(&other, &words).is_some(),
        "the instance changed"
    );
}

/// The JSON of an event with a deep stack: 60 of the 100 functions of a program, in the order of
/// calls, with their code, and a value of each. Code is made of few words, so what is common are
/// not words but whole functions.
fn deep(id: u64) -> Vec<u8> {
    let word = |function: u64, place: u64| {
        let word = filter::mix(filter::mix(function << 32 | place) % 300) % 4096;
        format!("w{word:03x} ")
    };
    let frame = |call: u64| {
        let function = (filter::mix(id) + call * (1 + id % 3)) % 100;
        let code: String = (0..150).map(|place| word(function, place)).collect();
        format!("\"{code}\",{}", filter::mix(id << 32 | call) % 100_000)
    };
    let frames: Vec<_> = (0..60).map(frame).collect();
    format!("[{}]", frames.join(",")).into_bytes()
}

#[test]
fn large_events_are_learned_whole() {
    let events: Vec<_> = (0..120).map(deep).collect();
    let words = train::train(&events, &[]).unwrap();
    let mut packer = body::Packer::with(body::ZSTD_JSON, &words).unwrap();
    let unseen = deep(1_001);
    let packed = packer.pack(&unseen).unwrap().len();
    // With the pieces that zstd's trainer picks it is a ninth.
    assert!(packed * 50 < unseen.len(), "{packed} of {}", unseen.len());
}

#[test]
fn a_dictionary_has_nothing_that_only_one_event_says() {
    let secret = |id: u64| format!("{:016x}", filter::mix(id));
    let event = |id: u64| {
        let own = secret(id);
        let event = json!({"text": "what all of them say", "own": own, "number": filter::mix(id)});
        event.to_string().repeat(3).into_bytes()
    };
    let events: Vec<_> = (0..300).map(event).collect();
    let words = train::train(&events, &[]).unwrap();
    let words = String::from_utf8_lossy(&words);
    assert!(words.contains("what all of them say"));
    for id in 0..300 {
        assert!(!words.contains(&secret(id)), "{id}");
        assert!(!words.contains(&filter::mix(id).to_string()), "{id}");
    }
}

/// Bytes that repeat nothing.
fn noise(seed: u64, count: u64) -> Vec<u8> {
    let numbers = (0..count).map(|place| filter::mix(seed << 32 | place).to_le_bytes());
    numbers.flatten().collect()
}

#[test]
fn f07_a_lost_dictionary_is_named() {
    let archive = with_events(10);
    let sql = Connection::open(archive.path().join("archive/000001.sqlite")).unwrap();
    sql.execute("UPDATE event SET codec = 17 WHERE seq = 3", [])
        .unwrap();
    let error = archive.event(WEB, EventId(2)).unwrap_err();
    assert!(error.to_string().contains("codec 17"), "{error}");
    assert_eq!(damage_found(&archive).len(), 1);
    assert!(archive.event(WEB, EventId(3)).unwrap().is_some());
}
