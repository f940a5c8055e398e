//! Databases that come back with less than they had (F07, F08): what SQLite passes over in silence
//! is noted, counted and told, and nothing else is.

use std::fs;
use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use watchpost_model::{EventId, Outcome, ProjectId};
use watchpost_protocol::event::EventError;
use watchpost_store::disk::RealDisk;
use watchpost_store::{Archive, Quarantine, QuarantineQuery};

use super::house::{Plan, TestHouse, event};
use crate::digest::Recipe;
use crate::losses;

const LEDGER: &str = "ledger.db";
const ARCHIVE: &str = "archive/000001.sqlite";

async fn digest(house: &TestHouse, ids: std::ops::Range<u128>) {
    for id in ids {
        let answer = house.post_auth("/api/1/store/", event(id)).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    house.digested();
}

/// The notes in quarantine.
fn notes(house: &TestHouse) -> Vec<String> {
    let query = QuarantineQuery {
        limit: 10,
        ..QuarantineQuery::default()
    };
    let rows = house.quarantine.list(&query).unwrap().rows;
    assert_eq!(house.quarantine.usage().unwrap().losses, rows.len() as u64);
    rows.into_iter().map(|row| row.reason).collect()
}

/// A resting house with 60 accepted events in small files of the spool, four to a file or so.
async fn accepted() -> TestHouse {
    let mut plan = Plan::default();
    plan.config.spool_segment_bytes = 1000;
    let house = TestHouse::resting(plan);
    house.accept(1..61).await;
    house
}

/// The files of the spool, in order.
fn segments(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir.join("spool")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some()).collect();
    paths.sort();
    paths
}

