//! What a crash leaves at each step of ending, sealing, rewriting and deleting a partition is put
//! there by hand; the next start makes one whole archive of it (F01, F15).

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rusqlite::Connection;

use super::*;
use crate::suite::at;

/// Opens the folder again: everything is there once, and it goes on.
fn check(dir: &Path, expect: &[&str]) {
    let archive = reopen(dir);
    assert_eq!(all(&archive), numbers(1..=10));
    assert_eq!(partitions(dir), expect);
    assert_eq!(damage_found(&archive), [""; 0]);
    fill(&archive, 1, 12);
    assert_eq!(all(&archive), numbers(1..=12));
    archive.finish_chores();
    drop(archive);
    let archive = reopen(dir);
    assert_eq!(all(&archive), numbers(1..=12));
    assert_eq!(damage_found(&archive), [""; 0]);
    let left = fs::read_dir(dir.join("archive")).unwrap();
    let left = left.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let strange = left.filter(|name| name.contains(".new") || name.contains("journal"));
    assert_eq!(strange.collect::<Vec<_>>(), [""; 0]);
}

const WHOLE: [&str; 4] = [
    "000001.r1.sqlite",
    "000002.r1.sqlite",
    "000003.r1.sqlite",
    "000004.sqlite",
];

#[test]
fn a_new_partition_was_not_finished() {
    let dir = in_parts(10).close();
    let folder = dir.path().join("archive");
    fs::write(folder.join("000005.sqlite.new"), b"half").unwrap();
    fs::write(folder.join("000002.r2.sqlite.new"), b"half").unwrap();
    fs::write(folder.join("000002.r2.sqlite.new-journal"), b"half").unwrap();
    check(dir.path(), &WHOLE);
}

#[test]
fn the_old_file_was_not_removed_after_sealing() {
    let dir = in_parts(10).close();
    let folder = dir.path().join("archive");
    // What it looked like while it took events: with a log that must not reach the new file.
    let open = folder.join("000002.sqlite");
    fs::copy(folder.join("000004.sqlite"), &open).unwrap();
    fs::write(folder.join("000002.sqlite-wal"), vec![0x55; 40_000]).unwrap();
    fs::write(folder.join("000002.sqlite-shm"), vec![0x55; 32_768]).unwrap();
    // And after it was written anew.
    fs::rename(
        folder.join("000003.r1.sqlite"),
        folder.join("000003.r7.sqlite"),
    )
    .unwrap();
    fs::copy(
        folder.join("000002.r1.sqlite"),
        folder.join("000003.r6.sqlite"),
    )
    .unwrap();
    let mut expect = WHOLE;
    expect[2] = "000003.r7.sqlite";
    check(dir.path(), &expect);
}

#[test]
fn a_partition_was_ended_and_the_next_one_not_begun() {
    let dir = in_parts(10).close();
    let active = dir.path().join("archive/000004.sqlite");
    let sql = Connection::open(active).unwrap();
    sql.execute("UPDATE partition SET closed = 1", []).unwrap();
    drop(sql);
    check(dir.path(), &WHOLE);
}

#[test]
fn a_partition_was_ended_and_not_sealed() {
    let archive = in_parts(10);
    let active = archive.files.state().unwrap().active().unwrap().name;
    archive.files.advance(Some(active), &[]).unwrap();
    let dir = archive.close();
    let expect = [&WHOLE[..], &["000005.sqlite"]].concat();
    check(dir.path(), &expect);
    assert!(partitions(dir.path()).contains(&"000004.r1.sqlite".to_owned()));
}

#[test]
fn a_partition_was_forgotten_and_its_file_not_removed() {
    let dir = in_parts(10).close();
    let sql = Connection::open(dir.path().join("archive/000004.sqlite")).unwrap();
    let unexpect = "DELETE FROM expected WHERE number = 1";
    assert_eq!(sql.execute(unexpect, []).unwrap(), 1);
    drop(sql);
    check(dir.path(), &WHOLE);
    let archive = reopen(dir.path());
    let keep = Keep {
        project: WEB,
        since: at(4),
        bytes_max: None,
    };
    assert_eq!(archive.retain(&[keep]).unwrap().events, 3);
    assert_eq!(all(&archive), numbers(4..=12));
    assert_eq!(damage_found(&archive), [""; 0]);
}

#[test]
fn a_failed_rewriting_changes_nothing() {
    let archive = in_parts(10);
    // Nothing can be written over a folder.
    let folder = archive.path().join("archive");
    fs::create_dir_all(folder.join("000001.r2.sqlite.new/x")).unwrap();
    let error = archive.delete_before(WEB, at(3), None).unwrap_err();
    assert!(error.to_string().starts_with("failed to"), "{error}");
    assert_eq!(all(&archive), numbers(1..=10));
    fs::remove_dir_all(folder.join("000001.r2.sqlite.new")).unwrap();
    let freed = archive.delete_before(WEB, at(3), None).unwrap();
    assert_eq!(freed.events, 2);
    assert_eq!(all(&archive), numbers(3..=10));
    assert_eq!(partitions(archive.path())[0], "000001.r2.sqlite");
}

/// The file of partition 1 was replaced, and nobody was told: the process died.
fn die_while_replacing(archive: &SqliteArchive, by: &SqliteArchive) {
    archive.files.shelf.keep(|_| false);
    let folder = archive.files.folder.path();
    let died = catch_unwind(AssertUnwindSafe(|| {
        by.files.change(|state| -> Result<(), StoreError> {
            let name = state.parts[0].name;
            let from = folder.join(name.to_string());
            fs::rename(from, folder.join(name.next_revision().to_string())).unwrap();
            panic!("killed");
        })
    }));
    assert!(died.is_err());
    archive.files.shelf.keep(|_| false);
}

#[test]
fn f01_who_replaces_a_partition_and_dies_hides_no_event() {
    let archive = in_parts(10);
    let known = || archive.known(&[(WEB, EventId(1))]).unwrap();
    assert_eq!(known(), [Some(BOOM)]);
    // Another program, which `watchpost cleanup` is, and a thread of this one.
    die_while_replacing(&archive, &reopen(archive.path()));
    assert_eq!(known(), [Some(BOOM)]);
    die_while_replacing(&archive, &archive);
    assert_eq!(known(), [Some(BOOM)]);
    fill(&archive, 1, 12);
    assert_eq!(all(&archive), numbers(1..=12));
}
