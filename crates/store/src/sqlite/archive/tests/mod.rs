//! The conformance suite, and what only an archive in a file can do.

mod bodies;
mod crashes;
mod damage;
mod dictionary;
mod moving;
mod older;
mod sealed;
mod spoilt;

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;
use watchpost_model::{Event, EventId, Explanation, IssueId, ProjectId};

use super::body::Packed;
use super::part::tolerate;
use super::*;
use crate::StoreError;
use crate::sqlite::tests::plan;
use crate::suite::{Temp, archived, grouped, temp_archive, temp_archive_in_parts};

crate::archive_suite!(suite, temp_archive());
crate::archive_suite!(suite_in_parts, temp_archive_in_parts());
crate::event_search_suite!(searches, temp_archive());
crate::event_search_suite!(searches_in_parts, temp_archive_in_parts());

thread_local! {
    pub(super) static PLACES_READ: Cell<usize> = const { Cell::new(0) };
}

const WEB: ProjectId = ProjectId(1);
const BOOM: IssueId = IssueId(1);

fn with_events(count: u128) -> Temp<SqliteArchive> {
    let archive = temp_archive();
    let batch: Vec<_> = (0..count)
        .map(|id| archived(BOOM, grouped(WEB, id, "boom", 10)))
        .collect();
    archive.append(&batch).unwrap();
    archive
}

/// Does what a bad disk does.
fn damage(archive: &Temp<SqliteArchive>, sql: &str) {
    let connection = Connection::open(archive.path().join("archive/000001.sqlite")).unwrap();
    assert!(connection.execute(sql, []).unwrap() > 0);
}

/// The event of number 7 is damaged by `sql`: it is named, it is an error, the others are served.
fn check_damage(sql: &str, reason: &str) {
    let archive = with_events(500);
    damage(&archive, sql);
    let found = Archive::check(&*archive).unwrap();
    assert_eq!(found.len(), 1, "{sql}: {found:?}");
    assert!(
        found[0].contains("event 00000000000000000000000000000007"),
        "{found:?}"
    );
    assert!(found[0].contains(reason), "{found:?}");
    let error = archive.event(WEB, EventId(7)).unwrap_err();
    assert!(
        matches!(&error, StoreError::Incomplete { reason: found } if found.contains(reason)),
        "{error:?}"
    );
    assert!(archive.event(WEB, EventId(8)).unwrap().is_some());
    let page = archive
        .events(WEB, &EventFilter::default(), None, 100)
        .unwrap();
    assert_eq!(page.rows.len(), 100, "lists do not open bodies");
}

#[test]
fn f07_a_damaged_body_is_named_and_the_rest_is_served() {
    // The eighth row; the checksum is at the end of the frame.
    check_damage(
        "UPDATE event SET body = x'00' WHERE seq = 8",
        "failed to read back event",
    );
    check_damage(
        "UPDATE event SET body = x'' WHERE seq = 8",
        "failed to read back event",
    );
    check_damage(
        "UPDATE event SET codec = 99 WHERE seq = 8",
        "unknown codec 99",
    );
    check_damage(
        "UPDATE event SET body = substr(body, 1, length(body) - 1) WHERE seq = 8",
        "incomplete",
    );
}

#[test]
fn f07_a_damaged_body_ends_no_search() {
    let archive = with_events(20);
    damage(&archive, "UPDATE event SET body = x'00' WHERE seq = 8");
    for text in ["boom", "!sdk.name:none boom"] {
        let filter = EventFilter {
            search: crate::Search::parse(text).unwrap(),
            ..EventFilter::default()
        };
        let page = archive.events(WEB, &filter, None, 100).unwrap();
        let found: Vec<_> = page.rows.iter().map(|row| row.event.0).collect();
        let expect = (0..20).rev().filter(|id| *id != 7);
        assert_eq!(found, expect.collect::<Vec<_>>(), "{text}");
        assert_eq!(page.next, None);
    }
    let mut opened = Vec::new();
    let count = archive.open_newest(WEB, &[BOOM], 100, &mut |event| {
        opened.push(event.event.event_id.0);
        false
    });
    let expect = (0..20).rev().filter(|id| *id != 7);
    assert_eq!(opened, expect.collect::<Vec<_>>());
    assert_eq!(count.unwrap(), 20, "it cost as much as the others");
}

#[test]
fn f07_a_damaged_body_ends_no_list_of_issues() {
    let archive = with_events(3);
    let other = archived(IssueId(2), grouped(WEB, 9, "bang", 10));
    archive.append(std::slice::from_ref(&other)).unwrap();
    damage(&archive, "UPDATE event SET body = x'00' WHERE seq = 3");
    let families = [vec![BOOM], vec![IssueId(2)]];
    let found = archive.latest_each(WEB, &families).unwrap();
    assert_eq!(found, [None, Some(other)]);
}

