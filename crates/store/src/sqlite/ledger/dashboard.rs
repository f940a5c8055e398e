//! Saved questions over events and dashboards of them in SQLite.

use rusqlite::{Connection, OptionalExtension, Row, params};
use watchpost_model::{DashboardId, IssueId, OrgId, ProjectId, QueryId, TileId, Timestamp, UserId};

use super::SqliteLedger;
use crate::limits::{DASHBOARD_COUNT_MAX, SAVED_QUERY_COUNT_MAX, TILE_COUNT_MAX};
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::{Fault, Insert};
use crate::{
    Dashboard, DashboardLedger, NewQuery, NewTile, SavedQuery, StoreError, Tile, TileChange,
    TileShape,
};

const NO_QUERY: Fault = Fault::Store(StoreError::Missing {
    what: "saved query",
});
const NO_DASHBOARD: Fault = Fault::Store(StoreError::Missing { what: "dashboard" });

fn query_in(row: &Row<'_>) -> rusqlite::Result<SavedQuery> {
    let person = |name: &str| -> rusqlite::Result<_> {
        let id: Option<i64> = row.column(name)?;
        Ok(id.map(UserId))
    };
    Ok(SavedQuery {
        id: QueryId(row.column("id")?),
        org: OrgId(row.column("org")?),
        owner: person("owner")?,
        name: row.column("name")?,
        asked: row.column("asked")?,
        creator: person("creator")?,
        created: row.moment("created")?,
        changed: row.moment("changed")?,
    })
}

fn dashboard_in(row: &Row<'_>) -> rusqlite::Result<Dashboard> {
    let creator: Option<i64> = row.column("creator")?;
    Ok(Dashboard {
        id: DashboardId(row.column("id")?),
        org: OrgId(row.column("org")?),
        name: row.column("name")?,
        creator: creator.map(UserId),
        created: row.moment("created")?,
        changed: row.moment("changed")?,
        tile_count: row.count("tile_count")?,
    })
}

fn tile_in(row: &Row<'_>) -> rusqlite::Result<Tile> {
    let shape: String = row.column("shape")?;
    Ok(Tile {
        id: TileId(row.column("id")?),
        name: row.column("name")?,
        asked: row.column("asked")?,
        shape: TileShape::from_name(&shape).unwrap_or_default(),
    })
}

/// That one more fits.
fn check_room(count: rusqlite::Result<u64>, (what, max): (&'static str, u64)) -> Result<(), Fault> {
    if count? < max {
        return Ok(());
    }
    Err(StoreError::TooMany { what, max }.into())
}

fn check_queries(sql: &Connection, org: OrgId, owner: Option<UserId>) -> Result<(), Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT count(*) AS count FROM saved_query WHERE org = ?1 AND owner IS ?2",
    )?;
    let row = params![org.0, owner.map(|user| user.0)];
    let count = statement.query_row(row, |row| row.count("count"));
    check_room(count, ("saved queries of one kind", SAVED_QUERY_COUNT_MAX))
}

fn query_of(
    sql: &Connection,
    org: OrgId,
    user: UserId,
    query: QueryId,
) -> Result<SavedQuery, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT * FROM saved_query WHERE id = ?1 AND org = ?2 AND coalesce(owner, ?3) = ?3",
    )?;
    let found = statement.query_row([query.0, org.0, user.0], query_in);
    found.optional()?.ok_or(NO_QUERY)
}

/// Notes that a dashboard, or what is on it, is changed.
fn touch(
    sql: &Connection,
    org: OrgId,
    dashboard: DashboardId,
    now: Timestamp,
) -> Result<(), Fault> {
    let changed = sql
        .prepare_cached("UPDATE dashboard SET changed = ?3 WHERE id = ?1 AND org = ?2")?
        .execute(params![dashboard.0, org.0, now.as_micros()])?;
    if changed == 0 {
        Err(NO_DASHBOARD)
    } else {
        Ok(())
    }
}

const DASHBOARD: &str = "SELECT dashboard.*,
     (SELECT count(*) FROM tile WHERE tile.dashboard = dashboard.id) AS tile_count FROM dashboard";

