//! Who changed what of the settings: noted around the handlers, whichever they are.
//!
//! ```text
//! request that changes → scene (table of addresses) → facts before → handler → facts after
//!                      → differences → one entry with who, when, from where
//! ```
//! Facts are what may be seen of settings, as texts: no secret is among them, so none gets into
//! the log. What has no facts (quarantine, sessions) is noted as a deed alone.

mod facts;
mod scene;

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use watchpost_model::{Clock, IssueId, ProjectId, UserId, chain};
use watchpost_store::{AuditChange, Forget, Ledger, NewAudit, StoreError};

use crate::App;
use crate::session::Client;
use facts::Facts;
use scene::Scene;

/// Issues that an entry names.
const ISSUE_COUNT_MAX: usize = 50;

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
    let trail = TRAIL.try_with(Clone::clone).unwrap_or_default();
    let names: Vec<String> = issues
        .iter()
        .take(ISSUE_COUNT_MAX)
        .map(ToString::to_string)
        .collect();
    let count = issues.len();
    let noted = app.ask(move |app| {
        let known = app.ledger.project_by_id(project)?;
        let action = match how {
            Forget::Delete => "issue.delete",
            Forget::Discard => "issue.discard",
        };
        app.ledger.note_audit(&NewAudit {
            org: known.as_ref().map(|project| project.org),
            at: app.clock.now(),
            user: Some(by),
            via: trail
                .doer()
                .map_or_else(|| "page".to_owned(), |doer| doer.via),
            address: trail.address,
            action: action.to_owned(),
            object: known.map(|project| project.slug).unwrap_or_default(),
            changes: vec![AuditChange {
                field: format!("{count} issues"),
                before: Some(names.join(", ")),
                after: None,
            }],
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
