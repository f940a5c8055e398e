//! What ownership rules say about issues, in SQLite: who might look after them, and who does.

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;
use watchpost_model::{
    Assignee, Deed, Event, IssueId, Owner, OwnerMatch, OwnerSource, ProjectId, TeamId, Timestamp,
    UserId,
};

use super::act::{Hand, enter, name_of};
use super::key::bump_generation;
use super::{SqliteLedger, person};
use crate::limits::{SUGGESTED_COUNT_MAX, SUGGESTED_RULE_BYTES_MAX};
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::Fault;
use crate::{Actor, Codeowners, Owners, OwnershipLedger, OwnershipRecord, StoreError, Suggested};

/// The rules of a project changed: what they said is to be asked anew.
pub(super) fn bump(sql: &Connection, project: ProjectId, now: Timestamp) -> Result<(), Fault> {
    bump_generation(sql)?;
    sql.prepare_cached(
        "INSERT INTO ownership (project, version, created, changed) VALUES (?1, 1, ?2, ?2)
         ON CONFLICT DO UPDATE SET version = version + 1, changed = ?2",
    )?
    .execute([project.0, now.as_micros()])?;
    Ok(())
}

/// Teams or people changed, whom rules of any project may name.
pub(super) fn bump_all(sql: &Connection) -> Result<(), Fault> {
    bump_generation(sql)?;
    sql.prepare_cached("UPDATE ownership SET version = version + 1")?
        .execute([])?;
    Ok(())
}

/// Notes who might look after an issue, and gives it to the most responsible if nobody ever had it.
pub(super) fn judge(
    sql: &Connection,
    (project, issue): (ProjectId, IssueId),
    owners: &dyn Owners,
    event: &Event,
) -> Result<(), Fault> {
    let suggestion = owners.suggest(project, event);
    let suggested = resolve(sql, project, &suggestion.matches)?;
    sql.prepare_cached("DELETE FROM issue_owner WHERE issue = ?1")?
        .execute([issue.0])?;
    let mut insert = sql.prepare_cached(
        "INSERT INTO issue_owner (issue, owner, place, source, rule) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (place, one) in (0_i64..).zip(&suggested) {
        let owner = one.owner.text();
        insert.execute(params![issue.0, owner, place, one.source.name(), one.rule])?;
    }
    let version = crate::sqlite::columns::count_in(owners.version(project));
    sql.prepare_cached("UPDATE issue SET owners_version = ?2 WHERE id = ?1")?
        .execute([issue.0, version])?;
    match suggested.first() {
        Some(first) if suggestion.assigns => give(sql, (project, issue), first, event.received),
        _ => Ok(()),
    }
}

/// Gives an issue away, unless somebody had it.
fn give(
    sql: &Connection,
    (project, issue): (ProjectId, IssueId),
    to: &Suggested,
    now: Timestamp,
) -> Result<(), Fault> {
    let text = to.owner.text();
    let changed = sql
        .prepare_cached(
            "UPDATE issue SET assignee = ?2, was_assigned = 1
             WHERE id = ?1 AND assignee IS NULL AND was_assigned = 0",
        )?
        .execute(params![issue.0, text])?;
    if changed == 0 {
        return Ok(());
    }
    if let Assignee::User(user) = to.owner {
        person::subscribe_unless_said(sql, issue, user)?;
    }
    let by = Actor::System;
    let hand = Hand { project, by, now };
    let data = json!({
        "assignee": text,
        "name": name_of(sql, project, to.owner)?,
        "integration": to.source.name(),
        "rule": to.rule,
    });
    enter(sql, hand, issue, (Deed::Assigned, data))
}

/// See [`OwnershipLedger::resolve_owners`].
fn resolve(
    sql: &Connection,
    project: ProjectId,
    matches: &[OwnerMatch],
) -> Result<Vec<Suggested>, Fault> {
    let mut found: Vec<Suggested> = Vec::new();
    for one in matches.iter().rev() {
        for owner in &one.owners {
            if found.len() == SUGGESTED_COUNT_MAX {
                return Ok(found);
            }
            let Some(owner) = find(sql, project, owner)? else {
                continue;
            };
            if found.iter().any(|known| known.owner == owner) {
                continue;
            }
            let rule = one.to_string();
            let end = rule.floor_char_boundary(SUGGESTED_RULE_BYTES_MAX);
            found.push(Suggested {
                owner,
                source: one.source,
                rule: rule.get(..end).unwrap_or_default().to_owned(),
            });
        }
    }
    Ok(found)
}

