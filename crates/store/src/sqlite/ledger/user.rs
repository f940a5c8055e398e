//! People, their sessions, tokens and one-time links in SQLite.

use rusqlite::{Connection, OptionalExtension, Row, params};
use watchpost_model::{Scope, Timestamp, Token, TokenId, User, UserId};

use super::{SqliteLedger, owned};
use crate::sqlite::columns::{Columns, texts_in};
use crate::sqlite::fault::{Fault, Insert};
use crate::{NewToken, NewUser, SecretHash, StoreError, UserLedger};

/// Sessions of one person; the ones that end first give way. A script that signs in each time
/// must not fill the ledger.
const SESSION_COUNT_MAX: u32 = 100;

fn read_user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: UserId(row.column("id")?),
        email: row.column("email")?,
        name: row.column("name")?,
        created: row.moment("created")?,
    })
}

fn read_token(row: &Row<'_>) -> rusqlite::Result<Token> {
    Ok(Token {
        id: TokenId(row.column("id")?),
        user: UserId(row.column("user")?),
        label: row.column("label")?,
        scopes: row.texts("scopes")?.into_iter().map(Scope).collect(),
        last_four: row.column("last_four")?,
        created: row.moment("created")?,
    })
}

fn insert_user(sql: &Connection, new: &NewUser<'_>, now: Timestamp) -> Result<User, Fault> {
    let insert = Insert {
        what: "user",
        name: new.email,
        parent: "installation",
    };
    let row = params![new.email, new.name, new.password_hash, now.as_micros()];
    sql.prepare_cached(
        "INSERT INTO user (email, name, password_hash, created) VALUES (?1, ?2, ?3, ?4)
         RETURNING *",
    )?
    .query_row(row, read_user)
    .map_err(|error| insert.refused(error))
    // Rules may have named them already.
    .and_then(|user| owned::bump_all(sql).map(|()| user))
}

fn find_user(sql: &Connection, id: i64) -> Result<Option<User>, Fault> {
    let mut statement = sql.prepare_cached("SELECT * FROM user WHERE id = ?1")?;
    Ok(statement.query_row([id], read_user).optional()?)
}

fn link_valid(sql: &Connection, hash: &SecretHash, now: Timestamp) -> Result<bool, Fault> {
    let mut statement =
        sql.prepare_cached("SELECT 1 FROM setup_link WHERE hash = ?1 AND expires > ?2")?;
    Ok(statement.exists(params![hash, now.as_micros()])?)
}

impl UserLedger for SqliteLedger {
    fn create_user(&self, new: &NewUser<'_>, now: Timestamp) -> Result<User, StoreError> {
        self.pool
            .write("create a user", |sql| insert_user(sql, new, now))
    }

