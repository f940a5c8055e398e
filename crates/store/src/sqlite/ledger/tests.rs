//! The conformance suite, and what only a ledger in a file can do.

use rusqlite::Connection;
use watchpost_model::{
    Change, Event, Owner, OwnerMatch, OwnerSource, ProjectId, Status, Timestamp, Trend,
};

use super::*;
use crate::sqlite::tests::plan;
use crate::suite::{Temp, all, apply, at, filings, grouped, project, temp_ledger};
use crate::{
    Actor, Cleanup, IssueLedger, LifeLedger as _, MemberLedger as _, NewUser, Owners,
    ReleaseChange, ReleaseLedger as _, Suggestion, UpkeepLedger, UserLedger,
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

/// A ledger as a version left it, with a project, and what `rows` say.
fn older(path: &Path, version: usize, rows: &str) {
    let old = Connection::open(path).unwrap();
    for migration in &SCHEMA.migrations[..version] {
        old.execute_batch(migration).unwrap();
    }
    old.pragma_update(None, "application_id", SCHEMA.application_id)
        .unwrap();
    old.pragma_update(None, "user_version", i64::try_from(version).unwrap())
        .unwrap();
    old.execute_batch(
        "INSERT INTO org VALUES (1, 'acme', 'Acme', 0);
         INSERT INTO project (id, org, slug, name, allowed_origins, created)
             VALUES (1, 1, 'web', 'Web', '[]', 0);",
    )
    .unwrap();
    old.execute_batch(rows).unwrap();
}

/// With an event that it counted.
fn version_2(path: &Path) {
    older(
        path,
        2,
        "INSERT INTO issue VALUES (1, 1, 1, 'boom', '', 'boom', '', 40, '', '', 0, 0, 0, 1, 0,
             NULL, 'boom');
         INSERT INTO event_seen VALUES (1, x'00000000000000000000000000000007', 1, 0);",
    );
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
    let issue = |id: i64, assignee: &str| {
        format!(
            "INSERT INTO issue (id, project, number, title, kind, value, culprit, level, logger,
                 platform, status, first_seen, last_seen, times_seen, score, haystack, assignee)
             VALUES ({id}, 1, {id}, 'boom', '', '', '', 40, '', '', 0, 0, 0, 1, 0, '', {assignee});"
        )
    };
    let activity = "INSERT INTO activity (issue, at, deed) VALUES (3, 0, 'assigned');";
    let issues = [issue(1, "NULL"), issue(2, "'user:1'"), issue(3, "NULL")].concat();
    older(&path, 8, &(issues + activity));
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
    let web = project(&*ledger, "web");
    let ada = NewUser {
        email: "ada@example.org",
        name: "Ada",
        password_hash: "none",
    };
    let ada = ledger.create_user(&ada, at(0)).unwrap().id;
    let put = ledger.put_member(web.org, ada, watchpost_model::Role::Member, at(0));
    put.unwrap();
    let few = SqliteLedger::open(&ledger.path().join("ledger.sqlite")).unwrap();
    let few = few.with_new_issues_per_hour(1);
    let batch = [grouped(web.id, 1, "one", 10), grouped(web.id, 2, "two", 20)];
    few.apply_owned(&filings(&batch), &[], &Everything).unwrap();
    let found = all(&few, web.id);
    let owned: Vec<bool> = found.iter().map(|issue| issue.assignee.is_some()).collect();
    assert_eq!(owned, [false, true], "the newest is that of too many");
}

#[test]
fn f16_releases_of_before_they_were_kept_are_as_old_as_is_known() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.sqlite");
    // Issue 1 had "old" until 30 and "new" until 90, issue 2 had nothing but "old", from 10 on.
    older(
        &path,
        7,
        "INSERT INTO issue (id, project, number, title, kind, value, culprit, level, logger,
             platform, status, first_seen, last_seen, times_seen, score, haystack) VALUES
             (1, 1, 1, 'boom', '', 'boom', '', 40, '', '', 0, 5000000, 90000000, 9, 0, 'boom'),
             (2, 1, 2, 'bang', '', 'bang', '', 40, '', '', 0, 10000000, 95000000, 3, 0, 'bang');
         INSERT INTO issue_tag VALUES (1, 'release', '', 2, 90000000),
             (1, 'release', 'old', 4, 30000000), (1, 'release', 'new', 5, 90000000),
             (2, 'release', '', 1, 95000000), (2, 'release', 'old', 3, 95000000);
         INSERT INTO project_tag VALUES (1, 'release', '', 2, 95000000),
             (1, 'release', 'old', 7, 95000000), (1, 'release', 'new', 5, 90000000);",
    );
    let ledger = SqliteLedger::open(&path).unwrap();
    let web = ProjectId(1);
    let releases = |id| {
        let found = crate::suite::issue(&ledger, web, watchpost_model::IssueId(id));
        (found.first_release, found.last_release)
    };
    let both = |one: &str, other: &str| (Some(one.to_owned()), Some(other.to_owned()));
    assert_eq!(releases(1), both("old", "new"));
    assert_eq!(releases(2), both("old", "old"));
    let seen = |version| {
        let release = ledger.release(web, version).unwrap();
        release.map(|release| (release.first_seen, release.last_seen))
    };
    assert_eq!(seen("old"), Some((at(10), at(95))));
    assert_eq!(seen("new"), Some((at(90), at(90))));
}

