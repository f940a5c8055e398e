//! How events are shown: what stands above them, and where the source of their frames is.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use watchpost_model::{Project, Showing};

use super::super::event::Source;
use super::super::form::{Fields, Form};
use super::super::shell::{Scope, Shell, ask, said};
use super::super::{PageError, Visit};
use super::{change, entries, load};
use crate::App;

const HIGHLIGHT_COUNT_MAX: usize = 20;
const HIGHLIGHT_BYTES_MAX: usize = 200;
const LINK_BYTES_MAX: usize = 500;

#[derive(Template)]
#[template(path = "rules_showing.html")]
struct ShowingPage {
    shell: Shell,
    org: String,
    project: Project,
    tab: &'static str,
    highlights: String,
    source_link: String,
    wrong_highlights: Option<String>,
    wrong_link: Option<&'static str>,
    is_saved: bool,
}

/// What is wrong with a draft.
#[derive(Default)]
struct Wrong {
    highlights: Option<String>,
    link: Option<&'static str>,
}

pub(super) async fn show(
    State(app): State<App>,
    Path((org, slug)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (scope, project, rules) = ask(&app, move |app| load(app, &org, &slug)).await?;
    page(&visit, &scope, project, &rules.showing, Wrong::default())
}

pub(super) async fn save(
    State(app): State<App>,
    Path((org, slug)): Path<(String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let names = (org.clone(), slug.clone());
    let (scope, project, _) = ask(&app, move |app| load(app, &names.0, &names.1)).await?;
    let showing = read(&form.fields);
    let wrong = Wrong::of(&showing);
    if wrong.highlights.is_some() || wrong.link.is_some() {
        let page = page(&form.visit, &scope, project, &showing, wrong)?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    change(&app, &form.visit, &project, move |rules| {
        rules.showing.clone_from(&showing);
    })
    .await?;
    Ok(said(&form.visit.at.rules(&org, &slug, "showing"), "saved"))
}

fn read(fields: &Fields) -> Showing {
    Showing {
        highlights: entries(fields.get("highlights")),
        source_link: fields.get("source_link").to_owned(),
    }
}

impl Wrong {
    fn of(showing: &Showing) -> Self {
        let names = &showing.highlights;
        let is_long = names.iter().any(|name| name.len() > HIGHLIGHT_BYTES_MAX);
        let is_fine = names.len() <= HIGHLIGHT_COUNT_MAX && !is_long;
        let problem = || format!("Give at most {HIGHLIGHT_COUNT_MAX} names, one a line.");
        let is_short = showing.source_link.len() <= LINK_BYTES_MAX;
        Self {
            highlights: (!is_fine).then(problem),
            link: if is_short {
                Source::fault(&showing.source_link)
            } else {
                Some("Give an address of at most 500 characters.")
            },
        }
    }
}

fn page(
    visit: &Visit,
    scope: &Scope,
    project: Project,
    showing: &Showing,
    wrong: Wrong,
) -> Result<Response, PageError> {
    visit.answer(&ShowingPage {
        shell: visit.shell(scope, "settings", &format!("Events of {}", project.name)),
        org: scope.org.slug.clone(),
        project,
        tab: "showing",
        highlights: showing.highlights.join("\n"),
        source_link: showing.source_link.clone(),
        wrong_highlights: wrong.highlights,
        wrong_link: wrong.link,
        is_saved: visit.flash() == Some("saved"),
    })
}
