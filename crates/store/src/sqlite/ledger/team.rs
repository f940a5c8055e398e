//! Teams in SQLite.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, params};
use serde_json::json;
use watchpost_model::{
    Assignee, Deed, IssueId, OrgId, ProjectId, Roster, Team, TeamId, Timestamp, UserId,
};

use super::act::{Hand, enter, set_assignee};
use super::{SqliteLedger, owned};
use crate::limits::CLEANUP_ISSUE_COUNT_STEP;
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::{Fault, Insert};
use crate::{Actor, NewTeam, StoreError, TeamLedger};

fn read(row: &Row<'_>) -> rusqlite::Result<Team> {
    Ok(Team {
        id: TeamId(row.column("id")?),
        org: OrgId(row.column("org")?),
        slug: row.column("slug")?,
        name: row.column("name")?,
        created: row.moment("created")?,
    })
}

/// Pairs of a team and something that belongs to it, in order.
fn belongings(sql: &Connection, query: &str, org: OrgId) -> Result<BTreeMap<i64, Vec<i64>>, Fault> {
    let mut statement = sql.prepare_cached(query)?;
    let mut all: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    let mut rows = statement.query([org.0])?;
    while let Some(row) = rows.next()? {
        all.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    Ok(all)
}

fn check(sql: &Connection, team: &Team) -> Result<(), Fault> {
    let mut statement = sql.prepare_cached("SELECT 1 FROM team WHERE id = ?1 AND org = ?2")?;
    if statement.exists([team.id.0, team.org.0])? {
        Ok(())
    } else {
        Err(Fault::missing("team"))
    }
}

impl TeamLedger for SqliteLedger {
    fn create_team(&self, new: &NewTeam<'_>, now: Timestamp) -> Result<Team, StoreError> {
        let insert = Insert {
            what: "team",
            name: new.slug,
            parent: "organization",
        };
        self.pool.write("create a team", |sql| {
            let row = params![new.org.0, new.slug, new.name, now.as_micros()];
            let team = sql
                .prepare_cached(
                    "INSERT INTO team (org, slug, name, created) VALUES (?1, ?2, ?3, ?4)
                     RETURNING *",
                )?
                .query_row(row, read)
                .map_err(|error| insert.refused(error))?;
            owned::bump_all(sql)?;
            Ok(team)
        })
    }

    fn teams(&self, org: OrgId) -> Result<Vec<Roster>, StoreError> {
        self.pool.read("list teams", |sql| {
            let mut members = belongings(
                sql,
                "SELECT team, user FROM team_member JOIN team ON team.id = team
                 WHERE team.org = ?1 ORDER BY user",
                org,
            )?;
            let mut projects = belongings(
                sql,
                "SELECT team, project FROM team_project JOIN team ON team.id = team
                 WHERE team.org = ?1 ORDER BY project",
                org,
            )?;
            let mut statement =
                sql.prepare_cached("SELECT * FROM team WHERE org = ?1 ORDER BY slug")?;
            let mut rosters = Vec::new();
            for team in statement.query_map([org.0], read)? {
                let team = team?;
                let id = team.id.0;
                let (users, own) = (members.remove(&id), projects.remove(&id));
                rosters.push(Roster {
                    team,
                    members: users.unwrap_or_default().into_iter().map(UserId).collect(),
                    projects: own.unwrap_or_default().into_iter().map(ProjectId).collect(),
                });
            }
            Ok(rosters)
        })
    }

    fn update_team(&self, team: &Team) -> Result<(), StoreError> {
        let insert = Insert {
            what: "team",
            name: &team.slug,
            parent: "organization",
        };
        self.pool.write("change a team", |sql| {
            check(sql, team)?;
            sql.prepare_cached("UPDATE team SET slug = ?2, name = ?3 WHERE id = ?1")?
                .execute(params![team.id.0, team.slug, team.name])
                .map_err(|error| insert.refused(error))?;
            owned::bump_all(sql)
        })
    }

    fn delete_team(&self, team: &Team, actor: Actor, now: Timestamp) -> Result<u64, StoreError> {
        let mut left = 0;
        loop {
            // One step at a time: the digest goes on in between.
            let (step, is_done) = self
                .pool
                .write("delete a team", |sql| delete_step(sql, team, actor, now))?;
            left += step;
            if is_done {
                return Ok(left);
            }
        }
    }

    fn set_member(&self, team: &Team, user: UserId, is_in: bool) -> Result<bool, StoreError> {
        let change = if is_in {
            "INSERT OR IGNORE INTO team_member (team, user) VALUES (?1, ?2)"
        } else {
            "DELETE FROM team_member WHERE team = ?1 AND user = ?2"
        };
        self.pool.write("change who is in a team", |sql| {
            check(sql, team)?;
            let mut statement = sql.prepare_cached("SELECT 1 FROM user WHERE id = ?1")?;
            if !statement.exists([user.0])? {
                return Err(Fault::missing("user"));
            }
            Ok(sql.prepare_cached(change)?.execute([team.id.0, user.0])? > 0)
        })
    }

    fn set_team_project(
        &self,
        team: &Team,
        project: ProjectId,
        is_in: bool,
    ) -> Result<bool, StoreError> {
        let change = if is_in {
            "INSERT OR IGNORE INTO team_project (team, project) VALUES (?1, ?2)"
        } else {
            "DELETE FROM team_project WHERE team = ?1 AND project = ?2"
        };
        self.pool.write("change the projects of a team", |sql| {
            check(sql, team)?;
            let mut statement =
                sql.prepare_cached("SELECT 1 FROM project WHERE id = ?1 AND org = ?2")?;
            if !statement.exists([project.0, team.org.0])? {
                return Err(Fault::missing("project"));
            }
            let row = [team.id.0, project.0];
            Ok(sql.prepare_cached(change)?.execute(row)? > 0)
        })
    }
}

/// Takes some issues from a team, and deletes it when it has none left: how many, and whether it
/// is gone.
fn delete_step(
    sql: &Connection,
    team: &Team,
    by: Actor,
    now: Timestamp,
) -> Result<(u64, bool), Fault> {
    check(sql, team)?;
    let name = Assignee::Team(team.id).text();
    let mut statement =
        sql.prepare_cached("SELECT id, project FROM issue WHERE assignee = ?1 LIMIT ?2")?;
    let rows = statement.query_map(params![name, CLEANUP_ISSUE_COUNT_STEP], |row| {
        let issue = IssueId(row.column("id")?);
        Ok((issue, ProjectId(row.column("project")?)))
    })?;
    let issues: Vec<(IssueId, ProjectId)> = rows.collect::<Result<_, _>>()?;
    let reason = format!("#{} was deleted", team.slug);
    for (issue, project) in &issues {
        let hand = Hand {
            project: *project,
            by,
            now,
        };
        set_assignee(sql, *issue, None)?;
        let data = json!({ "assignee": null, "reason": reason });
        enter(sql, hand, *issue, (Deed::Unassigned, data))?;
    }
    let is_done = issues.is_empty();
    if is_done {
        sql.prepare_cached("DELETE FROM issue_owner WHERE owner = ?1")?
            .execute([&name])?;
        sql.prepare_cached("DELETE FROM team WHERE id = ?1")?
            .execute([team.id.0])?;
        owned::bump_all(sql)?;
    }
    Ok((issues.len() as u64, is_done))
}
