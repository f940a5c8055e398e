//! What lists of issues of several projects must do, lists of a time and of environments, the
//! orders by users and by what happens these days, and what tabs count.

use watchpost_model::{Grouped, Issue, IssueId, ProjectId, Status};

use super::counting::of_user;
use super::{apply, at, grouped, project};
use crate::limits::TAB_ISSUE_COUNT_MAX;
use crate::{Action, Actor, Asker, Counted, IssueQuery, Ledger, Sort, TabCounts};

fn titles(ledger: &dyn Ledger, query: &IssueQuery) -> Vec<String> {
    let page = ledger.find_issues(query).expect("a healthy ledger finds");
    page.rows.into_iter().map(|issue| issue.title).collect()
}

fn search(projects: &[ProjectId], text: &str) -> IssueQuery {
    let asker = Asker::at(at(1_000_000));
    let query = IssueQuery::parse(projects[0], text, Sort::LastSeen, asker).expect("a search");
    IssueQuery {
        projects: projects.to_vec(),
        ..query
    }
}

/// All pages of a list, of four rows each.
fn walk(ledger: &dyn Ledger, mut query: IssueQuery) -> Vec<Issue> {
    query.limit = 4;
    let mut rows = Vec::new();
    loop {
        let page = ledger.find_issues(&query).expect("a healthy ledger");
        assert!(
            page.rows.len() == 4 || page.next.is_none(),
            "a page is full or the last one"
        );
        rows.extend(page.rows);
        query.cursor = page.next;
        if query.cursor.is_none() {
            return rows;
        }
    }
}

/// In every order, page by page, without gaps and repetitions.
pub fn several_projects_are_one_list(ledger: &dyn Ledger) {
    let homes = ["web", "api", "shop", "other"].map(|slug| project(ledger, slug).id);
    let mut resolved = Vec::new();
    for number in 0..40_u32 {
        let home = homes[number as usize % 7 % 4];
        // Some of the same second, the same number of events and of users.
        let secs = i64::from(number / 3) * 50_000;
        let batch = (0..=number % 5).map(|event| {
            let id = u128::from(number * 10 + event);
            let user = format!("user {}", event % (1 + number % 3));
            let mut made = of_user(home, id, &user, secs + i64::from(event));
            made.title = format!("issue {number}");
            made.hashes = grouped(home, id, &made.title, secs).hashes;
            made
        });
        let issue = apply(ledger, &batch.collect::<Vec<_>>())[0].issue;
        if number % 4 == 1 {
            let done = ledger.set_status(home, &[issue], Status::Resolved, Actor::System, at(9));
            resolved.extend(done.expect("a healthy ledger"));
        }
    }
    assert_eq!(resolved.len(), 10);
    let three = &homes[..3];
    for sort in Sort::ALL {
        for (text, count) in [
            ("", 34),
            ("is:unresolved", 25),
            ("is:resolved", 9),
            ("nothing", 0),
        ] {
            let query = IssueQuery {
                sort,
                ..search(three, text)
            };
            let found = walk(ledger, query);
            let mut expect = found.clone();
            sort.arrange(&mut expect);
            expect.dedup_by_key(|issue| issue.id);
            assert!(found == expect, "{sort:?} {text}");
            assert_eq!(found.len(), count, "{sort:?} {text}");
            assert!(found.iter().all(|issue| three.contains(&issue.project)));
        }
    }
    assert_eq!(walk(ledger, IssueQuery::of(Vec::new())), []);
}

/// An event of the issue `name`, in an environment.
fn within(home: ProjectId, id: u128, name: &str, (environment, secs): (&str, i64)) -> Grouped {
    let mut made = grouped(home, id, name, secs);
    made.event.environment = Some(environment.to_owned());
    made
}

