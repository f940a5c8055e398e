//! What was accepted and could not be digested: the list, one entry, replaying and dropping.

mod view;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use watchpost_store::{
    QUARANTINE_PAGE_COUNT_MAX, QuarantineEntry, QuarantineId, QuarantineKind, QuarantineQuery,
};

use self::view::{EntryView, Row};
use super::form::{Fields, Form};
use super::shell::{Scope, Shell, ask, said};
use super::{PageError, Visit};
use crate::{App, audit};

/// Bytes of an event that a page shows; the download has all of them.
const RAW_BYTES_MAX: usize = 256 * 1024;

pub(crate) fn routes() -> Router<App> {
    const LIST: &str = "/organizations/{org}/quarantine/";
    Router::new()
        .route(LIST, get(list).post(change))
        .route(&format!("{LIST}{{entry}}/"), get(show))
        .route(&format!("{LIST}{{entry}}/raw/"), get(raw))
}

#[derive(Template)]
#[template(path = "quarantine.html")]
struct ListPage {
    shell: Shell,
    org: String,
    rows: Vec<Row>,
    next: Option<String>,
    said: Option<String>,
}

#[derive(Template)]
#[template(path = "quarantine_entry.html")]
struct EntryPage {
    shell: Shell,
    org: String,
    entry: EntryView,
}

#[derive(Template)]
#[template(path = "quarantine_drop.html")]
struct DropPage {
    shell: Shell,
    org: String,
    entries: Vec<String>,
    is_all: bool,
}

/// The question for what an organization may see: the events of its projects, and what belongs to
/// nobody.
pub(crate) fn query_of(scope: &Scope) -> QuarantineQuery {
    let own = scope.project_ids().into_iter().map(Some);
    QuarantineQuery {
        projects: Some(own.chain([None]).collect()),
        limit: QUARANTINE_PAGE_COUNT_MAX,
        ..QuarantineQuery::default()
    }
}

/// Whether the bytes are those of a project of this organization. Parts of the spool may hold
/// events of anybody: people look at them on the server.
fn is_own(scope: &Scope, entry: &QuarantineEntry) -> bool {
    let project = entry.project;
    entry.kind == QuarantineKind::Event
        && project.is_some_and(|project| scope.project_ids().contains(&project))
}

/// The entry of that name, if this organization may see it; blocks.
fn find(
    app: &App,
    scope: &Scope,
    id: &str,
    bytes_max: usize,
) -> Result<(QuarantineEntry, Vec<u8>), PageError> {
    let missing = PageError::Missing("entry");
    let Ok(id) = id.parse::<QuarantineId>() else {
        return Err(missing);
    };
    let found = app.quarantine.entry(&id, bytes_max)?.ok_or(missing)?;
    if is_own(scope, &found.0) {
        return Ok(found);
    }
    if found.0.project.is_none() {
        return Ok((found.0, Vec::new()));
    }
    Err(PageError::Missing("entry"))
}

async fn list(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let after = visit.params.get("after").parse().ok();
    let (scope, page) = ask(&app, move |app| {
        let scope = Scope::load(app, &org)?;
        let query = QuarantineQuery {
            after,
            ..query_of(&scope)
        };
        let page = app.quarantine.list(&query)?;
        Ok((scope, page))
    })
    .await?;
    let org = scope.org.slug.clone();
    let here = visit.at.quarantine(&org);
    let rows = page.rows.iter();
    let rows = rows.map(|entry| Row::new(entry, &scope, visit.now));
    visit.answer(&ListPage {
        rows: rows.collect(),
        next: page.next.map(|id| format!("{here}?after={id}")),
        said: visit.flash().and_then(words),
        shell: visit.shell(&scope, "quarantine", "Quarantine"),
        org,
    })
}

/// `replayed.3` in words.
fn words(said: &str) -> Option<String> {
    let (what, count) = said.split_once('.')?;
    let count: u64 = count.parse().ok()?;
    let events = if count == 1 {
        "1 entry".to_owned()
    } else {
        format!("{count} entries")
    };
    match what {
        "replayed" => Some(format!(
            "{events} marked. The digest takes them within a second; what fails again comes back."
        )),
        "dropped" => Some(format!("{events} dropped.")),
        _ => None,
    }
}

