//! The conformance suite, and what only a ledger in a file can do.

use rusqlite::Connection;
use watchpost_model::{Change, Event, Owner, OwnerMatch, OwnerSource, ProjectId, Status};

use super::*;
use crate::sqlite::tests::plan;
use crate::suite::{Temp, all, apply, at, filings, grouped, project, temp_ledger};
use crate::{
    Actor, Asker, Cleanup, IssueLedger, IssueQuery, NewUser, Owners, Sort, Suggestion,
    UpkeepLedger, UserLedger,
};

crate::ledger_suite!(suite, temp_ledger());
crate::search_suite!(searches, temp_ledger());
crate::rules_suite!(rules_of_projects, temp_ledger());
crate::owning_suite!(owning, temp_ledger());

fn connect(ledger: &Temp<SqliteLedger>) -> Connection {
    let connection = Connection::open(ledger.path().join("ledger.sqlite")).unwrap();
    crate::sqlite::functions::add(&connection).unwrap();
    connection
}

fn count(ledger: &Temp<SqliteLedger>, table: &str) -> i64 {
    let count = format!("SELECT count(*) FROM {table}");
    let count = connect(ledger).query_row(&count, [], |row| row.get(0));
    count.unwrap()
}

#[test]
fn every_list_walks_the_index_of_its_order() {
    let ledger = temp_ledger();
    let web = project(&*ledger, "web").id;
    let connection = connect(&ledger);
    for (sort, index) in [
        (Sort::LastSeen, "issue_by_last_seen"),
        (Sort::FirstSeen, "issue_by_first_seen"),
        (Sort::Frequency, "issue_by_times_seen"),
        (Sort::Priority, "issue_by_score"),
    ] {
        for text in [
            "",
            "level:error logger:a server:b site:c word",
            "is:unresolved browser.name:Firefox release:>=2.0 !user.email:*@example.com timeout",
            "(level:error OR has:user) age:-24h w*rd",
        ] {
            let query = IssueQuery::parse(web, text, sort, Asker::default()).unwrap();
            for after in [None, Some(&[1, 2, 3][..])] {
                let length = if sort == Sort::Priority { 3 } else { 2 };
                let after = after.map(|after| &after[..length]);
                let plan = find::plan(&connection, &query, Status::Unresolved, after);
                assert!(plan.contains(index), "{sort:?} {text}: {plan}");
                assert!(!plan.contains("TEMP B-TREE"), "{sort:?} {text}: {plan}");
            }
        }
    }
}

#[test]
fn cleanup_leaves_no_rows_behind() {
    let ledger = temp_ledger();
    let web = project(&*ledger, "web").id;
    let batch: Vec<_> = (0..300)
        .map(|event| grouped(web, event, &format!("issue {}", event % 150), 10))
        .collect();
    let applied = apply(&*ledger, &batch);
    let ids: Vec<_> = applied.iter().map(|applied| applied.issue).collect();
    let actor = Actor::System;
    ledger
        .set_status(web, &ids, Status::Resolved, actor, at(20))
        .unwrap();
    let tables = [
        "issue",
        "issue_hash",
        "issue_hour",
        "issue_tag",
        "activity",
        "event_unsettled",
        "project_tag",
    ];
    assert!(tables.iter().all(|table| count(&ledger, table) > 0));
    let what = Cleanup {
        project: web,
        before: at(11),
        logger: None,
    };
    assert_eq!(ledger.cleanup(&what).unwrap().issues.len(), 150);
    for table in tables {
        assert_eq!(count(&ledger, table), 0, "{table}");
    }
}

#[test]
fn f01_a_cleanup_that_was_cut_off_swallows_no_event() {
    let ledger = temp_ledger();
    let web = project(&*ledger, "web").id;
    apply(&*ledger, &[grouped(web, 1, "boom", 0)]);
    // The issue is forgotten, the ids of its events are still there.
    connect(&ledger)
        .execute_batch("DELETE FROM issue; DELETE FROM issue_hash;")
        .unwrap();
    let again = apply(&*ledger, &[grouped(web, 1, "boom", 0)]);
    assert_eq!(again[0].change, Change::New);
    assert_eq!(all(&*ledger, web)[0].id, again[0].issue);
    let third = apply(&*ledger, &[grouped(web, 1, "boom", 0)]);
    assert_eq!(third[0].change, Change::Duplicate);
}

