//! Who is asking: sessions of people in browsers.
//!
//! A session is 32 random bytes in a cookie; the store keeps their SHA-256. Pages take
//! [`SignedIn`], which sends strangers to the sign-in page; the API and the live stream call
//! [`find`] and answer in their own way.
//!
//! ```text
//! sign in ── open() ─→ Set-Cookie ─→ every request ── find() ─→ SignedIn { user, csrf() }
//!                                    sign out ────── close() ─→ gone on the server, cookie cleared
//! ```

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use subtle::ConstantTimeEq;
use watchpost_model::{User, UserId};
use watchpost_store::StoreError;

use crate::App;
use crate::pages::{Links, PageError};
use crate::secret::{Secret, hash_of, hex};

/// How long a session lasts.
const SESSION_SECS: i64 = 30 * 24 * 3600;

/// A person with a valid session.
#[derive(Clone)]
pub(crate) struct SignedIn {
    /// Who it is.
    pub(crate) user: User,
    secret: String,
}

impl SignedIn {
    /// The token that every form of this session carries. Made from the session's secret, so
    /// nothing needs to be stored, and a page that shows it does not show the cookie.
    pub(crate) fn csrf(&self) -> String {
        let digest = hash_of(&format!("form {}", self.secret));
        hex(digest.get(..16).unwrap_or(&digest))
    }

    /// Whether a form came from one of this session's pages.
    pub(crate) fn csrf_fits(&self, token: &str) -> bool {
        self.csrf().as_bytes().ct_eq(token.as_bytes()).into()
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        if let Some(who) = find(app, &parts.headers).await? {
            return Ok(who);
        }
        let here = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        Err(PageError::SignIn {
            location: Links::of(app).sign_in(Some(here)),
        })
    }
}

/// The person whose session cookie comes with a request.
pub(crate) async fn find(app: &App, headers: &HeaderMap) -> Result<Option<SignedIn>, StoreError> {
    let Some(secret) = cookie(headers, cookie_name(app)).map(str::to_owned) else {
        return Ok(None);
    };
    let hash = hash_of(&secret);
    let user = app
        .ask(move |app| app.ledger.session_user(&hash, app.clock.now()))
        .await?;
    Ok(user.map(|user| SignedIn { user, secret }))
}

/// Opens a new session and returns its `Set-Cookie`. Always a new secret, whatever cookie the
/// browser had before.
pub(crate) async fn open(app: &App, user: UserId) -> Result<HeaderValue, PageError> {
    let secret = Secret::draw("")?;
    let hash = secret.hash();
    app.ask(move |app| {
        let expires = app.clock.now().plus_secs(SESSION_SECS);
        app.ledger.create_session(user, hash, expires)
    })
    .await?;
    Ok(set_cookie(app, secret.as_str(), SESSION_SECS))
}

/// Ends a session on the server and returns the `Set-Cookie` that clears it in the browser.
pub(crate) async fn close(app: &App, who: &SignedIn) -> Result<HeaderValue, StoreError> {
    let hash = hash_of(&who.secret);
    app.ask(move |app| app.ledger.delete_session(&hash)).await?;
    Ok(set_cookie(app, "", 0))
}

/// The value of a cookie of a request.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter();
    let pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name && !value.is_empty()).then_some(value))
}

/// Behind https the prefix makes browsers refuse the cookie from any other host or path.
fn cookie_name(app: &App) -> &'static str {
    if is_https(app) {
        "__Host-watchpost"
    } else {
        "watchpost"
    }
}

fn set_cookie(app: &App, value: &str, max_age_secs: i64) -> HeaderValue {
    let name = cookie_name(app);
    let secure = if is_https(app) { "; Secure" } else { "" };
    let text =
        format!("{name}={value}; Path=/; Max-Age={max_age_secs}; HttpOnly; SameSite=Lax{secure}");
    // Hex digits and numbers always make a header.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// Whether browsers reach this server over https.
pub(crate) fn is_https(app: &App) -> bool {
    app.config.public_url.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &'static str, name: &str, expect: Option<&str>) {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static(line));
        assert_eq!(cookie(&headers, name), expect, "{line}");
    }

    #[test]
    fn cookies_are_read_by_their_whole_name() {
        check("watchpost=ab", "watchpost", Some("ab"));
        check("a=b; watchpost=ab;theme=dark", "watchpost", Some("ab"));
        check("xwatchpost=ab", "watchpost", None);
        check("watchpost=", "watchpost", None);
        check("watchpost", "watchpost", None);
    }
}
