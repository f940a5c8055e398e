//! The button “Send test event”: an event that this server sends to itself as a client would.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;
use tokio::sync::broadcast;
use tokio::time::timeout;
use watchpost_model::{EventId, IssueChange};

use crate::App;
use crate::pages::PageError;
use crate::pages::form::Form;
use crate::pages::shell::{Scope, add_flash, ask, said};

/// How long the answer waits until the event is there to be seen. It is on disk before that.
const SIGHT_TIME_MAX: Duration = Duration::from_secs(1);

pub(super) async fn send(
    State(app): State<App>,
    Path((org, slug)): Path<(String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let guide = form.visit.at.getting_started(&org, &slug);
    let key = ask(&app, move |app| {
        let scope = Scope::load_project(app, &org, &slug)?;
        let keys = app.ledger.keys(scope.project()?.id)?;
        Ok(keys.into_iter().find(|key| key.active))
    });
    let Some(key) = key.await? else {
        // It says that there is no enabled key.
        return Ok(said(&guide, ""));
    };
    let mut news = app.news.subscribe();
    match (app.hand_in)(&key, event()).await {
        Ok(id) => {
            in_sight(&mut news, id).await;
            let mut response = form.back(&guide);
            add_flash(&mut response, "test-sent");
            Ok(response)
        }
        // The guide lists it among what was refused, with the reason.
        Err(refusal) => {
            tracing::info!(refusal, "refused a test event");
            Ok(said(&guide, "test-refused"))
        }
    }
}

/// What is sent. Nothing of the person who asks for it.
fn event() -> Vec<u8> {
    let event = json!({
        "message": "Test event from Watchpost",
        "level": "error",
        "logger": "watchpost.test",
        "tags": { "test": "yes" },
        "extra": { "why": "Somebody pressed “Send test event”. Resolve or delete this issue." },
    });
    event.to_string().into_bytes()
}

/// Waits until the event is digested.
async fn in_sight(news: &mut broadcast::Receiver<IssueChange>, id: EventId) {
    let arrival = async {
        loop {
            match news.recv().await {
                Ok(change) if change.event == Some(id) => return,
                Err(broadcast::error::RecvError::Closed) => return,
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
            }
        }
    };
    // A server that is busy shows it later.
    let _ = timeout(SIGHT_TIME_MAX, arrival).await;
}