#[test]
fn status_changes_are_noted_with_their_actor() {
    let ledger = temp_ledger();
    let web = project(&*ledger, "web").id;
    let issue = apply(&*ledger, &[grouped(web, 1, "boom", 0)])[0].issue;
    let actor = Actor::User(watchpost_model::UserId(7));
    ledger
        .set_status(web, &[issue], Status::Resolved, actor, at(5))
        .unwrap();
    apply(&*ledger, &[grouped(web, 2, "boom", 9)]);
    let connection = connect(&ledger);
    let mut notes = connection
        .prepare("SELECT at, user, deed FROM activity ORDER BY id")
        .unwrap();
    let notes = notes
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap();
    let notes: Vec<(i64, Option<i64>, String)> = notes.collect::<Result<_, _>>().unwrap();
    let expect = [
        (5_000_000, Some(7), "set_resolved".to_owned()),
        (9_000_000, None, "set_regression".to_owned()),
    ];
    assert_eq!(notes, expect);
}

#[test]
fn damage_is_named() {
    let ledger = temp_ledger();
    let web = project(&*ledger, "web").id;
    apply(&*ledger, &[grouped(web, 1, "boom", 0)]);
    assert_eq!(Ledger::check(&*ledger).unwrap(), Vec::<String>::new());
    let connection = connect(&ledger);
    connection
        .pragma_update(None, "foreign_keys", false)
        .unwrap();
    connection.execute("DELETE FROM project", []).unwrap();
    let found = Ledger::check(&*ledger).unwrap();
    assert_eq!(found, ["ledger: a row of issue misses its project"]);
}

#[test]
fn a_backup_opens_as_a_ledger() {
    let ledger = temp_ledger();
    let web = project(&*ledger, "web").id;
    apply(&*ledger, &[grouped(web, 1, "boom", 0)]);
    let dest = ledger.path().join("copy.sqlite");
    ledger.backup_to(&dest).unwrap();
    let copy = SqliteLedger::open(&dest).unwrap();
    assert_eq!(all(&copy, web), all(&*ledger, web));
}

/// A ledger as an older version left it.
fn version(path: &Path, version: u8) -> Connection {
    let old = Connection::open(path).unwrap();
    for migration in &SCHEMA.migrations[..usize::from(version)] {
        old.execute_batch(migration).unwrap();
    }
    old.pragma_update(None, "application_id", SCHEMA.application_id)
        .unwrap();
    old.pragma_update(None, "user_version", version).unwrap();
    old
}

/// A ledger as version 2 left it, with an event that it counted.
fn version_2(path: &Path) {
    let old = version(path, 2);
    old.execute_batch(
        "INSERT INTO org VALUES (1, 'acme', 'Acme', 0);
         INSERT INTO project (id, org, slug, name, allowed_origins, created)
             VALUES (1, 1, 'web', 'Web', '[]', 0);
         INSERT INTO issue VALUES (1, 1, 1, 'boom', '', 'boom', '', 40, '', '', 0, 0, 0, 1, 0,
             NULL, 'boom');
         INSERT INTO event_seen VALUES (1, x'00000000000000000000000000000007', 1, 0);",
    )
    .unwrap();
}

#[test]
fn f16_what_an_older_version_counted_is_not_counted_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.sqlite");
    version_2(&path);
    let ledger = SqliteLedger::open(&path).unwrap();
    let web = ProjectId(1);
    // A crash came before the archive had it; the spool shows it again after the upgrade.
    let again = apply(&ledger, &[grouped(web, 7, "boom", 10)]);
    assert_eq!(again[0].change, Change::Duplicate);
    assert_eq!(all(&ledger, web)[0].times_seen, 1);
    let waiting = UpkeepLedger::unsettled(&ledger, None, 10).unwrap();
    assert_eq!(waiting, [(web, watchpost_model::EventId(7))]);
    ledger.settle(&waiting).unwrap();
    assert_eq!(ledger.unsettled(None, 10).unwrap(), []);
    assert!(dir.path().join("ledger.sqlite.v2").exists());
}

