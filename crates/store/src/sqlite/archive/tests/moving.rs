//! Events that move to another issue, in files that are damaged or large.

use super::*;
use crate::suite::splitting::{event, file, finish, named, the_split};
use crate::suite::{at, hash, issue, project, temp_ledger};
use crate::{Actor, Leaving, Ledger, SplitStage, carry_out};

/// An issue of which the keys "b" begin to leave: into which one.
fn leave(ledger: &dyn Ledger, web: ProjectId, one: IssueId) -> IssueId {
    let leaving = Leaving {
        keys: &[hash("b")],
        parts: &[],
    };
    let left = ledger.unmerge(web, one, &leaving, Actor::System, at(90_000));
    left.unwrap().leaving[0]
}

fn stored(archive: &SqliteArchive, web: ProjectId, id: IssueId) -> usize {
    archive.arrivals(web, id, 0).unwrap().places.len()
}

/// Each third event leaves, some are damaged: what is counted in an issue is stored in it.
fn check_damaged(rows: &str) {
    let (ledger, archive) = (temp_ledger(), temp_archive());
    let web = project(&*ledger, "web").id;
    let made = (1..=300).map(|number| event(web, number, named(number), true));
    let one = file(&*ledger, &*archive, made.collect())[0];
    archive.finish_chores();
    let sql = Connection::open(archive.path().join("archive/000001.sqlite")).unwrap();
    let leaving = format!("SELECT count(*) FROM event WHERE title = 'b' AND NOT seq {rows}");
    let leaving: u32 = sql.query_row(&leaving, [], |row| row.get(0)).unwrap();
    let leaving = u64::from(leaving);
    let harm = format!("UPDATE event SET body = x'00' WHERE seq {rows}");
    assert!(sql.execute(&harm, []).unwrap() > 0);
    let new = leave(&*ledger, web, one);
    finish(&*ledger, &*archive);
    let counted = [one, new].map(|id| issue(&*ledger, web, id).times_seen);
    assert_eq!(counted, [300 - leaving, leaving], "{rows}");
    let kept = [one, new].map(|id| stored(&archive, web, id) as u64);
    assert_eq!(kept, counted, "{rows}");
}

#[test]
fn f07_a_damaged_body_stops_no_split() {
    check_damaged("= 150");
    check_damaged("BETWEEN 101 AND 200");
    check_damaged("> 250");
}

/// One issue, and many events that the archive alone has: the ledger counts what leaves.
#[test]
fn a_large_issue_is_read_once_per_stage() {
    const EVENTS: u32 = 20_000;
    let options = ArchiveOptions {
        event_count_max: 6_000,
        ..ArchiveOptions::default()
    };
    let ledger = temp_ledger();
    let archive = Temp::new(|dir| SqliteArchive::open_with(&dir.join("archive"), options));
    let web = project(&*ledger, "web").id;
    let made = [(1, "a"), (2, "b")].map(|(number, name)| event(web, number, name, true));
    let one = file(&*ledger, &*archive, made.into())[0];
    for first in (10..10 + EVENTS).step_by(1000) {
        let made = (first..first + 1000).map(|number| event(web, number, named(number), true));
        let kept: Vec<_> = made.map(|made| archived(one, made)).collect();
        archive.append(&kept).unwrap();
    }
    archive.finish_chores();
    let parts = archive.files.state().unwrap().parts.len();
    assert!(parts > 2, "{parts} files");
    let new = leave(&*ledger, web, one);
    let before = PLACES_READ.get();
    // Whoever stops it does not wait for the whole of a stage.
    let mut asked = 0;
    while the_split(&*ledger).stage != SplitStage::Move {
        let turns = Cell::new(0);
        let goes_on = || turns.replace(turns.get() + 1) < 50;
        let face = crate::suite::splitting::face;
        carry_out((&*ledger, &*archive), the_split(&*ledger), &face, &goes_on).unwrap();
        asked += turns.get();
    }
    assert!(asked >= 400, "asked {asked} times");
    finish(&*ledger, &*archive);
    let read = PLACES_READ.get() - before;
    // Three stages, what is given once more, and each stop reads what is ahead of one file.
    let most = (3 + 2) * EVENTS as usize + 10 * 6_000;
    assert!(read <= most, "{read} places were read");
    let kept = issue(&*ledger, web, new).times_seen;
    let expect = (10..10 + EVENTS).filter(|number| named(*number) == "b");
    assert_eq!(kept, expect.count() as u64 + 1);
    assert_eq!(archive.count().unwrap(), u64::from(EVENTS) + 2);
}
