//! The people of an organization: their roles, and the links by which others join.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use watchpost_model::{Invite, InviteId, Member, Role, Timestamp, UserId};
use watchpost_store::{NewInvite, StoreError};

use super::form::Form;
use super::format::When;
use super::shell::{Scope, Shell, ask, said};
use super::{PageError, Visit, person};
use crate::App;
use crate::secret::Secret;

/// How long an invite works.
pub(crate) const INVITE_SECS: i64 = 7 * 24 * 3600;

pub(crate) fn routes() -> Router<App> {
    const MEMBERS: &str = "/settings/{org}/members/";
    Router::new()
        .route(MEMBERS, get(list).post(invite))
        .route(&format!("{MEMBERS}leave/"), post(leave))
        .route(&format!("{MEMBERS}invites/{{invite}}/"), post(revoke))
        .route(&format!("{MEMBERS}{{member}}/"), post(change))
}

#[derive(Template)]
#[template(path = "members.html")]
struct MembersPage {
    shell: Shell,
    org: String,
    tab: &'static str,
    rows: Vec<MemberRow>,
    invites: Vec<InviteRow>,
    /// The roles that the reader may give.
    roles: Vec<Role>,
    all_roles: [Role; 4],
    link: Option<String>,
    said: Option<&'static str>,
    wrong: Option<String>,
    typed: String,
}

struct MemberRow {
    member: Member,
    joined: When,
    is_me: bool,
    /// Whether the reader may change them.
    is_mine: bool,
}

struct InviteRow {
    invite: Invite,
    by: String,
    expires: When,
    is_over: bool,
}

/// What the page says beside the list.
#[derive(Default)]
struct Extra {
    link: Option<String>,
    wrong: Option<String>,
    typed: String,
}

async fn list(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    page(&app, org, &visit, Extra::default()).await
}

async fn page(app: &App, org: String, visit: &Visit, extra: Extra) -> Result<Response, PageError> {
    let (scope, members, invites) = ask(app, move |app| {
        let scope = Scope::load(app, &org)?;
        let members = app.ledger.members(scope.org.id)?;
        let invites = app.ledger.invites(scope.org.id)?;
        Ok((scope, members, invites))
    })
    .await?;
    let (now, mine) = (visit.now, visit.role.unwrap_or_default());
    let roles: Vec<Role> = Role::ALL
        .into_iter()
        .filter(|role| mine.governs(*role))
        .collect();
    let invites = invites.into_iter().map(|invite| {
        let inviter = members
            .iter()
            .find(|member| Some(member.user.id) == invite.by);
        InviteRow {
            by: inviter
                .map(|member| member.user.name.clone())
                .unwrap_or_default(),
            expires: When::new(invite.expires, now),
            is_over: invite.expires <= now,
            invite,
        }
    });
    let invites = invites.collect();
    let row = |member: Member| MemberRow {
        joined: When::new(member.joined, now),
        is_me: member.user.id == visit.who.user.id,
        is_mine: mine.governs(member.role),
        member,
    };
    visit.answer(&MembersPage {
        shell: visit.shell(&scope, "org", "Members"),
        org: scope.org.slug.clone(),
        tab: "members",
        rows: members.into_iter().map(row).collect(),
        invites,
        roles,
        all_roles: Role::ALL,
        link: extra.link,
        said: visit.flash().and_then(words),
        wrong: extra.wrong,
        typed: extra.typed,
    })
}

fn words(said: &str) -> Option<&'static str> {
    match said {
        "member-changed" => Some("Role changed. It counts from now on."),
        "member-removed" => Some("Removed. Their sessions and tokens open nothing here any more."),
        "invite-revoked" => Some("Invite revoked. Its link does not work any more."),
        _ => None,
    }
}

/// The role that a form names, if the reader may give it.
fn role_of(form: &Form) -> Result<Role, PageError> {
    let role = Role::from_name(form.fields.get("role"));
    let role = role.ok_or_else(|| PageError::Invalid("Choose a role.".to_owned()))?;
    govern(form.visit.role.unwrap_or_default(), role)?;
    Ok(role)
}

fn govern(mine: Role, other: Role) -> Result<(), PageError> {
    if mine.governs(other) {
        return Ok(());
    }
    Err(PageError::Refused(
        "Nobody gives, changes or takes away a role above their own",
    ))
}

