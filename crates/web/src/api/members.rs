//! `/api/0/organizations/{org}/members/`: who is in an organization, and who is invited.
//!
//! A member's id is that of the user. An invite's is `i` and its number, so that the two never
//! meet. No mail is sent: whoever invites gets the link in the answer, this once.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use watchpost_model::{Invite, InviteId, Member, OrgId, Role, Timestamp};
use watchpost_store::NewInvite;

use super::at::AtOrg;
use super::door::{Access, Door};
use super::error::{ApiError, ask};
use super::paging::{Listed, Paging};
use super::params::JsonBody;
use super::teams::MemberName;
use super::view::user::UserView;
use crate::App;
use crate::pages::{INVITE_SECS, Links, typed_email};
use crate::secret::Secret;

const READ: Access = Access::OneOf(&["member:read", "org:read"]);
const WRITE: Access = Access::OneOf(&["member:write", "org:write"]);
const ADMIN: Access = Access::OneOf(&["member:admin", "org:admin"]);

/// The doors of this file.
pub(super) fn doors() -> [Door; 5] {
    let (all, one) = (
        "/api/0/organizations/{org}/members/",
        "/api/0/organizations/{org}/members/{member}/",
    );
    [
        Door::get(all, READ, list),
        Door::post(all, WRITE, invite),
        Door::get(one, READ, show),
        Door::put(one, WRITE, update),
        Door::delete(one, ADMIN, delete),
    ]
}

/// What somebody says about a member. Sentry's tools name the role in either way.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wanted {
    email: Option<String>,
    #[serde(alias = "role")]
    org_role: Option<String>,
}

impl Wanted {
    /// The role, if the caller may give it.
    fn role(&self, mine: Role) -> Result<Option<Role>, ApiError> {
        let Some(name) = &self.org_role else {
            return Ok(None);
        };
        let role = Role::from_name(name);
        let role = role.ok_or_else(|| ApiError::Invalid(format!("There is no role `{name}`.")))?;
        govern(mine, role).map(|()| Some(role))
    }
}

fn govern(mine: Role, other: Role) -> Result<(), ApiError> {
    if mine.governs(other) {
        Ok(())
    } else {
        Err(ApiError::Forbidden)
    }
}

/// What the caller is in the organization; blocks.
fn mine(app: &App, at: &AtOrg) -> Result<Role, ApiError> {
    let role = app.ledger.role(at.org.id, at.caller.user.id)?;
    role.ok_or(ApiError::NotFound)
}

fn of_member(member: &Member) -> Value {
    let role = member.role.name();
    json!({
        "id": member.user.id.to_string(),
        "email": member.user.email,
        "name": member.user.name,
        "user": UserView::of(&member.user),
        "role": role,
        "orgRole": role,
        "pending": false,
        "expired": false,
        "dateCreated": member.joined,
        "inviteStatus": "approved",
        "inviterName": null,
    })
}

fn of_invite(invite: &Invite, now: Timestamp) -> Value {
    let role = invite.role.name();
    json!({
        "id": format!("i{}", invite.id),
        "email": invite.email,
        "name": invite.email,
        "user": null,
        "role": role,
        "orgRole": role,
        "pending": true,
        "expired": invite.expires <= now,
        "dateCreated": invite.created,
        "inviteStatus": "approved",
        "inviterName": null,
    })
}

/// One line of the list, by the name that a path has for it.
enum Entry {
    Member(Member),
    Invite(Invite),
}

fn find(app: &App, at: &AtOrg, MemberName(name): &MemberName) -> Result<Entry, ApiError> {
    if let Some(id) = name
        .strip_prefix('i')
        .and_then(|id| id.parse::<InviteId>().ok())
    {
        let mut invites = app.ledger.invites(at.org.id)?.into_iter();
        let found = invites.find(|invite| invite.id == id);
        return found.map(Entry::Invite).ok_or(ApiError::NotFound);
    }
    let is_it = |member: &Member| {
        let user = &member.user;
        let is_me = name == "me" && user.id == at.caller.user.id;
        is_me || user.id.to_string() == *name || user.email.eq_ignore_ascii_case(name)
    };
    let mut members = app.ledger.members(at.org.id)?.into_iter();
    members
        .find(is_it)
        .map(Entry::Member)
        .ok_or(ApiError::NotFound)
}

