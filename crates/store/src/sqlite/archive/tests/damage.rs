//! Damaged and missing files: named, and the rest is served (F07, F08).

use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::*;
use crate::suite::at;

pub(super) fn flip(path: &Path, place: usize, count: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[place..place + count]
        .iter_mut()
        .for_each(|byte| *byte ^= 0x5a);
    fs::write(path, bytes).unwrap();
}

fn retain_from(archive: &SqliteArchive, secs: i64) -> Freed {
    let keep = Keep {
        project: WEB,
        since: at(secs),
        bytes_max: None,
    };
    archive.retain(&[keep]).unwrap()
}

/// Partition 2 is damaged by `hurt`; with it the events 4 to 6 are gone, and no others.
fn check_damaged(hurt: impl Fn(&Path)) {
    let dir = in_parts(10).close();
    hurt(&dir.path().join("archive/000002.r1.sqlite"));
    let archive = reopen(dir.path());
    assert_eq!(all(&archive), [10, 9, 8, 7, 3, 2, 1]);
    let found = damage_found(&archive);
    assert!(found[0].contains("000002"), "{found:?}");
    let around = archive.neighbours(WEB, &[BOOM], EventId(7)).unwrap();
    assert_eq!((around.previous, around.position), (Some(EventId(3)), 4));
    fill(&archive, 1, 3);
    fill(&archive, 7, 14);
    archive.finish_chores();
    assert_eq!(all(&archive), [14, 13, 12, 11, 10, 9, 8, 7, 3, 2, 1]);
    // Retention goes on around it.
    assert_eq!(retain_from(&archive, 10).events, 6);
    assert_eq!(all(&archive), numbers(10..=14));
}

#[test]
fn f07_a_damaged_partition_does_not_take_the_others_down() {
    check_damaged(|path| flip(path, 0, 1));
    check_damaged(|path| flip(path, 100, 64));
    check_damaged(|path| fs::write(path, b"").unwrap());
    check_damaged(|path| fs::write(path, vec![7; 50_000]).unwrap());
    check_damaged(|path| {
        let bytes = fs::read(path).unwrap();
        fs::write(path, &bytes[..40_000]).unwrap();
    });
    check_damaged(make_unreadable);
}

/// Every read of it fails, and not for what is in it.
fn make_unreadable(path: &Path) {
    fs::remove_file(path).unwrap();
    fs::create_dir(path).unwrap();
}

#[test]
fn f07_a_file_that_cannot_be_read_while_it_is_open_is_survived() {
    let archive = in_parts(10);
    let path = archive.path().join("archive/000002.r1.sqlite");
    make_unreadable(&path);
    archive.files.shelf.keep(|_| false);
    let ids = [(WEB, EventId(5)), (WEB, EventId(1))];
    assert_eq!(archive.known(&ids).unwrap(), [None, Some(BOOM)]);
    assert_eq!(all(&archive), [10, 9, 8, 7, 3, 2, 1]);
    let damage = archive.damage().unwrap();
    assert!(damage.contains("000002.r1.sqlite"), "{damage}");
    let other = reopen(archive.path());
    assert_eq!(all(&other), [10, 9, 8, 7, 3, 2, 1]);
    assert_eq!(retain_from(&other, 10).events, 6);
}

/// Makes the events of an open partition unreadable for whoever opens it from now on.
fn damage_events(path: &Path) {
    let sql = Connection::open(path).unwrap();
    sql.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    let ask = |question: &str| sql.query_row(question, [], |row| row.get::<_, u16>(0));
    let page_bytes = ask("PRAGMA page_size").unwrap();
    let page = ask("SELECT rootpage FROM sqlite_schema WHERE name = 'event'").unwrap();
    drop(sql);
    flip(path, usize::from(page - 1) * usize::from(page_bytes), 8);
}