/// Who is called so.
fn find(sql: &Connection, project: ProjectId, owner: &Owner) -> Result<Option<Assignee>, Fault> {
    let id: Option<i64> = match owner {
        Owner::Person(email) => sql
            .prepare_cached(
                "SELECT user.id FROM user JOIN member ON member.user = user.id
                 WHERE email = ?1 AND member.org = (SELECT org FROM project WHERE id = ?2)",
            )?
            .query_row(params![email, project.0], |row| row.get(0))
            .optional()?,
        Owner::Team(slug) => sql
            .prepare_cached(
                "SELECT id FROM team
                 WHERE slug = ?1 AND org = (SELECT org FROM project WHERE id = ?2)",
            )?
            .query_row(params![slug, project.0], |row| row.get(0))
            .optional()?,
    };
    Ok(id.map(|id| match owner {
        Owner::Person(_) => Assignee::User(UserId(id)),
        Owner::Team(_) => Assignee::Team(TeamId(id)),
    }))
}

fn suggested_of(sql: &Connection, issue: IssueId) -> Result<Vec<Suggested>, Fault> {
    let mut statement =
        sql.prepare_cached("SELECT * FROM issue_owner WHERE issue = ?1 ORDER BY place")?;
    let mut rows = statement.query([issue.0])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let (owner, source): (String, String) = (row.column("owner")?, row.column("source")?);
        let known = Assignee::parse(&owner).zip(OwnerSource::from_name(&source));
        if let Some((owner, source)) = known {
            let rule = row.column("rule")?;
            all.push(Suggested {
                owner,
                source,
                rule,
            });
        }
    }
    Ok(all)
}

impl OwnershipLedger for SqliteLedger {
    fn ownership_versions(&self) -> Result<Vec<(ProjectId, u64)>, StoreError> {
        self.pool.read("read versions of ownership rules", |sql| {
            let mut statement = sql.prepare_cached("SELECT project, version FROM ownership")?;
            let rows = statement.query_map([], |row| {
                Ok((ProjectId(row.column("project")?), row.count("version")?))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn ownership(&self, project: ProjectId) -> Result<Option<OwnershipRecord>, StoreError> {
        self.pool.read("read ownership rules", |sql| {
            let mut statement = sql.prepare_cached("SELECT * FROM ownership WHERE project = ?1")?;
            let record = statement.query_row([project.0], |row| {
                let raw: Option<String> = row.column("codeowners")?;
                let (created, changed) = (row.moment("created")?, row.moment("changed")?);
                let first = row.moment_if_any("file_created")?;
                let last = row.moment_if_any("file_changed")?;
                Ok(OwnershipRecord {
                    created,
                    changed,
                    codeowners: raw.map(|raw| Codeowners {
                        raw,
                        created: first.unwrap_or(created),
                        changed: last.unwrap_or(changed),
                    }),
                })
            });
            Ok(record.optional()?)
        })
    }

    fn set_codeowners(
        &self,
        project: ProjectId,
        raw: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.pool.write("keep a CODEOWNERS file", |sql| {
            let mut statement = sql.prepare_cached("SELECT 1 FROM project WHERE id = ?1")?;
            if !statement.exists([project.0])? {
                return Err(Fault::missing("project"));
            }
            bump(sql, project, now)?;
            let now = raw.map(|_| now.as_micros());
            sql.prepare_cached(
                "UPDATE ownership SET codeowners = ?2, file_changed = ?3,
                     file_created = CASE WHEN ?2 IS NULL OR codeowners IS NULL THEN ?3
                                         ELSE file_created END
                 WHERE project = ?1",
            )?
            .execute(params![project.0, raw, now])?;
            Ok(())
        })
    }

    fn resolve_owners(
        &self,
        project: ProjectId,
        matches: &[OwnerMatch],
    ) -> Result<Vec<Suggested>, StoreError> {
        self.pool
            .read("find owners", |sql| resolve(sql, project, matches))
    }

    fn suggested(
        &self,
        project: ProjectId,
        issues: &[IssueId],
    ) -> Result<Vec<(IssueId, Vec<Suggested>)>, StoreError> {
        self.pool.read("read suggested owners", |sql| {
            let mut statement =
                sql.prepare_cached("SELECT 1 FROM issue WHERE id = ?1 AND project = ?2")?;
            let mut all = Vec::new();
            for issue in issues {
                let suggested = suggested_of(sql, *issue)?;
                if !suggested.is_empty() && statement.exists([issue.0, project.0])? {
                    all.push((*issue, suggested));
                }
            }
            Ok(all)
        })
    }
}
