//! Members of organizations, and invites, in SQLite.

use rusqlite::{Connection, OptionalExtension, Row, params};
use watchpost_model::{
    Invite, InviteId, Member, OrgId, Organization, Role, Timestamp, User, UserId,
};

use super::user::{insert_user, read_user};
use super::{SqliteLedger, org, owned};
use crate::limits::INVITE_COUNT_MAX;
use crate::sqlite::columns::{Columns, count_in};
use crate::sqlite::fault::{Fault, Insert};
use crate::{Joining, MemberLedger, NewInvite, SecretHash, StoreError};

/// A role as it is stored.
pub(super) fn number_of(role: Role) -> i64 {
    match role {
        Role::Member => 0,
        Role::Admin => 1,
        Role::Manager => 2,
        Role::Owner => 3,
    }
}

/// The reverse of [`number_of`]; one that this version does not know may do the least.
fn role_of(number: i64) -> Role {
    let known = Role::ALL
        .into_iter()
        .find(|role| number_of(*role) == number);
    known.unwrap_or_default()
}

fn read_role(row: &Row<'_>) -> rusqlite::Result<Role> {
    Ok(role_of(row.column("role")?))
}

fn read_invite(row: &Row<'_>) -> rusqlite::Result<Invite> {
    let by: Option<i64> = row.column("user")?;
    Ok(Invite {
        id: InviteId(row.column("id")?),
        org: OrgId(row.column("org")?),
        email: row.column("email")?,
        role: read_role(row)?,
        by: by.map(UserId),
        created: row.moment("created")?,
        expires: row.moment("expires")?,
    })
}

fn role_in(sql: &Connection, org: OrgId, user: UserId) -> Result<Option<Role>, Fault> {
    let mut statement =
        sql.prepare_cached("SELECT role FROM member WHERE org = ?1 AND user = ?2")?;
    Ok(statement.query_row([org.0, user.0], read_role).optional()?)
}

/// Refuses what leaves an organization without an owner who can sign in. `!` is no hash: users
/// for programs have it.
fn keep_an_owner(sql: &Connection, org: OrgId, user: UserId) -> Result<(), Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT 1 FROM member JOIN user ON user.id = member.user
         WHERE org = ?1 AND role = ?2 AND password_hash <> '!' AND (user.id = ?3) = ?4",
    )?;
    let owner = number_of(Role::Owner);
    let is_one = statement.exists(params![org.0, owner, user.0, true])?;
    if is_one && !statement.exists(params![org.0, owner, user.0, false])? {
        return Err(StoreError::LastOwner.into());
    }
    Ok(())
}

/// The invite of a hash that works at `now`.
fn working(sql: &Connection, hash: &SecretHash, now: Timestamp) -> Result<Option<Invite>, Fault> {
    let mut statement =
        sql.prepare_cached("SELECT * FROM invite WHERE hash = ?1 AND expires > ?2")?;
    let row = statement.query_row(params![hash, now.as_micros()], read_invite);
    Ok(row.optional()?)
}

fn put(
    sql: &Connection,
    (org, user): (OrgId, UserId),
    role: Role,
    now: Timestamp,
) -> Result<(), Fault> {
    let insert = Insert {
        what: "member",
        name: "",
        parent: "user or organization",
    };
    sql.prepare_cached(
        "INSERT INTO member (org, user, role, joined) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET role = ?3",
    )?
    .execute(params![org.0, user.0, number_of(role), now.as_micros()])
    .map_err(|error| insert.refused(error))?;
    owned::bump_all(sql)
}

