//! What people do with issues, by the functions that the pages use.

use anyhow::{Context, Result, bail};
use watchpost_demo::{Act, Plan, Program};
use watchpost_model::{Assignee, EventId, IssueId, ProjectId, Timestamp, Until};
use watchpost_store::{Action, Actor, Archive, Forget, IssueLedger, LifeLedger, Resolve};

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

/// The issue that shows an event.
pub(super) fn issue_of(house: &House, project: ProjectId, event: EventId) -> Result<IssueId> {
    let known = house.archive.known(&[(project, event)])?;
    let stored = known.first().copied().flatten();
    let stored = stored.with_context(|| format!("the event {event} is not stored"))?;
    let issue = house.ledger.issue(project, stored)?;
    Ok(issue.context("the issue is gone")?.id)
}
