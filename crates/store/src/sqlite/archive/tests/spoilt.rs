//! The partition that takes events is damaged while it does (F06, F07): events go into the next
//! one, what can be read stays, the file is kept.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;

use tempfile::TempDir;

use super::damage::flip;
use super::*;

const EVENTS: i64 = 600;
const ACTIVE: &str = "archive/000001.sqlite";

/// A closed archive of one partition with many events, all in its file.
fn filled() -> TempDir {
    let archive = temp_archive();
    let batch: Vec<_> = (1..=EVENTS).map(made).collect();
    archive.append(&batch).unwrap();
    archive.finish_chores();
    archive.close()
}

fn open(dir: &TempDir) -> SqliteArchive {
    SqliteArchive::open(&dir.path().join("archive")).unwrap()
}

/// Where the root of a table or an index begins in the file, and the size of a page.
fn root_of(path: &Path, name: &str) -> (usize, usize) {
    let sql = Connection::open(path).unwrap();
    let ask = |question: &str| sql.query_row(question, [], |row| row.get::<_, u32>(0));
    let page_bytes = ask("PRAGMA page_size").unwrap() as usize;
    let question = format!("SELECT rootpage FROM sqlite_schema WHERE name = '{name}'");
    (
        (ask(&question).unwrap() as usize - 1) * page_bytes,
        page_bytes,
    )
}

/// Where a page in the middle of the rows begins.
fn leaf_of_events(path: &Path) -> usize {
    let (root, page_bytes) = root_of(path, "event");
    let bytes = fs::read(path).unwrap();
    let number = |place: usize, count: usize| {
        let bytes = bytes[place..place + count].iter();
        bytes.fold(0, |number, byte| number << 8 | usize::from(*byte))
    };
    assert_eq!(bytes[root], 5, "the root has pages below it");
    let middle = number(root + 3, 2) / 2;
    let cell = root + number(root + 12 + 2 * middle, 2);
    (number(cell, 4) - 1) * page_bytes
}

/// The events that the archive knows.
fn known(archive: &SqliteArchive) -> Vec<u128> {
    let ids = (1..=EVENTS + 2).map(|id| (WEB, made(id).event.event_id));
    let known = archive.known(&ids.collect::<Vec<_>>()).unwrap();
    let known = known.iter().zip(1..).filter(|(known, _)| known.is_some());
    known.map(|(_, id)| id).collect()
}

/// What a damaged archive must do: takes the batch, keeps `unread` events fewer than it had, and
/// names the file.
fn check_healed(archive: &SqliteArchive, dir: &Path, unread: &str) -> Vec<u128> {
    let before = archive.kept_to().ok().flatten();
    let batch = [made(EVENTS + 1), made(EVENTS + 2)];
    archive.append(&batch).unwrap();
    // As after a crash between the archive and the spool.
    archive.append(&batch).unwrap();
    assert!(archive.kept_to().unwrap() > before);
    archive.finish_chores();
    let aside = format!("000001.damaged{unread}.sqlite");
    let found = damage_found(archive);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains(&aside), "{found:?}");
    assert!(archive.damage().unwrap().contains(&aside));
    let names = partitions(dir);
    assert!(
        names.contains(&aside) && names.contains(&"000002.sqlite".to_owned()),
        "{names:?}"
    );
    assert!(!names.contains(&"000001.sqlite".to_owned()), "{names:?}");
    let known = known(archive);
    assert!(known.ends_with(&[601, 602]), "{known:?}");
    assert_eq!(archive.count().unwrap(), known.len() as u64, "none twice");
    for id in known.iter().rev().take(20) {
        assert!(archive.event(WEB, EventId(*id)).unwrap().is_some(), "{id}");
    }
    known
}