/// A time means issues with events before its end and after its start; an environment those that
/// were seen in it, also when only a part of a merged issue was.
pub fn lists_of_a_time_and_of_environments(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let applied = apply(
        ledger,
        &[
            within(web, 1, "early", ("production", 100)),
            within(web, 2, "long", ("production", 150)),
            within(web, 3, "long", ("staging", 350)),
            within(api, 4, "late", ("staging", 300)),
            within(web, 5, "part", ("canary", 200)),
        ],
    );
    let check = |times: (Option<i64>, Option<i64>), environments: &[&str], expect: &[&str]| {
        let query = IssueQuery {
            since: times.0.map(at),
            until: times.1.map(at),
            environments: environments.iter().map(|&name| name.to_owned()).collect(),
            ..search(&[web, api], "")
        };
        assert_eq!(titles(ledger, &query), expect, "{times:?} {environments:?}");
        for sort in Sort::ALL {
            let query = IssueQuery {
                sort,
                ..query.clone()
            };
            assert_eq!(titles(ledger, &query).len(), expect.len(), "{sort:?}");
        }
        let counts = ledger.count_tabs(&query).expect("a healthy ledger");
        assert_eq!(counts.all().count, expect.len() as u64, "{times:?}");
    };
    check((None, None), &[], &["long", "late", "part", "early"]);
    check((Some(200), None), &[], &["long", "late", "part"]);
    check((None, Some(150)), &[], &["long", "early"]);
    // It may have no event within: only the first and the last are known.
    check((Some(210), Some(290)), &[], &["long"]);
    check((Some(351), None), &[], &[]);
    check((None, None), &["staging"], &["long", "late"]);
    check((None, None), &["production"], &["long", "early"]);
    check(
        (None, None),
        &["canary", "staging"],
        &["long", "late", "part"],
    );
    check((Some(320), None), &["staging"], &["long"]);
    check((None, None), &["nowhere"], &[]);
    let ids = [applied[1].issue, applied[4].issue];
    ledger
        .merge(web, &ids, Actor::System, at(400))
        .expect("a healthy ledger");
    check((None, None), &["canary"], &["long"]);
}

/// Who is hit most, whatever the number of events.
pub fn an_order_by_users(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let mut batch = Vec::new();
    for (name, users, events) in [
        ("few", 2, 9),
        ("many", 5, 5),
        ("none", 0, 20),
        ("two", 2, 2),
    ] {
        for event in 0..events {
            let id = batch.len() as u128;
            let mut made = match users {
                0 => grouped(web, id, name, 10),
                users => of_user(web, id, &format!("user {}", event % users), 10),
            };
            name.clone_into(&mut made.title);
            made.hashes = grouped(web, id, name, 10).hashes;
            batch.push(made);
        }
    }
    apply(ledger, &batch);
    let query = IssueQuery {
        sort: Sort::Users,
        ..search(&[web], "")
    };
    assert_eq!(titles(ledger, &query), ["many", "two", "few", "none"]);
    let more = (0..9).map(|user| {
        let mut made = of_user(web, 100 + user, &format!("new {user}"), 10);
        made.hashes = grouped(web, 1, "few", 10).hashes;
        made
    });
    apply(ledger, &more.collect::<Vec<_>>());
    assert_eq!(titles(ledger, &query), ["few", "many", "two", "none"]);
}

/// Many events weigh more than few, and half as much after twelve hours; what is shown as one is
/// one, and what is taken apart is not.
pub fn an_order_by_what_happens_these_days(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let day = 24 * 3600;
    let mut batch = Vec::new();
    for (name, events, secs) in [
        ("once loud", 100, 0),
        ("loud", 30, 2 * day),
        ("late", 1, 2 * day + 3600),
        ("steady", 8, 2 * day),
        ("as steady", 12, 2 * day),
    ] {
        for _ in 0..events {
            let id = batch.len() as u128;
            batch.push(grouped(web, id, name, secs));
        }
    }
    let applied = apply(ledger, &batch);
    let query = IssueQuery {
        sort: Sort::Trends,
        ..search(&[web], "")
    };
    let all = ["loud", "as steady", "steady", "once loud", "late"];
    assert_eq!(titles(ledger, &query), all);
    let of = |place: usize| applied[place].issue;
    let ids = [of(100 + 30 + 1), of(batch.len() - 1), of(0)];
    let merged = ledger
        .merge(web, &ids, Actor::System, at(3 * day))
        .expect("a healthy ledger");
    // 100 / 16 + 8 + 12 are 26.
    assert_eq!(titles(ledger, &query), ["loud", "once loud", "late"]);
    apply(
        ledger,
        &(0..8)
            .map(|id| grouped(web, 1000 + id, "steady", 2 * day))
            .collect::<Vec<_>>(),
    );
    assert_eq!(titles(ledger, &query), ["once loud", "loud", "late"]);
    let undo = merged.expect("three issues").undo;
    ledger
        .undo(web, undo, Actor::System, at(3 * day + 1))
        .expect("a healthy ledger");
    let all = ["loud", "steady", "as steady", "once loud", "late"];
    assert_eq!(titles(ledger, &query), all);
}