impl MemberLedger for SqliteLedger {
    fn members(&self, org: OrgId) -> Result<Vec<Member>, StoreError> {
        self.pool.read("list members", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT user.*, role, joined FROM member JOIN user ON user.id = member.user
                 WHERE org = ?1 ORDER BY user.id",
            )?;
            let rows = statement.query_map([org.0], |row| {
                Ok(Member {
                    user: read_user(row)?,
                    role: read_role(row)?,
                    joined: row.moment("joined")?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn memberships(&self, user: UserId) -> Result<Vec<(Organization, Role)>, StoreError> {
        self.pool.read("list memberships", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT org.*, role FROM member JOIN org ON org.id = member.org
                 WHERE user = ?1 ORDER BY org.id",
            )?;
            let rows =
                statement.query_map([user.0], |row| Ok((org::read(row)?, read_role(row)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn role(&self, org: OrgId, user: UserId) -> Result<Option<Role>, StoreError> {
        self.pool
            .read("find a member", |sql| role_in(sql, org, user))
    }

    fn put_member(
        &self,
        org: OrgId,
        user: UserId,
        role: Role,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.pool.write("change who is a member", |sql| {
            if role < Role::Owner {
                keep_an_owner(sql, org, user)?;
            }
            put(sql, (org, user), role, now)
        })
    }

    fn remove_member(&self, org: OrgId, user: UserId) -> Result<(), StoreError> {
        self.pool.write("remove a member", |sql| {
            keep_an_owner(sql, org, user)?;
            let gone = sql
                .prepare_cached("DELETE FROM member WHERE org = ?1 AND user = ?2")?
                .execute([org.0, user.0])?;
            if gone == 0 {
                return Err(Fault::missing("member"));
            }
            sql.prepare_cached(
                "DELETE FROM team_member
                 WHERE user = ?2 AND team IN (SELECT id FROM team WHERE org = ?1)",
            )?
            .execute([org.0, user.0])?;
            // Nor do the doors stay open that they made, or that were made for them.
            sql.prepare_cached(
                "DELETE FROM invite WHERE org = ?1
                     AND (user = ?2 OR email = (SELECT email FROM user WHERE id = ?2))",
            )?
            .execute([org.0, user.0])?;
            owned::bump_all(sql)
        })
    }

    fn invite(&self, new: &NewInvite<'_>, now: Timestamp) -> Result<Invite, StoreError> {
        let insert = Insert {
            what: "invite",
            name: new.email,
            parent: "organization",
        };
        self.pool.write("invite somebody", |sql| {
            let mut known = sql.prepare_cached(
                "SELECT 1 FROM member JOIN user ON user.id = member.user
                 WHERE org = ?1 AND email = ?2",
            )?;
            if known.exists(params![new.org.0, new.email])? {
                let (what, name) = ("member", new.email.to_owned());
                return Err(StoreError::Exists { what, name }.into());
            }
            sql.prepare_cached(
                "DELETE FROM invite WHERE org = ?1 AND (email = ?2 OR expires <= ?3)",
            )?
            .execute(params![new.org.0, new.email, now.as_micros()])?;
            let count: i64 = sql
                .prepare_cached("SELECT count(*) FROM invite WHERE org = ?1")?
                .query_row([new.org.0], |row| row.get(0))?;
            if count >= count_in(INVITE_COUNT_MAX) {
                let (what, max) = ("open invites", INVITE_COUNT_MAX);
                return Err(StoreError::TooMany { what, max }.into());
            }
            let row = params![
                new.org.0,
                new.email,
                number_of(new.role),
                new.hash,
                new.by.map(|user| user.0),
                now.as_micros(),
                new.expires.as_micros(),
            ];
            sql.prepare_cached(
                "INSERT INTO invite (org, email, role, hash, user, created, expires)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING *",
            )?
            .query_row(row, read_invite)
            .map_err(|error| insert.refused(error))
        })
    }

    fn invites(&self, org: OrgId) -> Result<Vec<Invite>, StoreError> {
        self.pool.read("list invites", |sql| {
            let mut statement =
                sql.prepare_cached("SELECT * FROM invite WHERE org = ?1 ORDER BY id DESC")?;
            let rows = statement.query_map([org.0], read_invite)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    fn revoke_invite(&self, org: OrgId, invite: InviteId) -> Result<(), StoreError> {
        self.pool.write("revoke an invite", |sql| {
            let gone = sql
                .prepare_cached("DELETE FROM invite WHERE org = ?1 AND id = ?2")?
                .execute([org.0, invite.0])?;
            if gone == 0 {
                return Err(Fault::missing("invite"));
            }
            Ok(())
        })
    }

    fn invited(
        &self,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<(Invite, Organization)>, StoreError> {
        self.pool.read("find an invite", |sql| {
            let Some(invite) = working(sql, hash, now)? else {
                return Ok(None);
            };
            let mut statement = sql.prepare_cached("SELECT * FROM org WHERE id = ?1")?;
            let org = statement.query_row([invite.org.0], org::read)?;
            Ok(Some((invite, org)))
        })
    }

    fn join(
        &self,
        hash: &SecretHash,
        who: &Joining<'_>,
        now: Timestamp,
    ) -> Result<User, StoreError> {
        self.pool.write("use an invite", |sql| {
            let invite = working(sql, hash, now)?.ok_or_else(|| Fault::missing("invite"))?;
            let user = match who {
                Joining::New(new) if new.email == invite.email => insert_user(sql, new, now)?,
                Joining::New(_) => return Err(Fault::missing("invite")),
                Joining::Known(user) => {
                    let mut statement =
                        sql.prepare_cached("SELECT * FROM user WHERE id = ?1 AND email = ?2")?;
                    let row = statement.query_row(params![user.0, invite.email], read_user);
                    row.optional()?.ok_or_else(|| Fault::missing("invite"))?
                }
            };
            sql.prepare_cached("DELETE FROM invite WHERE id = ?1")?
                .execute([invite.id.0])?;
            // An invite takes nothing away from who is in already.
            let role = role_in(sql, invite.org, user.id)?
                .unwrap_or_default()
                .max(invite.role);
            put(sql, (invite.org, user.id), role, now)?;
            Ok(user)
        })
    }
}