#[test]
fn counting_walks_no_table() {
    let ledger = temp_ledger();
    let connection = connect(&ledger);
    for sql in tally::STATEMENTS {
        let plan = plan(&connection, sql);
        assert!(!plan.contains("SCAN"), "{sql}: {plan}");
    }
}

#[test]
fn a_probe_writes_and_changes_nothing() {
    let ledger = temp_ledger();
    let log = ledger.path().join("ledger.sqlite-wal");
    let written = || std::fs::metadata(&log).unwrap().len();
    let dump = || {
        let connection = connect(&ledger);
        let version: i64 = connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap();
        (version, count(&ledger, "outcome"))
    };
    let (before, had) = (dump(), written());
    ledger.probe().unwrap();
    assert!(written() > had, "nothing was written");
    assert_eq!(dump(), before);
    assert_eq!(before.1, 0);
}

/// Rules give nobody's issues away, also when somebody had them before there were rules.
#[test]
fn who_had_an_issue_before_an_upgrade_had_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.sqlite");
    let old = version(&path, 8);
    old.execute_batch(
        "INSERT INTO org VALUES (1, 'acme', 'Acme', 0);
         INSERT INTO project (id, org, slug, name, allowed_origins, created)
             VALUES (1, 1, 'web', 'Web', '[]', 0);",
    )
    .unwrap();
    for (id, assignee) in [(1, "NULL"), (2, "'user:1'"), (3, "NULL")] {
        old.execute_batch(&format!(
            "INSERT INTO issue (id, project, number, title, kind, value, culprit, level, logger,
                 platform, status, first_seen, last_seen, times_seen, score, haystack, assignee)
             VALUES ({id}, 1, {id}, 'boom', '', '', '', 40, '', '', 0, 0, 0, 1, 0, '', {assignee})"
        ))
        .unwrap();
    }
    old.execute_batch("INSERT INTO activity (issue, at, deed) VALUES (3, 0, 'assigned')")
        .unwrap();
    drop(old);
    drop(SqliteLedger::open(&path).unwrap());
    let new = Connection::open(&path).unwrap();
    let mut had = new
        .prepare("SELECT was_assigned FROM issue ORDER BY id")
        .unwrap();
    let had = had.query_map([], |row| row.get(0)).unwrap();
    assert_eq!(had.collect::<Result<Vec<i64>, _>>().unwrap(), [0, 1, 1]);
}

/// It holds events of every kind, so nobody owns it.
#[test]
fn the_issue_of_too_many_issues_is_nobodys() {
    struct Everything;
    impl Owners for Everything {
        fn version(&self, _: ProjectId) -> u64 {
            1
        }

        fn suggest(&self, _: ProjectId, _: &Event) -> Suggestion {
            let owner = Owner::Person("ada@example.org".to_owned());
            Suggestion {
                matches: vec![OwnerMatch {
                    source: OwnerSource::Codeowners,
                    line: 1,
                    pattern: "*".to_owned(),
                    owners: vec![owner],
                }],
                assigns: true,
            }
        }
    }
    let ledger = temp_ledger();
    let web = project(&*ledger, "web").id;
    let ada = NewUser {
        email: "ada@example.org",
        name: "Ada",
        password_hash: "none",
    };
    ledger.create_user(&ada, at(0)).unwrap();
    let few = SqliteLedger::open(&ledger.path().join("ledger.sqlite")).unwrap();
    let few = few.with_new_issues_per_hour(1);
    let batch = [grouped(web, 1, "one", 10), grouped(web, 2, "two", 20)];
    few.apply_owned(&filings(&batch), &[], &Everything).unwrap();
    let found = all(&few, web);
    let owned: Vec<bool> = found.iter().map(|issue| issue.assignee.is_some()).collect();
    assert_eq!(owned, [false, true], "the newest is that of too many");
}
