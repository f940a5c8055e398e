//! The conformance suite, and what only an archive in a file can do.

use rusqlite::Connection;
use watchpost_model::{EventId, IssueId, ProjectId};

use super::*;
use crate::StoreError;
use crate::suite::{Temp, archived, grouped, temp_archive};

crate::archive_suite!(suite, temp_archive());

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
    let connection = Connection::open(archive.path().join("archive.sqlite")).unwrap();
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
        matches!(error, StoreError::Corrupt { what: "event", .. }),
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
fn f07_every_flipped_bit_of_a_body_is_noticed() {
    let archived = archived(BOOM, grouped(WEB, 7, "boom", 10));
    let mut packer = body::Packer::new().unwrap();
    let packed = packer.pack(&archived.event, &archived.explanation).unwrap();
    let opened = body::open(body::ZSTD_JSON, &packed).unwrap();
    assert_eq!(opened.event, archived.event);
    for place in 0..packed.len() * 8 {
        let mut flipped = packed.clone();
        flipped[place / 8] ^= 1 << (place % 8);
        if let Ok(opened) = body::open(body::ZSTD_JSON, &flipped) {
            // A bit of the frame's header that means nothing may flip; the event may not.
            assert_eq!(opened.event, archived.event, "bit {place}");
        }
    }
}

#[test]
fn lists_and_neighbours_walk_an_index() {
    let archive = with_events(1);
    let plan = |sql: &str| -> String {
        let connection = Connection::open(archive.path().join("archive.sqlite")).unwrap();
        let mut statement = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        let count = statement.parameter_count();
        let lines = statement
            .query_map(rusqlite::params_from_iter(vec![1; count]), |row| row.get(3))
            .unwrap();
        lines
            .collect::<Result<Vec<String>, _>>()
            .unwrap()
            .join("; ")
    };
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
        let plan = plan(&format!("SELECT * FROM event WHERE {filter} {order}"));
        assert!(plan.contains(index), "{filter}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{filter}: {plan}");
    }
    let plan = plan("SELECT count(*) FROM event WHERE project = ? AND issue = ?");
    assert!(plan.contains("COVERING INDEX event_by_issue"), "{plan}");
}

#[test]
fn a_backup_opens_as_an_archive() {
    let archive = with_events(50);
    let dest = archive.path().join("copy.sqlite");
    archive.backup_to(&dest).unwrap();
    let copy = SqliteArchive::open(&dest).unwrap();
    assert_eq!(copy.count().unwrap(), 50);
    assert_eq!(
        copy.event(WEB, EventId(7)).unwrap(),
        archive.event(WEB, EventId(7)).unwrap()
    );
}
