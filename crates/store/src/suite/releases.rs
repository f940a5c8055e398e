//! Releases as the ledger keeps them: which is the newest, what is counted of each, which give way.

use watchpost_model::{Change, Condition, Fix, Grouped, ProjectId};

use super::{apply, at, grouped, issue, project};
use crate::{Action, Actor, Asker, IssueQuery, Ledger, ReleaseChange, Resolve, Sort};

/// An event of the issue `name` in a release.
fn of(project: ProjectId, event: u128, (name, release): (&str, &str), secs: i64) -> Grouped {
    let mut grouped = grouped(project, event, name, secs);
    grouped.event.release = Some(release.to_owned());
    grouped
}

/// The titles that a search text finds.
fn search(ledger: &dyn Ledger, project: ProjectId, text: &str) -> Vec<String> {
    let query = IssueQuery::parse(project, text, Sort::LastSeen, Asker::at(at(1000)));
    let page = ledger.find_issues(&query.expect("a good search text"));
    let rows = page.expect("a healthy ledger").rows;
    rows.into_iter().map(|issue| issue.title).collect()
}

/// The newest release is the same for a search and for who resolves in the next one, however many
/// there are; one that is ignored, or that a rogue client invents, is not it.
pub fn r31_the_latest_release_is_what_the_next_one_follows(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let many: Vec<_> = (0..1100)
        .map(|number| of(web, number, ("old", &format!("1.{number}")), 10))
        .collect();
    apply(ledger, &many);
    let batch = [
        of(web, 2000, ("new", "1.2000"), 20),
        of(web, 2001, ("rogue", "999.9"), 30),
        of(web, 2002, ("ignored", "2.0"), 40),
    ];
    let id = apply(ledger, &batch)[0].issue;
    let ignored = ReleaseChange {
        released: None,
        is_ignored: Some(true),
    };
    ledger
        .put_release(web, "2.0", &ignored, at(50))
        .expect("kept");
    assert_eq!(search(ledger, web, "release:latest"), ["new"]);
    let next = Action::Resolve(Resolve::InNextRelease);
    ledger
        .act(web, &[id], &next, Actor::System, at(60))
        .expect("resolved");
    let condition = issue(ledger, web, id).condition;
    let resolution = condition.as_ref().and_then(Condition::resolution);
    let fix = resolution.map(|resolution| &resolution.fix);
    assert_eq!(fix, Some(&Fix::AfterRelease(Some("1.2000".to_owned()))));
    let same = apply(ledger, &[of(web, 2003, ("new", "1.2000"), 70)]);
    assert_eq!(same[0].change, Change::Repeated);
}

/// The first and the last release are those of the first and the last event that name one, in
/// whatever order they come, and whatever events without a release happen before and after.
pub fn first_and_last_release_are_of_events_that_name_one(ledger: &dyn Ledger) {
    let web = project(ledger, "web").id;
    let events = [
        (100, "b"),
        (10, ""),
        (50, "a"),
        (200, ""),
        (150, "c"),
        (60, "x"),
        (140, "y"),
    ];
    let orders: [[usize; 7]; 3] = [
        [0, 1, 2, 3, 4, 5, 6],
        [6, 5, 4, 3, 2, 1, 0],
        [1, 3, 5, 6, 0, 4, 2],
    ];
    for (number, order) in (0_u128..).zip(orders) {
        let all = [format!("together {number}"), format!("alone {number}")];
        let batch = |name: &str, first: u128| -> Vec<_> {
            let of = |place: &usize| {
                let (secs, release) = events[*place];
                let event = first + 10 * number + *place as u128;
                of(web, event, (name, release), secs)
            };
            order.iter().map(of).collect()
        };
        let together = apply(ledger, &batch(&all[0], 1000))[0].issue;
        let alone: Vec<_> = batch(&all[1], 2000)
            .into_iter()
            .map(|one| apply(ledger, &[one])[0].issue)
            .collect();
        for id in [together, alone[0]] {
            let found = issue(ledger, web, id);
            let releases = (
                found.first_release.as_deref(),
                found.last_release.as_deref(),
            );
            assert_eq!(releases, (Some("a"), Some("c")), "{}", found.title);
        }
    }
    // The same of parts: an issue whose own events name none, and one with all.
    let bare = [of(web, 1, ("bare", ""), 5), of(web, 2, ("bare", ""), 500)];
    let mut ids = vec![apply(ledger, &bare)[0].issue];
    ids.push(apply(ledger, &[of(web, 3, ("named", "z"), 70)])[0].issue);
    let merged = ledger.merge(web, &ids, Actor::System, at(600));
    let into = merged.expect("a healthy ledger").expect("merged").into;
    apply(ledger, &[of(web, 4, ("named", "d"), 40)]);
    apply(ledger, &[of(web, 5, ("bare", "e"), 80)]);
    let found = issue(ledger, web, into);
    let releases = (
        found.first_release.as_deref(),
        found.last_release.as_deref(),
    );
    assert_eq!(releases, (Some("d"), Some("e")));
}

/// Lists say the same of a release as a question for it alone, and can be asked for a part of the
/// name before they are cut off.
pub fn releases_are_listed_with_their_new_issues(ledger: &dyn Ledger) {
    let (web, api) = (project(ledger, "web").id, project(ledger, "api").id);
    let batch = [
        of(web, 1, ("a", "shop@1.0"), 10),
        of(web, 2, ("b", "shop@1.0"), 11),
        of(web, 3, ("c", "shop@1.0"), 12),
        of(web, 4, ("a", "shop@1.1_b"), 20),
        of(web, 5, ("d", "shop@1.1xb"), 30),
        of(api, 6, ("a", "shop@1.0"), 40),
    ];
    let ids: Vec<_> = apply(ledger, &batch)
        .iter()
        .map(|done| done.issue)
        .collect();
    let merged = ledger.merge(web, &ids[..2], Actor::System, at(50));
    assert!(merged.expect("a healthy ledger").is_some());
    let list = |contains, limit| {
        let found = ledger
            .releases(web, contains, limit)
            .expect("a healthy ledger");
        for one in &found {
            let alone = ledger.release(web, &one.version).expect("a healthy ledger");
            assert_eq!(alone.as_ref(), Some(one));
        }
        let of = found.into_iter();
        of.map(|one| (one.version, one.new_issues))
            .collect::<Vec<_>>()
    };
    let rows = [("shop@1.1xb", 1), ("shop@1.1_b", 0), ("shop@1.0", 2)];
    let rows = rows.map(|(version, count)| (version.to_owned(), count));
    assert_eq!(list(None, 10), rows);
    assert_eq!(list(Some("SHOP@1.0"), 1), rows[2..]);
    assert_eq!(list(Some("1_b"), 10), rows[1..2]);
    assert_eq!(list(Some("%"), 10), []);
}
