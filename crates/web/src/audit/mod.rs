//! Who changed what of the settings: noted around the handlers, whichever they are.
//!
//! ```text
//! request that changes → scene (table of addresses) → facts before → handler → facts after
//!                      → differences → one entry with who, when, from where
//! ```
//! Facts are what may be seen of settings, as texts: no secret is among them, so none gets into the
//! log. What has no facts is noted as a deed alone: sessions by their address, quarantine, issues
//! and environments by who changes them.

mod facts;
mod scene;

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use watchpost_model::{Clock, IssueId, OrgId, Organization, Project, ProjectId, UserId, chain};
use watchpost_store::{AuditChange, Forget, Ledger, NewAudit, QuarantineId, StoreError};

use crate::App;
use crate::session::Client;
use facts::Facts;
use scene::Scene;

/// Issues or entries of the quarantine that an entry names.
const NAME_COUNT_MAX: usize = 50;

/// Who is changing something, as far as it is known.
#[derive(Clone, Debug)]
struct Doer {
    user: UserId,
    via: String,
}

/// What is known of the request that is being answered.
#[derive(Clone, Debug, Default)]
struct Trail {
    doer: Arc<Mutex<Option<Doer>>>,
    address: String,
}

impl Trail {
    fn doer(&self) -> Option<Doer> {
        let doer = self.doer.lock().unwrap_or_else(PoisonError::into_inner);
        doer.clone()
    }
}

tokio::task_local! {
    static TRAIL: Trail;
}

/// Remembers who asks: called where a session or a token is checked.
pub(crate) fn doer(user: UserId, via: &str) {
    // Outside of a request that changes something, nobody wants to know.
    let _ = TRAIL.try_with(|trail| {
        let mut doer = trail.doer.lock().unwrap_or_else(PoisonError::into_inner);
        *doer = Some(Doer {
            user,
            via: via.to_owned(),
        });
    });
}

/// The layer around all routes.
pub(crate) async fn watch(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let trail = Trail {
        address: Client::of(&parts.headers, &parts.extensions).address_text(),
        ..Trail::default()
    };
    let scene = Scene::of(&mut parts, &app).await;
    let request = Request::from_parts(parts, body);
    let response = TRAIL.scope(trail.clone(), next.run(request)).await;
    let (status, doer) = (response.status(), trail.doer());
    let is_done = status.is_success() || status.is_redirection();
    if let (Some(scene), Some(doer), true) = (scene, doer, is_done) {
        let noted = app.ask(move |app| {
            let Some(mut deed) = scene.deed(&*app.ledger)? else {
                return Ok(());
            };
            deed.at = app.clock.now();
            deed.user = Some(doer.user);
            deed.via = doer.via;
            deed.address = trail.address;
            app.ledger.note_audit(&deed)
        });
        report(noted.await);
    }
    response
}

/// Notes that issues were deleted or discarded.
pub(crate) async fn issues_forgotten(
    app: &App,
    project: ProjectId,
    issues: &[IssueId],
    how: Forget,
    by: UserId,
) {
    let action = match how {
        Forget::Delete => "issue.delete",
        Forget::Discard => "issue.discard",
    };
    note_issues(app, project, issues, action, by).await;
}

/// Notes that deleted issues came back.
pub(crate) async fn issues_restored(app: &App, project: ProjectId, issues: &[IssueId], by: UserId) {
    note_issues(app, project, issues, "issue.restore", by).await;
}

async fn note_issues(
    app: &App,
    project: ProjectId,
    issues: &[IssueId],
    action: &'static str,
    by: UserId,
) {
    let change = listed("issues", issues);
    let find = move |app: &App| {
        let known = app.ledger.project_by_id(project)?;
        let org = known.as_ref().map(|project| project.org);
        Ok((org, known.map(|project| project.slug).unwrap_or_default()))
    };
    note(app, by, action, (find, change)).await;
}

/// Notes what was done to entries of the quarantine, when it is done.
pub(crate) async fn quarantine_changed(
    app: &App,
    org: &Organization,
    entries: &[QuarantineId],
    action: &'static str,
    by: UserId,
) {
    if entries.is_empty() {
        return;
    }
    let place = (Some(org.id), org.slug.clone());
    let change = listed("entries", entries);
    note(app, by, action, (move |_: &App| Ok(place), change)).await;
}

/// Notes that an environment is left out of the choices, or is not any more.
pub(crate) async fn environment_hidden(
    app: &App,
    project: &Project,
    name: &str,
    is_hidden: bool,
    by: UserId,
) {
    let place = (Some(project.org), project.slug.clone());
    let words = |is_hidden| Some(if is_hidden { "hidden" } else { "shown" }.to_owned());
    let change = AuditChange {
        field: format!("environment {name}"),
        before: words(!is_hidden),
        after: words(is_hidden),
    };
    let find = move |_: &App| Ok(place);
    note(app, by, "environment.edit", (find, change)).await;
}

/// How many there are, and which, some of them.
fn listed(what: &str, all: &[impl ToString]) -> AuditChange {
    let names: Vec<String> = all
        .iter()
        .take(NAME_COUNT_MAX)
        .map(ToString::to_string)
        .collect();
    AuditChange {
        field: format!("{} {what}", all.len()),
        before: Some(names.join(", ")),
        after: None,
    }
}

/// Notes a deed that the layer around the routes cannot see. `find` says in which organization it
/// was, and what it was done to; it may block.
async fn note(
    app: &App,
    by: UserId,
    action: &'static str,
    (find, change): (
        impl FnOnce(&App) -> Result<(Option<OrgId>, String), StoreError> + Send + 'static,
        AuditChange,
    ),
) {
    let trail = TRAIL.try_with(Clone::clone).unwrap_or_default();
    let noted = app.ask(move |app| {
        let (org, object) = find(app)?;
        app.ledger.note_audit(&NewAudit {
            org,
            at: app.clock.now(),
            user: Some(by),
            via: trail
                .doer()
                .map_or_else(|| "page".to_owned(), |doer| doer.via),
            address: trail.address,
            action: action.to_owned(),
            object,
            changes: vec![change],
        })
    });
    report(noted.await);
}

/// Does something on the command line, and notes what it changed of the settings.
///
/// # Errors
///
/// Those of `work`, and those of the ledger.
pub fn audited<T, E: From<StoreError>>(
    ledger: &dyn Ledger,
    clock: &dyn Clock,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    let before = facts::of_all(ledger)?;
    let done = work();
    // What was done before it failed is done.
    for (place, after) in facts::of_all(ledger)? {
        let empty = Facts::default();
        let before = before.iter().find(|(known, _)| *known == place);
        let before = before.map_or(&empty, |(_, facts)| facts);
        let changes = facts::differences(before, &after);
        if changes.is_empty() {
            continue;
        }
        ledger.note_audit(&NewAudit {
            org: place.org,
            at: clock.now(),
            user: None,
            via: "command line".to_owned(),
            address: String::new(),
            action: facts::action(place.noun, &changes),
            object: place.object,
            changes,
        })?;
    }
    done
}

/// Whether a change at this address is noted, if it changes anything.
#[cfg(test)]
pub(crate) fn is_watched(pattern: &str) -> bool {
    scene::is_watched(pattern)
}

fn report(noted: Result<(), StoreError>) {
    if let Err(error) = noted {
        tracing::error!(
            error = chain(&error),
            "failed to note a change in the audit log"
        );
    }
}
