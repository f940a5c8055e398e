//! One's own account: name and address, password, where one is signed in, and who tried to.

use askama::Template;
use axum::Router;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use watchpost_model::{Organization, Role, Timestamp, User};
use watchpost_store::{Session, SignIn, StoreError};

use super::backoff::{Attempt, Backoff};
use super::form::Form;
use super::format::When;
use super::shell::{Scope, Shell, add_cookie, ask, said};
use super::{PageError, Visit, person};
use crate::App;
use crate::secret::{PASSWORD_BYTES_MAX, hash_password, password_fits};
use crate::session::{self, Client};

pub(crate) fn routes() -> Router<App> {
    const SECURITY: &str = "/settings/account/security/";
    Router::new()
        .route("/settings/account/", get(front))
        .route("/settings/account/details/", get(details).post(rename))
        .route(SECURITY, get(security))
        .route(&format!("{SECURITY}password/"), post(change_password))
        .route(&format!("{SECURITY}sessions/"), post(end))
}

async fn front(visit: Visit) -> Redirect {
    Redirect::to(&visit.at.account("details"))
}

#[derive(Template)]
#[template(path = "account_details.html")]
struct DetailsPage {
    shell: Shell,
    tab: &'static str,
    name: String,
    email: String,
    memberships: Vec<(Organization, Role)>,
    is_saved: bool,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "account_security.html")]
struct SecurityPage {
    shell: Shell,
    tab: &'static str,
    sessions: Vec<SessionRow>,
    sign_ins: Vec<SignInRow>,
    email: String,
    has_second: bool,
    said: Option<&'static str>,
    wrong: Option<String>,
}

struct SessionRow {
    id: String,
    browser: String,
    device: String,
    address: String,
    created: Option<When>,
    used: Option<When>,
    is_this: bool,
}

struct SignInRow {
    at: When,
    browser: String,
    device: String,
    address: String,
    is_good: bool,
}

impl SessionRow {
    fn new(session: Session, this: &str, now: Timestamp) -> Self {
        let known = |moment: Timestamp| {
            // Those of an older version do not say.
            (moment > Timestamp::default()).then(|| When::new(moment, now))
        };
        Self {
            browser: browser_of(&session.device),
            created: known(session.created),
            used: known(session.used),
            is_this: session.id == this,
            id: session.id,
            device: session.device,
            address: session.address,
        }
    }
}

impl SignInRow {
    fn new(sign_in: SignIn, now: Timestamp) -> Self {
        Self {
            at: When::new(sign_in.at, now),
            browser: browser_of(&sign_in.device),
            device: sign_in.device,
            address: sign_in.address,
            is_good: sign_in.is_good,
        }
    }
}

/// What people call a browser that calls itself that.
fn browser_of(device: &str) -> String {
    let first = |names: &[(&str, &'static str)]| {
        let found = names.iter().find(|(mark, _)| device.contains(mark));
        found.map(|(_, name)| *name)
    };
    // Each also claims to be those after it.
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Unknown browser".to_owned(),
    }
}

async fn details(State(app): State<App>, visit: Visit) -> Result<Response, PageError> {
    details_page(&app, &visit, None).await
}

async fn details_page(
    app: &App,
    visit: &Visit,
    refused: Option<(String, String, String)>,
) -> Result<Response, PageError> {
    let (user, headers) = (visit.who.user.clone(), visit.headers.clone());
    let id = user.id;
    let (scope, memberships) = ask(app, move |app| {
        let scope = Scope::own(app, &headers, id)?;
        Ok((scope, app.ledger.memberships(id)?))
    })
    .await?;
    let (name, email, wrong) = match refused {
        Some((name, email, wrong)) => (name, email, Some(wrong)),
        None => (user.name, user.email, None),
    };
    visit.answer(&DetailsPage {
        shell: visit.shell_of(scope.as_ref(), "account", "Account"),
        tab: "details",
        name,
        email,
        memberships,
        is_saved: visit.flash() == Some("saved"),
        wrong,
    })
}

