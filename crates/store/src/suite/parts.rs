//! Issues that were merged, asked as one: searches, and what brings them back.

use watchpost_model::{Grouped, IssueId, ProjectId, Tag, UserContext};

use super::{apply, at, fill, grouped, project};
use crate::{Actor, Asker, IssueQuery, Ledger, Sort};

/// The titles that a search text finds.
fn search(ledger: &dyn Ledger, project: ProjectId, text: &str) -> Vec<String> {
    let query = IssueQuery::parse(project, text, Sort::LastSeen, Asker::at(at(1000)));
    let page = ledger.find_issues(&query.expect("a good search text"));
    let rows = page.expect("a healthy ledger").rows;
    rows.into_iter().map(|issue| issue.title).collect()
}

fn merge(ledger: &dyn Ledger, web: ProjectId, issues: &[IssueId]) -> i64 {
    let merged = ledger.merge(web, issues, Actor::System, at(500));
    merged.expect("a healthy ledger").expect("a merge").undo
}

/// The issues of events, in their order.
fn issues(ledger: &dyn Ledger, batch: &[Grouped]) -> Vec<IssueId> {
    let applied = apply(ledger, batch);
    applied.iter().map(|applied| applied.issue).collect()
}

/// What an issue is found by, it is found by when it is part of another, too.
pub fn a_search_finds_what_was_merged(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let mut batch = [
        grouped(web, 1, "chrome", 10),
        grouped(web, 2, "chrome", 11),
        grouped(web, 3, "firefox", 12),
        grouped(web, 4, "alone", 9),
    ];
    fill(&mut batch[2].event);
    batch[2].event.tags = vec![Tag {
        key: "browser.name".to_owned(),
        value: "Firefox".to_owned(),
    }];
    batch[2].event.user = Some(UserContext {
        email: Some("ada@example.org".to_owned()),
        id: Some("7".to_owned()),
        ..UserContext::default()
    });
    let ids = issues(ledger, &batch);
    let undo = merge(ledger, web, &[ids[0], ids[2]]);
    let of_part = [
        "browser.name:Firefox",
        "has:browser.name",
        "release:2.4.1",
        "release:latest",
        "release:>=2.0",
        "environment:production",
        "url:*cart",
        "user.email:ada@example.org",
        "user.id:7",
        "server:web-1",
        "site:shop.example",
        "browser.name:[Firefox, Opera]",
    ];
    for text in of_part {
        assert_eq!(search(ledger, web, text), ["chrome"], "{text}");
        let not = format!("!{text}");
        assert_eq!(search(ledger, web, &not), ["alone"], "{not}");
    }
    ledger
        .undo(web, undo, Actor::System, at(501))
        .expect("undone");
    for text in of_part {
        assert_eq!(search(ledger, web, text), ["firefox"], "{text}");
        let not = format!("!{text}");
        assert_eq!(search(ledger, web, &not), ["chrome", "alone"], "{not}");
    }
}
