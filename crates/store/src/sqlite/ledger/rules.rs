//! The rules of projects in SQLite, and what they were before.

use rusqlite::{Connection, OptionalExtension, params};
use watchpost_model::{EventId, FilteredEvent, ProjectId, Rules, Timestamp, UserId};

use super::key::bump_generation;
use super::{SqliteLedger, filtered, owned};
use crate::limits::RULES_CHANGE_COUNT_MAX;
use crate::sqlite::columns::{Columns, count_in};
use crate::sqlite::fault::Fault;
use crate::{Actor, FilteredUnsettled, RulesChange, RulesLedger, Shown, StoreError, StoredRules};

/// Reads rules back.
fn rules_out(json: &str) -> Result<Rules, StoreError> {
    serde_json::from_str(json).map_err(|error| StoreError::Corrupt {
        what: "the rules of a project",
        reason: error.to_string(),
    })
}

/// Rules as one column. Made of texts and switches, which always serialise.
fn rules_in(rules: &Rules) -> String {
    serde_json::to_string(rules).unwrap_or_default()
}

fn read(sql: &Connection, project: ProjectId) -> Result<Option<String>, Fault> {
    let mut statement = sql.prepare_cached("SELECT rules FROM project_rules WHERE project = ?1")?;
    Ok(statement
        .query_row([project.0], |row| row.column("rules"))
        .optional()?)
}

/// Writes the rules and remembers what they were.
fn write(
    sql: &Connection,
    project: ProjectId,
    (before, after): (&Rules, &Rules),
    actor: Actor,
    now: Timestamp,
) -> Result<(), Fault> {
    let exists = sql
        .prepare_cached("SELECT 1 FROM project WHERE id = ?1")?
        .exists([project.0])?;
    if !exists {
        return Err(Fault::missing("project"));
    }
    bump_generation(sql)?;
    if before.ownership != after.ownership {
        owned::bump(sql, project, now)?;
    }
    sql.prepare_cached("INSERT OR REPLACE INTO project_rules (project, rules) VALUES (?1, ?2)")?
        .execute(params![project.0, rules_in(after)])?;
    let user = match actor {
        Actor::User(user) => Some(user.0),
        Actor::System => None,
    };
    sql.prepare_cached(
        "INSERT INTO rules_change (project, changed, user, rules) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![project.0, now.as_micros(), user, rules_in(before)])?;
    sql.prepare_cached(
        "DELETE FROM rules_change WHERE project = ?1 AND id NOT IN (
             SELECT id FROM rules_change WHERE project = ?1 ORDER BY id DESC LIMIT ?2)",
    )?
    .execute(params![project.0, count_in(RULES_CHANGE_COUNT_MAX)])?;
    Ok(())
}

impl RulesLedger for SqliteLedger {
    fn rules(&self, project: ProjectId) -> Result<Rules, StoreError> {
        let json = self
            .pool
            .read("read the rules of a project", |sql| read(sql, project))?;
        json.map_or_else(|| Ok(Rules::default()), |json| rules_out(&json))
    }

    fn all_rules(&self) -> Result<Vec<StoredRules>, StoreError> {
        let rows: Vec<(ProjectId, String)> = self.pool.read("read all rules", |sql| {
            let mut statement = sql.prepare_cached("SELECT * FROM project_rules")?;
            let rows = statement.query_map([], |row| {
                Ok((ProjectId(row.column("project")?), row.column("rules")?))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        let rules = rows
            .iter()
            .map(|(project, json)| (*project, rules_out(json)));
        Ok(rules.collect())
    }

    fn change_rules(
        &self,
        project: ProjectId,
        change: &dyn Fn(&mut Rules),
        actor: Actor,
        now: Timestamp,
    ) -> Result<Rules, StoreError> {
        self.pool.write("change the rules of a project", |sql| {
            // Rules that cannot be read are no reason not to write new ones.
            let stored = read(sql, project)?.map(|json| rules_out(&json));
            let is_damaged = stored.as_ref().is_some_and(Result::is_err);
            let before = stored.and_then(Result::ok).unwrap_or_default();
            let mut after = before.clone();
            change(&mut after);
            if after != before || is_damaged {
                write(sql, project, (&before, &after), actor, now)?;
            }
            Ok(after)
        })
    }

    fn rules_changes(&self, project: ProjectId) -> Result<Vec<RulesChange>, StoreError> {
        self.pool.read("read changes of rules", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT * FROM rules_change WHERE project = ?1 ORDER BY id DESC LIMIT ?2",
            )?;
            let limit = count_in(RULES_CHANGE_COUNT_MAX);
            let rows = statement.query_map(params![project.0, limit], |row| {
                let user: Option<i64> = row.column("user")?;
                Ok(RulesChange {
                    id: row.column("id")?,
                    changed: row.moment("changed")?,
                    user: user.map(UserId),
                    before: row.json("rules")?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn count_filtered(
        &self,
        unwanted: &[FilteredUnsettled],
        committed: u64,
    ) -> Result<Vec<Shown>, StoreError> {
        if unwanted.is_empty() {
            return Ok(Vec::new());
        }
        self.pool.write("count filtered events", |sql| {
            filtered::count(sql, unwanted, committed)
        })
    }

    fn filtered_unsettled(&self) -> Result<Vec<(u64, ProjectId, EventId)>, StoreError> {
        self.pool.read("read filtered events", |sql| {
            let mut statement = sql.prepare_cached("SELECT * FROM filtered_unsettled")?;
            let rows = statement.query_map([], |row| {
                let project = ProjectId(row.column("project")?);
                Ok((row.count("seq")?, project, row.event_id("event")?))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn settle_filtered_replays(&self) -> Result<(), StoreError> {
        self.pool.write("forget replayed events", |sql| {
            sql.prepare_cached("DELETE FROM filtered_unsettled WHERE seq = 0")?
                .execute([])?;
            Ok(())
        })
    }

    fn filtered_events(
        &self,
        project: ProjectId,
        since: Timestamp,
    ) -> Result<Vec<FilteredEvent>, StoreError> {
        self.pool.read("list filtered events", |sql| {
            filtered::list(sql, project, since)
        })
    }

    fn forget_filtered(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.pool.write("forget filtered events", |sql| {
            let mut statement =
                sql.prepare_cached("DELETE FROM filtered_event WHERE received < ?1")?;
            Ok(statement.execute([before.as_micros()])? as u64)
        })
    }
}
