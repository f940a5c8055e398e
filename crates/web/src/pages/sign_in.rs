//! Signing in and out, and choosing a theme.

use std::sync::LazyLock;

use askama::Template;
use axum::Router;
use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use watchpost_model::{User, chain};
use watchpost_store::SignIn;

use super::backoff::{Attempt, Backoff};
use super::form::{Fields, Form, GuestForm};
use super::links::{encode, safe_next};
use super::shell::{Shell, Theme, add_cookie, ask, draw, small_cookie};
use super::{Links, PageError};
use crate::App;
use crate::secret::{PASSWORD_BYTES_MAX, hash_password, password_fits};
use crate::session::{self, Client};

/// Passwords that are checked at the same time: each takes a core and 19 MiB for a moment.
pub(super) static CHECKS: Semaphore = Semaphore::const_new(4);

/// The longest address that is looked up and remembered; no mailbox has a longer one.
const EMAIL_BYTES_MAX: usize = 320;

/// What an unknown address is checked against, so that it takes as long as a known one.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hash_password("a password that nobody has").unwrap_or_default());

const YEAR_SECS: i64 = 365 * 24 * 3600;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/auth/login/", get(show).post(sign_in))
        .route("/auth/logout/", post(sign_out))
        .route("/theme/", post(choose_theme))
        .layer(Extension(Backoff::default()))
}

#[derive(Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    pub(super) next: String,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    shell: Shell,
    next: String,
    email: String,
    wrong: Option<String>,
}

async fn show(
    State(app): State<App>,
    Query(query): Query<Next>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    if session::find(&app, &headers).await?.is_some() {
        return Ok(onward(&app, &query.next));
    }
    draw(&SignInPage {
        shell: Shell::guest(&app, &headers, "Sign in"),
        next: safe_next(&query.next).unwrap_or_default().to_owned(),
        email: String::new(),
        wrong: None,
    })
}

async fn sign_in(
    State(app): State<App>,
    Extension(backoff): Extension<Backoff>,
    client: Client,
    form: GuestForm,
) -> Result<Response, PageError> {
    // Held from the question to the answer: attempts that are made at the same time must not all
    // be told that there is no need to wait.
    let _permit = CHECKS.acquire().await;
    let mut email = form.fields.get("email").to_lowercase();
    email.truncate(email.floor_char_boundary(EMAIL_BYTES_MAX));
    let attempt = Attempt {
        email,
        from: client.address,
    };
    let now = app.clock.now();
    let wait_secs = backoff.wait_secs(&attempt, now);
    if wait_secs > 0 {
        let wrong = format!("Too many attempts. Try again in {wait_secs} s.");
        let page = again(&app, &form, &wrong)?;
        let retry = [(header::RETRY_AFTER, wait_secs.to_string())];
        return Ok((StatusCode::TOO_MANY_REQUESTS, retry, page).into_response());
    }
    let (user, fits, has_second) = check(&app, &attempt.email, &form.fields).await?;
    // With a second factor it is good when that is.
    let is_whole = !fits || !has_second;
    let noted = user.as_ref().filter(|_| is_whole);
    let noted = noted.map(|user| note(&app, user, fits, &client));
    let Some(user) = user.filter(|_| fits) else {
        // Nobody waits until it is noted: that would tell known addresses from others.
        backoff.failed(attempt, now);
        let page = again(&app, &form, "E-mail or password is not right.")?;
        return Ok((StatusCode::UNAUTHORIZED, page).into_response());
    };
    if let Some(noted) = noted {
        // Whoever looks at their sign-ins next finds this one.
        let _ = noted.await;
    }
    backoff.succeeded(&attempt);
    let next = form.fields.get("next");
    if has_second {
        let at = Links::of(&app).path("/auth/code/");
        let at = format!("{at}?next={}", encode(safe_next(next).unwrap_or_default()));
        let mut response = Redirect::to(&at).into_response();
        add_cookie(
            &mut response,
            session::open_half(&app, user.id, &client).await?,
        );
        return Ok(response);
    }
    let mut response = onward(&app, next);
    add_cookie(&mut response, session::open(&app, user.id, &client).await?);
    Ok(response)
}

/// The user of that address, whether the password fits, and whether they have a second factor.
/// Takes as long for an unknown one.
async fn check(
    app: &App,
    email: &str,
    fields: &Fields,
) -> Result<(Option<User>, bool, bool), PageError> {
    let (email, password) = (email.to_owned(), fields.exact("password").to_owned());
    ask(app, move |app| {
        let known = app.ledger.user_by_email(&email)?;
        let (user, hash) = match known {
            Some((user, hash)) => (Some(user), hash),
            None => (None, NOBODY.clone()),
        };
        let fits = password.len() <= PASSWORD_BYTES_MAX && password_fits(&password, &hash);
        let has_second = match &user {
            Some(user) if fits => {
                let factor = app.ledger.two_factor(user.id)?;
                factor.is_some_and(|factor| factor.is_on)
            }
            _ => false,
        };
        Ok((user, fits, has_second))
    })
    .await
}

/// Notes for the owner of an account that somebody signed in, or tried to.
pub(super) fn note(app: &App, user: &User, is_good: bool, client: &Client) -> JoinHandle<()> {
    let (app, what) = (
        app.clone(),
        SignIn {
            user: user.id,
            at: app.clock.now(),
            address: client.address_text(),
            device: client.device.clone(),
            is_good,
        },
    );
    tokio::task::spawn_blocking(move || {
        if let Err(error) = app.ledger.note_sign_in(&what) {
            tracing::warn!(error = chain(&error), "failed to note a sign-in");
        }
    })
}

fn again(app: &App, form: &GuestForm, wrong: &str) -> Result<Response, PageError> {
    draw(&SignInPage {
        shell: Shell::guest(app, &form.headers, "Sign in"),
        next: safe_next(form.fields.get("next"))
            .unwrap_or_default()
            .to_owned(),
        email: form.fields.get("email").to_owned(),
        wrong: Some(wrong.to_owned()),
    })
}

pub(super) fn onward(app: &App, next: &str) -> Response {
    let path = safe_next(next).unwrap_or("/");
    Redirect::to(&Links::of(app).path(path)).into_response()
}

async fn sign_out(State(app): State<App>, form: Form) -> Result<Response, PageError> {
    let cleared = session::close(&app, &form.visit.who).await?;
    let mut response = Redirect::to(&form.visit.at.sign_in(None)).into_response();
    add_cookie(&mut response, cleared);
    Ok(response)
}

async fn choose_theme(form: Form) -> Response {
    let theme = Theme::from_name(form.fields.get("theme")).unwrap_or_default();
    let mut response = form.back(&form.visit.at.path("/"));
    add_cookie(
        &mut response,
        small_cookie("theme", theme.name(), YEAR_SECS),
    );
    response
}
