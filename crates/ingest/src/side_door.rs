//! The door for the server's own pages: what they ask the gates without a request.

use std::sync::Arc;

use axum::http::Request;
use axum::http::request::Parts;
use watchpost_model::{EventId, ProjectId, Rejection, WireFormat};
use watchpost_protocol::json::check_object;

use crate::accept::{Candidate, accept};
use crate::error::GateError;
use crate::gate::{Gate, auth};
use crate::keys::Access;

/// See the file. Cheap to clone.
#[derive(Clone)]
pub struct SideDoor(pub(crate) Arc<Gate>);

impl SideDoor {
    /// What was refused of late of clients that meant this project, newest first.
    pub fn rejections(&self, project: ProjectId) -> Vec<Rejection> {
        self.0.rejections.of(project, self.0.clock.now())
    }

    /// Takes in an event as from a client with this key: with its quotas, its counts, and only
    /// when it is on disk. The error is what the client would read.
    pub async fn hand_in(
        &self,
        public: &str,
        project: ProjectId,
        json: Vec<u8>,
    ) -> Result<EventId, String> {
        let (head, ()) = Request::new(()).into_parts();
        let mut access = None;
        let taken = take(&self.0, &head, (public, project), json, &mut access).await;
        taken.map_err(|error| {
            let refused = self
                .0
                .refused(&head, Some(project), access.as_deref(), error);
            refused.to_string()
        })
    }
}

async fn take(
    gate: &Gate,
    head: &Parts,
    (public, project): (&str, ProjectId),
    json: Vec<u8>,
    access: &mut Option<Arc<Access>>,
) -> Result<EventId, GateError> {
    let found = auth::by_public(gate, public, Some(project)).await?;
    let access = access.insert(found);
    if let Some(closed) = gate.warden.refuses() {
        return Err(GateError::Closed(closed));
    }
    let prepare = || {
        Ok(Candidate {
            object: check_object(json)?,
            id: None,
            format: WireFormat::Event,
            sdk: Some("watchpost".to_owned()),
            sent_at: None,
        })
    };
    accept(gate, head, access, prepare).await
}