/// Shows the link in its own answer: a redirect would have to keep it somewhere.
async fn invite(
    State(app): State<App>,
    Path(org): Path<String>,
    form: Form,
) -> Result<Response, PageError> {
    let role = role_of(&form)?;
    let typed = form.fields.get("email").to_owned();
    let refuse = |wrong: String| Extra {
        wrong: Some(wrong),
        typed: typed.clone(),
        link: None,
    };
    let email = match person::email(&typed) {
        Ok(email) => email,
        Err(wrong) => return refused(&app, org, &form.visit, refuse(wrong.to_owned())).await,
    };
    let secret = Secret::draw("")?;
    let (slug, hash, by) = (org.clone(), secret.hash(), form.visit.who.user.id);
    let made = ask(&app, move |app| {
        let now = app.clock.now();
        let new = NewInvite {
            org: Scope::load(app, &slug)?.org.id,
            email: &email,
            role,
            by: Some(by),
            hash,
            expires: now.plus_secs(INVITE_SECS),
        };
        Ok(app.ledger.invite(&new, now)?)
    });
    match made.await {
        Ok(_) => {}
        Err(PageError::Store(StoreError::Exists { name, .. })) => {
            let wrong = format!("{name} is a member already.");
            return refused(&app, org, &form.visit, refuse(wrong)).await;
        }
        Err(other) => return Err(other),
    }
    let link = form
        .visit
        .at
        .public(&format!("/invite/{}/", secret.as_str()));
    let extra = Extra {
        link: Some(link),
        ..Extra::default()
    };
    let mut response = page(&app, org, &form.visit, extra).await?;
    let never = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, never);
    Ok(response)
}

async fn refused(
    app: &App,
    org: String,
    visit: &Visit,
    extra: Extra,
) -> Result<Response, PageError> {
    let page = page(app, org, visit, extra).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn revoke(
    State(app): State<App>,
    Path((org, invite)): Path<(String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let invite = invite.parse::<InviteId>();
    let invite = invite.map_err(|_| PageError::Missing("invite"))?;
    let here = form.visit.at.members(&org);
    ask(&app, move |app| {
        let scope = Scope::load(app, &org)?;
        Ok(app.ledger.revoke_invite(scope.org.id, invite)?)
    })
    .await?;
    Ok(said(&here, "invite-revoked"))
}

async fn change(
    State(app): State<App>,
    Path((org, member)): Path<(String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let user = member.parse::<UserId>();
    let user = user.map_err(|_| PageError::Missing("member"))?;
    let role = match form.fields.get("do") {
        "role" => Some(role_of(&form)?),
        "remove" => None,
        _ => return Err(PageError::Invalid("Choose what is to be done.".to_owned())),
    };
    let (here, mine) = (
        form.visit.at.members(&org),
        form.visit.role.unwrap_or_default(),
    );
    ask(&app, move |app| {
        let scope = Scope::load(app, &org)?;
        put(app, (&scope, user), role, mine, app.clock.now())
    })
    .await?;
    let word = if role.is_some() {
        "member-changed"
    } else {
        "member-removed"
    };
    Ok(said(&here, word))
}

/// Gives somebody a role, or takes them out; blocks.
fn put(
    app: &App,
    (scope, user): (&Scope, UserId),
    role: Option<Role>,
    mine: Role,
    now: Timestamp,
) -> Result<(), PageError> {
    let org = scope.org.id;
    let now_is = app.ledger.role(org, user)?;
    govern(mine, now_is.ok_or(PageError::Missing("member"))?)?;
    match role {
        Some(role) => app.ledger.put_member(org, user, role, now)?,
        None => app.ledger.remove_member(org, user)?,
    }
    Ok(())
}

async fn leave(
    State(app): State<App>,
    Path(org): Path<String>,
    form: Form,
) -> Result<Response, PageError> {
    let me = form.visit.who.user.id;
    ask(&app, move |app| {
        let scope = Scope::load(app, &org)?;
        Ok(app.ledger.remove_member(scope.org.id, me)?)
    })
    .await?;
    Ok(Redirect::to(&form.visit.at.path("/")).into_response())
}
