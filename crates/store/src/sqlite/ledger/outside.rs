//! What is around an issue, in SQLite: links for strangers, tickets elsewhere, subscribers, and who
//! deleted it.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::json;
use watchpost_model::{Deed, Issue, IssueId, ProjectId, Timestamp, UserId};

use super::act::Hand;
use super::activity::{self, Entry};
use super::{SqliteLedger, alike, news};
use crate::limits::{DELETED_ISSUE_COUNT_MAX, TICKET_COUNT_MAX};
use crate::sqlite::columns::{Columns, count_in};
use crate::sqlite::fault::{Fault, Insert};
use crate::{
    Actor, Alike, DeletedIssue, Forget, IssueValue, NewShare, Newcomer, OutsideLedger, SecretHash,
    Share, StoreError, Ticket,
};

/// People who are listed.
const PERSON_COUNT_MAX: u32 = 100;

/// A row of `issue_share` beside its issue.
fn read_share(row: &Row<'_>) -> rusqlite::Result<Share> {
    let by: Option<i64> = row.column("user")?;
    Ok(Share {
        project: ProjectId(row.column("project")?),
        issue: IssueId(row.column("issue")?),
        is_whole: row.column("is_whole")?,
        by: by.map(UserId),
        created: row.moment("created")?,
    })
}

/// That the issue is there, on its own.
fn check(sql: &Connection, project: ProjectId, issue: IssueId) -> Result<(), Fault> {
    let is_there = sql
        .prepare_cached(
            "SELECT 1 FROM issue WHERE id = ?1 AND project = ?2 AND merged_into IS NULL",
        )?
        .exists([issue.0, project.0])?;
    is_there.then_some(()).ok_or(Fault::missing("issue"))
}

/// Notes what somebody did.
fn note(
    sql: &Connection,
    (issue, by, at): (IssueId, UserId, Timestamp),
    deed: Deed,
    data: serde_json::Value,
) -> Result<(), Fault> {
    let by = Actor::User(by);
    let entry = Entry {
        issue,
        at,
        by,
        deed,
        data,
    };
    activity::note(sql, &entry)?;
    Ok(())
}

/// Remembers that somebody deletes an issue, which is there yet; the oldest ones are forgotten.
pub(super) fn note_deleted(
    sql: &Connection,
    hand: Hand,
    issue: IssueId,
    how: Forget,
) -> Result<(), Fault> {
    let user = hand.by.user().map(|user| user.0);
    let is_discarded = how == Forget::Discard;
    sql.prepare_cached(
        "INSERT OR REPLACE INTO deleted_issue (issue, project, number, at, user, discard)
         SELECT id, ?2, number, ?3, ?4, ?5 FROM issue WHERE id = ?1",
    )?
    .execute(params![
        issue.0,
        hand.project.0,
        hand.now.as_micros(),
        user,
        is_discarded
    ])?;
    sql.prepare_cached(
        "DELETE FROM deleted_issue WHERE project = ?1 AND issue IN (
             SELECT issue FROM deleted_issue WHERE project = ?1
             ORDER BY at DESC, issue DESC LIMIT -1 OFFSET ?2)",
    )?
    .execute(params![hand.project.0, count_in(DELETED_ISSUE_COUNT_MAX)])?;
    Ok(())
}

