//! What people do with issues.

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};
use watchpost_model::regression::Releases;
use watchpost_model::{
    Archiving, Assignee, Condition, Deed, Fix, IssueId, Priority, ProjectId, Resolution, Status,
    Substatus, Timestamp, Until,
};

use super::activity::{Entry, note};
use super::folder::{Folder, Stand};
use super::undo::{Before, Undo, before_of, remember};
use super::{age, person, release};
use crate::sqlite::fault::Fault;
use crate::{Acted, Action, Actor, Resolve};

/// Who does it, and when.
#[derive(Clone, Copy)]
pub(super) struct Hand {
    pub(super) project: ProjectId,
    pub(super) by: Actor,
    pub(super) now: Timestamp,
}

/// See [`crate::LifeLedger::act`].
pub(super) fn act(
    sql: &Connection,
    hand: Hand,
    issues: &[IssueId],
    action: &Action,
) -> Result<Acted, Fault> {
    let mut plan = Plan::new(sql, hand, action)?;
    let (mut changed, mut before) = (Vec::new(), Vec::new());
    for issue in issues {
        let Some(mut was) = before_of(sql, hand.project, *issue)? else {
            continue;
        };
        let is_changed = match action {
            Action::Bookmark(_) | Action::Subscribe(_) | Action::See => {
                person::touch(sql, *issue, hand, action)?
            }
            Action::Assign(to) => assign(sql, *issue, hand, (&was, *to))?,
            _ => plan.change(*issue)?,
        };
        if is_changed {
            changed.push(*issue);
            was.made = before_of(sql, hand.project, *issue)?.map(Box::new);
            before.push(was);
        }
    }
    let is_personal = matches!(
        action,
        Action::Bookmark(_) | Action::Subscribe(_) | Action::See
    );
    let undo = if before.is_empty() || is_personal {
        None
    } else {
        Some(remember(sql, hand, &Undo::Stands(before))?)
    };
    Ok(Acted { changed, undo })
}

fn assign(
    sql: &Connection,
    issue: IssueId,
    hand: Hand,
    (was, assignee): (&Before, Option<Assignee>),
) -> Result<bool, Fault> {
    let text = assignee.map(Assignee::text);
    if text == was.assignee {
        return Ok(false);
    }
    let mut data = json!({ "assignee": text });
    if let Some(to) = assignee {
        let (kind, name) = match to {
            Assignee::User(_) => ("user", name_of(sql, hand.project, to)?),
            Assignee::Team(_) => ("team", name_of(sql, hand.project, to)?),
        };
        let name = name.ok_or(Fault::missing(kind))?;
        data = json!({ "assignee": text, "name": name });
    }
    if let Some(Assignee::User(user)) = assignee {
        person::subscribe_unless_said(sql, issue, user)?;
    }
    set_assignee(sql, issue, text.as_deref())?;
    let deed = match assignee {
        Some(_) => Deed::Assigned,
        None => Deed::Unassigned,
    };
    enter(sql, hand, issue, (deed, data))?;
    Ok(true)
}

/// What somebody who can look after issues of a project is called; `None` when nobody is there.
pub(super) fn name_of(
    sql: &Connection,
    project: ProjectId,
    assignee: Assignee,
) -> Result<Option<String>, Fault> {
    let name = match assignee {
        Assignee::User(user) => sql
            .prepare_cached("SELECT name FROM user WHERE id = ?1")?
            .query_row([user.0], |row| row.get(0)),
        Assignee::Team(team) => sql
            .prepare_cached(
                "SELECT '#' || slug FROM team
                 WHERE id = ?1 AND org = (SELECT org FROM project WHERE id = ?2)",
            )?
            .query_row([team.0, project.0], |row| row.get(0)),
    };
    Ok(name.optional()?)
}

pub(super) fn set_assignee(
    sql: &Connection,
    issue: IssueId,
    text: Option<&str>,
) -> Result<(), Fault> {
    sql.prepare_cached(
        "UPDATE issue SET assignee = ?2, was_assigned = max(was_assigned, ?2 IS NOT NULL)
         WHERE id = ?1",
    )?
    .execute(params![issue.0, text])?;
    Ok(())
}

/// Writes an entry of what somebody did.
pub(super) fn enter(
    sql: &Connection,
    hand: Hand,
    issue: IssueId,
    (deed, data): (Deed, Value),
) -> Result<(), Fault> {
    let (at, by) = (hand.now, hand.by);
    let entry = Entry {
        issue,
        at,
        by,
        deed,
        data,
    };
    note(sql, &entry)?;
    Ok(())
}

/// An action on the stand of issues, and what it needs to know of the project.
struct Plan<'a> {
    sql: &'a Connection,
    hand: Hand,
    action: &'a Action,
    releases: Releases,
}

impl<'a> Plan<'a> {
    fn new(sql: &'a Connection, hand: Hand, action: &'a Action) -> Result<Self, Fault> {
        let releases = match action {
            Action::Resolve(Resolve::Now) => Vec::new(),
            Action::Resolve(_) => release::facts(sql, hand.project)?,
            _ => Vec::new(),
        };
        Ok(Self {
            sql,
            hand,
            action,
            releases: Releases::of(releases),
        })
    }

