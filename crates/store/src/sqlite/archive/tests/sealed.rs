//! What is asked of partitions that are sealed.

use super::*;
use crate::{Asker, EventFilter, Search};

/// Seven events in two sealed partitions and an open one.
pub(super) fn sealed() -> Temp<SqliteArchive> {
    let archive = temp_archive_in_parts();
    for id in 0..7 {
        let mut event = grouped(WEB, id, "boom", i64::try_from(id).unwrap());
        event.event.release = Some("shop@2.1-rc2".to_owned());
        event.event.environment = Some("production".to_owned());
        archive.append(&[archived(BOOM, event)]).unwrap();
        archive.finish_chores();
    }
    archive
}

#[test]
fn every_kind_of_filter_is_understood_there() {
    let archive = sealed();
    for text in [
        "environment:prod*",
        "release:>=2.0",
        "release.stage:rc2",
        "release.version:<3",
        "boom",
    ] {
        let filter = EventFilter {
            search: Search::parse(text).unwrap(),
            asker: Asker::default(),
            ..EventFilter::default()
        };
        let page = archive.events(WEB, &filter, None, 100).unwrap();
        let ids: Vec<_> = page.rows.iter().map(|row| row.event.0).collect();
        assert_eq!(ids, [6, 5, 4, 3, 2, 1, 0], "{text}");
    }
}

/// What is counted without opening a table, and the rows that are looked at, walk an index.
#[test]
fn counts_and_windows_walk_an_index() {
    let archive = sealed();
    let name = std::fs::read_dir(archive.path().join("archive")).unwrap();
    let mut names = name.map(|entry| entry.unwrap().path());
    let file = names.find(|path| path.to_str().unwrap().contains("000001."));
    let connection = Connection::open(file.unwrap()).unwrap();
    let within = "received >= ? AND received < ?";
    let count = |of: &str| format!("SELECT count(*) FROM event WHERE {of} AND {within}");
    for (question, expect) in [
        (count("project = ?"), "COVERING INDEX event_by_received"),
        (
            count("project = ? AND issue = ?"),
            "COVERING INDEX event_by_issue",
        ),
        (
            format!("SELECT received, user FROM event WHERE project = ? AND {within}"),
            "INDEX event_by_received",
        ),
    ] {
        let plan = plan(&connection, &question);
        assert!(plan.contains(expect), "{question}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{question}: {plan}");
    }
}