/// What is compressed of an event.
fn json_of(event: &Event) -> Vec<u8> {
    let mut json = Vec::new();
    body::json(event, &Explanation::default(), &mut json).unwrap();
    json
}

#[test]
fn f07_every_flipped_bit_of_a_body_is_noticed() {
    let archived = archived(BOOM, grouped(WEB, 7, "boom", 10));
    let mut packer = body::Packer::with(body::ZSTD_JSON, &[]).unwrap();
    let json = json_of(&archived.event);
    let bytes = packer.pack(&json).unwrap();
    let open = |body: &[u8]| {
        let (codec, dictionary, body) = (body::ZSTD_JSON, None, body.to_vec());
        let packed = Packed {
            codec,
            dictionary,
            body,
            event: archived.event.event_id,
            timestamp: archived.event.timestamp,
            received: archived.event.received,
        };
        packed.open()
    };
    assert_eq!(open(&bytes).unwrap().event, archived.event);
    for place in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[place / 8] ^= 1 << (place % 8);
        if let Ok(opened) = open(&flipped) {
            // A bit of the frame's header that means nothing may flip; the event may not.
            assert_eq!(opened.event, archived.event, "bit {place}");
        }
    }
}

#[test]
fn lists_and_neighbours_walk_an_index() {
    let archive = with_events(1);
    let connection = Connection::open(archive.path().join("archive/000001.sqlite")).unwrap();
    let order = "ORDER BY received DESC, seq DESC LIMIT ?";
    for (filter, index) in [
        ("project = ?", "event_by_received"),
        (
            "project = ? AND (received, seq) < (?, ?)",
            "event_by_received",
        ),
        ("project = ? AND issue = ?", "event_by_issue"),
        (
            "project = ? AND issue = ? AND (received, seq) < (?, ?)",
            "event_by_issue",
        ),
        (
            "project = ? AND issue = ? AND level >= ? AND logger = ?",
            "event_by_issue",
        ),
    ] {
        let plan = plan(
            &connection,
            &format!("SELECT * FROM event WHERE {filter} {order}"),
        );
        assert!(plan.contains(index), "{filter}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{filter}: {plan}");
    }
    let count = "SELECT count(*) FROM event WHERE project = ? AND issue = ?";
    let plan = plan(&connection, count);
    assert!(plan.contains("COVERING INDEX event_by_issue"), "{plan}");
}

#[test]
fn a_backup_opens_as_an_archive() {
    let archive = with_events(50);
    let dest = archive.path().join("copy");
    archive.backup_to(&dest).unwrap();
    let copy = SqliteArchive::open(&dest).unwrap();
    assert_eq!(copy.count().unwrap(), 50);
    assert_eq!(
        copy.event(WEB, EventId(7)).unwrap(),
        archive.event(WEB, EventId(7)).unwrap()
    );
}

/// An archive whose partitions end after three events, with events 1 to `count`, one per second
/// and batch; what has ended is sealed.
fn in_parts(count: i64) -> Temp<SqliteArchive> {
    let archive = temp_archive_in_parts();
    fill(&archive, 1, count);
    archive.finish_chores();
    archive
}

fn fill(archive: &SqliteArchive, first: i64, last: i64) {
    for id in first..=last {
        archive.append(&[made(id)]).unwrap();
    }
}

fn made(id: i64) -> ArchivedEvent {
    let event = u128::from(id.unsigned_abs());
    archived(BOOM, grouped(WEB, event, &format!("event {id}"), id))
}

/// All events, the newest first.
fn all(archive: &SqliteArchive) -> Vec<u128> {
    let page = archive.events(WEB, &EventFilter::default(), None, 100);
    page.unwrap().rows.iter().map(|row| row.event.0).collect()
}

fn numbers(range: std::ops::RangeInclusive<u128>) -> Vec<u128> {
    range.rev().collect()
}

/// The partitions in a folder, by name.
fn partitions(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir.join("archive")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.ends_with(".sqlite")).collect();
    names.sort();
    names
}

fn reopen(dir: &Path) -> SqliteArchive {
    let options = ArchiveOptions {
        event_count_max: 3,
        ..ArchiveOptions::default()
    };
    SqliteArchive::open_with(&dir.join("archive"), options).unwrap()
}

fn damage_found(archive: &SqliteArchive) -> Vec<String> {
    Archive::check(archive).unwrap()
}

