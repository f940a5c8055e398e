//! Joining an organization by a link: with the account one has, or with a new one.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use watchpost_model::{Invite, Organization, User};
use watchpost_store::{AuditChange, Joining, NewAudit, NewUser, StoreError};

use super::form::{Fields, GuestForm};
use super::shell::{Shell, add_cookie, ask, draw};
use super::{Links, PageError, person};
use crate::App;
use crate::secret::{hash_of, hash_password};
use crate::session::{self, Client, SignedIn};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/invite/{token}/", get(show).post(join))
}

#[derive(Template)]
#[template(path = "invite.html")]
struct InvitePage {
    shell: Shell,
    here: String,
    sign_in: String,
    invite: Invite,
    org: Organization,
    reader: Reader,
    csrf: String,
    name: String,
    wrong: Option<&'static str>,
}

/// Who looks at an invite.
enum Reader {
    /// The person it is for, signed in.
    Invited,
    /// Somebody else, signed in with that address.
    Other(String),
    /// Nobody is signed in, and there is an account with the address.
    Known,
    /// Nobody is signed in, and there is no such account yet.
    New,
}

/// An invite that works, and who looks at it.
async fn find(
    app: &App,
    token: &str,
    who: Option<&SignedIn>,
) -> Result<(Invite, Organization, Reader), PageError> {
    let hash = hash_of(token);
    let email = who.map(|who| who.user.email.clone());
    ask(app, move |app| {
        let found = app.ledger.invited(&hash, app.clock.now())?;
        let (invite, org) = found.ok_or(PageError::Spent)?;
        let is_known = app.ledger.user_by_email(&invite.email)?.is_some();
        let reader = match email {
            Some(email) if email == invite.email => Reader::Invited,
            Some(email) => Reader::Other(email),
            None if is_known => Reader::Known,
            None => Reader::New,
        };
        Ok((invite, org, reader))
    })
    .await
}

async fn show(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let who = session::find(&app, &headers).await?;
    page(&app, &token, (&headers, who.as_ref()), "", None).await
}

async fn page(
    app: &App,
    token: &str,
    (headers, who): (&HeaderMap, Option<&SignedIn>),
    name: &str,
    wrong: Option<&'static str>,
) -> Result<Response, PageError> {
    let (invite, org, reader) = find(app, token, who).await?;
    let at = Links::of(app);
    draw(&InvitePage {
        shell: Shell::guest(app, headers, &format!("Join {}", org.name)),
        here: at.invite(token),
        sign_in: at.sign_in(Some(&format!("/invite/{token}/"))),
        invite,
        org,
        reader,
        csrf: who.map(SignedIn::csrf).unwrap_or_default(),
        name: name.to_owned(),
        wrong,
    })
}

async fn join(
    State(app): State<App>,
    Path(token): Path<String>,
    client: Client,
    form: GuestForm,
) -> Result<Response, PageError> {
    let who = session::find(&app, &form.headers).await?;
    let (invite, org, reader) = find(&app, &token, who.as_ref()).await?;
    let joiner = match (reader, &who) {
        (Reader::Invited, Some(who)) => {
            if !who.csrf_fits(form.fields.get("csrf")) {
                return Err(PageError::Refused(
                    "This form is from an older session. Go back, reload the page and send it \
                     again",
                ));
            }
            Joiner::Known(who.user.clone())
        }
        (Reader::New, _) => match read(&form.fields) {
            Ok((name, password)) => Joiner::New { name, password },
            Err(wrong) => {
                let name = form.fields.get("name");
                let page = page(&app, &token, (&form.headers, None), name, Some(wrong)).await?;
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
            }
        },
        _ => return Err(PageError::Refused("This invite is for another account")),
    };
    let (hash, is_new) = (hash_of(&token), matches!(joiner, Joiner::New { .. }));
    let address = client.address_text();
    let joined = ask(&app, move |app| {
        let user = joiner.join(app, &invite, &hash)?;
        app.ledger
            .note_audit(&deed(app, &user, &invite, &org, address))?;
        Ok(user)
    });
    let user = match joined.await {
        // Somebody else was faster.
        Err(PageError::Store(StoreError::Missing { .. } | StoreError::Exists { .. })) => {
            return Err(PageError::Spent);
        }
        other => other?,
    };
    let mut response = Redirect::to(&Links::of(&app).path("/")).into_response();
    if is_new {
        add_cookie(&mut response, session::open(&app, user.id, &client).await?);
    }
    Ok(response)
}

fn read(fields: &Fields) -> Result<(String, String), &'static str> {
    let name = person::name(fields.get("name"))?;
    Ok((name, person::password(fields.exact("password"))?))
}

/// Who joins.
enum Joiner {
    Known(User),
    New { name: String, password: String },
}

impl Joiner {
    /// Uses the invite up; blocks.
    fn join(
        &self,
        app: &App,
        invite: &Invite,
        hash: &watchpost_store::SecretHash,
    ) -> Result<User, PageError> {
        let now = app.clock.now();
        Ok(match self {
            Self::Known(user) => app.ledger.join(hash, &Joining::Known(user.id), now)?,
            Self::New { name, password } => {
                let password_hash = hash_password(password)?;
                let new = NewUser {
                    email: &invite.email,
                    name,
                    password_hash: &password_hash,
                };
                app.ledger.join(hash, &Joining::New(&new), now)?
            }
        })
    }
}

/// What the audit log says of it.
fn deed(app: &App, user: &User, invite: &Invite, org: &Organization, address: String) -> NewAudit {
    NewAudit {
        org: Some(org.id),
        at: app.clock.now(),
        user: Some(user.id),
        via: "invite".to_owned(),
        address,
        action: "member.join".to_owned(),
        object: org.slug.clone(),
        changes: vec![AuditChange {
            field: format!("member {}", user.email),
            before: None,
            after: Some(invite.role.name().to_owned()),
        }],
    }
}