/// The number of the first record of a segment.
fn first_of(path: &Path) -> u64 {
    let name = path.file_name().unwrap().to_str().unwrap();
    name.split_once('-').unwrap().0.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn f08_a_missing_file_of_the_spool_is_noted_and_counted_once() {
    let house = accepted().await;
    let files = segments(house.dir.path());
    let (first, next) = (first_of(&files[2]), first_of(&files[4]));
    let house = house.restart_after(Plan::default(), |_| {
        fs::remove_file(&files[2]).unwrap();
        fs::remove_file(&files[3]).unwrap();
    });
    house.digested();
    let (count, last) = (next - first, next - 1);
    let told = format!(
        "the spool has lost {count} accepted events, records {first} to {last}: a file of it was \
         deleted or cut short"
    );
    let check = |house: &TestHouse| {
        assert_eq!(notes(house), [told.as_str()]);
        assert_eq!(
            house.outcomes("error", Outcome::Invalid, "spool_lost"),
            count
        );
        assert_eq!(house.archived().len() as u64, 60 - count);
        assert_eq!(house.outcomes("error", Outcome::Accepted, ""), 60 - count);
    };
    check(&house);
    let house = house.crash_and_restart(Plan::default());
    house.accept(61..62).await;
    house.digested();
    assert_eq!(notes(&house), [told.as_str()]);
    assert_eq!(
        house.outcomes("error", Outcome::Invalid, "spool_lost"),
        count
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f08_a_missing_file_is_counted_once_whatever_crashes() {
    let house = accepted().await;
    let files = segments(house.dir.path());
    let count = first_of(&files[3]) - first_of(&files[2]);
    let mut house = house.restart_after(Plan::default(), |_| {
        fs::remove_file(&files[2]).unwrap();
    });
    // The position of each start is gone with it, so all is met again as far as it is there.
    for _ in 0..5 {
        house = house.restart_after(Plan::default(), |dir| {
            fs::write(dir.join("spool/position"), [0; 1024]).unwrap();
        });
    }
    house.digested();
    assert_eq!(notes(&house).len(), 1);
    assert_eq!(
        house.outcomes("error", Outcome::Invalid, "spool_lost"),
        count
    );
    assert_eq!(house.archived().len() as u64, 60 - count);
    assert_eq!(house.stores.times_seen(), 60 - count);
}

#[tokio::test(flavor = "multi_thread")]
async fn f08_a_file_that_is_put_back_is_digested_once_the_position_is_gone() {
    let house = accepted().await;
    let files = segments(house.dir.path());
    let away = house.dir.path().join("away");
    let house = house.restart_after(Plan::default(), |_| fs::rename(&files[2], &away).unwrap());
    house.digested();
    assert!(house.archived().len() < 60);
    let house = house.restart_after(Plan::default(), |dir| {
        fs::rename(dir.join("away"), &files[2]).unwrap();
        fs::remove_file(dir.join("spool/position")).unwrap();
    });
    house.digested();
    assert_eq!(
        (house.archived().len(), house.stores.times_seen()),
        (60, 60)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f07_the_damaged_end_of_the_spool_is_kept_and_counted_once() {
    let house = accepted().await;
    let files = segments(house.dir.path());
    let last = files.last().unwrap();
    let mut house = house.restart_after(Plan::default(), |_| {
        let mut bytes = fs::read(last).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(last, bytes).unwrap();
    });
    for _ in 0..3 {
        house.digested();
        let damaged = house.outcomes("error", Outcome::Quarantined, "spool_damaged");
        assert_eq!((damaged, house.archived().len()), (1, 59));
        assert_eq!(house.quarantine.usage().unwrap().damaged, 1);
        assert_eq!(notes_of_losses(&house), 0);
        house = house.restart_after(Plan::default(), |dir| {
            fs::write(dir.join("spool/position"), [0; 1024]).unwrap();
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f07_a_partition_that_is_damaged_while_it_takes_events_holds_nobody_up() {
    let house = TestHouse::new();
    house.accept(1..31).await;
    house.digested();
    let mut house = house.restart_after(Plan::default(), |dir| {
        // The first page is sound, so that it opens.
        let mut bytes = fs::read(dir.join(ARCHIVE)).unwrap();
        bytes[8192..].fill(0x5a);
        fs::write(dir.join(ARCHIVE), bytes).unwrap();
    });
    for round in 0..3 {
        house.accept(100 + round * 10..105 + round * 10).await;
        house.digested();
        house = house.crash_and_restart(Plan::default());
    }
    let ids: Vec<_> = house.archived().iter().map(|id| id.0).collect();
    let kept = (0..3).flat_map(|round| 100 + round * 10..105 + round * 10);
    assert_eq!(ids, kept.collect::<Vec<_>>());
    assert_eq!(house.outcomes("error", Outcome::Accepted, ""), 45);
    assert_eq!(house.stores.times_seen(), 45, "counted once, kept or not");
    assert_eq!(house.quarantine.usage().unwrap().events, 0);
    let damage = Archive::check(&*house.stores).unwrap();
    assert_eq!(damage.len(), 1, "{damage:?}");
    assert!(damage[0].contains("000001.damaged"), "{damage:?}");
}

fn notes_of_losses(house: &TestHouse) -> u64 {
    house.quarantine.usage().unwrap().losses
}

fn swap(dir: &Path, file: &str) {
    fs::rename(dir.join("earlier"), dir.join(file)).unwrap();
}

/// A house with 30 events, of which `file` has lost the last 20: as after a damage to its log.
async fn robbed(file: &str) -> TestHouse {
    let house = TestHouse::new();
    digest(&house, 0..10).await;
    let keep = |dir: &Path| {
        fs::copy(dir.join(file), dir.join("earlier")).unwrap();
    };
    let house = house.restart_after(Plan::default(), keep);
    digest(&house, 10..30).await;
    house.restart_after(Plan::default(), |dir| swap(dir, file))
}

#[tokio::test(flavor = "multi_thread")]
async fn f07_events_that_the_archive_lost_are_noted_once() {
    let house = robbed(ARCHIVE).await;
    let told = [
        "the archive has lost the last 20 events that it kept: its write-ahead log was \
                 damaged or deleted",
    ];
    assert_eq!(notes(&house), told);
    let house = house.crash_and_restart(Plan::default());
    digest(&house, 40..45).await;
    let house = house.crash_and_restart(Plan::default());
    assert_eq!(notes(&house), told);
    let entry = house.quarantine.list(&QuarantineQuery::default()).unwrap();
    assert!(house.quarantine.drop_entry(&entry.rows[0].id).unwrap());
    let house = house.crash_and_restart(Plan::default());
    assert_eq!(notes(&house), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn f07_what_the_ledger_lost_is_noted() {
    let house = robbed(LEDGER).await;
    let notes = notes(&house);
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(
        notes[0].contains("counted of the last 20 events"),
        "{notes:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn f07_who_only_looks_finds_it_and_changes_nothing() {
    let house = TestHouse::new();
    digest(&house, 0..3).await;
    let look = |house: &TestHouse, dir: &Path| {
        losses(&RealDisk, dir, &*house.stores, &*house.stores).unwrap()
    };
    let spool = house.dir.path().join("spool");
    assert_eq!(look(&house, &spool), []);
    let other = TestHouse::resting(Plan::default());
    let found = look(&other, &spool);
    assert_eq!((found.len(), found[0].had - found[0].has), (1, 3));
    assert_eq!(look(&other, &spool), found);
    assert_eq!(look(&house, &house.dir.path().join("nothing")), []);
    assert!(!house.dir.path().join("nothing").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn f07_what_was_never_filed_or_was_forgotten_is_no_loss() {
    let house = TestHouse::with(Plan {
        recipe: Recipe {
            parse: |receipt, json| match receipt.event.0 % 2 {
                0 => (Recipe::USUAL.parse)(receipt, json),
                _ => Err(EventError::NotAnObject),
            },
            ..Recipe::USUAL
        },
        ..Plan::default()
    });
    for id in 0..10 {
        digest(&house, id..id + 1).await;
    }
    for id in 0..10 {
        digest(&house, id..id + 1).await;
    }
    let newest = house
        .stores
        .event(ProjectId(1), EventId(8))
        .unwrap()
        .unwrap();
    house
        .stores
        .delete_issues(ProjectId(1), &[newest.issue])
        .unwrap();
    assert_eq!(house.archived(), []);
    let house = house.crash_and_restart(Plan::default());
    assert_eq!(house.quarantine.usage().unwrap().losses, 0);
    // A spool that begins anew makes the ledger begin anew.
    let house = house.restart_after(Plan::default(), |dir| {
        for entry in fs::read_dir(dir.join("spool")).unwrap() {
            let path = entry.unwrap().path();
            if !path.ends_with("witness") {
                fs::remove_file(path).unwrap();
            }
        }
    });
    let house = house.crash_and_restart(Plan::default());
    digest(&house, 20..21).await;
    let house = house.crash_and_restart(Plan::default());
    assert_eq!(house.quarantine.usage().unwrap().losses, 0);
}