/// Members, then open invites.
pub(super) async fn list(
    State(app): State<App>,
    at: AtOrg,
    paging: Paging,
) -> Result<Listed<Value>, ApiError> {
    let rows = ask(&app, move |app| {
        let (org, now): (OrgId, _) = (at.org.id, app.clock.now());
        let (members, invites) = (app.ledger.members(org)?, app.ledger.invites(org)?);
        let invites = invites.iter().map(|invite| of_invite(invite, now));
        Ok(members.iter().map(of_member).chain(invites).collect())
    });
    Ok(paging.cut(rows.await?))
}

/// One of them.
pub(super) async fn show(
    State(app): State<App>,
    at: AtOrg,
    name: MemberName,
) -> Result<Json<Value>, ApiError> {
    let row = ask(&app, move |app| {
        Ok(match find(app, &at, &name)? {
            Entry::Member(member) => of_member(&member),
            Entry::Invite(invite) => of_invite(&invite, app.clock.now()),
        })
    });
    Ok(Json(row.await?))
}

/// Invites somebody.
pub(super) async fn invite(
    State(app): State<App>,
    at: AtOrg,
    JsonBody(wanted): JsonBody<Wanted>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let secret = Secret::draw("")?;
    let row = ask(&app, move |app| {
        let role = wanted.role(mine(app, &at)?)?.unwrap_or_default();
        govern(mine(app, &at)?, role)?;
        let email = typed_email(wanted.email.unwrap_or_default().trim());
        let email = email.map_err(|wrong| ApiError::Invalid(wrong.to_owned()))?;
        let now = app.clock.now();
        let new = NewInvite {
            org: at.org.id,
            email: &email,
            role,
            by: Some(at.caller.user.id),
            hash: secret.hash(),
            expires: now.plus_secs(INVITE_SECS),
        };
        let mut row = of_invite(&app.ledger.invite(&new, now)?, now);
        let link = Links::of(app).public(&format!("/invite/{}/", secret.as_str()));
        if let Some(fields) = row.as_object_mut() {
            fields.insert("inviteLink".to_owned(), json!(link));
        }
        Ok(row)
    });
    Ok((StatusCode::CREATED, Json(row.await?)))
}

/// Gives a member another role.
pub(super) async fn update(
    State(app): State<App>,
    at: AtOrg,
    name: MemberName,
    JsonBody(wanted): JsonBody<Wanted>,
) -> Result<Json<Value>, ApiError> {
    let row = ask(&app, move |app| {
        let mine = mine(app, &at)?;
        let Entry::Member(mut member) = find(app, &at, &name)? else {
            let problem = "An invite cannot be changed: revoke it and invite anew.";
            return Err(ApiError::Invalid(problem.to_owned()));
        };
        govern(mine, member.role)?;
        if let Some(role) = wanted.role(mine)? {
            let (user, now) = (member.user.id, app.clock.now());
            app.ledger.put_member(at.org.id, user, role, now)?;
            member.role = role;
        }
        Ok(of_member(&member))
    });
    Ok(Json(row.await?))
}

/// Removes a member, or revokes an invite.
pub(super) async fn delete(
    State(app): State<App>,
    at: AtOrg,
    name: MemberName,
) -> Result<StatusCode, ApiError> {
    let gone = ask(&app, move |app| {
        let mine = mine(app, &at)?;
        match find(app, &at, &name)? {
            Entry::Member(member) => {
                govern(mine, member.role)?;
                app.ledger.remove_member(at.org.id, member.user.id)?;
            }
            Entry::Invite(invite) => app.ledger.revoke_invite(at.org.id, invite.id)?,
        }
        Ok(())
    });
    gone.await?;
    Ok(StatusCode::NO_CONTENT)
}