impl DashboardLedger for SqliteLedger {
    fn save_query(&self, new: &NewQuery<'_>, now: Timestamp) -> Result<SavedQuery, StoreError> {
        let insert = Insert {
            what: "saved query",
            name: new.name,
            parent: "organization or user",
        };
        self.pool.write("save a query", |sql| {
            check_queries(sql, new.org, new.owner)?;
            let owner = new.owner.map(|user| user.0);
            let (creator, now) = (new.creator.0, now.as_micros());
            let row = params![new.org.0, owner, new.name, new.asked, creator, now];
            let saved = sql
                .prepare_cached(
                    "INSERT INTO saved_query (org, owner, name, asked, creator, created, changed)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) RETURNING *",
                )?
                .query_row(row, query_in);
            saved.map_err(|error| insert.refused(error))
        })
    }

    fn saved_query(
        &self,
        org: OrgId,
        user: UserId,
        query: QueryId,
    ) -> Result<SavedQuery, StoreError> {
        self.pool
            .read("find a saved query", |sql| query_of(sql, org, user, query))
    }

    fn saved_queries(&self, org: OrgId, user: UserId) -> Result<Vec<SavedQuery>, StoreError> {
        self.pool.read("list saved queries", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT * FROM saved_query WHERE org = ?1 AND coalesce(owner, ?2) = ?2
                 ORDER BY name, id",
            )?;
            let rows = statement.query_map([org.0, user.0], query_in)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn update_query(
        &self,
        query: &SavedQuery,
        user: UserId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let insert = Insert {
            what: "saved query",
            name: &query.name,
            parent: "user",
        };
        self.pool.write("change a saved query", |sql| {
            let before = query_of(sql, query.org, user, query.id)?;
            if before.owner != query.owner {
                check_queries(sql, query.org, query.owner)?;
            }
            let owner = query.owner.map(|user| user.0);
            sql.prepare_cached(
                "UPDATE saved_query SET owner = ?2, name = ?3, asked = ?4, changed = ?5
                 WHERE id = ?1",
            )?
            .execute(params![
                query.id.0,
                owner,
                query.name,
                query.asked,
                now.as_micros()
            ])
            .map_err(|error| insert.refused(error))?;
            Ok(())
        })
    }

    fn delete_query(&self, org: OrgId, user: UserId, query: QueryId) -> Result<(), StoreError> {
        self.pool.write("delete a saved query", |sql| {
            query_of(sql, org, user, query)?;
            sql.prepare_cached("DELETE FROM saved_query WHERE id = ?1")?
                .execute([query.0])?;
            Ok(())
        })
    }

    fn create_dashboard(
        &self,
        org: OrgId,
        name: &str,
        creator: UserId,
        now: Timestamp,
    ) -> Result<Dashboard, StoreError> {
        let insert = Insert {
            what: "dashboard",
            name,
            parent: "organization or user",
        };
        self.pool.write("make a dashboard", |sql| {
            let count = sql
                .prepare_cached("SELECT count(*) AS count FROM dashboard WHERE org = ?1")?
                .query_row([org.0], |row| row.count("count"));
            check_room(count, ("dashboards", DASHBOARD_COUNT_MAX))?;
            let row = params![org.0, name, creator.0, now.as_micros()];
            let made = sql
                .prepare_cached(
                    "INSERT INTO dashboard (org, name, creator, created, changed)
                     VALUES (?1, ?2, ?3, ?4, ?4) RETURNING *, 0 AS tile_count",
                )?
                .query_row(row, dashboard_in);
            made.map_err(|error| insert.refused(error))
        })
    }

    fn dashboards(&self, org: OrgId) -> Result<Vec<Dashboard>, StoreError> {
        self.pool.read("list dashboards", |sql| {
            let mut statement =
                sql.prepare_cached(&format!("{DASHBOARD} WHERE org = ?1 ORDER BY name, id"))?;
            let rows = statement.query_map([org.0], dashboard_in)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn dashboard(
        &self,
        org: OrgId,
        dashboard: DashboardId,
    ) -> Result<(Dashboard, Vec<Tile>), StoreError> {
        self.pool.read("find a dashboard", |sql| {
            let found = sql
                .prepare_cached(&format!("{DASHBOARD} WHERE id = ?1 AND org = ?2"))?
                .query_row([dashboard.0, org.0], dashboard_in);
            let found = found.optional()?.ok_or(NO_DASHBOARD)?;
            let mut statement =
                sql.prepare_cached("SELECT * FROM tile WHERE dashboard = ?1 ORDER BY place, id")?;
            let tiles = statement.query_map([dashboard.0], tile_in)?;
            Ok((found, tiles.collect::<Result<_, _>>()?))
        })
    }

    fn rename_dashboard(
        &self,
        org: OrgId,
        dashboard: DashboardId,
        name: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let insert = Insert {
            what: "dashboard",
            name,
            parent: "organization",
        };
        self.pool.write("rename a dashboard", |sql| {
            touch(sql, org, dashboard, now)?;
            sql.prepare_cached("UPDATE dashboard SET name = ?2 WHERE id = ?1")?
                .execute(params![dashboard.0, name])
                .map_err(|error| insert.refused(error))?;
            Ok(())
        })
    }

    fn delete_dashboard(&self, org: OrgId, dashboard: DashboardId) -> Result<(), StoreError> {
        self.pool.write("delete a dashboard", |sql| {
            let gone = sql
                .prepare_cached("DELETE FROM dashboard WHERE id = ?1 AND org = ?2")?
                .execute([dashboard.0, org.0])?;
            if gone == 0 { Err(NO_DASHBOARD) } else { Ok(()) }
        })
    }

    fn add_tile(
        &self,
        org: OrgId,
        dashboard: DashboardId,
        new: &NewTile<'_>,
        now: Timestamp,
    ) -> Result<TileId, StoreError> {
        self.pool.write("add a tile", |sql| {
            touch(sql, org, dashboard, now)?;
            let count = sql
                .prepare_cached("SELECT count(*) AS count FROM tile WHERE dashboard = ?1")?
                .query_row([dashboard.0], |row| row.count("count"));
            check_room(count, ("tiles on one dashboard", TILE_COUNT_MAX))?;
            let row = params![dashboard.0, new.name, new.asked, new.shape.name()];
            let made = sql
                .prepare_cached(
                    "INSERT INTO tile (dashboard, place, name, asked, shape) VALUES (?1,
                     (SELECT coalesce(max(place), 0) + 1 FROM tile WHERE dashboard = ?1),
                     ?2, ?3, ?4) RETURNING id",
                )?
                .query_row(row, |row| row.column("id"))?;
            Ok(TileId(made))
        })
    }

    fn change_tile(
        &self,
        org: OrgId,
        dashboard: DashboardId,
        (tile, change): (TileId, TileChange),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.pool.write("change a tile", |sql| {
            touch(sql, org, dashboard, now)?;
            let ids: Vec<i64> = sql
                .prepare_cached("SELECT id FROM tile WHERE dashboard = ?1 ORDER BY place, id")?
                .query_map([dashboard.0], |row| row.column("id"))?
                .collect::<Result<_, _>>()?;
            let place = ids.iter().position(|id| *id == tile.0);
            let place = place.ok_or(Fault::missing("tile"))?;
            if change == TileChange::Delete {
                sql.prepare_cached("DELETE FROM tile WHERE id = ?1")?
                    .execute([tile.0])?;
                return Ok(());
            }
            let other = match change {
                TileChange::Earlier => place.checked_sub(1),
                TileChange::Later | TileChange::Delete => Some(place + 1),
            };
            let mut ids = ids;
            if let Some(other) = other.filter(|other| *other < ids.len()) {
                ids.swap(place, other);
            }
            let mut statement = sql.prepare_cached("UPDATE tile SET place = ?2 WHERE id = ?1")?;
            for (place, id) in (1_i64..).zip(ids) {
                statement.execute([id, place])?;
            }
            Ok(())
        })
    }

    fn merged_issues(&self, projects: &[ProjectId]) -> Result<Vec<(IssueId, IssueId)>, StoreError> {
        self.pool.read("list merged issues", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT id, merged_into FROM issue
                 WHERE project = ?1 AND status = ?2 AND merged_into IS NOT NULL",
            )?;
            let mut all = Vec::new();
            for project in projects {
                let rows = statement.query_map([project.0, super::folder::MERGED], |row| {
                    let shown = IssueId(row.column("merged_into")?);
                    Ok((IssueId(row.column("id")?), shown))
                })?;
                for row in rows {
                    all.push(row?);
                }
            }
            Ok(all)
        })
    }
}