/// The file is damaged while nobody has it open, and opened again.
fn check(harm: impl Fn(&Path), lost: impl Fn(usize) -> bool) {
    let dir = filled();
    let path = dir.path().join(ACTIVE);
    harm(&path);
    let harmed = fs::read(&path).unwrap();
    let archive = open(&dir);
    // A second delivery meets it, too.
    known(&archive);
    let usage = archive.count().unwrap();
    assert_eq!(usage, 600, "what was there is counted apart");
    let gone = {
        archive.append(&[made(EVENTS + 1)]).unwrap();
        archive.finish_chores();
        600 + 1 - usize::try_from(archive.count().unwrap()).unwrap()
    };
    assert!(lost(gone), "{gone} are lost");
    check_healed(&archive, dir.path(), &format!("-{gone}"));
    drop(archive);
    let aside = dir
        .path()
        .join(format!("archive/000001.damaged-{gone}.sqlite"));
    let kept = fs::read(&aside).unwrap();
    assert_eq!(kept.len(), harmed.len());
    let archive = open(&dir);
    assert_eq!(damage_found(&archive).len(), 1);
    fs::remove_file(&aside).unwrap();
    assert_eq!(damage_found(&archive), [""; 0]);
    assert_eq!(archive.damage(), None);
}

#[test]
fn f07_a_damaged_index_of_the_partition_that_takes_events_costs_no_event() {
    for index in ["event_by_id", "event_by_issue", "event_by_received"] {
        check(
            |path| flip(path, root_of(path, index).0, 8),
            |lost| lost == 0,
        );
    }
}

#[test]
fn f07_a_damaged_page_of_events_costs_the_events_on_it() {
    check(
        |path| flip(path, leaf_of_events(path), 8),
        |lost| (1..60).contains(&lost),
    );
}

#[test]
fn f07_without_the_root_of_the_events_all_of_them_are_lost_and_the_next_ones_are_kept() {
    check(
        |path| flip(path, root_of(path, "event").0, 8),
        |lost| lost == 600,
    );
}

#[test]
fn f07_a_file_that_is_overwritten_while_it_takes_events() {
    let dir = filled();
    let archive = open(&dir);
    let file = fs::OpenOptions::new()
        .write(true)
        .open(dir.path().join(ACTIVE))
        .unwrap();
    let bytes = file.metadata().unwrap().len();
    file.write_all_at(&vec![7; usize::try_from(bytes).unwrap()], 0)
        .unwrap();
    let known = check_healed(&archive, dir.path(), "");
    assert_eq!(known, [601, 602]);
    drop(archive);
    let archive = open(&dir);
    assert_eq!(all(&archive), [602, 601]);
    archive.append(&[made(EVENTS + 3)]).unwrap();
    assert_eq!(all(&archive), [603, 602, 601]);
}

#[test]
fn f07_a_sound_file_takes_events_whatever_was_said_of_it() {
    let dir = filled();
    let archive = open(&dir);
    let state = archive.files.state().unwrap();
    let corrupt = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    let error = rusqlite::Error::SqliteFailure(corrupt, None);
    let (operation, source) = ("look for events", Box::new(error));
    state
        .active()
        .unwrap()
        .hurt(&StoreError::Engine { operation, source });
    archive.append(&[made(EVENTS + 1)]).unwrap();
    archive.finish_chores();
    assert_eq!(partitions(dir.path()), ["000001.sqlite"]);
    assert_eq!(archive.count().unwrap(), 601);
}

#[test]
fn f01_a_crash_before_a_damaged_partition_was_set_aside_leaves_it_for_the_next_start() {
    let dir = filled();
    let path = dir.path().join(ACTIVE);
    flip(&path, leaf_of_events(&path), 8);
    let archive = open(&dir);
    let active = archive.files.state().unwrap().active().unwrap().name;
    archive.files.advance(Some(active), &[]).unwrap();
    // What was kept beside it before the crash is replaced.
    archive.files.folder.set_aside(active, None).unwrap();
    drop(archive);
    let archive = open(&dir);
    assert_eq!(partitions(dir.path()).len(), 3);
    fs::remove_file(dir.path().join("archive/000001.damaged.sqlite")).unwrap();
    archive.append(&[made(EVENTS + 1)]).unwrap();
    archive.finish_chores();
    let names = partitions(dir.path());
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(names[0].starts_with("000001.damaged-"), "{names:?}");
    assert_eq!(names[1..], ["000001.r1.sqlite", "000002.sqlite"]);
    let count = archive.count().unwrap();
    assert!((541..601).contains(&count), "{count}");
}
