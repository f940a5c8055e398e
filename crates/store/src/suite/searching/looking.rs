//! What searches for issues must find by what only their events know, whatever engines are below.

use serde_json::json;
use watchpost_model::{Event, Exception, Frame, IssueId, Level, ProjectId, Stacktrace};

use super::super::{apply_one, archived, at, grouped, project};
use super::events::fill_all;
use super::tag;
use crate::limits::ISSUE_LOOK_EVENT_COUNT_MAX;
use crate::search::{Bounds, Cut, Rest, look};
use crate::{Actor, Archive, Asker, IssueQuery, Ledger, Search, Sort};

/// Runs every case of this file against empty stores:
/// `look_suite!(looking, temp_ledger(), temp_archive());`.
#[macro_export]
macro_rules! look_suite {
    ($name:ident, $ledger:expr, $archive:expr) => {
        mod $name {
            use super::*;
            $crate::look_cases!($ledger, $archive;
                issues_by_every_key_of_their_events,
                events_are_asked_one_by_one,
                merged_issues_are_found_by_all_their_events,
                only_the_newest_events_are_looked_at,
                forgotten_events_fit_nothing,
                an_event_leads_to_its_issue,
                looking_goes_on_where_it_ended,
                several_projects_are_one_list,
            );
        }
    };
}

/// A line per case of [`look_suite`].
#[macro_export]
#[doc(hidden)]
macro_rules! look_cases {
    ($ledger:expr, $archive:expr; $($case:ident,)+) => {
        $(
            #[test]
            fn $case() {
                let (ledger, archive) = ($ledger, $archive);
                $crate::suite::searching::$case(&*ledger, &*archive);
            }
        )+
    };
}

type Stores<'a> = (&'a dyn Ledger, &'a dyn Archive);

