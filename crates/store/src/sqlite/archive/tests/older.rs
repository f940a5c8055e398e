//! The one file of the first version becomes the first partition (F16).

use std::fs;
use std::path::Path;

use rusqlite::{Connection, params};

use super::*;
use crate::suite::at;

/// Writes `archive.sqlite` as the first version did, with events 1 to 5; the log is not in it yet.
fn write_old(dir: &Path) {
    let sql = Connection::open(dir.join("at-work.sqlite")).unwrap();
    sql.pragma_update(None, "page_size", 32768).unwrap();
    sql.pragma_update(None, "journal_mode", "WAL").unwrap();
    sql.execute_batch(include_str!("../migrations/0001_first.sql"))
        .unwrap();
    sql.pragma_update(None, "application_id", 0x5750_4152)
        .unwrap();
    sql.pragma_update(None, "user_version", 1).unwrap();
    for id in 1..=5 {
        let archived = made(id);
        let stored = serde_json::json!({
            "event": archived.event,
            "explanation": archived.explanation.notes,
        });
        let body = zstd::encode_all(stored.to_string().as_bytes(), 1).unwrap();
        sql.execute(
            "INSERT INTO event (project, issue, event, timestamp, received, level, title, logger,
                 server_name, site, url, user, release, environment, codec, body)
             VALUES (?1, ?2, ?3, ?4, ?5, 40, ?6, '', '', '', '', '', '', '', 1, ?7)",
            params![
                WEB.0,
                BOOM.0,
                archived.event.event_id.to_bytes(),
                at(id).as_micros(),
                at(id).as_micros(),
                archived.title,
                body,
            ],
        )
        .unwrap();
    }
    // As a crash leaves it: a part of the events is in the log only.
    fs::copy(dir.join("at-work.sqlite"), dir.join("archive.sqlite")).unwrap();
    let log = dir.join("at-work.sqlite-wal");
    assert!(fs::metadata(&log).unwrap().len() > 0);
    fs::copy(log, dir.join("archive.sqlite-wal")).unwrap();
    drop(sql);
    fs::remove_file(dir.join("at-work.sqlite")).unwrap();
}

fn check(dir: &Path) {
    let archive = reopen(dir);
    assert_eq!(partitions(dir), ["000001.sqlite"]);
    assert!(!dir.join("archive.sqlite").exists());
    assert_eq!(all(&archive), numbers(1..=5));
    assert_eq!(archive.event(WEB, EventId(3)).unwrap(), Some(made(3)));
    let usage = archive.usage().unwrap();
    assert_eq!((usage[0].events, usage[0].oldest), (5, at(1)));
    assert_eq!(damage_found(&archive), [""; 0]);
    // It is full, so it is sealed now.
    fill(&archive, 1, 7);
    archive.finish_chores();
    assert_eq!(partitions(dir), ["000001.r1.sqlite", "000002.sqlite"]);
    assert_eq!(all(&archive), numbers(1..=7));
    assert_eq!(archive.event(WEB, EventId(3)).unwrap(), Some(made(3)));
    assert_eq!(damage_found(&archive), [""; 0]);
    let left = fs::read_dir(dir).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["archive"]);
}

#[test]
fn f16_the_archive_of_the_first_version_becomes_a_partition() {
    let dir = tempfile::tempdir().unwrap();
    write_old(dir.path());
    fs::write(dir.path().join("archive.sqlite.lock"), b"").unwrap();
    check(dir.path());
}

#[test]
fn f16_a_crash_after_it_was_moved() {
    let dir = tempfile::tempdir().unwrap();
    write_old(dir.path());
    let folder = dir.path().join("archive");
    fs::create_dir(&folder).unwrap();
    // What SQLite does when the last connection is closed.
    drop(
        Connection::open(dir.path().join("archive.sqlite")).and_then(|sql| {
            sql.query_row("SELECT count(*) FROM event", [], |row| row.get::<_, i64>(0))
        }),
    );
    fs::rename(
        dir.path().join("archive.sqlite"),
        folder.join("000001.sqlite"),
    )
    .unwrap();
    check(dir.path());
}

#[test]
fn f16_what_is_not_an_archive_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let old = dir.path().join("archive.sqlite");
    let sql = Connection::open(&old).unwrap();
    sql.execute_batch("CREATE TABLE theirs (value)").unwrap();
    drop(sql);
    let error = SqliteArchive::open(&dir.path().join("archive"))
        .map(drop)
        .unwrap_err();
    assert!(error.to_string().contains("not the archive"), "{error}");
    assert!(old.exists());
    let sql = Connection::open(&old).unwrap();
    sql.execute_batch(
        "DROP TABLE theirs; PRAGMA user_version = 99; PRAGMA application_id = 1464877394",
    )
    .unwrap();
    drop(sql);
    let error = SqliteArchive::open(&dir.path().join("archive"))
        .map(drop)
        .unwrap_err();
    assert!(
        matches!(error, StoreError::TooNew { found: 99, .. }),
        "{error}"
    );
}

#[test]
fn f16_a_file_beside_partitions_is_not_mixed_in() {
    let dir = in_parts(5).close();
    write_old(dir.path());
    let error = SqliteArchive::open(&dir.path().join("archive"))
        .map(drop)
        .unwrap_err();
    assert!(error.to_string().contains("both"), "{error}");
}
