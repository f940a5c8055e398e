//! The audit log in SQLite.

use rusqlite::{Row, params};
use watchpost_model::{OrgId, Timestamp, UserId};

use super::SqliteLedger;
use crate::limits::{AUDIT_COUNT_MAX, AUDIT_COUNT_STEP};
use crate::sqlite::columns::{Columns, count_in, json_in, limit_in};
use crate::sqlite::pool::Pool;
use crate::{AuditEntry, AuditLedger, AuditQuery, NewAudit, StoreError};

/// Entries of one page: one more than a file has, which tells whether there are more.
const PAGE_COUNT_MAX: usize = 10_001;

fn read(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    let org: Option<i64> = row.column("org")?;
    let user: Option<i64> = row.column("user")?;
    Ok(AuditEntry {
        id: row.column("id")?,
        deed: NewAudit {
            org: org.map(OrgId),
            at: row.moment("at")?,
            user: user.map(UserId),
            via: row.column("via")?,
            address: row.column("address")?,
            action: row.column("action")?,
            object: row.column("object")?,
            changes: row.json("changes")?,
        },
    })
}

impl AuditLedger for SqliteLedger {
    fn note_audit(&self, deed: &NewAudit) -> Result<(), StoreError> {
        self.pool.write("note a deed", |sql| {
            let row = params![
                deed.org.map(|org| org.0),
                deed.at.as_micros(),
                deed.user.map(|user| user.0),
                deed.via,
                deed.address,
                deed.action,
                deed.object,
                json_in(&deed.changes),
            ];
            sql.prepare_cached(
                "INSERT INTO audit (org, at, user, via, address, action, object, changes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(row)?;
            Ok(())
        })
    }

    fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>, StoreError> {
        self.pool.read("read the audit log", |sql| {
            // Of accounts, those that are in the organization now, whoever changed them.
            let mut statement = sql.prepare_cached(
                "SELECT * FROM audit
                 WHERE id < ?2
                     AND (org = ?1 OR (org IS NULL AND user IN (
                         SELECT user FROM member WHERE member.org = ?1))
                         OR (org IS NULL AND user IS NULL AND object IN (
                         SELECT email FROM user JOIN member ON member.user = user.id
                         WHERE member.org = ?1)))
                     AND (?3 IS NULL OR user = ?3)
                     AND (?4 IS NULL OR action = ?4)
                     AND (?5 IS NULL OR instr(lower(object), ?5) > 0
                         OR instr(lower(changes), ?5) > 0)
                 ORDER BY id DESC LIMIT ?6",
            )?;
            let row = params![
                query.org.0,
                query.before.unwrap_or(i64::MAX),
                query.user.map(|user| user.0),
                query.action,
                query.text.as_ref().map(|text| text.to_lowercase()),
                limit_in(query.limit, PAGE_COUNT_MAX),
            ];
            let rows = statement.query_map(row, read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// Forgets deeds of before `before`, and the oldest of too many, in small transactions.
pub(super) fn trim(pool: &Pool, before: Timestamp) -> Result<u64, StoreError> {
    let mut forgotten = 0;
    loop {
        let step = pool.write("forget old deeds", |sql| {
            // They are noted in the order of time, as far as the clock is right.
            let mut statement = sql.prepare_cached(
                "DELETE FROM audit WHERE id IN (
                     SELECT id FROM audit
                     WHERE at < ?1 OR id <= (SELECT max(id) FROM audit) - ?2
                     ORDER BY id LIMIT ?3)",
            )?;
            let (max, step) = (count_in(AUDIT_COUNT_MAX), count_in(AUDIT_COUNT_STEP));
            Ok(statement.execute(params![before.as_micros(), max, step])? as u64)
        })?;
        forgotten += step;
        if step < AUDIT_COUNT_STEP {
            return Ok(forgotten);
        }
    }
}
