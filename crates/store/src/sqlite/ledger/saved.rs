//! Saved and recent searches in SQLite.

use rusqlite::{Connection, OptionalExtension, Row, params};
use watchpost_model::{OrgId, SearchId, Timestamp, UserId};

use super::SqliteLedger;
use crate::limits::{RECENT_SEARCH_COUNT_MAX, SAVED_SEARCH_COUNT_MAX};
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::{Fault, Insert};
use crate::{NewSearch, RecentSearch, SavedLedger, SavedSearch, Sort, StoreError};

/// A row of `saved_search` beside that of the person, if there is one.
fn read(row: &Row<'_>) -> rusqlite::Result<SavedSearch> {
    let owner: Option<i64> = row.column("owner")?;
    let sort: String = row.column("sort")?;
    Ok(SavedSearch {
        id: SearchId(row.column("id")?),
        org: OrgId(row.column("org")?),
        owner: owner.map(UserId),
        name: row.column("name")?,
        query: row.column("query")?,
        sort: Sort::from_name(&sort).unwrap_or_default(),
        is_pinned: row.column("is_pinned")?,
        is_default: row.column("is_default")?,
        created: row.moment("created")?,
    })
}

/// Whose the search is, when that person has it.
fn owner(
    sql: &Connection,
    org: OrgId,
    user: UserId,
    search: SearchId,
) -> Result<Option<UserId>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT owner FROM saved_search WHERE id = ?1 AND org = ?2 AND coalesce(owner, ?3) = ?3",
    )?;
    let found = statement.query_row([search.0, org.0, user.0], |row| row.get(0));
    let owner: Option<i64> = found.optional()?.ok_or(Fault::missing("saved search"))?;
    Ok(owner.map(UserId))
}

/// That one more fits.
fn check_room(sql: &Connection, org: OrgId, owner: Option<UserId>) -> Result<(), Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT count(*) AS count FROM saved_search WHERE org = ?1 AND owner IS ?2",
    )?;
    let row = params![org.0, owner.map(|user| user.0)];
    let count = statement.query_row(row, |row| row.count("count"))?;
    if count < SAVED_SEARCH_COUNT_MAX {
        return Ok(());
    }
    let (what, max) = ("saved searches of one kind", SAVED_SEARCH_COUNT_MAX);
    Err(StoreError::TooMany { what, max }.into())
}

/// Keeps what the person chose for the search. Only one is where the list begins.
fn choose(sql: &Connection, search: &SavedSearch, user: UserId) -> Result<(), Fault> {
    if search.is_default {
        sql.prepare_cached(
            "UPDATE saved_search_person SET is_default = 0 WHERE user = ?1
             AND search IN (SELECT id FROM saved_search WHERE org = ?2)",
        )?
        .execute([user.0, search.org.0])?;
    }
    let insert = Insert {
        what: "saved search",
        name: &search.name,
        parent: "user",
    };
    let row = params![search.id.0, user.0, search.is_pinned, search.is_default];
    sql.prepare_cached(
        "INSERT INTO saved_search_person (search, user, is_pinned, is_default)
         VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET is_pinned = ?3, is_default = ?4",
    )?
    .execute(row)
    .map_err(|error| insert.refused(error))?;
    Ok(())
}

impl SavedLedger for SqliteLedger {
    fn save_search(
        &self,
        new: &NewSearch<'_>,
        user: UserId,
        now: Timestamp,
    ) -> Result<SavedSearch, StoreError> {
        let insert = Insert {
            what: "saved search",
            name: new.name,
            parent: "organization or user",
        };
        self.pool.write("save a search", |sql| {
            check_room(sql, new.org, new.owner)?;
            let row = params![
                new.org.0,
                new.owner.map(|user| user.0),
                new.name,
                new.query,
                new.sort.name(),
                now.as_micros(),
                new.is_pinned,
                new.is_default
            ];
            let saved = sql
                .prepare_cached(
                    "INSERT INTO saved_search (org, owner, name, query, sort, created)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     RETURNING *, ?7 AS is_pinned, ?8 AS is_default",
                )?
                .query_row(row, read)
                .map_err(|error| insert.refused(error))?;
            if saved.is_pinned || saved.is_default {
                choose(sql, &saved, user)?;
            }
            Ok(saved)
        })
    }