/// The tickets of an issue, and of what was merged into it.
fn tickets(sql: &Connection, project: ProjectId, issue: IssueId) -> Result<Vec<Ticket>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT * FROM issue_ticket
         WHERE issue IN (SELECT id FROM issue WHERE id = ?1 AND project = ?2
             UNION ALL SELECT id FROM issue WHERE merged_into = ?1 AND project = ?2)
         ORDER BY id",
    )?;
    let rows = statement.query_map([issue.0, project.0], |row| {
        let by: Option<i64> = row.column("user")?;
        Ok(Ticket {
            id: row.column("id")?,
            url: row.column("url")?,
            title: row.column("title")?,
            by: by.map(UserId),
            created: row.moment("created")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl OutsideLedger for SqliteLedger {
    fn share_issue(
        &self,
        project: ProjectId,
        issue: IssueId,
        new: &NewShare,
        by: UserId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.pool.write("share an issue", |sql| {
            check(sql, project, issue)?;
            sql.prepare_cached(
                "INSERT OR REPLACE INTO issue_share (issue, hash, is_whole, user, created)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                issue.0,
                new.hash,
                new.is_whole,
                by.0,
                now.as_micros()
            ])?;
            let data = json!({ "whole": new.is_whole });
            note(sql, (issue, by, now), Deed::SetPublic, data)
        })
    }

    fn stop_sharing(
        &self,
        project: ProjectId,
        issue: IssueId,
        by: UserId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.pool.write("stop sharing an issue", |sql| {
            check(sql, project, issue)?;
            let gone = sql
                .prepare_cached("DELETE FROM issue_share WHERE issue = ?1")?
                .execute([issue.0])?;
            if gone > 0 {
                note(sql, (issue, by, now), Deed::SetPrivate, json!({}))?;
            }
            Ok(gone > 0)
        })
    }

    fn share_of(&self, project: ProjectId, issue: IssueId) -> Result<Option<Share>, StoreError> {
        self.pool.read("find the link of an issue", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT share.*, project FROM issue_share AS share JOIN issue ON id = share.issue
                 WHERE share.issue = ?1 AND project = ?2",
            )?;
            let row = statement.query_row([issue.0, project.0], read_share);
            Ok(row.optional()?)
        })
    }

    fn shared(&self, hash: &SecretHash) -> Result<Option<Share>, StoreError> {
        self.pool.read("find a shared issue", |sql| {
            // One that was merged shows others, too, of which nobody spoke.
            let mut statement = sql.prepare_cached(
                "SELECT share.*, project FROM issue_share AS share JOIN issue ON id = share.issue
                 WHERE share.hash = ?1 AND merged_into IS NULL",
            )?;
            Ok(statement.query_row([hash], read_share).optional()?)
        })
    }

    fn tickets(&self, project: ProjectId, issue: IssueId) -> Result<Vec<Ticket>, StoreError> {
        self.pool
            .read("list tickets", |sql| tickets(sql, project, issue))
    }

    fn link_ticket(
        &self,
        project: ProjectId,
        issue: IssueId,
        (url, title): (&str, &str),
        by: UserId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let insert = Insert {
            what: "ticket",
            name: url,
            parent: "issue",
        };
        self.pool.write("link a ticket", |sql| {
            check(sql, project, issue)?;
            if tickets(sql, project, issue)?.len() as u64 >= TICKET_COUNT_MAX {
                let (what, max) = ("tickets of an issue", TICKET_COUNT_MAX);
                return Err(StoreError::TooMany { what, max }.into());
            }
            sql.prepare_cached(
                "INSERT INTO issue_ticket (issue, url, title, user, created)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![issue.0, url, title, by.0, now.as_micros()])
            .map_err(|error| insert.refused(error))?;
            let data = json!({ "title": title, "location": url });
            note(sql, (issue, by, now), Deed::CreateIssue, data)
        })
    }

    fn unlink_ticket(
        &self,
        project: ProjectId,
        issue: IssueId,
        ticket: i64,
        by: UserId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.pool.write("unlink a ticket", |sql| {
            let known = tickets(sql, project, issue)?.into_iter();
            let found = known.into_iter().find(|known| known.id == ticket);
            let found = found.ok_or(Fault::missing("ticket"))?;
            sql.prepare_cached("DELETE FROM issue_ticket WHERE id = ?1")?
                .execute([ticket])?;
            let data = json!({ "title": found.title, "location": found.url });
            note(sql, (issue, by, now), Deed::UnlinkIssue, data)
        })
    }

    fn subscribers(&self, project: ProjectId, issue: IssueId) -> Result<Vec<UserId>, StoreError> {
        self.pool.read("list subscribers", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT user FROM issue_person AS person JOIN issue ON id = person.issue
                 WHERE person.issue = ?1 AND project = ?2 AND subscribed = 1
                 ORDER BY user LIMIT ?3",
            )?;
            let row = params![issue.0, project.0, PERSON_COUNT_MAX];
            let rows = statement.query_map(row, |row| row.column("user").map(UserId))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn issue_tag_values(
        &self,
        project: ProjectId,
        issue: IssueId,
        key: &str,
        part: (usize, usize),
    ) -> Result<(Vec<IssueValue>, u64), StoreError> {
        self.pool.read("read the values of a tag", |sql| {
            news::values(sql, project, issue, key, part)
        })
    }

    fn newcomers(
        &self,
        project: ProjectId,
        issue: IssueId,
        keys: &[&str],
        time: (Timestamp, Timestamp),
    ) -> Result<Vec<Newcomer>, StoreError> {
        self.pool.read("find what is new", |sql| {
            news::newcomers(sql, project, issue, keys, time)
        })
    }

    fn release_began(
        &self,
        project: ProjectId,
        release: &str,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.pool.read("find a release", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT first_seen FROM release
                 WHERE project = ?1 AND version = ?2 AND events > 0",
            )?;
            let row =
                statement.query_row(params![project.0, release], |row| row.moment("first_seen"));
            Ok(row.optional()?)
        })
    }

    fn alike(&self, project: ProjectId, issue: &Issue) -> Result<Vec<Alike>, StoreError> {
        self.pool.read("find similar issues", |sql| {
            alike::alike(sql, project, issue)
        })
    }

    fn deleted_issue(
        &self,
        projects: &[ProjectId],
        issue: IssueId,
    ) -> Result<Option<DeletedIssue>, StoreError> {
        let found = self.pool.read("find a deleted issue", |sql| {
            // One that is there again was not deleted after all.
            let mut statement = sql.prepare_cached(
                "SELECT * FROM deleted_issue AS deleted WHERE issue = ?1
                 AND NOT EXISTS (SELECT 1 FROM issue WHERE id = deleted.issue)",
            )?;
            let row = statement.query_row([issue.0], |row| {
                let by: Option<i64> = row.column("user")?;
                Ok(DeletedIssue {
                    number: row.count("number")?,
                    project: ProjectId(row.column("project")?),
                    at: row.moment("at")?,
                    by: by.map(UserId),
                    is_discarded: row.column("discard")?,
                })
            });
            Ok(row.optional()?)
        })?;
        Ok(found.filter(|deleted| projects.contains(&deleted.project)))
    }
}
