//! How somebody likes the pages, remembered by their browser: `POST /preferences/`; and what keys
//! do. The theme is chosen in `sign_in.rs`.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};

use super::form::Form;
use super::links::safe_next;
use super::shell::{Scope, Shell, add_cookie, ask, small_cookie};
use super::{PageError, Visit};
use crate::App;
use crate::session::cookie;

const DENSITY: &str = "density";
const KEYS: &str = "keys";
const YEAR_SECS: i64 = 365 * 24 * 3600;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/preferences/", post(choose))
        .route("/organizations/{org}/shortcuts/", get(shortcuts))
}

/// How much room a row of a list takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Density {
    #[default]
    Comfortable,
    Compact,
}

impl Density {
    const ALL: [Self; 2] = [Self::Comfortable, Self::Compact];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Comfortable => "comfortable",
            Self::Compact => "compact",
        }
    }

    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let chosen = cookie(headers, DENSITY).and_then(Self::from_name);
        chosen.unwrap_or_default()
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|density| density.name() == name)
    }
}

/// Whether single keys do something. Some people dictate, and a word must not archive issues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Keys {
    #[default]
    On,
    Off,
}

impl Keys {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
        }
    }

    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self::from_name(cookie(headers, KEYS).unwrap_or_default())
    }

    fn from_name(name: &str) -> Self {
        match name {
            "off" => Self::Off,
            _ => Self::On,
        }
    }
}

async fn choose(form: Form) -> Response {
    let mut response = form.back(&form.visit.at.path("/"));
    if let Some(density) = Density::from_name(form.fields.get(DENSITY)) {
        add_cookie(
            &mut response,
            small_cookie(DENSITY, density.name(), YEAR_SECS),
        );
    }
    if form.fields.has(KEYS) {
        let keys = Keys::from_name(form.fields.get(KEYS));
        add_cookie(&mut response, small_cookie(KEYS, keys.name(), YEAR_SECS));
    }
    response
}

/// Where `g` and another key lead: pages of the organization. `keys.js` has the same.
const GOES: [(char, &str, &str); 8] = [
    ('i', "issues", "Issues"),
    ('p', "projects", "Projects"),
    ('d', "dashboards", "Dashboards"),
    ('t', "tags", "Tags"),
    ('l', "users", "Users"),
    ('r', "releases", "Releases"),
    ('s', "stats", "Stats"),
    ('x', "explore", "Explore"),
];

#[derive(Template)]
#[template(path = "shortcuts.html")]
struct ShortcutsPage {
    shell: Shell,
    org: String,
    /// The page that one came from, without the path of the public URL.
    from: String,
    back: String,
}

/// `GET …/shortcuts/?from=`: what keys do. A page; the script shows it in a dialog.
async fn shortcuts(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let headers = visit.headers.clone();
    let scope = ask(&app, move |app| {
        let mut scope = Scope::load(app, &org)?;
        scope.current = scope.last_or_first(&headers).cloned();
        Ok(scope)
    })
    .await?;
    let list = visit.at.issues_form(&scope.org.slug);
    let from = safe_next(visit.params.get("from"));
    let page = ShortcutsPage {
        shell: visit.shell(&scope, "shortcuts", "Keyboard"),
        org: scope.org.slug.clone(),
        from: from.unwrap_or(&visit.here).to_owned(),
        back: from.map_or(list, |path| visit.at.path(path)),
    };
    visit.answer(&page)
}
