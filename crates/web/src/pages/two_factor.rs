//! The second factor: a code of an authenticator beside the password.
//!
//! ```text
//! password fits → half a session → /auth/code/ → code or recovery code → a session
//! ```
//! A code works once (RFC 6238); so does a recovery code, of which only hashes are kept.

use std::fmt::Write as _;

use askama::Template;
use axum::Router;
use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use qrcode::{Color, QrCode};
use totp_rs::{Builder, Secret as Shared, Totp};
use watchpost_model::{Timestamp, User, UserId};
use watchpost_store::{Ledger, TwoFactor, TwoFactorSecret};

use super::account::{Presents, fits};
use super::backoff::{Attempt, Backoff};
use super::form::{Form, GuestForm};
use super::links::{encode, safe_next};
use super::shell::{Scope, Shell, add_cookie, ask, draw, said};
use super::sign_in::{Next, note, onward};
use super::{Links, PageError, Visit};
use crate::App;
use crate::secret::{draw_bytes, draw_hex_32, hash_of};
use crate::session::{self, Client};

/// Recovery codes that one gets at a time, and their hex digits: 80 bits.
const CODE_COUNT: usize = 10;
const CODE_CHARS: usize = 20;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/auth/code/", get(ask_for_code).post(take_code))
        .route(
            "/settings/account/security/two-factor/",
            get(show).post(change),
        )
        .layer(Extension(Backoff::default()))
}

#[derive(Template)]
#[template(path = "sign_in_code.html")]
struct CodePage {
    shell: Shell,
    here: String,
    next: String,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "account_two_factor.html")]
struct TwoFactorPage {
    shell: Shell,
    tab: &'static str,
    here: String,
    is_on: bool,
    left: u64,
    setup: Option<Setup>,
    /// New recovery codes: shown this once.
    codes: Vec<String>,
    said: Option<&'static str>,
    wrong: Option<&'static str>,
}

/// What an authenticator has to be told.
struct Setup {
    key: String,
    url: String,
    qr: Option<Qr>,
}

/// A QR code as one path.
struct Qr {
    path: String,
    width: usize,
}

impl Qr {
    fn new(text: &str) -> Option<Self> {
        let code = QrCode::new(text).ok()?;
        let (width, mut path) = (code.width(), String::new());
        for (place, color) in code.to_colors().into_iter().enumerate() {
            if color == Color::Dark {
                // Writing to a String cannot fail.
                let _ = write!(path, "M{} {}h1v1h-1z", place % width, place / width);
            }
        }
        Some(Self { path, width })
    }
}

impl Setup {
    fn new(secret: TwoFactorSecret, email: &str) -> Self {
        let key = Shared::from(secret).to_base32();
        let url = format!(
            "otpauth://totp/Watchpost:{}?secret={key}&issuer=Watchpost",
            encode(email)
        );
        Self {
            qr: Qr::new(&url),
            url,
            key,
        }
    }
}

/// Whether what was typed proves that `user` has the authenticator, or a recovery code; nothing of
/// it works again. Blocks.
fn proves(
    ledger: &dyn Ledger,
    user: UserId,
    factor: &TwoFactor,
    typed: &str,
    now: Timestamp,
) -> Result<bool, PageError> {
    let typed = typed.to_lowercase();
    let typed: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
    if typed.len() == CODE_CHARS {
        return Ok(factor.is_on && ledger.use_recovery_code(user, &hash_of(&typed))?);
    }
    let secs = u64::try_from(now.as_secs()).unwrap_or_default();
    let step = totp(factor.secret).and_then(|totp| totp.check(&typed, secs));
    match step {
        Some(step) => Ok(ledger.use_step(user, step)?),
        None => Ok(false),
    }
}

/// Six digits, each half a minute; the one before and after work as well.
fn totp(secret: TwoFactorSecret) -> Option<Totp> {
    Builder::new().with_secret(secret).build().ok()
}

