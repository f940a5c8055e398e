//! Sessions and sign-ins in SQLite.

use rusqlite::{OptionalExtension, Row, params};
use watchpost_model::{Timestamp, User, UserId};

use super::SqliteLedger;
use super::user::read_user;
use crate::limits::SIGN_IN_COUNT_MAX;
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::{Fault, Insert};
use crate::{NewSession, SecretHash, Session, SessionLedger, SignIn, StoreError};

/// Sessions of one person; the ones that end first give way. A script that signs in each time
/// must not fill the ledger.
const SESSION_COUNT_MAX: u32 = 100;

/// The columns of a session; its id is the start of the hash.
const COLUMNS: &str = "lower(hex(substr(session.hash, 1, 8))) AS session_id,
    session.created AS begun, session.used, session.expires, session.device, session.address";

fn read(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: row.column("session_id")?,
        created: row.moment("begun")?,
        used: row.moment("used")?,
        expires: row.moment("expires")?,
        device: row.column("device")?,
        address: row.column("address")?,
    })
}

impl SessionLedger for SqliteLedger {
    fn create_session(&self, new: &NewSession<'_>) -> Result<(), StoreError> {
        let insert = Insert {
            what: "session",
            name: "of that hash",
            parent: "user",
        };
        self.pool.write("open a session", |sql| {
            let row = params![
                new.hash,
                new.user.0,
                new.expires.as_micros(),
                new.created.as_micros(),
                new.device,
                new.address,
                new.is_half,
            ];
            sql.prepare_cached(
                "INSERT INTO session (hash, user, expires, created, used, device, address, half)
                 VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7)",
            )?
            .execute(row)
            .map_err(|error| insert.refused(error))?;
            sql.prepare_cached(
                "DELETE FROM session WHERE hash IN (
                     SELECT hash FROM session WHERE user = ?1 AND hash <> ?2
                     ORDER BY expires DESC LIMIT -1 OFFSET ?3)",
            )?
            .execute(params![new.user.0, new.hash, SESSION_COUNT_MAX - 1])?;
            Ok(())
        })
    }

    fn session(
        &self,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<(User, Session)>, StoreError> {
        self.pool.read("find a session", |sql| {
            let mut statement = sql.prepare_cached(&format!(
                "SELECT user.*, {COLUMNS} FROM session JOIN user ON user.id = session.user
                 WHERE session.hash = ?1 AND session.expires > ?2 AND half = 0"
            ))?;
            let row = statement.query_row(params![hash, now.as_micros()], |row| {
                Ok((read_user(row)?, read(row)?))
            });
            Ok(row.optional()?)
        })
    }

    fn half_session(&self, hash: &SecretHash, now: Timestamp) -> Result<Option<User>, StoreError> {
        self.pool.read("find a half session", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT user.* FROM session JOIN user ON user.id = session.user
                 WHERE session.hash = ?1 AND session.expires > ?2 AND half = 1",
            )?;
            let row = statement.query_row(params![hash, now.as_micros()], read_user);
            Ok(row.optional()?)
        })
    }

    fn touch_session(
        &self,
        hash: &SecretHash,
        address: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.pool.write("note that a session is used", |sql| {
            sql.prepare_cached("UPDATE session SET used = ?2, address = ?3 WHERE hash = ?1")?
                .execute(params![hash, now.as_micros(), address])?;
            Ok(())
        })
    }

    fn sessions(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.pool.read("list sessions", |sql| {
            let mut statement = sql.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM session WHERE user = ?1 AND expires > ?2 AND half = 0
                 ORDER BY used DESC, expires DESC"
            ))?;
            let rows = statement.query_map(params![user.0, now.as_micros()], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn delete_session(&self, hash: &SecretHash) -> Result<(), StoreError> {
        self.pool.write("end a session", |sql| {
            sql.prepare_cached("DELETE FROM session WHERE hash = ?1")?
                .execute([hash])?;
            Ok(())
        })
    }

    fn end_session(&self, user: UserId, id: &str) -> Result<(), StoreError> {
        self.pool.write("end a session", |sql| {
            let ended = sql
                .prepare_cached(
                    "DELETE FROM session
                     WHERE user = ?1 AND lower(hex(substr(hash, 1, 8))) = ?2",
                )?
                .execute(params![user.0, id])?;
            if ended == 0 {
                return Err(Fault::missing("session"));
            }
            Ok(())
        })
    }

    fn end_other_sessions(&self, user: UserId, keep: &SecretHash) -> Result<u64, StoreError> {
        self.pool.write("end other sessions", |sql| {
            let mut statement =
                sql.prepare_cached("DELETE FROM session WHERE user = ?1 AND hash <> ?2")?;
            Ok(statement.execute(params![user.0, keep])? as u64)
        })
    }

    fn note_sign_in(&self, what: &SignIn) -> Result<(), StoreError> {
        let insert = Insert {
            what: "sign-in",
            name: "",
            parent: "user",
        };
        self.pool.write("note a sign-in", |sql| {
            let row = params![
                what.user.0,
                what.at.as_micros(),
                what.device,
                what.address,
                what.is_good,
            ];
            sql.prepare_cached(
                "INSERT INTO sign_in (user, at, device, address, good)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(row)
            .map_err(|error| insert.refused(error))?;
            sql.prepare_cached(
                "DELETE FROM sign_in WHERE id IN (
                     SELECT id FROM sign_in WHERE user = ?1 ORDER BY id DESC LIMIT -1 OFFSET ?2)",
            )?
            .execute(params![what.user.0, SIGN_IN_COUNT_MAX])?;
            Ok(())
        })
    }

    fn sign_ins(&self, user: UserId) -> Result<Vec<SignIn>, StoreError> {
        self.pool.read("list sign-ins", |sql| {
            let mut statement =
                sql.prepare_cached("SELECT * FROM sign_in WHERE user = ?1 ORDER BY id DESC")?;
            let rows = statement.query_map([user.0], |row| {
                Ok(SignIn {
                    user,
                    at: row.moment("at")?,
                    device: row.column("device")?,
                    address: row.column("address")?,
                    is_good: row.column("good")?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