async fn show(
    State(app): State<App>,
    Path((org, id)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (scope, (entry, bytes)) = ask(&app, move |app| {
        let scope = Scope::load(app, &org)?;
        let found = find(app, &scope, &id, RAW_BYTES_MAX)?;
        Ok((scope, found))
    })
    .await?;
    let entry = EntryView::new(&entry, &bytes, &scope, visit.now);
    visit.answer(&EntryPage {
        org: scope.org.slug.clone(),
        shell: visit.shell(&scope, "quarantine", "An event in quarantine"),
        entry,
    })
}

/// The bytes as they came. Never as something that a browser opens.
async fn raw(
    State(app): State<App>,
    Path((org, id)): Path<(String, String)>,
    _visit: Visit,
) -> Result<Response, PageError> {
    let (entry, bytes) = ask(&app, move |app| {
        let scope = Scope::load(app, &org)?;
        let (entry, bytes) = find(app, &scope, &id, usize::MAX)?;
        if !is_own(&scope, &entry) {
            return Err(PageError::Missing("file"));
        }
        Ok((entry, bytes))
    })
    .await?;
    let name = format!("attachment; filename=\"{}.json\"", entry.id);
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

/// What a form asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Replay,
    Drop,
}

async fn change(
    State(app): State<App>,
    Path(org): Path<String>,
    form: Form,
) -> Result<Response, PageError> {
    let act = match form.fields.get("act") {
        "replay" => Act::Replay,
        "drop" => Act::Drop,
        _ => {
            return Err(PageError::Invalid(
                "Choose to replay or to drop.".to_owned(),
            ));
        }
    };
    let fields = form.fields.clone();
    let (name, here) = (org.clone(), form.visit.at.quarantine(&org));
    if act == Act::Drop && form.fields.get("confirmed") != "yes" {
        let scope = ask(&app, move |app| Scope::load(app, &org)).await?;
        return form.visit.answer(&DropPage {
            org: scope.org.slug.clone(),
            shell: form.visit.shell(&scope, "quarantine", "Drop entries"),
            entries: form.fields.all("entry").map(str::to_owned).collect(),
            is_all: form.fields.has("all"),
        });
    }
    let (org, done, failed) = ask(&app, move |app| {
        let scope = Scope::load(app, &name)?;
        let mut done = Vec::new();
        let applied = apply(app, &scope, (&fields, act), &mut done);
        Ok((scope.org, done, applied.err()))
    })
    .await?;
    let (what, action) = match act {
        Act::Drop => ("dropped", "quarantine.drop"),
        Act::Replay => ("replayed", "quarantine.replay"),
    };
    // What was done before it failed is done.
    audit::quarantine_changed(&app, &org, &done, action, form.visit.who.user.id).await;
    match failed {
        Some(error) => Err(error),
        None => Ok(said(&here, &format!("{what}.{}", done.len()))),
    }
}

/// Changes what the form names, own entries only, and notes in `done` what it changed; blocks.
fn apply(
    app: &App,
    scope: &Scope,
    (fields, act): (&Fields, Act),
    done: &mut Vec<QuarantineId>,
) -> Result<(), PageError> {
    let mut change = |id: &QuarantineId| -> Result<(), PageError> {
        let changed = match act {
            Act::Replay => app.quarantine.replay(id)?,
            Act::Drop => app.quarantine.drop_entry(id)?,
        };
        if changed {
            done.push(id.clone());
        }
        Ok(())
    };
    if fields.has("all") {
        let mut query = query_of(scope);
        loop {
            let page = app.quarantine.list(&query)?;
            page.rows.iter().try_for_each(|entry| change(&entry.id))?;
            query.after = page.next;
            if query.after.is_none() {
                return Ok(());
            }
        }
    }
    for id in fields.all("entry").take(QUARANTINE_PAGE_COUNT_MAX) {
        let (entry, _) = find(app, scope, id, 0)?;
        change(&entry.id)?;
    }
    Ok(())
}