#[test]
fn f07_a_partition_that_ended_and_cannot_be_read_is_set_aside() {
    let archive = temp_archive_in_parts();
    fill(&archive, 1, 3);
    let active = archive.files.state().unwrap().active().unwrap().name;
    archive.files.advance(Some(active), &[]).unwrap();
    damage_events(&archive.path().join("archive/000001.sqlite"));
    for id in 4..=10 {
        fill(&archive, id, id);
        archive.finish_chores();
    }
    let aside = "000001.damaged-3.sqlite";
    let sealed = ["000002.r1.sqlite", "000003.r1.sqlite"];
    let expect = [&[aside], &sealed[..], &["000004.sqlite"]].concat();
    assert_eq!(partitions(archive.path()), expect);
    let damage = archive.damage().unwrap();
    assert!(damage.contains(aside), "{damage}");
    // It stays, whatever else goes.
    assert_eq!(retain_from(&archive, 7).events, 3);
    assert_eq!(partitions(archive.path()), [aside, expect[2], expect[3]]);
    assert_eq!(all(&archive), numbers(7..=10));
    fs::remove_file(archive.path().join("archive").join(aside)).unwrap();
    assert_eq!(damage_found(&archive), [""; 0]);
    assert_eq!(archive.damage(), None);
}

#[test]
fn a_partition_that_is_being_replaced_is_not_missed() {
    let archive = in_parts(10);
    let files = &archive.files;
    let name = files.state().unwrap().parts[1].name;
    let next = name.next_revision();
    let (sender, said) = mpsc::channel();
    thread::scope(|scope| {
        let replaced = files.change(|_| {
            fs::copy(files.folder.path_of(name), files.folder.unfinished(next)).unwrap();
            files.folder.publish(next)?;
            files.folder.remove(name)?;
            scope.spawn(move || sender.send(files.lost().unwrap()).unwrap());
            // Time to be wrong: it is right to wait.
            assert_eq!(said.recv_timeout(Duration::from_millis(50)).ok(), None);
            Ok(())
        });
        replaced.unwrap();
        assert_eq!(said.recv().unwrap(), Vec::<String>::new());
    });
}

#[test]
fn f07_damage_while_it_is_open_is_survived() {
    let archive = in_parts(10);
    let path = archive.path().join("archive/000002.r1.sqlite");
    let size = fs::read(&path).unwrap().len();
    flip(&path, 0, size);
    archive.files.shelf.keep(|_| false);
    assert_eq!(all(&archive), [10, 9, 8, 7, 3, 2, 1]);
    archive.append(&[made(5), made(11)]).unwrap();
    let ids = [(WEB, EventId(5)), (WEB, EventId(1))];
    let known = archive.known(&ids).unwrap();
    assert_eq!(known, [Some(BOOM), Some(BOOM)], "kept once more");
    let error = archive.event(WEB, EventId(4)).unwrap_err();
    assert!(part::is_damage(&error), "{error}");
    let found = damage_found(&archive);
    assert!(found[0].contains("000002.r1.sqlite"), "{found:?}");
}

#[test]
fn f03_wrong_bytes_that_the_disk_gave_once_count_nothing_twice() {
    let archive = in_parts(10);
    let ids = [(WEB, EventId(5)), (WEB, EventId(10))];
    for (name, id) in [("000002.r1.sqlite", 5), ("000004.sqlite", 10)] {
        let path = archive.path().join("archive").join(name);
        if name == "000004.sqlite" {
            let sql = Connection::open(&path).unwrap();
            let settle = "PRAGMA wal_checkpoint(TRUNCATE)";
            sql.query_row(settle, [], |_| Ok(())).unwrap();
        }
        let right = fs::read(&path).unwrap();
        let state = archive.files.state().unwrap();
        let part = state.parts.iter().find(|part| part.path == path).unwrap();
        let look = || {
            part.read(&archive.files.shelf, "look", |sql| {
                let sum = "SELECT sum(length(body)) FROM event";
                Ok(sql.query_row(sum, [], |row| row.get::<_, i64>(0))?)
            })
        };
        flip(&path, 4096, right.len() - 4096);
        assert!(part::is_damage(&look().unwrap_err()), "event {id}");
        fs::write(&path, right).unwrap();
        assert!(look().is_ok(), "it is remembered: event {id}");
    }
    assert_eq!(archive.known(&ids).unwrap(), [Some(BOOM), Some(BOOM)]);
}

