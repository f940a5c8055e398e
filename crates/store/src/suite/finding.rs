//! What lists of issues must do: [`crate::IssueLedger::find_issues`] and the status of issues.

use watchpost_model::{Issue, IssueId, Level, ProjectId, Status};

use super::{all, apply, at, grouped, issue, project};
use crate::{Actor, Asker, Cursor, IssueQuery, Issues, Ledger, Page, Sort, StatusCounts};

fn find(ledger: &dyn Ledger, query: &IssueQuery) -> Page<Issue> {
    ledger.find_issues(query).expect("a healthy ledger finds")
}

fn titles(issues: &[Issue]) -> Vec<&str> {
    issues.iter().map(|issue| issue.title.as_str()).collect()
}

/// Issues with this text in title or place, whatever it would mean in a search text.
fn containing(project: ProjectId, text: &str) -> IssueQuery {
    let text = text
        .replace('\\', r"\\")
        .replace('"', "\\\"")
        .replace('*', r"\*");
    let query = IssueQuery::parse(
        project,
        &format!("\"{text}\""),
        Sort::LastSeen,
        Asker::default(),
    );
    query.expect("a text in quotes")
}

/// The titles that a search text finds.
fn search(ledger: &dyn Ledger, project: ProjectId, text: &str) -> Vec<String> {
    let query = IssueQuery::parse(project, text, Sort::LastSeen, Asker::at(at(1000)));
    let page = find(ledger, &query.expect("a good search text"));
    page.rows.into_iter().map(|issue| issue.title).collect()
}

fn resolve(ledger: &dyn Ledger, project: ProjectId, issues: &[IssueId]) -> Vec<IssueId> {
    let changed = ledger.set_status(project, issues, Status::Resolved, Actor::System, at(99));
    changed.expect("a healthy ledger")
}

/// The scope is part of every question, so a right id in a wrong project finds nothing.
pub fn w10_issues_of_another_project_are_invisible(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let applied = apply(ledger, &[grouped(web, 7, "boom", 10)]);
    let id = applied.first().expect("an answer").issue;
    assert_eq!(ledger.issue(api, id).expect("a healthy ledger"), None);
    assert_eq!(
        ledger.issue_by_number(api, 1).expect("a healthy ledger"),
        None
    );
    assert_eq!(all(ledger, api), []);
    assert_eq!(ledger.hourly(api, id, at(0)).expect("a chart"), []);
    assert_eq!(ledger.issue_tags(api, id, 10).expect("tags"), []);
    assert_eq!(ledger.tag_values(api, "level", 10).expect("tags"), []);
    assert_eq!(resolve(ledger, api, &[id]), []);
    assert_eq!(issue(ledger, web, id).status, Status::Unresolved);
    let within = |projects: &[ProjectId]| ledger.issue_project(projects, id).expect("a ledger");
    assert_eq!(within(&[api]), None);
    assert_eq!(within(&[]), None);
    assert_eq!(within(&[api, web]), Some(web));
}

/// Quotes, wildcards and comments are characters to look for.
pub fn w26_texts_never_become_sql(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let hostile = [
        "'; DROP TABLE issue; --",
        "100%_sure",
        "a\\b",
        "x' OR '1'='1",
        "NEAR(\"a\" \"b\")",
        "*******",
        "((((((",
        "nul \0 inside",
    ];
    for (number, text) in (0..).zip(hostile) {
        let mut grouped = grouped(web, number, text, 10);
        grouped.event.logger = Some(text.to_owned());
        grouped.event.server_name = Some(text.to_owned());
        apply(ledger, &[grouped]);
    }
    for text in hostile {
        let base = IssueQuery::all(web);
        let some = Some(text.to_owned());
        let (logger, server_name) = (some.clone(), some.clone());
        for query in [
            containing(web, text),
            IssueQuery {
                logger,
                ..base.clone()
            },
            IssueQuery {
                server_name,
                ..base.clone()
            },
        ] {
            assert_eq!(titles(&find(ledger, &query).rows), [text], "{query:?}");
        }
        let values = ledger.tag_values(web, text, 10).expect("a healthy ledger");
        assert_eq!(values, []);
        assert_eq!(ledger.org(text).expect("a healthy ledger"), None);
    }
    for wildcard in ["%", "_", "a%b"] {
        let found = find(ledger, &containing(web, wildcard)).rows;
        assert!(
            titles(&found).iter().all(|title| title.contains(wildcard)),
            "{wildcard}"
        );
    }
    assert_eq!(all(ledger, web).len(), hostile.len(), "nothing was dropped");
}