/// Changes name and address. Another address takes the password: it is what one signs in with.
async fn rename(
    State(app): State<App>,
    Extension(tries): Extension<Presents>,
    form: Form,
) -> Result<Response, PageError> {
    let (name, email) = (form.fields.get("name"), form.fields.get("email"));
    let typed = (name.to_owned(), email.to_owned());
    let me = form.visit.who.user.clone();
    let wrong = match (person::name(name), person::email(email)) {
        (Ok(name), Ok(email)) => {
            let fits = email == me.email || fits(&app, &form, &tries).await?;
            let user = User { name, email, ..me };
            match ask(&app, move |app| {
                if !fits {
                    return Ok(false);
                }
                app.ledger.update_user(&user)?;
                Ok(true)
            })
            .await
            {
                Ok(true) => return Ok(said(&form.visit.at.account("details"), "saved")),
                Ok(false) => "Another address takes your present password: it is not right.",
                Err(PageError::Store(StoreError::Exists { .. })) => {
                    "Another account has this address."
                }
                Err(other) => return Err(other),
            }
        }
        (Err(wrong), _) | (_, Err(wrong)) => wrong,
    };
    let refused = (typed.0, typed.1, wrong.to_owned());
    let page = details_page(&app, &form.visit, Some(refused)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// How often of late a present password was not right.
#[derive(Clone, Default)]
pub(super) struct Presents(Backoff);

/// Whether the form brings the present password. Whoever finds an open session does not get to
/// try as many as they like.
pub(super) async fn fits(app: &App, form: &Form, tries: &Presents) -> Result<bool, PageError> {
    let password = form.fields.exact("present").to_owned();
    let (email, now) = (form.visit.who.user.email.clone(), form.visit.now);
    let attempt = Attempt {
        email: email.clone(),
        from: None,
    };
    let _permit = super::sign_in::CHECKS.acquire().await;
    let wait_secs = tries.0.wait_secs(&attempt, now);
    if wait_secs > 0 {
        return Err(PageError::Wait(wait_secs));
    }
    // Counted before it is known: tries at the same time must not all be free.
    tries.0.failed(attempt.clone(), now);
    let fits = ask(app, move |app| {
        let known = app.ledger.user_by_email(&email)?;
        let fits = |(_, hash): &(User, String)| {
            password.len() <= PASSWORD_BYTES_MAX && password_fits(&password, hash)
        };
        Ok(known.as_ref().is_some_and(fits))
    })
    .await?;
    if fits {
        tries.0.succeeded(&attempt);
    }
    Ok(fits)
}

async fn security(State(app): State<App>, visit: Visit) -> Result<Response, PageError> {
    security_page(&app, &visit, None).await
}

async fn security_page(
    app: &App,
    visit: &Visit,
    wrong: Option<String>,
) -> Result<Response, PageError> {
    let (id, headers, now) = (visit.who.user.id, visit.headers.clone(), visit.now);
    let (scope, sessions, sign_ins, factor) = ask(app, move |app| {
        let scope = Scope::own(app, &headers, id)?;
        let sessions = app.ledger.sessions(id, now)?;
        let sign_ins = app.ledger.sign_ins(id)?;
        Ok((scope, sessions, sign_ins, app.ledger.two_factor(id)?))
    })
    .await?;
    let this = &visit.who.session.id;
    let session = |session| SessionRow::new(session, this, now);
    let sign_in = |sign_in| SignInRow::new(sign_in, now);
    visit.answer(&SecurityPage {
        shell: visit.shell_of(scope.as_ref(), "account", "Security"),
        tab: "security",
        sessions: sessions.into_iter().map(session).collect(),
        sign_ins: sign_ins.into_iter().map(sign_in).collect(),
        email: visit.who.user.email.clone(),
        has_second: factor.is_some_and(|factor| factor.is_on),
        said: visit.flash().and_then(words),
        wrong,
    })
}

fn words(said: &str) -> Option<&'static str> {
    match said {
        "password-changed" => Some("Password changed. You are signed out everywhere else."),
        "session-ended" => Some("Signed out there."),
        "sessions-ended" => Some("Signed out everywhere else."),
        _ => None,
    }
}

/// A new password ends every session, and this browser gets a new one.
async fn change_password(
    State(app): State<App>,
    Extension(tries): Extension<Presents>,
    client: Client,
    form: Form,
) -> Result<Response, PageError> {
    let wrong = match person::password(form.fields.exact("password")) {
        Err(wrong) => wrong,
        Ok(_) if !fits(&app, &form, &tries).await? => "Your present password is not right.",
        Ok(password) => {
            let id = form.visit.who.user.id;
            ask(&app, move |app| {
                let hash = hash_password(&password)?;
                Ok(app.ledger.set_password(id, &hash)?)
            })
            .await?;
            let mut response = said(&form.visit.at.account("security"), "password-changed");
            add_cookie(&mut response, session::open(&app, id, &client).await?);
            return Ok(response);
        }
    };
    let page = security_page(&app, &form.visit, Some(wrong.to_owned())).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Signs out elsewhere: one session, or all the others.
async fn end(State(app): State<App>, form: Form) -> Result<Response, PageError> {
    let (who, here) = (&form.visit.who, form.visit.at.account("security"));
    let (id, keep, which) = (
        who.user.id,
        who.hash(),
        form.fields.get("session").to_owned(),
    );
    let is_all = form.fields.get("do") == "others";
    ask(&app, move |app| {
        if is_all {
            app.ledger.end_other_sessions(id, &keep)?;
        } else {
            app.ledger.end_session(id, &which)?;
        }
        Ok(())
    })
    .await?;
    let word = if is_all {
        "sessions-ended"
    } else {
        "session-ended"
    };
    Ok(said(&here, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_have_names() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                      Chrome/142.0.0.0 Safari/537.36";
        for (device, expect) in [
            (chrome, "Chrome on Linux"),
            (&*format!("{chrome} Edg/142.0"), "Edge on Linux"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1",
                "Safari on iPhone",
            ),
            ("curl/8.5", "curl"),
            ("", "Unknown browser"),
        ] {
            assert_eq!(browser_of(device), expect);
        }
    }
}
