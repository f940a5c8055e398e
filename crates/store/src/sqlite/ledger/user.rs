//! People, their tokens and one-time links in SQLite.

use rusqlite::{Connection, OptionalExtension, Row, params};
use watchpost_model::{Role, Scope, Timestamp, Token, TokenId, User, UserId};

use super::member::number_of;
use super::{SqliteLedger, owned};
use crate::sqlite::columns::{Columns, texts_in};
use crate::sqlite::fault::{Fault, Insert};
use crate::{NewToken, NewUser, SecretHash, StoreError, UserLedger};

pub(super) fn read_user(row: &Row<'_>) -> rusqlite::Result<User> {
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

pub(super) fn insert_user(
    sql: &Connection,
    new: &NewUser<'_>,
    now: Timestamp,
) -> Result<User, Fault> {
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

    fn update_user(&self, user: &User) -> Result<(), StoreError> {
        let insert = Insert {
            what: "user",
            name: &user.email,
            parent: "installation",
        };
        self.pool.write("change a user", |sql| {
            let changed = sql
                .prepare_cached("UPDATE user SET email = ?2, name = ?3 WHERE id = ?1")?
                .execute(params![user.id.0, user.email, user.name])
                .map_err(|error| insert.refused(error))?;
            if changed == 0 {
                return Err(Fault::missing("user"));
            }
            // Rules name people by their addresses.
            owned::bump_all(sql)
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
            let user = insert_user(sql, new, now)?;
            sql.prepare_cached(
                "INSERT INTO member (org, user, role, joined) SELECT id, ?1, ?2, ?3 FROM org",
            )?
            .execute(params![user.id.0, number_of(Role::Owner), now.as_micros()])?;
            Ok(user)
        })
    }
}
