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

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, header};
use subtle::ConstantTimeEq;
use watchpost_model::{User, UserId};
use watchpost_store::{NewSession, SecretHash, Session, StoreError};

use crate::pages::{Links, PageError};
use crate::secret::{Secret, hash_of, hex};
use crate::{App, audit};

/// How long a session lasts.
const SESSION_SECS: i64 = 30 * 24 * 3600;
/// How long the second factor may take.
const HALF_SECS: i64 = 300;
/// How long its last use is good enough: each page would be a write otherwise.
const USED_SECS: i64 = 600;
/// What is kept of how a browser calls itself.
const DEVICE_CHARS_MAX: usize = 300;

/// Where a request comes from, as people see it of their sessions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Client {
    /// What the browser calls itself.
    pub(crate) device: String,
    /// From where.
    pub(crate) address: Option<IpAddr>,
}

impl Client {
    pub(crate) fn of(headers: &HeaderMap, extensions: &Extensions) -> Self {
        let agent = headers.get(header::USER_AGENT);
        let agent = agent.and_then(|agent| agent.to_str().ok());
        let address = extensions.get::<ConnectInfo<SocketAddr>>();
        Self {
            device: agent
                .unwrap_or_default()
                .chars()
                .take(DEVICE_CHARS_MAX)
                .collect(),
            address: address.map(|ConnectInfo(address)| address.ip()),
        }
    }

    /// The address, or nothing.
    pub(crate) fn address_text(&self) -> String {
        self.address
            .map(|address| address.to_string())
            .unwrap_or_default()
    }
}

impl FromRequestParts<App> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers, &parts.extensions))
    }
}

/// A person with a valid session.
#[derive(Clone)]
pub(crate) struct SignedIn {
    /// Who it is.
    pub(crate) user: User,
    /// The session, as its owner sees it.
    pub(crate) session: Session,
    secret: String,
}

impl SignedIn {
    /// The token that every form of this session carries. Made from the session's secret, so
    /// nothing needs to be stored, and a page that shows it does not show the cookie.
    pub(crate) fn csrf(&self) -> String {
        let digest = hash_of(&format!("form {}", self.secret));
        hex(digest.get(..16).unwrap_or(&digest))
    }

    /// What the store keeps of the session's secret.
    pub(crate) fn hash(&self) -> SecretHash {
        hash_of(&self.secret)
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
            audit::doer(who.user.id, "page");
            touch(app, &who, &Client::of(&parts.headers, &parts.extensions)).await?;
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
    let known = app
        .ask(move |app| app.ledger.session(&hash, app.clock.now()))
        .await?;
    Ok(known.map(|(user, session)| SignedIn {
        user,
        session,
        secret,
    }))
}

/// Notes that a session is used, if that was some time ago.
async fn touch(app: &App, who: &SignedIn, client: &Client) -> Result<(), StoreError> {
    let now = app.clock.now();
    if now.secs_since(who.session.used) < USED_SECS {
        return Ok(());
    }
    let (hash, address) = (who.hash(), client.address_text());
    app.ask(move |app| app.ledger.touch_session(&hash, &address, now))
        .await
}

/// Opens a new session and returns its `Set-Cookie`. Always a new secret, whatever cookie the
/// browser had before.
pub(crate) async fn open(
    app: &App,
    user: UserId,
    client: &Client,
) -> Result<HeaderValue, PageError> {
    let secret = create(app, user, client, SESSION_SECS, false).await?;
    let name = cookie_name(app);
    Ok(set_cookie(app, name, secret.as_str(), SESSION_SECS))
}

/// Opens a session that waits for the second factor, and opens nothing before.
pub(crate) async fn open_half(
    app: &App,
    user: UserId,
    client: &Client,
) -> Result<HeaderValue, PageError> {
    let secret = create(app, user, client, HALF_SECS, true).await?;
    let name = half_cookie_name(app);
    Ok(set_cookie(app, name, secret.as_str(), HALF_SECS))
}

/// Who has begun to sign in with this browser.
pub(crate) async fn half(app: &App, headers: &HeaderMap) -> Result<Option<User>, StoreError> {
    let Some(hash) = cookie(headers, half_cookie_name(app)).map(hash_of) else {
        return Ok(None);
    };
    app.ask(move |app| app.ledger.half_session(&hash, app.clock.now()))
        .await
}

/// Ends what [`open_half`] began, and returns the `Set-Cookie` that clears it.
pub(crate) async fn close_half(app: &App, headers: &HeaderMap) -> Result<HeaderValue, StoreError> {
    if let Some(hash) = cookie(headers, half_cookie_name(app)).map(hash_of) {
        app.ask(move |app| app.ledger.delete_session(&hash)).await?;
    }
    Ok(set_cookie(app, half_cookie_name(app), "", 0))
}

async fn create(
    app: &App,
    user: UserId,
    client: &Client,
    secs: i64,
    is_half: bool,
) -> Result<Secret, PageError> {
    let secret = Secret::draw("")?;
    let (hash, client) = (secret.hash(), client.clone());
    app.ask(move |app| {
        let now = app.clock.now();
        app.ledger.create_session(&NewSession {
            user,
            hash,
            created: now,
            expires: now.plus_secs(secs),
            device: &client.device,
            address: &client.address_text(),
            is_half,
        })
    })
    .await?;
    Ok(secret)
}

/// Ends a session on the server and returns the `Set-Cookie` that clears it in the browser.
pub(crate) async fn close(app: &App, who: &SignedIn) -> Result<HeaderValue, StoreError> {
    let hash = who.hash();
    app.ask(move |app| app.ledger.delete_session(&hash)).await?;
    Ok(set_cookie(app, cookie_name(app), "", 0))
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

/// Of a session that waits for the second factor.
fn half_cookie_name(app: &App) -> &'static str {
    if is_https(app) {
        "__Host-watchpost-half"
    } else {
        "watchpost-half"
    }
}

fn set_cookie(app: &App, name: &str, value: &str, max_age_secs: i64) -> HeaderValue {
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
