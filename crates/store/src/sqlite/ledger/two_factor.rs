//! Second factors in SQLite.

use rusqlite::{OptionalExtension, params};
use watchpost_model::UserId;

use super::SqliteLedger;
use crate::sqlite::columns::{Columns, count_in};
use crate::sqlite::fault::{Fault, Insert};
use crate::{SecretHash, StoreError, TwoFactor, TwoFactorLedger, TwoFactorSecret};

impl TwoFactorLedger for SqliteLedger {
    fn two_factor(&self, user: UserId) -> Result<Option<TwoFactor>, StoreError> {
        self.pool.read("find a second factor", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT secret, is_on,
                     (SELECT count(*) FROM recovery_code AS code WHERE code.user = two_factor.user)
                     AS codes
                 FROM two_factor WHERE user = ?1",
            )?;
            let row = statement.query_row([user.0], |row| {
                Ok(TwoFactor {
                    secret: row.column("secret")?,
                    is_on: row.column("is_on")?,
                    recovery_codes: row.count("codes")?,
                })
            });
            Ok(row.optional()?)
        })
    }

    fn begin_two_factor(&self, user: UserId, secret: &TwoFactorSecret) -> Result<(), StoreError> {
        let insert = Insert {
            what: "second factor",
            name: "",
            parent: "user",
        };
        self.pool.write("begin a second factor", |sql| {
            sql.prepare_cached("DELETE FROM two_factor WHERE user = ?1 AND is_on = 0")?
                .execute([user.0])?;
            sql.prepare_cached(
                "INSERT INTO two_factor (user, secret, is_on, last_step) VALUES (?1, ?2, 0, 0)",
            )?
            .execute(params![user.0, secret])
            .map_err(|error| insert.refused(error))?;
            Ok(())
        })
    }

    fn set_two_factor(&self, user: UserId, codes: &[SecretHash]) -> Result<(), StoreError> {
        self.pool.write("switch a second factor on", |sql| {
            let found = sql
                .prepare_cached("UPDATE two_factor SET is_on = 1 WHERE user = ?1")?
                .execute([user.0])?;
            if found == 0 {
                return Err(Fault::missing("second factor"));
            }
            sql.prepare_cached("DELETE FROM recovery_code WHERE user = ?1")?
                .execute([user.0])?;
            let mut insert = sql.prepare_cached(
                "INSERT OR IGNORE INTO recovery_code (user, hash) VALUES (?1, ?2)",
            )?;
            for code in codes {
                insert.execute(params![user.0, code])?;
            }
            Ok(())
        })
    }

    fn drop_two_factor(&self, user: UserId) -> Result<(), StoreError> {
        self.pool.write("forget a second factor", |sql| {
            for table in ["two_factor", "recovery_code"] {
                sql.prepare_cached(&format!("DELETE FROM {table} WHERE user = ?1"))?
                    .execute([user.0])?;
            }
            Ok(())
        })
    }

    fn use_step(&self, user: UserId, step: u64) -> Result<bool, StoreError> {
        self.pool.write("use a code", |sql| {
            let mut statement = sql.prepare_cached(
                "UPDATE two_factor SET last_step = ?2 WHERE user = ?1 AND last_step < ?2",
            )?;
            Ok(statement.execute(params![user.0, count_in(step)])? > 0)
        })
    }

    fn use_recovery_code(&self, user: UserId, code: &SecretHash) -> Result<bool, StoreError> {
        self.pool.write("use a recovery code", |sql| {
            let mut statement =
                sql.prepare_cached("DELETE FROM recovery_code WHERE user = ?1 AND hash = ?2")?;
            Ok(statement.execute(params![user.0, code])? > 0)
        })
    }
}
