//! Feeds of a project for news readers, at the addresses of the first Sentry.
//!
//! `/feeds/{key}/messages.xml` lists the newest events, `/feeds/{key}/summaries.xml` the
//! unresolved issues; `.atom` or `?format=atom` gives Atom instead of RSS 2.0. The key in the
//! address is the secret half of one of the project's keys, because readers cannot sign in. A
//! signed-in person may write the number of the project instead.

mod item;
mod render;
#[cfg(test)]
mod tests;
mod xml;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LAST_MODIFIED};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use watchpost_model::{Organization, Project, ProjectId, Timestamp};

use crate::App;
use crate::api::error::{ApiError, ask};
use crate::api::params::Params;
use crate::rights::is_member;
use crate::session::{self, SignedIn};

/// What a feed is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    /// The newest events.
    Messages,
    /// The unresolved issues that were seen last.
    Summaries,
}

/// The language a feed is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// RSS 2.0.
    Rss,
    /// RFC 4287.
    Atom,
}

/// Whose feed it is.
struct Source {
    org: Organization,
    project: Project,
}

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/feeds/{key}/{file}", get(show))
}

async fn show(
    State(app): State<App>,
    Path((key, file)): Path<(String, String)>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (subject, format) = wanted(&file, params.first("format")).ok_or(ApiError::NotFound)?;
    let person = session::find(&app, &headers).await?;
    let feed = ask(&app, move |app| {
        let source = find(app, &key, person.as_ref())?.ok_or(ApiError::NotFound)?;
        let items = item::newest(app, &source, subject, &params)?;
        let feed = render::Feed {
            title: title(&source, subject),
            site: app.config.public_url.clone(),
            id: format!("urn:watchpost:feed:{}:{file}", source.project.id),
            items,
        };
        let updated = feed.updated();
        let text = match format {
            Format::Rss => feed.rss(),
            Format::Atom => feed.atom(app.clock.now()),
        };
        Ok((text, updated))
    });
    let (text, updated) = feed.await?;
    Ok(answer(text, updated, format, &headers))
}

/// The feed as an answer, or only that it is still the one that the reader has.
fn answer(
    text: String,
    updated: Option<Timestamp>,
    format: Format,
    headers: &HeaderMap,
) -> Response {
    let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()));
    let tag = format!("\"{digest}\"");
    let kind = match format {
        Format::Rss => "application/rss+xml; charset=utf-8",
        Format::Atom => "application/atom+xml; charset=utf-8",
    };
    // The address holds a secret and the answer holds errors: nobody between us keeps either.
    let mut response = [(CACHE_CONTROL, "private, no-cache"), (CONTENT_TYPE, kind)].into_response();
    if let Ok(value) = tag.parse() {
        response.headers_mut().insert(ETAG, value);
    }
    if let Some(value) = updated.and_then(|updated| render::http_date(updated).parse().ok()) {
        response.headers_mut().insert(LAST_MODIFIED, value);
    }
    let known = headers.get(IF_NONE_MATCH);
    let known = known
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if known
        .split(',')
        .any(|known| known.trim().trim_start_matches("W/") == tag)
    {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        *response.body_mut() = text.into();
    }
    response
}

/// Subject and format by the name of the file; the parameter wins over the ending.
fn wanted(file: &str, format: Option<&str>) -> Option<(Subject, Format)> {
    let (name, ending) = file.split_once('.')?;
    let subject = match name {
        "messages" => Subject::Messages,
        "summaries" | "issues" => Subject::Summaries,
        _ => return None,
    };
    let format = match (format.unwrap_or(ending), ending) {
        ("atom", "xml" | "atom") => Format::Atom,
        ("xml" | "rss", "xml" | "atom") => Format::Rss,
        _ => return None,
    };
    Some((subject, format))
}

/// Whose feed the name in the address opens.
fn find(app: &App, name: &str, person: Option<&SignedIn>) -> Result<Option<Source>, ApiError> {
    let of_secret = project_of_secret(app, name)?;
    let by_number = || person.and_then(|_| name.parse().ok());
    let Some(id) = of_secret.or_else(by_number) else {
        return Ok(None);
    };
    let Some(project) = app.ledger.project_by_id(id)? else {
        return Ok(None);
    };
    if let (None, Some(person)) = (of_secret, person)
        && !is_member(app, project.org, person.user.id)?
    {
        return Ok(None);
    }
    let orgs = app.ledger.orgs()?;
    let org = orgs.into_iter().find(|org| org.id == project.org);
    Ok(org.map(|org| Source { org, project }))
}

/// The project of the active key with that secret. Every key is compared in full, so that the
/// time it takes says nothing about how much of a guess was right.
fn project_of_secret(app: &App, secret: &str) -> Result<Option<ProjectId>, ApiError> {
    let mut found = None;
    for key in app.ledger.all_keys()? {
        let same = key.secret.as_bytes().ct_eq(secret.as_bytes());
        if bool::from(same & Choice::from(u8::from(key.active))) {
            found = Some(key.project);
        }
    }
    Ok(found)
}

fn title(source: &Source, subject: Subject) -> String {
    let name = &source.project.name;
    match subject {
        Subject::Messages => format!("{name}: messages"),
        Subject::Summaries => format!("{name}: unresolved issues"),
    }
}
