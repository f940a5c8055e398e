//! What people do with issues, in SQLite: each question and change is one transaction, told in a
//! file of its own.

use rusqlite::{Connection, params};
use serde_json::json;
use watchpost_model::{Activity, Deed, IssueId, ProjectId, Timestamp, UserId};

use super::act::{self, Hand};
use super::activity::{self, Entry};
use super::undo::{self, Undo};
use super::{SqliteLedger, age, cleanup, kin, merge, outside, person, tombstone, trash, unmerge};
use crate::limits::NOTE_BYTES_MAX;
use crate::sqlite::columns::json_in;
use crate::sqlite::fault::Fault;
use crate::{
    Acted, Action, Actor, Aged, Forget, HashOwner, Kin, Leaving, LifeLedger, Merged, Personal,
    StoreError, Tombstone, Unmerged,
};

impl LifeLedger for SqliteLedger {
    fn act(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        action: &Action,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Acted, StoreError> {
        let hand = hand(project, actor, now);
        self.pool
            .write("change issues", |sql| act::act(sql, hand, issues, action))
    }

    fn undo(
        &self,
        project: ProjectId,
        undo: i64,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Vec<IssueId>, StoreError> {
        let hand = hand(project, actor, now);
        self.pool.write("take a change back", |sql| {
            match undo::take(sql, project, undo)? {
                Undo::Stands(stands) => undo::put_back(sql, hand, stands),
                Undo::Merge(into, before) => unmerge::split(sql, hand, into, &before),
                Undo::Unmerge(from, left) => unmerge::rejoin(sql, hand, from, &left),
                Undo::Trash(heads) => trash::bring_back(sql, hand, &heads),
            }
        })
    }

    fn merge(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        actor: Actor,
        now: Timestamp,
    ) -> Result<Option<Merged>, StoreError> {
        let hand = hand(project, actor, now);
        self.pool
            .write("merge issues", |sql| merge::merge(sql, hand, issues))
    }

    fn unmerge(
        &self,
        project: ProjectId,
        issue: IssueId,
        leaving: &Leaving<'_>,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Unmerged, StoreError> {
        let hand = hand(project, actor, now);
        self.pool.write("unmerge issues", |sql| {
            unmerge::unmerge(sql, hand, issue, leaving)
        })
    }

    fn family(&self, project: ProjectId, issue: IssueId) -> Result<Vec<IssueId>, StoreError> {
        self.pool.read("find merged issues", |sql| {
            merge::family_of(sql, project, issue)
        })
    }

    fn families(
        &self,
        project: ProjectId,
        issues: &[IssueId],
    ) -> Result<Vec<Vec<IssueId>>, StoreError> {
        self.pool.read("find merged issues", |sql| {
            let families = issues.iter();
            let families = families.map(|issue| merge::family_of(sql, project, *issue));
            families.collect()
        })
    }

    fn hashes(&self, project: ProjectId, issue: IssueId) -> Result<Vec<HashOwner>, StoreError> {
        self.pool.read("list grouping keys", |sql| {
            merge::hashes(sql, project, issue)
        })
    }

    fn kin(&self, project: ProjectId, issue: IssueId) -> Result<Vec<Kin>, StoreError> {
        self.pool
            .read("find kin", |sql| kin::kin(sql, project, issue))
    }

    fn activity(&self, project: ProjectId, issue: IssueId) -> Result<Vec<Activity>, StoreError> {
        self.pool.read("read the activity of an issue", |sql| {
            if !is_there(sql, project, issue)? {
                return Ok(Vec::new());
            }
            activity::of_issue(sql, issue)
        })
    }

    fn comment_counts(
        &self,
        project: ProjectId,
        issues: &[IssueId],
    ) -> Result<Vec<(IssueId, u64)>, StoreError> {
        self.pool.read("count comments", |sql| {
            let mut counts = Vec::new();
            for issue in issues {
                let count = activity::comment_count(sql, *issue)?;
                if count > 0 && is_there(sql, project, *issue)? {
                    counts.push((*issue, count));
                }
            }
            Ok(counts)
        })
    }

    fn comment(
        &self,
        project: ProjectId,
        issue: IssueId,
        (by, text): (UserId, &str),
        now: Timestamp,
    ) -> Result<Activity, StoreError> {
        self.pool.write("write a comment", |sql| {
            if !is_there(sql, project, issue)? {
                return Err(Fault::missing("issue"));
            }
            let entry = Entry {
                issue,
                at: now,
                by: Actor::User(by),
                deed: Deed::Note,
                data: json!({ "text": bounded(text) }),
            };
            let id = activity::note(sql, &entry)?;
            person::subscribe_unless_said(sql, issue, by)?;
            activity::comment(sql, issue, id)?.ok_or(Fault::missing("comment"))
        })
    }

    fn edit_comment(
        &self,
        project: ProjectId,
        issue: IssueId,
        comment: i64,
        (by, text): (UserId, Option<&str>),
    ) -> Result<Option<Activity>, StoreError> {
        self.pool.write("change a comment", |sql| {
            let found = activity::comment(sql, issue, comment)?;
            let is_own = found.is_some_and(|found| found.by == Some(by));
            if !is_own || !is_there(sql, project, issue)? {
                return Err(Fault::missing("comment"));
            }
            let Some(text) = text else {
                sql.prepare_cached("DELETE FROM activity WHERE id = ?1")?
                    .execute([comment])?;
                return Ok(None);
            };
            let data = json_in(&json!({ "text": bounded(text) }));
            sql.prepare_cached("UPDATE activity SET data = ?2 WHERE id = ?1")?
                .execute(params![comment, data])?;
            activity::comment(sql, issue, comment)
        })
    }

    fn personal(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        user: UserId,
    ) -> Result<Vec<(IssueId, Personal)>, StoreError> {
        self.pool.read("read bookmarks", |sql| {
            person::personal(sql, project, issues, user)
        })
    }

    fn forget_issues(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        how: Forget,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Vec<IssueId>, StoreError> {
        let hand = hand(project, actor, now);
        let mut forgotten = Vec::new();
        // One at a time: the digest goes on in between.
        for issue in issues {
            forgotten.extend(
                self.pool
                    .write("forget an issue", |sql| forget(sql, hand, *issue, how))?,
            );
        }
        self.pool.write("forget unsettled events", |sql| {
            cleanup::forget_unsettled(sql, project)
        })?;
        Ok(forgotten)
    }

    fn tombstones(&self, project: ProjectId) -> Result<Vec<Tombstone>, StoreError> {
        self.pool.read("list discarded issues", |sql| {
            tombstone::of_project(sql, project)
        })
    }

    fn delete_tombstone(&self, project: ProjectId, id: i64) -> Result<(), StoreError> {
        self.pool.write("forget a discarded issue", |sql| {
            tombstone::delete(sql, project, id)
        })
    }

    fn age(&self, now: Timestamp) -> Result<Aged, StoreError> {
        age::age(&self.pool, now)
    }
}

fn hand(project: ProjectId, by: Actor, now: Timestamp) -> Hand {
    Hand { project, by, now }
}

fn is_there(sql: &Connection, project: ProjectId, issue: IssueId) -> Result<bool, Fault> {
    let mut statement = sql.prepare_cached("SELECT 1 FROM issue WHERE id = ?1 AND project = ?2")?;
    Ok(statement.exists([issue.0, project.0])?)
}

fn bounded(text: &str) -> &str {
    let end = text.floor_char_boundary(NOTE_BYTES_MAX);
    text.get(..end).unwrap_or_default()
}

/// Forgets an issue and what was merged into it; whose events the archive still has.
fn forget(
    sql: &Connection,
    hand: Hand,
    issue: IssueId,
    how: Forget,
) -> Result<Vec<IssueId>, Fault> {
    let Some(face) = tombstone::face(sql, hand.project, issue)? else {
        return Ok(Vec::new());
    };
    let family = merge::family(sql, issue)?;
    if how == Forget::Discard {
        let stone = tombstone::put_up(sql, hand, face.as_parts())?;
        for part in &family {
            tombstone::bury(sql, *part, stone)?;
        }
    }
    outside::note_deleted(sql, hand, issue, how)?;
    for part in &family {
        cleanup::forget_issue(sql, hand.project, *part)?;
    }
    Ok(family)
}