/// Each tab counts what its search would find.
pub fn tabs_count_what_they_would_show(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let batch = (0..9).map(|number| {
        let home = if number % 3 == 0 { api } else { web };
        let mut made = grouped(home, number, &format!("issue {number}"), 10);
        made.event.environment = Some(format!("env {}", number % 2));
        made
    });
    let ids: Vec<IssueId> = apply(ledger, &batch.collect::<Vec<_>>())
        .iter()
        .map(|one| one.issue)
        .collect();
    let act = |home, place: usize, action: &Action| {
        let by = (Actor::System, at(20));
        ledger
            .act(home, &[ids[place]], action, by.0, by.1)
            .expect("a healthy ledger");
    };
    act(web, 1, &Action::Review);
    act(web, 2, &Action::Archive(watchpost_model::Until::Forever));
    act(api, 3, &Action::Archive(watchpost_model::Until::Escalating));
    for (home, place) in [(web, 4), (web, 5), (api, 6)] {
        act(home, place, &Action::Resolve(crate::Resolve::Now));
    }
    apply(ledger, &[grouped(web, 50, "issue 4", 30)]);
    for text in [
        "",
        "issue",
        "issue OR nothing",
        "environment:\"env 0\"",
        "!environment:\"env 0\"",
    ] {
        let query = search(&[web, api], text);
        let counts = ledger.count_tabs(&query).expect("a healthy ledger");
        let count = |tab: &str| Counted {
            count: titles(
                ledger,
                &search(&[web, api], &format!("({text}) {tab}").replace("()", "")),
            )
            .len() as u64,
            is_more: false,
        };
        let expect = TabCounts {
            unresolved: count("is:unresolved"),
            for_review: count("is:unresolved is:for_review"),
            regressed: count("is:regressed"),
            escalating: count("is:escalating"),
            resolved: count("is:resolved"),
            archived: count("is:archived"),
        };
        assert_eq!(counts, expect, "{text}");
        assert_eq!(counts.all(), count(""), "{text}");
    }
    let counts = ledger
        .count_tabs(&search(&[web], ""))
        .expect("a healthy ledger");
    assert_eq!((counts.unresolved.count, counts.for_review.count), (4, 3));
    assert_eq!((counts.regressed.count, counts.archived.count), (1, 1));
}

/// Beyond the bound a count says that there is more.
pub fn tabs_stop_counting(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let many = TAB_ISSUE_COUNT_MAX as u128 + 2;
    // As many in an hour as a project may open, and they are of different hours.
    for part in (0..many).collect::<Vec<_>>().chunks(900) {
        let batch = part.iter().map(|&number| {
            let secs = i64::try_from(number / 900 * 3600 + number).expect("a small number");
            let mut made = grouped(web, number, &format!("issue {number}"), secs);
            made.event.received = at(secs);
            made
        });
        apply(ledger, &batch.collect::<Vec<_>>());
    }
    apply(ledger, &[grouped(api, many, "one", 10)]);
    let count = |projects: &[ProjectId], text: &str| {
        let counts = ledger
            .count_tabs(&search(projects, text))
            .expect("a healthy ledger");
        (counts.unresolved.count, counts.unresolved.is_more)
    };
    let max = TAB_ISSUE_COUNT_MAX as u64;
    assert_eq!(count(&[api], ""), (1, false));
    assert_eq!(count(&[web], ""), (max, true));
    assert_eq!(count(&[web, api], ""), (max / 2 + 1, true));
    assert_eq!(count(&[web, api], "\"issue 5001\""), (1, true));
    assert_eq!(count(&[web, api], "\"issue 1\""), (0, true));
}