#[test]
fn f07_the_partition_that_takes_events_is_damaged() {
    let dir = in_parts(10).close();
    let path = dir.path().join("archive/000004.sqlite");
    fs::write(&path, vec![7; 50_000]).unwrap();
    let archive = reopen(dir.path());
    assert_eq!(all(&archive), numbers(1..=9));
    fill(&archive, 10, 12);
    assert_eq!(all(&archive), numbers(1..=12));
    let found = damage_found(&archive);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("000004.sqlite cannot be read"),
        "{found:?}"
    );
    assert_eq!(
        fs::read(&path).unwrap(),
        vec![7; 50_000],
        "it stays as it is"
    );
}

#[test]
fn f08_a_missing_partition_is_missed_until_all_older_ones_are_forgotten() {
    let dir = in_parts(10).close();
    fs::remove_file(dir.path().join("archive/000002.r1.sqlite")).unwrap();
    let archive = reopen(dir.path());
    assert_eq!(damage_found(&archive), ["partition 000002 is missing"]);
    assert_eq!(archive.damage().unwrap(), "partition 000002 is missing");
    assert_eq!(all(&archive), [10, 9, 8, 7, 3, 2, 1]);
    assert!(archive.event(WEB, EventId(7)).unwrap().is_some());
    let told = "the archive is not complete: partition 000002 is missing";
    let error = archive.event(WEB, EventId(5)).unwrap_err();
    assert_eq!(error.to_string(), told);
    let error = archive.find(&[WEB], EventId(5)).unwrap_err();
    assert_eq!(error.to_string(), told);
    fill(&archive, 11, 14);
    archive.finish_chores();
    assert_eq!(damage_found(&archive), ["partition 000002 is missing"]);
    retain_from(&archive, 8);
    assert_eq!(damage_found(&archive), [""; 0]);
    assert_eq!(archive.event(WEB, EventId(5)).unwrap(), None);
}

#[test]
fn f08_the_partition_that_takes_events_is_missing() {
    let dir = in_parts(10).close();
    fs::remove_file(dir.path().join("archive/000004.sqlite")).unwrap();
    let archive = reopen(dir.path());
    assert_eq!(damage_found(&archive), ["partition 000004 is missing"]);
    fill(&archive, 11, 14);
    archive.finish_chores();
    assert_eq!(all(&archive), [14, 13, 12, 11, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(damage_found(&archive), ["partition 000004 is missing"]);
    drop(archive);
    assert_eq!(
        damage_found(&reopen(dir.path())),
        ["partition 000004 is missing"]
    );
}

#[test]
fn f08_a_file_that_is_deleted_while_it_takes_events_is_noticed() {
    let archive = in_parts(10);
    fs::remove_file(archive.path().join("archive/000004.sqlite")).unwrap();
    let error = archive.append(&[made(11)]).unwrap_err();
    assert!(
        error.to_string().contains("000004.sqlite was deleted"),
        "{error}"
    );
    let found = damage_found(&archive);
    assert_eq!(found, ["archive/000004.sqlite is missing"]);
}

#[test]
fn f08_a_sealed_file_that_is_deleted_while_it_is_open_is_noticed() {
    let archive = in_parts(10);
    fs::remove_file(archive.path().join("archive/000002.r1.sqlite")).unwrap();
    archive.files.shelf.keep(|_| false);
    assert_eq!(all(&archive), [10, 9, 8, 7, 3, 2, 1]);
    let found = damage_found(&archive);
    assert_eq!(found, ["archive/000002.r1.sqlite is missing"]);
    fill(&archive, 1, 12);
    assert!(archive.event(WEB, EventId(12)).unwrap().is_some());
}