async fn ask_for_code(
    State(app): State<App>,
    Query(query): Query<Next>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    if session::half(&app, &headers).await?.is_none() {
        let again = Links::of(&app).sign_in(Some(&query.next));
        return Ok(Redirect::to(&again).into_response());
    }
    code_page(&app, &headers, &query.next, None)
}

fn code_page(
    app: &App,
    headers: &HeaderMap,
    next: &str,
    wrong: Option<String>,
) -> Result<Response, PageError> {
    draw(&CodePage {
        shell: Shell::guest(app, headers, "Sign in"),
        here: Links::of(app).path("/auth/code/"),
        next: safe_next(next).unwrap_or_default().to_owned(),
        wrong,
    })
}

async fn take_code(
    State(app): State<App>,
    Extension(backoff): Extension<Backoff>,
    client: Client,
    form: GuestForm,
) -> Result<Response, PageError> {
    let next = form.fields.get("next");
    let Some(user) = session::half(&app, &form.headers).await? else {
        let again = Links::of(&app).sign_in(Some(next));
        return Ok(Redirect::to(&again).into_response());
    };
    // Whoever gets here knows the password: from wherever they try, it is one row of tries.
    let attempt = Attempt {
        email: user.email.clone(),
        from: None,
    };
    let now = app.clock.now();
    let wait_secs = backoff.wait_secs(&attempt, now);
    if wait_secs > 0 {
        let wrong = format!("Too many attempts. Try again in {wait_secs} s.");
        let page = code_page(&app, &form.headers, next, Some(wrong))?;
        let retry = [(header::RETRY_AFTER, wait_secs.to_string())];
        return Ok((StatusCode::TOO_MANY_REQUESTS, retry, page).into_response());
    }
    // Counted before it is known: tries at the same time must not all be free.
    backoff.failed(attempt.clone(), now);
    let (id, typed) = (user.id, form.fields.get("code").to_owned());
    let proven = ask(&app, move |app| {
        let factor = app.ledger.two_factor(id)?.filter(|factor| factor.is_on);
        match factor {
            Some(factor) => proves(&*app.ledger, id, &factor, &typed, now),
            None => Ok(false),
        }
    });
    let is_good = proven.await?;
    // Whoever looks at their sign-ins next finds this one.
    let _ = note(&app, &user, is_good, &client).await;
    if !is_good {
        let wrong = "This code is not right, or was used already.".to_owned();
        let page = code_page(&app, &form.headers, next, Some(wrong))?;
        return Ok((StatusCode::UNAUTHORIZED, page).into_response());
    }
    backoff.succeeded(&attempt);
    let mut response = onward(&app, next);
    add_cookie(&mut response, session::open(&app, user.id, &client).await?);
    add_cookie(
        &mut response,
        session::close_half(&app, &form.headers).await?,
    );
    Ok(response)
}

async fn show(State(app): State<App>, visit: Visit) -> Result<Response, PageError> {
    page(&app, &visit, Told::default()).await
}

/// What a page says once.
#[derive(Default)]
struct Told {
    codes: Vec<String>,
    wrong: Option<&'static str>,
    /// Whether what is being set up may be seen: right after the password was, and not by who
    /// comes by later.
    is_known: bool,
}

