//! Discarded issues: what is thrown away, by whom, since when, how much since, and the way back.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use watchpost_model::{Level, Project, User};
use watchpost_store::Tombstone;

use super::super::form::Form;
use super::super::format::{Count, When};
use super::super::shell::{Scope, Shell, ask, said};
use super::super::{PageError, Visit};
use crate::App;

#[derive(Template)]
#[template(path = "rules_discarded.html")]
struct DiscardedPage {
    shell: Shell,
    org: String,
    project: Project,
    tab: &'static str,
    stones: Vec<Stone>,
    is_let_in: bool,
}

/// A discarded issue, as a person reads it.
struct Stone {
    id: i64,
    title: String,
    culprit: String,
    level: Level,
    who: String,
    since: When,
    events: Count,
    last: Option<When>,
}

pub(super) async fn show(
    State(app): State<App>,
    Path((org, slug)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (scope, stones, users) = ask(&app, move |app| {
        let scope = Scope::load_project(app, &org, &slug)?;
        let stones = app.ledger.tombstones(scope.project()?.id)?;
        Ok((scope, stones, app.ledger.users()?))
    })
    .await?;
    let project = scope.project()?.clone();
    let title = format!("Discarded issues of {}", project.name);
    let stones = stones.into_iter().map(|stone| view(stone, &users, &visit));
    visit.answer(&DiscardedPage {
        shell: visit.shell(&scope, "settings", &title),
        org: scope.org.slug.clone(),
        project,
        tab: "discarded",
        stones: stones.collect(),
        is_let_in: visit.flash() == Some("let_in"),
    })
}

/// Lets events of a discarded issue in again; the field `stone` says of which.
pub(super) async fn let_in(
    State(app): State<App>,
    Path((org, slug)): Path<(String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let here = form.visit.at.discarded(&org, &slug);
    let stone = form.fields.get("stone").parse();
    let stone: i64 = stone.map_err(|_| PageError::Missing("discarded issue"))?;
    let done = ask(&app, move |app| {
        let scope = Scope::load_project(app, &org, &slug)?;
        Ok(app.ledger.delete_tombstone(scope.project()?.id, stone)?)
    });
    done.await?;
    Ok(said(&here, "let_in"))
}

fn view(stone: Tombstone, users: &[User], visit: &Visit) -> Stone {
    let who = stone.by.map(|by| {
        let found = users.iter().find(|user| user.id == by);
        found.map_or_else(|| "somebody who left".to_owned(), |user| user.email.clone())
    });
    Stone {
        id: stone.id,
        title: stone.title,
        culprit: stone.culprit,
        level: stone.level,
        who: who.unwrap_or_else(|| "the command line".to_owned()),
        since: When::new(stone.at, visit.now),
        events: Count::new(stone.events),
        last: stone.last_seen.map(|last| When::new(last, visit.now)),
    }
}
