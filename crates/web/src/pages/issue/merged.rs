//! `…/issues/N/merged/`: the keys that lead events here, which of them can leave, and what may
//! belong here as well.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use watchpost_model::{EventId, GroupingHash, IssueId, Project, Timestamp};
use watchpost_store::Kin;

use super::life::{Life, Part};
use super::locate;
use super::view::Head;
use crate::App;
use crate::issue_keys::{self, IssueKey};
use crate::pages::format::When;
use crate::pages::issues::Done;
use crate::pages::shell::{Shell, ask};
use crate::pages::{PageError, Visit};

#[derive(Template)]
#[template(path = "issue_merged.html")]
struct MergedPage {
    shell: Shell,
    org: String,
    project: Project,
    issue: IssueId,
    head: Head,
    groups: Vec<Group>,
    /// Whether some of them can leave.
    can_leave: bool,
    offers: Vec<Offer>,
    /// What is told on the page of the issue only.
    life: Option<Life>,
    done: Option<Done>,
}

/// Keys that events have together: they leave together.
#[derive(Debug, PartialEq, Eq)]
struct Group {
    /// As a form sends them.
    keys: String,
    /// The first one, as events show it.
    hash: String,
    /// What that is made of.
    variant: String,
    more: usize,
    /// The last event that it led here.
    latest: Option<Latest>,
    /// What it was merged with, when it is not the issue's own.
    part: Option<String>,
    is_leaving: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Latest {
    href: String,
    title: String,
    when: When,
}

/// Another issue that may belong here.
struct Offer {
    issue: IssueId,
    title: String,
    href: String,
    times_seen: u64,
    reason: &'static str,
}

pub(super) async fn show(
    State(app): State<App>,
    Path((org, issue)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (scope, issue, keys, kin, activity) = ask(&app, move |app| {
        let (scope, issue) = locate(app, &org, &issue)?;
        let (project, id) = (issue.project, issue.id);
        let keys = issue_keys::of_issue(app, project, id)?;
        let kin = app.ledger.kin(project, id)?;
        Ok((scope, issue, keys, kin, app.ledger.activity(project, id)?))
    })
    .await?;
    let (org, project) = (scope.org.slug.clone(), scope.project()?.clone());
    let head = Head::new(&issue, &project, visit.now);
    let (at, now) = (&visit.at, visit.now);
    let parts: BTreeSet<_> = keys.iter().map(|key| key.home).collect();
    let parts = parts.into_iter().filter(|home| *home != issue.id);
    let parts = parts.map(|part| (part, Part::new(part, &activity).title));
    let links = |event| at.event(&org, issue.id, event);
    let groups = groups(&keys, &parts.collect(), now, links);
    let offer = |kin: Kin| Offer {
        issue: kin.issue,
        href: at.issue(&org, kin.issue),
        title: kin.title,
        times_seen: kin.times_seen,
        reason: if kin.is_title {
            "It has the title of what was merged, and keys that nobody knew then."
        } else {
            "It has the type and the place of what was merged, and keys that nobody knew then."
        },
    };
    visit.answer(&MergedPage {
        shell: visit.shell(&scope, "issues", &format!("Keys of {}", head.short_id)),
        can_leave: groups.len() > 1,
        groups,
        offers: kin.into_iter().map(offer).collect(),
        done: visit.flash().and_then(Done::read),
        life: None,
        issue: issue.id,
        org,
        project,
        head,
    })
}

/// Keys that only come beside one other go with it.
fn groups(
    keys: &[IssueKey],
    parts: &HashMap<IssueId, String>,
    now: Timestamp,
    link: impl Fn(EventId) -> String,
) -> Vec<Group> {
    let mut before: BTreeMap<GroupingHash, Vec<&IssueKey>> = BTreeMap::new();
    for key in keys {
        for other in &key.beside {
            before.entry(*other).or_default().push(key);
        }
    }
    let leader = |key: &IssueKey| match before.get(&key.hash).map(Vec::as_slice) {
        Some([leader]) if key.leads == 0 && leader.home == key.home => Some(leader.hash),
        _ => None,
    };
    let mut groups = Vec::new();
    for key in keys.iter().filter(|key| leader(key).is_none()) {
        let others = keys.iter().filter(|other| leader(other) == Some(key.hash));
        let hashes = std::iter::once(key).chain(others);
        let hashes: Vec<_> = hashes.map(|key| key.hash.to_string()).collect();
        groups.push(Group {
            more: hashes.len() - 1,
            keys: hashes.join(","),
            hash: key.hash.hex().chars().take(8).collect(),
            variant: key.variant.clone(),
            latest: key.latest.as_ref().map(|event| Latest {
                href: link(event.event),
                title: event.title.clone(),
                when: When::new(event.received, now),
            }),
            part: parts.get(&key.home).cloned(),
            is_leaving: key.is_leaving,
        });
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8, leads: usize, beside: &[u8]) -> IssueKey {
        let hash = |number| GroupingHash {
            version: 2,
            digest: [number; 16],
        };
        IssueKey {
            hash: hash(number),
            home: IssueId(1),
            is_leaving: false,
            variant: "app".to_owned(),
            latest: None,
            leads,
            beside: beside.iter().map(|number| hash(*number)).collect(),
        }
    }

    /// Each group by the first digit of its keys.
    fn check(keys: &[IssueKey], expect: &[&str]) {
        let groups = groups(keys, &HashMap::new(), Timestamp::default(), |_| {
            String::new()
        });
        let digits = |group: &Group| {
            let keys = group.keys.split(',');
            keys.filter_map(|key| key.chars().next_back())
                .collect::<String>()
        };
        assert_eq!(groups.iter().map(digits).collect::<Vec<_>>(), expect);
    }

    #[test]
    fn keys_that_come_together_leave_together() {
        check(&[key(1, 3, &[2]), key(2, 0, &[])], &["12"]);
        // One that two have is nobody's, and so is one that leads by itself.
        check(
            &[key(1, 3, &[3]), key(2, 1, &[3]), key(3, 0, &[])],
            &["1", "2", "3"],
        );
        check(&[key(1, 3, &[2]), key(2, 1, &[])], &["1", "2"]);
        // Of which no event says anything.
        check(&[key(1, 3, &[]), key(2, 0, &[])], &["1", "2"]);
    }
}
