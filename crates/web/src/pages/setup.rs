//! The one-time link that creates the first user: printed by the server, worth one account.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use watchpost_model::User;
use watchpost_store::{NewUser, StoreError};

use super::form::GuestForm;
use super::person::NewPerson;
use super::shell::{Shell, add_cookie, ask, draw};
use super::{Links, PageError};
use crate::App;
use crate::secret::{hash_of, hash_password};
use crate::session::{self, Client};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/setup/{token}", get(show).post(create))
        .route("/setup/{token}/", get(show).post(create))
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    shell: Shell,
    token: String,
    name: String,
    email: String,
    wrong: Option<String>,
}

async fn show(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let hash = hash_of(&token);
    let valid = app
        .ask(move |app| app.ledger.setup_link_valid(&hash, app.clock.now()))
        .await?;
    if !valid {
        return Err(PageError::Spent);
    }
    draw(&SetupPage {
        shell: Shell::guest(&app, &headers, "Create the first account"),
        token,
        name: String::new(),
        email: String::new(),
        wrong: None,
    })
}

async fn create(
    State(app): State<App>,
    Path(token): Path<String>,
    client: Client,
    form: GuestForm,
) -> Result<Response, PageError> {
    let wrong = match NewPerson::read(&form.fields) {
        Ok(person) => match claim(&app, person, &token).await {
            Ok(user) => {
                let mut response = Redirect::to(&Links::of(&app).path("/welcome/")).into_response();
                add_cookie(&mut response, session::open(&app, user.id, &client).await?);
                return Ok(response);
            }
            Err(PageError::Store(StoreError::Missing { .. })) => return Err(PageError::Spent),
            Err(PageError::Store(StoreError::Exists { .. })) => {
                "There is an account with this e-mail already: sign in with it."
            }
            Err(other) => return Err(other),
        },
        Err(wrong) => wrong,
    };
    let page = draw(&SetupPage {
        shell: Shell::guest(&app, &form.headers, "Create the first account"),
        token,
        name: form.fields.get("name").to_owned(),
        email: form.fields.get("email").to_owned(),
        wrong: Some(wrong.to_owned()),
    })?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn claim(app: &App, person: NewPerson, token: &str) -> Result<User, PageError> {
    let hash = hash_of(token);
    ask(app, move |app| {
        let now = app.clock.now();
        // Checked before hashing too: strangers must not be able to order that work.
        if !app.ledger.setup_link_valid(&hash, now)? {
            return Err(PageError::Spent);
        }
        let password_hash = hash_password(&person.password)?;
        let new = NewUser {
            email: &person.email,
            name: &person.name,
            password_hash: &password_hash,
        };
        Ok(app.ledger.use_setup_link(&hash, &new, now)?)
    })
    .await
}