    fn saved_search(
        &self,
        org: OrgId,
        user: UserId,
        search: SearchId,
    ) -> Result<SavedSearch, StoreError> {
        self.pool.read("find a saved search", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT saved_search.*, coalesce(is_pinned, 0) AS is_pinned,
                        coalesce(is_default, 0) AS is_default
                 FROM saved_search LEFT JOIN saved_search_person AS person
                     ON person.search = id AND person.user = ?2
                 WHERE id = ?3 AND org = ?1 AND coalesce(owner, ?2) = ?2",
            )?;
            let found = statement.query_row([org.0, user.0, search.0], read);
            found.optional()?.ok_or(Fault::missing("saved search"))
        })
    }

    fn saved_searches(&self, org: OrgId, user: UserId) -> Result<Vec<SavedSearch>, StoreError> {
        self.pool.read("list saved searches", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT saved_search.*, coalesce(is_pinned, 0) AS is_pinned,
                        coalesce(is_default, 0) AS is_default
                 FROM saved_search LEFT JOIN saved_search_person AS person
                     ON person.search = id AND person.user = ?2
                 WHERE org = ?1 AND coalesce(owner, ?2) = ?2 ORDER BY name, id",
            )?;
            let rows = statement.query_map([org.0, user.0], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn update_search(&self, search: &SavedSearch, user: UserId) -> Result<(), StoreError> {
        let insert = Insert {
            what: "saved search",
            name: &search.name,
            parent: "user",
        };
        self.pool.write("change a saved search", |sql| {
            let before = owner(sql, search.org, user, search.id)?;
            if before != search.owner {
                check_room(sql, search.org, search.owner)?;
            }
            let owner = search.owner.map(|user| user.0);
            let (name, query, sort) = (&search.name, &search.query, search.sort.name());
            sql.prepare_cached(
                "UPDATE saved_search SET owner = ?2, name = ?3, query = ?4, sort = ?5
                 WHERE id = ?1",
            )?
            .execute(params![search.id.0, owner, name, query, sort])
            .map_err(|error| insert.refused(error))?;
            choose(sql, search, user)
        })
    }

    fn delete_search(&self, org: OrgId, user: UserId, search: SearchId) -> Result<(), StoreError> {
        self.pool.write("delete a saved search", |sql| {
            owner(sql, org, user, search)?;
            sql.prepare_cached("DELETE FROM saved_search WHERE id = ?1")?
                .execute([search.0])?;
            Ok(())
        })
    }

    fn note_search(
        &self,
        org: OrgId,
        user: UserId,
        query: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let insert = Insert {
            what: "recent search",
            name: query,
            parent: "organization or user",
        };
        self.pool.write("note a search", |sql| {
            sql.prepare_cached(
                "INSERT INTO recent_search (org, user, query, last) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET last = max(last, ?4)",
            )?
            .execute(params![org.0, user.0, query, now.as_micros()])
            .map_err(|error| insert.refused(error))?;
            sql.prepare_cached(
                "DELETE FROM recent_search WHERE org = ?1 AND user = ?2 AND query IN (
                     SELECT query FROM recent_search WHERE org = ?1 AND user = ?2
                     ORDER BY last DESC, query LIMIT -1 OFFSET ?3)",
            )?
            .execute(params![org.0, user.0, RECENT_SEARCH_COUNT_MAX])?;
            Ok(())
        })
    }

    fn recent_searches(&self, org: OrgId, user: UserId) -> Result<Vec<RecentSearch>, StoreError> {
        self.pool.read("list recent searches", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT query, last FROM recent_search WHERE org = ?1 AND user = ?2
                 ORDER BY last DESC, query",
            )?;
            let rows = statement.query_map([org.0, user.0], |row| {
                Ok(RecentSearch {
                    query: row.column("query")?,
                    last: row.moment("last")?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn forget_recent_searches(&self, org: OrgId, user: UserId) -> Result<(), StoreError> {
        self.pool.write("forget recent searches", |sql| {
            sql.prepare_cached("DELETE FROM recent_search WHERE org = ?1 AND user = ?2")?
                .execute([org.0, user.0])?;
            Ok(())
        })
    }
}