    /// Changes one issue; `false` when it is so already.
    fn change(&mut self, issue: IssueId) -> Result<bool, Fault> {
        let folder = Folder::read(self.sql, issue)?;
        let mut stand = folder.stand.clone();
        let entry = match self.action {
            Action::Open => self.open(&mut stand),
            Action::Resolve(how) => self.resolve(&mut stand, (&folder, how)),
            Action::Archive(until) => self.archive(&mut stand, (issue, &folder), until)?,
            Action::Review => review(&mut stand),
            Action::Prioritize(priority) => prioritize(&mut stand, *priority),
            Action::Assign(_) | Action::Bookmark(_) | Action::Subscribe(_) | Action::See => None,
        };
        let Some(entry) = entry else {
            return Ok(false);
        };
        stand.write(self.sql, issue)?;
        enter(self.sql, self.hand, issue, entry)?;
        Ok(true)
    }

    fn open(&self, stand: &mut Stand) -> Option<(Deed, Value)> {
        if stand.status == Status::Unresolved {
            return None;
        }
        stand.open(Substatus::Ongoing, self.hand.now);
        // Who opens it by hand takes its resolution back: it has not come back by itself.
        stand.resolved_at = None;
        Some((Deed::SetUnresolved, json!({})))
    }

    fn resolve(
        &self,
        stand: &mut Stand,
        (folder, how): (&Folder, &Resolve),
    ) -> Option<(Deed, Value)> {
        let resolution = self.resolution(folder, how);
        if stand.status == Status::Resolved && stand.resolution().fix == resolution.fix {
            return None;
        }
        let entry = match &resolution.fix {
            Fix::Now => (Deed::SetResolved, json!({})),
            Fix::InRelease(version) => (Deed::SetResolvedInRelease, json!({ "version": version })),
            Fix::AfterRelease(after) => (
                Deed::SetResolvedInRelease,
                json!({ "version": "", "current_release_version": after }),
            ),
            Fix::InCommit {
                commit, repository, ..
            } => (
                Deed::SetResolvedInCommit,
                json!({ "commit": commit, "repository": repository }),
            ),
        };
        stand.status = Status::Resolved;
        stand.substatus = None;
        stand.since = self.hand.now;
        stand.resolved_at = Some(self.hand.now);
        stand.condition = Some(Condition::Resolved(resolution));
        Some(entry)
    }

    fn resolution(&self, folder: &Folder, how: &Resolve) -> Resolution {
        let last = folder.span.last_release.as_ref();
        let last = last.map(|last| last.release.as_str());
        let newest = || {
            let newest = self.releases.newest(last);
            newest.map(|facts| facts.version.clone())
        };
        let fix = match how {
            Resolve::Now => Fix::Now,
            Resolve::InRelease(release) => Fix::InRelease(release.clone()),
            Resolve::InNextRelease => Fix::AfterRelease(newest()),
            Resolve::InCommit { commit, repository } => Fix::InCommit {
                commit: commit.clone(),
                repository: repository.clone(),
                after: newest(),
            },
        };
        let date = |release| {
            let known = self.releases.named(release);
            // A release that is not there yet will come after this moment.
            known.map_or(self.hand.now, |facts| facts.date)
        };
        Resolution {
            order: self.releases.order(),
            release_date: fix.release().map(date),
            by: self.hand.by.user(),
            fix,
        }
    }

    fn archive(
        &self,
        stand: &mut Stand,
        (issue, folder): (IssueId, &Folder),
        until: &Until,
    ) -> Result<Option<(Deed, Value)>, Fault> {
        let known = stand.condition.as_ref().and_then(Condition::archiving);
        if known.is_some_and(|known| known.until == *until) {
            return Ok(None);
        }
        let now = self.hand.now;
        let hour_max = match until {
            Until::Escalating => age::hour_max_of(self.sql, issue, now)?,
            Until::Forever | Until::Met { .. } => None,
        };
        stand.condition = Some(Condition::Archived(Archiving {
            until: until.clone(),
            since: now,
            times_seen: folder.span.times_seen,
            user_count: folder.span.user_count,
            hour_max,
            judged: now,
            by: self.hand.by.user(),
        }));
        stand.status = Status::Archived;
        stand.substatus = Some(until.substatus());
        stand.since = now;
        // It is put aside, not solved.
        stand.resolved_at = None;
        Ok(Some((Deed::SetIgnored, facts_of(until))))
    }
}

fn review(stand: &mut Stand) -> Option<(Deed, Value)> {
    if stand.is_reviewed {
        return None;
    }
    stand.is_reviewed = true;
    if stand.status == Status::Unresolved && stand.substatus == Some(Substatus::New) {
        stand.substatus = Some(Substatus::Ongoing);
    }
    Some((Deed::MarkReviewed, json!({})))
}

fn prioritize(stand: &mut Stand, priority: Priority) -> Option<(Deed, Value)> {
    if stand.priority == priority && stand.is_priority_by_hand {
        return None;
    }
    (stand.priority, stand.is_priority_by_hand) = (priority, true);
    let data = json!({ "priority": priority, "reason": "by hand" });
    Some((Deed::SetPriority, data))
}

/// The conditions of an archiving in the words of Sentry's API.
fn facts_of(until: &Until) -> Value {
    match until {
        Until::Forever => json!({}),
        Until::Escalating => json!({ "ignoreUntilEscalating": true }),
        Until::Met {
            time,
            events,
            users,
        } => json!({
            "ignoreUntil": time,
            "ignoreCount": events.map(|bound| bound.count),
            "ignoreWindow": events.and_then(|bound| bound.window_mins),
            "ignoreUserCount": users.map(|bound| bound.count),
            "ignoreUserWindow": users.and_then(|bound| bound.window_mins),
        }),
    }
}