/// The four orders of the first system.
pub fn sorts(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let mut batch = vec![
        grouped(web, 1, "old and frequent", 1000),
        grouped(web, 2, "middle", 2000),
        grouped(web, 3, "new", 3000),
        grouped(web, 4, "first but seen again", 500),
        grouped(web, 5, "first but seen again", 4000),
    ];
    batch.extend((0..50).map(|number| grouped(web, 100 + number, "old and frequent", 2500)));
    apply(ledger, &batch);
    let order = |sort| {
        let query = IssueQuery {
            sort,
            ..IssueQuery::all(web)
        };
        let page = find(ledger, &query);
        page.rows
            .into_iter()
            .map(|issue| issue.title)
            .collect::<Vec<_>>()
    };
    let (frequent, middle, new, again) =
        ("old and frequent", "middle", "new", "first but seen again");
    assert_eq!(order(Sort::LastSeen), [again, new, frequent, middle]);
    assert_eq!(order(Sort::FirstSeen), [new, middle, frequent, again]);
    // Equally frequent: the newest id first.
    assert_eq!(order(Sort::Frequency), [frequent, again, new, middle]);
    // 2500 + 600 ln 51 = 4859; 4000 + 600 ln 2 = 4415.
    assert_eq!(order(Sort::Priority), [frequent, again, new, middle]);
}

/// Each filter alone and together.
pub fn filters(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let event = |number, title: &str, level, logger: &str, server: &str| {
        let mut grouped = grouped(web, number, title, 10 + i64::try_from(number).unwrap_or(0));
        grouped.event.level = level;
        grouped.event.logger = Some(logger.to_owned());
        grouped.event.server_name = Some(server.to_owned());
        grouped.event.site = Some(format!("{server}.example"));
        grouped
    };
    let applied = apply(
        ledger,
        &[
            event(1, "one", Level::Error, "shop", "a"),
            event(2, "two", Level::Error, "shop cart", "b"),
            event(3, "three", Level::Info, "shop", "b"),
            event(4, "three", Level::Info, "shop", "a"),
        ],
    );
    let two = applied.get(1).expect("an answer").issue;
    resolve(ledger, web, &[two]);
    let check = |text: &str, expect: &[&str]| {
        assert_eq!(search(ledger, web, text), expect, "{text}");
    };
    check("", &["three", "two", "one"]);
    check("is:unresolved", &["three", "one"]);
    check("is:resolved", &["two"]);
    check("level:info", &["three"]);
    check("logger:shop", &["three", "one"]);
    check("logger:\"shop cart\"", &["two"]);
    check("server:a", &["three", "one"]);
    check("server:b", &["three", "two"]);
    check("site:b.example level:error", &["two"]);
    check(
        "server:b is:unresolved logger:shop level:info three",
        &["three"],
    );
    check("server:c", &[]);
    check("logger:SHOP", &[]);
    let rows = Issues::of(ledger, web)
        .unresolved()
        .newest_first()
        .limit(1)
        .rows();
    assert_eq!(titles(&rows.expect("a healthy ledger")), ["three"]);
}

/// Case folded, every word, in any order.
pub fn words_are_looked_for_in_title_and_culprit(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let mut first = grouped(web, 1, "ValueError: Größe Ungültig", 10);
    first.culprit = "shop.views.Cart".into();
    apply(ledger, &[first, grouped(web, 2, "KeyError: 'size'", 5)]);
    let check = |text: &str, expect: usize| {
        assert_eq!(search(ledger, web, text).len(), expect, "{text}");
    };
    check("valueerror", 1);
    check("error", 2);
    check("GRÖSSE", 0);
    check("GRÖßE", 1);
    check("views.cart valueERROR", 1);
    check("\"KeyError: 'size'\"", 1);
    check("KeyError: cart", 0);
    check("\"error: größe\"", 1);
}

fn walk(ledger: &dyn Ledger, mut query: IssueQuery, mut between: impl FnMut()) -> Vec<IssueId> {
    let mut ids = Vec::new();
    loop {
        let page = find(ledger, &query);
        assert!(page.rows.len() <= query.limit);
        ids.extend(page.rows.iter().map(|issue| issue.id));
        query.cursor = page.next;
        if query.cursor.is_none() {
            return ids;
        }
        between();
    }
}

