//! What people do with issues, by the functions that the pages use.

use anyhow::{Context, Result, bail};
use watchpost_demo::{Act, Plan, Program};
use watchpost_model::{Assignee, EventId, IssueId, ProjectId, Timestamp, Until};
use watchpost_store::{
    Action, Actor, Archive, Commit, Deploy, DeployLedger, Forget, IssueLedger, LifeLedger,
    ReleaseChange, ReleaseLedger, Resolve,
};

use super::furnish::Company;
use crate::wiring::House;

/// Somebody's deed.
pub(super) struct Doing<'a> {
    pub(super) at: Timestamp,
    pub(super) program: Program,
    pub(super) event: EventId,
    pub(super) person: usize,
    pub(super) act: &'a Act,
}

/// Does it.
pub(super) fn carry_out(
    house: &House,
    plan: &Plan,
    company: &Company,
    doing: &Doing<'_>,
) -> Result<()> {
    let (ledger, now) = (&house.ledger, doing.at);
    let project = company.project(doing.program)?.0.id;
    let issue = issue_of(house, project, doing.event)?;
    let user = company.person(doing.person)?;
    let by = Actor::User(user);
    let action = match doing.act {
        Act::Resolve => Action::Resolve(Resolve::Now),
        Act::ResolveInNext => Action::Resolve(Resolve::InNextRelease),
        Act::Archive(until) => Action::Archive(until.clone()),
        Act::ArchiveForHours(hours) => Action::Archive(Until::Met {
            time: Some(now.plus_secs(hours * 3600)),
            events: None,
            users: None,
        }),
        Act::AssignPerson(place) => Action::Assign(Some(Assignee::User(company.person(*place)?))),
        Act::AssignTeam(place) => Action::Assign(Some(Assignee::Team(company.team(*place)?))),
        Act::Prioritize(priority) => Action::Prioritize(*priority),
        Act::Bookmark => Action::Bookmark(true),
        Act::Comment(text) => {
            ledger.comment(project, issue, (user, text), now)?;
            return Ok(());
        }
        Act::MergeInto(name) => {
            let into = plan.issue(name).context("the plan merges into nothing")?;
            let into = issue_of(house, project, into.first)?;
            let merged = ledger.merge(project, &[into, issue], by, now)?;
            merged.context("there was nothing to merge")?;
            return Ok(());
        }
        Act::Discard => {
            let gone = ledger.forget_issues(project, &[issue], Forget::Discard, by, now)?;
            house.archive.delete_issues(project, &gone)?;
            return Ok(());
        }
    };
    let acted = ledger.act(project, &[issue], &action, by, now)?;
    if acted.changed.is_empty() && !matches!(doing.act, Act::Bookmark) {
        bail!("{action:?} changed nothing");
    }
    Ok(())
}

/// Names a release with its date, and tells what is in it and where it runs, as tools do.
pub(super) fn release(
    house: &House,
    project: ProjectId,
    version: &str,
    at: Timestamp,
) -> Result<()> {
    let ledger = &house.ledger;
    let change = ReleaseChange {
        released: Some(at),
        is_ignored: None,
    };
    ledger.put_release(project, version, &change, at)?;
    let commits = COMMITS.into_iter().enumerate();
    let commits: Vec<Commit> = commits
        .map(|(place, (author, message))| {
            let hours = i64::try_from(place).unwrap_or(0) + 1;
            let draw = |byte: u64| {
                let start = 0xcbf2_9ce4_8422_2325 ^ byte;
                version.bytes().fold(start, |hash, byte| {
                    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
                })
            };
            let hours_ago = at.plus_secs(-hours * 3600);
            Commit {
                id: format!("{:016x}{:016x}", draw(hours.unsigned_abs()), draw(99)),
                repository: Some("acme/shop".to_owned()),
                author_name: Some(author.to_owned()),
                author_email: None,
                at: Some(hours_ago),
                message: message.to_owned(),
            }
        })
        .collect();
    ledger.put_commits(project, version, &commits)?;
    for (environment, mins) in [("staging", -60), ("production", 5)] {
        let finished = at.plus_secs(mins * 60);
        let deploy = Deploy {
            id: 0,
            environment: environment.to_owned(),
            name: None,
            url: None,
            started: Some(finished.plus_secs(-95)),
            finished,
        };
        ledger.add_deploy(project, version, &deploy)?;
    }
    Ok(())
}

/// What every release is made of.
const COMMITS: [(&str, &str); 3] = [
    ("Mira Holm", "Ask the bank only once"),
    ("Jonas Reed", "Round prices as the invoice does"),
    ("Mira Holm", "Update what the build depends on"),
];

/// The issue that shows an event.
pub(super) fn issue_of(house: &House, project: ProjectId, event: EventId) -> Result<IssueId> {
    let known = house.archive.known(&[(project, event)])?;
    let stored = known.first().copied().flatten();
    let stored = stored.with_context(|| format!("the event {event} is not stored"))?;
    let issue = house.ledger.issue(project, stored)?;
    Ok(issue.context("the issue is gone")?.id)
}
