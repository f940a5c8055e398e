//! Tests of how the engine walks for a list: along which index, and how far.

use std::cell::Cell;

use rusqlite::Connection;
use watchpost_model::{ProjectId, Status};

use super::{SqliteLedger, find, tabs};
use crate::suite::{Temp, apply, grouped, project, temp_ledger};
use crate::{Asker, IssueQuery, Ledger, Sort};

fn connect(ledger: &Temp<SqliteLedger>) -> Connection {
    let connection = Connection::open(ledger.path().join("ledger.sqlite")).unwrap();
    crate::sqlite::functions::add(&connection).unwrap();
    connection
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
        (Sort::Users, "issue_by_user_count"),
        (Sort::Trends, "issue_by_trend"),
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
fn tags_of_merged_issues_are_looked_up_and_not_walked() {
    let ledger = temp_ledger();
    let web = project(&*ledger, "web").id;
    let connection = connect(&ledger);
    for text in ["browser.name:Firefox", "!has:user", "release:>=2.0"] {
        let query = IssueQuery::parse(web, text, Sort::LastSeen, Asker::default()).unwrap();
        let plan = find::plan(&connection, &query, Status::Unresolved, None);
        let parts = "SEARCH part USING COVERING INDEX issue_merged (merged_into=?)";
        assert!(plan.contains(parts), "{text}: {plan}");
        let tags = "SEARCH tag USING PRIMARY KEY (issue=? AND key=?";
        assert_eq!(plan.matches(tags).count(), 2, "{text}: {plan}");
        assert!(!plan.contains("SCAN"), "{text}: {plan}");
    }
}

thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

/// How many steps of the engine a question takes.
fn steps(sql: &Connection, question: impl FnOnce(&Connection)) -> u64 {
    STEPS.set(0);
    question(sql);
    STEPS.get()
}

/// Twenty projects with 5 or with 500 issues each, the last seen of all projects in turn.
#[test]
fn a_page_of_many_projects_reads_its_own_rows() {
    let ledger = temp_ledger();
    let projects: Vec<ProjectId> = (0..20)
        .map(|number| project(&*ledger, &format!("project-{number}")).id)
        .collect();
    apply(&*ledger, &[grouped(projects[0], 1, "boom", 1)]);
    let mut connection = connect(&ledger);
    let count = || {
        STEPS.set(STEPS.get() + 1);
        false
    };
    connection.progress_handler(1, Some(count)).unwrap();
    let fill = |from: u64, to: u64| {
        let columns = "title, kind, value, culprit, level, logger, platform, status, score,
            haystack, substatus, since, condition, resolved_at, reviewed, priority";
        let made = format!(
            "WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {to})
             INSERT INTO issue (project, number, first_seen, last_seen, times_seen, user_count,
                 trend, {columns})
             SELECT home, n.i, n.i * 100 + home, n.i * 100 + home,
                 n.i * 100 + home, n.i, n.i, {columns}
             FROM n, (SELECT id AS home FROM project), issue WHERE issue.id = 1"
        );
        connection.execute_batch(&made).unwrap();
    };
    let list = |sort, text: &str| IssueQuery {
        projects: projects.clone(),
        ..IssueQuery::parse(projects[0], text, sort, Asker::default()).unwrap()
    };
    let page = |sort, text: &str| {
        let query = list(sort, text);
        steps(&connection, |sql| {
            let found = find::find(sql, &query).unwrap();
            assert_eq!(found.rows.len(), 25);
        })
    };
    fill(2, 6);
    let questions: Vec<_> = Sort::ALL
        .into_iter()
        .flat_map(|sort| [(sort, ""), (sort, "is:unresolved boom level:error")])
        .collect();
    let few: Vec<u64> = questions
        .iter()
        .map(|(sort, text)| page(*sort, text))
        .collect();
    fill(7, 500);
    for ((sort, text), few) in questions.iter().zip(few) {
        let many = page(*sort, text);
        assert!(many <= few + few / 10, "{sort:?} {text}: {few}, {many}");
    }
    // Ten thousand, of which half are looked at.
    let counted = steps(&connection, |sql| {
        let counts = tabs::count(sql, &list(Sort::LastSeen, "boom")).unwrap();
        assert_eq!(
            (counts.unresolved.count, counts.unresolved.is_more),
            (5000, true)
        );
    });
    fill(501, 1000);
    let more = steps(&connection, |sql| {
        tabs::count(sql, &list(Sort::LastSeen, "boom")).unwrap();
    });
    assert!(more <= counted + counted / 10, "{counted}, {more}");
    assert!(ledger.check().unwrap().is_empty());
}