/// What arrives while somebody turns pages neither repeats nor hides a row.
pub fn paging_is_stable_while_issues_arrive(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    // Pairs share a second, so that the id has to break ties.
    let batch: Vec<_> = (0..23)
        .map(|number| {
            let secs = i64::try_from(number / 2).unwrap_or(0);
            grouped(web, number, &format!("issue {number}"), secs)
        })
        .collect();
    let applied = apply(ledger, &batch);
    let mut expect: Vec<_> = applied.iter().map(|applied| applied.issue).collect();
    expect.reverse();
    let query = IssueQuery {
        limit: 5,
        ..IssueQuery::all(web)
    };
    let mut arriving = 100;
    let walked = walk(ledger, query, || {
        arriving += 1;
        let name = format!("arrived {arriving}");
        apply(ledger, &[grouped(web, arriving, &name, 1000)]);
    });
    assert_eq!(walked, expect);
}

/// Cursors work in every order and over both statuses.
pub fn paging_goes_through_every_order(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let batch: Vec<_> = (0..40)
        .map(|number| grouped(web, number, &format!("issue {}", number % 13), 7))
        .collect();
    let applied = apply(ledger, &batch);
    let some: Vec<_> = applied
        .iter()
        .step_by(3)
        .take(4)
        .map(|applied| applied.issue)
        .collect();
    resolve(ledger, web, &some);
    for sort in Sort::ALL {
        let query = |limit| IssueQuery {
            sort,
            limit,
            ..IssueQuery::all(web)
        };
        let whole: Vec<_> = find(ledger, &query(100))
            .rows
            .iter()
            .map(|issue| issue.id)
            .collect();
        assert_eq!(whole.len(), 13);
        for limit in [1, 4, 13] {
            assert_eq!(
                walk(ledger, query(limit), || ()),
                whole,
                "{sort:?} by {limit}"
            );
        }
    }
}

/// A cursor is a client's text: a wrong one is refused, it never shows some other page.
pub fn cursors_of_others_are_refused(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let wrong = [
        "",
        "date",
        "date:",
        "date:1",
        "date:1:2:3",
        "new:1:2",
        "date:x:1",
        "date:1:2 ",
        "date:99999999999999999999:1",
        "1:2",
        "date:1:2;--",
    ];
    for text in wrong {
        let query = IssueQuery {
            cursor: Some(Cursor(text.to_owned())),
            ..IssueQuery::all(web)
        };
        let error = ledger.find_issues(&query).expect_err(text);
        assert_eq!(error.to_string(), "page does not exist", "{text}");
    }
}

/// Nobody gets a page of a million rows, and a page of none is no page.
pub fn limits_are_capped(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let batch: Vec<_> = (0..120)
        .map(|number| grouped(web, number, &format!("issue {number}"), 10))
        .collect();
    apply(ledger, &batch);
    for (limit, expect) in [(0, 1), (1, 1), (100, 100), (101, 100), (usize::MAX, 100)] {
        let query = IssueQuery {
            limit,
            ..IssueQuery::all(web)
        };
        assert_eq!(find(ledger, &query).rows.len(), expect, "{limit}");
    }
}

/// Only what changed is reported, and the counts follow.
pub fn status_is_set_and_counted(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let batch = ["a", "b", "c"].map(|name| grouped(web, name.len() as u128, name, 10));
    let batch: Vec<_> = (1..)
        .zip(batch)
        .map(|(number, mut grouped)| {
            grouped.event.event_id = watchpost_model::EventId(number);
            grouped
        })
        .collect();
    let applied = apply(ledger, &batch);
    let ids: Vec<_> = applied.iter().map(|applied| applied.issue).collect();
    let counts = || ledger.status_counts(web).expect("a healthy ledger");
    assert_eq!(
        counts(),
        StatusCounts {
            unresolved: 3,
            resolved: 0,
            archived: 0,
        }
    );
    assert_eq!(resolve(ledger, web, &ids[..2]), ids[..2]);
    assert_eq!(
        resolve(ledger, web, &ids),
        ids[2..],
        "only the one that was open"
    );
    assert_eq!(resolve(ledger, web, &[IssueId(9999)]), []);
    assert_eq!(
        counts(),
        StatusCounts {
            unresolved: 0,
            resolved: 3,
            archived: 0,
        }
    );
    let reopened = ledger.set_status(web, &ids[..1], Status::Unresolved, Actor::System, at(200));
    assert_eq!(reopened.expect("a healthy ledger"), ids[..1]);
    assert_eq!(
        counts(),
        StatusCounts {
            unresolved: 1,
            resolved: 2,
            archived: 0,
        }
    );
    let first = issue(ledger, web, ids[0]);
    assert_eq!(
        (first.status, first.resolved_at),
        (Status::Unresolved, None),
        "opened by hand is as if never resolved"
    );
}