    fn users(&self) -> Result<Vec<User>, StoreError> {
        self.pool.read("list users", |sql| {
            let mut statement = sql.prepare_cached("SELECT * FROM user ORDER BY id")?;
            let rows = statement.query_map([], read_user)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.pool.read("find a user", |sql| find_user(sql, id.0))
    }

    fn user_by_email(&self, email: &str) -> Result<Option<(User, String)>, StoreError> {
        self.pool.read("find a user", |sql| {
            let mut statement = sql.prepare_cached("SELECT * FROM user WHERE email = ?1")?;
            let row = statement.query_row([email], |row| {
                Ok((read_user(row)?, row.column("password_hash")?))
            });
            Ok(row.optional()?)
        })
    }

    fn set_password(&self, user: UserId, password_hash: &str) -> Result<(), StoreError> {
        self.pool.write("set a password", |sql| {
            let changed = sql
                .prepare_cached("UPDATE user SET password_hash = ?2 WHERE id = ?1")?
                .execute(params![user.0, password_hash])?;
            if changed == 0 {
                return Err(Fault::missing("user"));
            }
            sql.prepare_cached("DELETE FROM session WHERE user = ?1")?
                .execute([user.0])?;
            Ok(())
        })
    }

    fn create_session(
        &self,
        user: UserId,
        hash: SecretHash,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        let insert = Insert {
            what: "session",
            name: "of that hash",
            parent: "user",
        };
        self.pool.write("open a session", |sql| {
            sql.prepare_cached("INSERT INTO session (hash, user, expires) VALUES (?1, ?2, ?3)")?
                .execute(params![hash, user.0, expires.as_micros()])
                .map_err(|error| insert.refused(error))?;
            sql.prepare_cached(
                "DELETE FROM session WHERE hash IN (
                     SELECT hash FROM session WHERE user = ?1 AND hash <> ?2
                     ORDER BY expires DESC LIMIT -1 OFFSET ?3)",
            )?
            .execute(params![user.0, hash, SESSION_COUNT_MAX - 1])?;
            Ok(())
        })
    }

    fn session_user(&self, hash: &SecretHash, now: Timestamp) -> Result<Option<User>, StoreError> {
        self.pool.read("find a session", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT user.* FROM session JOIN user ON user.id = session.user
                 WHERE session.hash = ?1 AND session.expires > ?2",
            )?;
            let row = statement.query_row(params![hash, now.as_micros()], read_user);
            Ok(row.optional()?)
        })
    }

    fn delete_session(&self, hash: &SecretHash) -> Result<(), StoreError> {
        self.pool.write("end a session", |sql| {
            sql.prepare_cached("DELETE FROM session WHERE hash = ?1")?
                .execute([hash])?;
            Ok(())
        })
    }

    fn create_token(&self, new: &NewToken<'_>, now: Timestamp) -> Result<Token, StoreError> {
        let insert = Insert {
            what: "token",
            name: new.label,
            parent: "user",
        };
        let scopes: Vec<String> = new.scopes.iter().map(|scope| scope.0.clone()).collect();
        self.pool.write("create a token", |sql| {
            let row = params![
                new.user.0,
                new.label,
                new.hash,
                new.last_four,
                texts_in(&scopes),
                now.as_micros()
            ];
            sql.prepare_cached(
                "INSERT INTO token (user, label, hash, last_four, scopes, created)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING *",
            )?
            .query_row(row, read_token)
            .map_err(|error| insert.refused(error))
        })
    }

    fn token(&self, hash: &SecretHash) -> Result<Option<(Token, User)>, StoreError> {
        self.pool.read("find a token", |sql| {
            let mut statement = sql.prepare_cached("SELECT * FROM token WHERE hash = ?1")?;
            let Some(token) = statement.query_row([hash], read_token).optional()? else {
                return Ok(None);
            };
            Ok(find_user(sql, token.user.0)?.map(|user| (token, user)))
        })
    }

    fn tokens(&self, user: UserId) -> Result<Vec<Token>, StoreError> {
        self.pool.read("list tokens", |sql| {
            let mut statement =
                sql.prepare_cached("SELECT * FROM token WHERE user = ?1 ORDER BY id")?;
            let rows = statement.query_map([user.0], read_token)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn delete_token(&self, user: UserId, token: TokenId) -> Result<(), StoreError> {
        self.pool.write("delete a token", |sql| {
            let deleted = sql
                .prepare_cached("DELETE FROM token WHERE user = ?1 AND id = ?2")?
                .execute([user.0, token.0])?;
            if deleted == 0 {
                return Err(Fault::missing("token"));
            }
            Ok(())
        })
    }

    fn put_setup_link(&self, hash: SecretHash, expires: Timestamp) -> Result<(), StoreError> {
        self.pool.write("keep a setup link", |sql| {
            sql.prepare_cached("DELETE FROM setup_link")?.execute([])?;
            sql.prepare_cached("INSERT INTO setup_link (hash, expires) VALUES (?1, ?2)")?
                .execute(params![hash, expires.as_micros()])?;
            Ok(())
        })
    }

    fn setup_link_valid(&self, hash: &SecretHash, now: Timestamp) -> Result<bool, StoreError> {
        self.pool
            .read("find a setup link", |sql| link_valid(sql, hash, now))
    }

    fn use_setup_link(
        &self,
        hash: &SecretHash,
        new: &NewUser<'_>,
        now: Timestamp,
    ) -> Result<User, StoreError> {
        self.pool.write("use a setup link", |sql| {
            if !link_valid(sql, hash, now)? {
                return Err(Fault::missing("setup link"));
            }
            sql.prepare_cached("DELETE FROM setup_link")?.execute([])?;
            insert_user(sql, new, now)
        })
    }
}