#[test]
fn what_pages_ask_of_issues_is_answered_by_an_index() {
    let ledger = temp_ledger();
    for (question, index) in [
        (release::list_question(), "issue_by_first_release"),
        (kin::PARTS.to_owned(), "issue_merged"),
    ] {
        let plan = plan(&connect(&ledger), &question);
        assert!(plan.contains(&format!("INDEX {index}")), "{plan}");
    }
}

#[test]
fn releases_of_which_people_spoke_stay_and_are_bounded() {
    let ledger = temp_ledger();
    let web = project(&*ledger, "web").id;
    // 5,000 that were dated or ignored long ago, and 5,000 that were seen since.
    connect(&ledger)
        .execute_batch(
            "WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number
                 WHERE n < 9999)
             INSERT INTO release (project, version, first_seen, last_seen, events, released,
                 ignored)
             SELECT 1, '1.' || n, n, n, 1, iif(n % 2 = 0 AND n < 5000, n, NULL),
                 n % 2 = 1 AND n < 5000 FROM number",
        )
        .unwrap();
    let now = at(90);
    let put = |version, change: &ReleaseChange| ledger.put_release(web, version, change, now);
    let said = ReleaseChange {
        released: Some(now),
        is_ignored: None,
    };
    put("1.6000", &said).unwrap();
    let is_there = |version| {
        let found = ledger.release(web, version);
        found.unwrap().is_some()
    };
    // What lost its date can be given one anew; a name alone takes the place of the oldest other.
    put("1.0", &said).unwrap();
    put("2.0", &ReleaseChange::default()).unwrap();
    assert_eq!(count(&ledger, "release"), 10_000);
    assert!(is_there("2.0") && is_there("1.0") && !is_there("1.2") && is_there("1.5000"));
    ledger.age(at(100)).unwrap();
    assert_eq!(count(&ledger, "release"), 9000);
    assert!(is_there("1.1") && is_there("1.4999") && is_there("1.9999"));
    assert!(!is_there("1.5999"));
}

/// What issues of before the order had happen to them is in their hours, those of parts as well.
#[test]
fn f16_an_older_ledger_learns_what_happens_these_days() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.sqlite");
    let issue = |id: i64, status: i64, into: &str| {
        format!(
            "INSERT INTO issue (id, project, number, title, kind, value, culprit, level, logger,
                 platform, status, first_seen, last_seen, times_seen, score, haystack, merged_into)
             VALUES ({id}, 1, {id}, 'boom', '', '', '', 40, '', '', {status}, 0, 0, 1, 0, '',
                 {into});"
        )
    };
    let hours = "INSERT INTO issue_hour VALUES (1, 100, 9), (2, 124, 4), (3, 124, 1), (4, 100, 16);
         INSERT INTO issue_own (issue, first_seen, last_seen, times_seen, user_count)
             VALUES (3, 0, 0, 1, 0);";
    let issues = [
        issue(1, 0, "NULL"),
        issue(2, 0, "NULL"),
        issue(3, 0, "NULL"),
        issue(4, 3, "3"),
    ];
    older(&path, 13, &(issues.concat() + hours));
    let ledger = SqliteLedger::open(&path).unwrap();
    let query = crate::IssueQuery {
        sort: crate::Sort::Trends,
        ..crate::IssueQuery::all(ProjectId(1))
    };
    let rows = ledger.find_issues(&query).unwrap().rows;
    // 1 and 16 / 4 are 5; 9 / 4 are less than 4.
    let trend = |hour: i64, events| Trend::of(Timestamp::from_secs(hour * 3600), events);
    let expect = [(3, trend(124, 5)), (2, trend(124, 4)), (1, trend(100, 9))];
    let found: Vec<_> = rows.iter().map(|issue| (issue.id.0, issue.trend)).collect();
    assert_eq!(found, expect);
    let own = "SELECT trend FROM issue_own";
    let own: i64 = Connection::open(&path)
        .unwrap()
        .query_row(own, [], |row| row.get(0))
        .unwrap();
    assert_eq!(Trend(own), trend(124, 1));
}