async fn page(app: &App, visit: &Visit, told: Told) -> Result<Response, PageError> {
    let Told {
        codes,
        wrong,
        is_known,
    } = told;
    let (id, headers) = (visit.who.user.id, visit.headers.clone());
    let (scope, factor) = ask(app, move |app| {
        let scope = Scope::own(app, &headers, id)?;
        Ok((scope, app.ledger.two_factor(id)?))
    })
    .await?;
    let begun = factor.filter(|factor| is_known && !factor.is_on);
    let email = &visit.who.user.email;
    let is_secret = begun.is_some() || !codes.is_empty();
    let mut response = visit.answer(&TwoFactorPage {
        shell: visit.shell_of(scope.as_ref(), "account", "Two-factor authentication"),
        tab: "security",
        here: format!("{}two-factor/", visit.at.account("security")),
        is_on: factor.is_some_and(|factor| factor.is_on),
        left: factor.map_or(0, |factor| factor.recovery_codes),
        setup: begun.map(|factor| Setup::new(factor.secret, email)),
        codes,
        said: (visit.flash() == Some("two-factor-off"))
            .then_some("Switched off. Your password alone is enough from now on."),
        wrong,
    })?;
    if is_secret {
        let never = HeaderValue::from_static("no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, never);
    }
    Ok(response)
}

/// Sets it up, step by step, or switches it off.
async fn change(
    State(app): State<App>,
    Extension(tries): Extension<Presents>,
    form: Form,
) -> Result<Response, PageError> {
    let user = form.visit.who.user.clone();
    let what = form.fields.get("do").to_owned();
    if !fits(&app, &form, &tries).await? {
        let told = Told {
            wrong: Some("Your present password is not right."),
            ..Told::default()
        };
        return refuse(&app, &form.visit, told).await;
    }
    let known = |codes| Told {
        codes,
        is_known: true,
        ..Told::default()
    };
    let typed = form.fields.get("code").to_owned();
    match &*what {
        "begin" => {
            let secret = draw_bytes()?;
            ask(&app, move |app| {
                Ok(app.ledger.begin_two_factor(user.id, &secret)?)
            })
            .await?;
            page(&app, &form.visit, known(Vec::new())).await
        }
        "confirm" => {
            let codes = ask(&app, move |app| confirm(app, &user, &typed)).await?;
            if let Some(codes) = codes {
                return page(&app, &form.visit, known(codes)).await;
            }
            let wrong = Some("This code is not right: see that the clocks of both are.");
            let told = known(Vec::new());
            refuse(&app, &form.visit, Told { wrong, ..told }).await
        }
        "codes" => {
            let codes = ask(&app, move |app| {
                let factor = app.ledger.two_factor(user.id)?;
                let factor = factor.filter(|factor| factor.is_on);
                factor.ok_or(PageError::Missing("second factor"))?;
                renew(app, user.id)
            });
            let codes = codes.await?;
            page(&app, &form.visit, known(codes)).await
        }
        "off" => {
            ask(&app, move |app| Ok(app.ledger.drop_two_factor(user.id)?)).await?;
            let here = format!("{}two-factor/", form.visit.at.account("security"));
            Ok(said(&here, "two-factor-off"))
        }
        _ => Err(PageError::Invalid("Choose what is to be done.".to_owned())),
    }
}

async fn refuse(app: &App, visit: &Visit, told: Told) -> Result<Response, PageError> {
    let page = page(app, visit, told).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Switches it on, when a code shows that the authenticator knows the secret; blocks.
fn confirm(app: &App, user: &User, typed: &str) -> Result<Option<Vec<String>>, PageError> {
    let begun = app.ledger.two_factor(user.id)?;
    let begun = begun.filter(|factor| !factor.is_on);
    let factor = begun.ok_or(PageError::Missing("second factor"))?;
    if !proves(&*app.ledger, user.id, &factor, typed, app.clock.now())? {
        return Ok(None);
    }
    renew(app, user.id).map(Some)
}

/// New recovery codes in place of all before; blocks.
fn renew(app: &App, user: UserId) -> Result<Vec<String>, PageError> {
    let (mut codes, mut hashes) = (Vec::new(), Vec::new());
    for _ in 0..CODE_COUNT {
        let drawn = draw_hex_32()?;
        let code = drawn.get(..CODE_CHARS).unwrap_or(&drawn);
        hashes.push(hash_of(code));
        let parts = code.as_bytes().chunks(5).map(String::from_utf8_lossy);
        codes.push(parts.collect::<Vec<_>>().join("-"));
    }
    app.ledger.set_two_factor(user, &hashes)?;
    Ok(codes)
}
