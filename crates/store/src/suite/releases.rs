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