#[test]
fn partitions_end_and_are_sealed() {
    let archive = in_parts(10);
    let sealed = ["000001.r1.sqlite", "000002.r1.sqlite", "000003.r1.sqlite"];
    let expect = [&sealed[..], &["000004.sqlite"]].concat();
    assert_eq!(partitions(archive.path()), expect);
    assert_eq!(all(&archive), numbers(1..=10));
    let dir = archive.close();
    let archive = reopen(dir.path());
    assert_eq!(partitions(dir.path()), expect);
    assert_eq!(all(&archive), numbers(1..=10));
    assert_eq!(damage_found(&archive), [""; 0]);
}

#[test]
fn a_partition_ends_by_age_when_it_has_enough() {
    let options = ArchiveOptions {
        event_count_min: 3,
        age_secs_max: 100,
        few_age_secs_max: 1_000,
        ..ArchiveOptions::default()
    };
    let archive = Temp::new(|dir| SqliteArchive::open_with(&dir.join("archive"), options));
    for (at, expect) in [(1, 1), (150, 1), (160, 1), (170, 2), (1_160, 2), (1_180, 3)] {
        archive.append(&[made(at)]).unwrap();
        archive.finish_chores();
        assert_eq!(partitions(archive.path()).len(), expect, "at {at}");
    }
}

#[test]
fn two_programs_see_what_the_other_does() {
    let one = in_parts(4);
    let two = reopen(one.path());
    assert_eq!(all(&two), numbers(1..=4));
    // They take turns; each ends partitions that the other has open.
    for id in 5..=20 {
        let (writer, reader): (&SqliteArchive, &SqliteArchive) = if id % 2 == 0 {
            (&one, &two)
        } else {
            (&two, &one)
        };
        writer.append(&[made(id)]).unwrap();
        assert_eq!(all(reader), numbers(1..=u128::from(id.unsigned_abs())));
    }
    one.finish_chores();
    two.finish_chores();
    let keep = Keep {
        project: WEB,
        since: crate::suite::at(13),
        bytes_max: None,
    };
    let freed = two.retain(&[keep]).unwrap();
    // Each knows how full a partition is from its own events only, so one may hold a few more.
    assert!(freed.events > 6, "{freed:?}");
    let left = all(&one);
    assert!(left.starts_with(&numbers(13..=20)), "{left:?}");
    assert_eq!(
        left.len() as u64 + freed.events,
        20,
        "old handles are dropped"
    );
    one.delete_issues(WEB, &[BOOM]).unwrap();
    assert_eq!(all(&two), [0; 0]);
}

#[test]
fn a_backup_of_partitions_is_complete_while_events_arrive() {
    let archive = in_parts(10);
    let dest = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| fill(&archive, 11, 40));
        archive.backup_to(&dest.path().join("archive")).unwrap();
    });
    let copy = reopen(dest.path());
    let found = all(&copy);
    assert!(found.ends_with(&numbers(1..=10)), "{found:?}");
    assert_eq!(damage_found(&copy), [""; 0]);
    fill(&copy, 41, 45);
    assert_eq!(copy.event(WEB, EventId(7)).unwrap(), Some(made(7)));
    assert_eq!(copy.event(WEB, EventId(45)).unwrap(), Some(made(45)));
}

#[test]
fn a_question_is_asked_again_when_files_went_meanwhile() {
    let archive = temp_archive_in_parts();
    fill(&archive, 1, 9);
    archive.finish_chores();
    let mut asked = 0;
    let answer = archive.files.ask(|state| {
        asked += 1;
        if asked == 1 {
            // Another program forgets, and the file that is about to be asked is gone.
            let other = reopen(archive.path());
            other.delete_before(WEB, crate::suite::at(2), None)?;
        }
        archive.files.shelf.keep(|_| false);
        let first = state.parts.first().unwrap();
        tolerate(first, first.uses(&archive.files.shelf)).map(|_| first.name.revision)
    });
    assert_eq!((answer.unwrap(), asked), (2, 2));
    assert_eq!(all(&archive), numbers(2..=9));
}

#[test]
fn nothing_is_missing_while_partitions_are_sealed() {
    let archive = in_parts(1);
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let look = || {
            while !is_done.load(Ordering::Relaxed) {
                assert_eq!(archive.files.lost().unwrap(), [""; 0]);
            }
        };
        let looks = [scope.spawn(look), scope.spawn(look)];
        fill(&archive, 2, 300);
        is_done.store(true, Ordering::Relaxed);
        for look in looks {
            look.join().unwrap();
        }
    });
}