fn query(project: ProjectId, text: &str) -> IssueQuery {
    let query = IssueQuery::parse(project, text, Sort::FirstSeen, Asker::at(at(100_000)));
    query.unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The titles that a search text finds, newest first.
#[track_caller]
fn check(stores: Stores<'_>, project: ProjectId, text: &str, expect: &[&str]) {
    let looked = look(
        stores.0,
        stores.1,
        &query(project, text),
        Bounds::of_page(25),
    );
    let looked = looked.expect("healthy stores");
    let titles: Vec<_> = looked.rows.iter().map(|issue| &issue.title).collect();
    assert_eq!(titles, expect, "{text}");
    assert_eq!(looked.rest, Rest::Nothing, "{text}");
    assert_eq!(looked.cut, None, "{text}");
}

/// Files and keeps an event of the issue `name`.
fn store(
    (ledger, archive): Stores<'_>,
    project: ProjectId,
    (number, name): (u128, &str),
    change: impl FnOnce(&mut Event),
) -> IssueId {
    let secs = i64::try_from(number).expect("a small number");
    let mut event = grouped(project, number, name, secs);
    change(&mut event.event);
    let issue = apply_one(ledger, event.clone()).issue;
    let kept = archive.append(&[archived(issue, event)]);
    kept.expect("a healthy archive");
    issue
}

fn in_dist(dist: &str) -> impl FnOnce(&mut Event) {
    let dist = dist.to_owned();
    |event| event.dist = Some(dist)
}

/// A stack with that function.
fn calls(event: &mut Event, function: &str) {
    let frame = Frame {
        function: Some(function.to_owned()),
        ..Frame::default()
    };
    event.exceptions = vec![Exception {
        stacktrace: Some(Stacktrace {
            frames: vec![frame],
            ..Stacktrace::default()
        }),
        ..Exception::default()
    }];
}

/// "full" has everything, "bare" nothing.
pub fn issues_by_every_key_of_their_events(ledger: &dyn Ledger, archive: &dyn Archive) {
    let stores = (ledger, archive);
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    store(stores, web, (1, "bare"), |_| {});
    store(stores, web, (2, "full"), fill_all);
    store(stores, api, (3, "theirs"), fill_all);
    for text in [
        "id:00000000000000000000000000000002",
        "id:*2",
        "event.type:error",
        "trace:abc",
        "dist:42",
        "user.ip:10.0.0.*",
        "user.username:[jo, mo]",
        "error.handled:false",
        "error.unhandled:true",
        "error.mechanism:excepthook",
        "stack.filename:shop/*",
        "stack.function:ADD*",
        "http.method:POST",
        "http.referer:http://a.example/",
        "http.status_code:>=500",
        "flags[\"new cart\"]:true",
        "has:trace has:http.method",
        "!event.type:default",
        "is:unresolved stack.function:add error.unhandled:true full",
        "browser.name:Firefox (dist:1 OR trace:abc)",
        "!(browser.name:Chrome OR !dist:42)",
        "environment:staging OR trace:abc",
    ] {
        check(stores, web, text, &["full"]);
    }
    check(stores, web, "error.handled:true", &["bare"]);
    check(stores, web, "!has:dist", &["bare"]);
    check(stores, web, "dist:\"\"", &["bare"]);
    check(stores, web, "!error.unhandled:true", &["bare"]);
    check(stores, web, "bare OR dist:42", &["full", "bare"]);
    check(stores, web, "has:id", &["full", "bare"]);
    check(stores, web, "is:resolved dist:42", &[]);
    check(stores, web, "bare dist:42", &[]);
    check(stores, web, "sdk.name:none OR sdk.version:>1", &[]);
}

/// What stands together is asked of the same event; what is negated, of none.
pub fn events_are_asked_one_by_one(ledger: &dyn Ledger, archive: &dyn Archive) {
    let stores = (ledger, archive);
    let web = project(ledger, "web").id;
    store(stores, web, (1, "apart"), in_dist("1"));
    store(stores, web, (2, "apart"), |event| calls(event, "pay"));
    store(stores, web, (3, "both"), |event| {
        calls(event, "pay");
        event.dist = Some("1".to_owned());
    });
    store(stores, web, (4, "dist"), |event| {
        event.dist = Some("1".to_owned());
        event.level = Level::Warning;
    });
    check(stores, web, "dist:1", &["dist", "both", "apart"]);
    check(stores, web, "dist:1 stack.function:pay", &["both"]);
    check(
        stores,
        web,
        "dist:1 (stack.function:[pay, x] OR trace:1)",
        &["both"],
    );
    check(stores, web, "dist:1 !stack.function:pay", &["dist"]);
    check(
        stores,
        web,
        "!(dist:1 stack.function:pay)",
        &["dist", "apart"],
    );
    check(stores, web, "stack.function:pay !has:dist", &[]);
    check(stores, web, "!has:dist OR level:warning", &["dist"]);
    let mixed = "(dist:1 level:warning) OR (stack.function:pay !level:warning)";
    check(stores, web, mixed, &["dist", "both", "apart"]);
}

/// Whichever of them has it; the one that is shown is found, once.
pub fn merged_issues_are_found_by_all_their_events(ledger: &dyn Ledger, archive: &dyn Archive) {
    let stores = (ledger, archive);
    let web = project(ledger, "web").id;
    let main = store(stores, web, (1, "main"), in_dist("1"));
    store(stores, web, (2, "main"), |_| {});
    let part = store(stores, web, (3, "part"), in_dist("2"));
    let merged = ledger.merge(web, &[main, part], Actor::System, at(10));
    merged.expect("a healthy ledger").expect("a merge");
    for text in ["dist:1", "dist:2", "id:00000000000000000000000000000003"] {
        check(stores, web, text, &["main"]);
    }
    check(stores, web, "!dist:2", &[]);
}

/// So that an issue of many events costs no more than others.
pub fn only_the_newest_events_are_looked_at(ledger: &dyn Ledger, archive: &dyn Archive) {
    let stores = (ledger, archive);
    let web = project(ledger, "web").id;
    let count = ISSUE_LOOK_EVENT_COUNT_MAX as u128;
    for number in 1..=count + 1 {
        store(stores, web, (number, "boom"), in_dist(&number.to_string()));
    }
    check(stores, web, "dist:1", &[]);
    check(stores, web, "!dist:1", &["boom"]);
    check(stores, web, "dist:2", &["boom"]);
    check(
        stores,
        web,
        "id:00000000000000000000000000000001",
        &["boom"],
    );
}

/// Their issues remain.
pub fn forgotten_events_fit_nothing(ledger: &dyn Ledger, archive: &dyn Archive) {
    let stores = (ledger, archive);
    let web = project(ledger, "web").id;
    let gone = store(stores, web, (1, "gone"), in_dist("1"));
    store(stores, web, (2, "kept"), in_dist("1"));
    let freed = archive.delete_issues(web, &[gone]);
    freed.expect("a healthy archive");
    check(stores, web, "dist:1", &["kept"]);
    check(stores, web, "!dist:1", &["gone"]);
    check(stores, web, "dist:1 OR gone", &["kept", "gone"]);
    check(stores, web, "id:00000000000000000000000000000001", &[]);
}

/// However old, and without a look at others.
pub fn an_event_leads_to_its_issue(ledger: &dyn Ledger, archive: &dyn Archive) {
    let stores = (ledger, archive);
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    for number in 1..=3 {
        store(stores, web, (number, &format!("issue {number}")), |_| {});
    }
    store(stores, api, (9, "theirs"), |_| {});
    store(stores, api, (3, "of both"), |_| {});
    let both = IssueQuery {
        projects: vec![web, api],
        ..query(web, "id:00000000000000000000000000000003")
    };
    let both = look(ledger, archive, &both, Bounds::of_page(25)).expect("healthy stores");
    let titles: Vec<_> = both.rows.iter().map(|issue| &*issue.title).collect();
    assert_eq!(titles, ["of both", "issue 3"]);
    let (one, two) = (
        "00000000000000000000000000000001",
        "00000000000000000000000000000002",
    );
    check(stores, web, &format!("id:{one}"), &["issue 1"]);
    check(
        stores,
        web,
        &format!("event.id:[{one}, {two}]"),
        &["issue 2", "issue 1"],
    );
    check(stores, web, &format!("!id:{one}"), &["issue 3", "issue 2"]);
    check(stores, web, &format!("id:{one} is:resolved"), &[]);
    check(stores, web, "id:00000000000000000000000000000009", &[]);
    check(stores, web, "id:nothing", &[]);
    let search = Search::parse(&format!("id:{one}")).expect("a search");
    assert!(search.asks_events());
}

/// Nothing is passed over and nothing shown twice, wherever a page ends.
pub fn looking_goes_on_where_it_ended(ledger: &dyn Ledger, archive: &dyn Archive) {
    let stores = (ledger, archive);
    let web = project(ledger, "web").id;
    for number in 1..=40_u128 {
        let dist = if number % 10 == 0 { "rare" } else { "other" };
        store(
            stores,
            web,
            (number, &format!("issue {number}")),
            in_dist(dist),
        );
    }
    let events = ISSUE_LOOK_EVENT_COUNT_MAX + 4;
    for (issues, pages) in [(1, 8), (3, 8), (100, 8)] {
        let (mut query, mut found, mut cuts) = (query(web, "is:unresolved dist:rare"), vec![], 0);
        loop {
            let bounds = Bounds { issues, events };
            let looked = look(ledger, archive, &query, bounds);
            let looked = looked.expect("healthy stores");
            assert!(looked.rows.len() <= issues);
            if let Some(Cut { issues: count }) = looked.cut {
                assert_eq!(count, 5);
                cuts += 1;
            }
            found.extend(looked.rows.into_iter().map(|issue| issue.title));
            let Rest::Behind(cursor) = looked.rest else {
                assert_eq!(looked.rest, Rest::Nothing);
                break;
            };
            query.cursor = Some(cursor);
            assert!(cuts < 20, "it never ends");
        }
        assert_eq!(found, ["issue 40", "issue 30", "issue 20", "issue 10"]);
        assert!(cuts <= pages && cuts > 2, "{cuts}");
    }
}

/// In one order, however far each of them was looked at.
pub fn several_projects_are_one_list(ledger: &dyn Ledger, archive: &dyn Archive) {
    let stores = (ledger, archive);
    let both = [project(ledger, "web").id, project(ledger, "api").id];
    let empty = project(ledger, "empty").id;
    for number in 1..=12_u128 {
        let home = if number % 3 == 0 { both[1] } else { both[0] };
        store(
            stores,
            home,
            (number, &format!("issue {number}")),
            |event| {
                event.tags = vec![tag("cell", "a")];
                event
                    .contexts
                    .insert("trace".to_owned(), json!({"trace_id": "abc"}));
            },
        );
    }
    let projects = [both[0], both[1], empty].to_vec();
    let mut query = IssueQuery {
        projects,
        ..query(empty, "trace:abc cell:a")
    };
    let mut found = Vec::new();
    for turn in 0..4 {
        let looked = look(ledger, archive, &query, Bounds::of_page(4));
        let looked = looked.expect("healthy stores");
        assert_eq!(looked.cut, None);
        found.extend(looked.rows.into_iter().map(|issue| issue.title));
        query.cursor = looked.rest.cursor();
        if query.cursor.is_none() {
            assert_eq!(turn, 2);
            break;
        }
    }
    let expect: Vec<_> = (1..=12)
        .rev()
        .map(|number| format!("issue {number}"))
        .collect();
    assert_eq!(found, expect);
}
