//! Who sends: from what the request says about itself to a key of ours. Called by every door.

use std::sync::Arc;

use axum::http::header;
use axum::http::request::Parts;
use watchpost_model::ProjectId;
use watchpost_protocol::auth::{self, AuthError, AuthParts, Credentials};
use watchpost_protocol::signature::{self, SignatureError, Signed};

use super::{Gate, client, origin};
use crate::error::GateError;
use crate::keys::Access;
use crate::outcome::Owner;

/// The credentials in headers and query, if there are any.
pub(crate) fn credentials(head: &Parts) -> Result<Option<Credentials>, GateError> {
    let given = head.headers.get_all("x-sentry-auth").iter();
    let mut given = given.filter(|value| !value.as_bytes().trim_ascii().is_empty());
    let x_sentry_auth = given.next().and_then(|value| value.to_str().ok());
    // Which of two was meant is a guess, and a wrong guess is an event in another project.
    if given.next().is_some() {
        return Err(AuthError::Multiple.into());
    }
    let parts = AuthParts {
        x_sentry_auth,
        authorization: client::text(head, header::AUTHORIZATION),
        query: head.uri.query(),
    };
    Ok(auth::credentials(&parts)?)
}

/// The project in a path: nothing but digits. Everything else has the answer of an unknown one.
pub(crate) fn project(text: &str) -> Result<ProjectId, GateError> {
    let id = text.parse();
    id.map_err(|_| GateError::Refused(Owner::default()))
}

/// The key of that public half, if it may be used for `project`.
pub(crate) async fn by_public(
    gate: &Gate,
    public: &str,
    project: Option<ProjectId>,
) -> Result<Arc<Access>, GateError> {
    let access = gate.keys.by_public(public, project).await?;
    permitted(access, project)
}

/// The key of credentials that name one. A signature beside it is not looked at: the public key
/// alone is enough for everybody else, and old clients with a made-up secret shall work too.
pub(crate) async fn by_credentials(
    gate: &Gate,
    credentials: &Credentials,
    project: Option<ProjectId>,
) -> Result<Option<Arc<Access>>, GateError> {
    match &credentials.public_key {
        Some(public) => by_public(gate, public, project).await.map(Some),
        None => Ok(None),
    }
}

/// The key whose secret is in a form of 2010.
pub(crate) async fn by_form_key(
    gate: &Gate,
    secret: Option<&str>,
    project: Option<ProjectId>,
) -> Result<Arc<Access>, GateError> {
    let secret = secret.ok_or(GateError::FormKey)?;
    let access = gate.keys.by_secret(secret, project).await?;
    permitted(access, project).map_err(|refused| match refused.owner() {
        // An unknown key has the text that the clients of 2010 know.
        Owner { key: None, .. } => GateError::FormKey,
        _ => refused,
    })
}

/// The key with whose secret `body` was signed, for requests of 2011, which name no key.
pub(crate) fn by_signature(
    gate: &Gate,
    credentials: &Credentials,
    body: &[u8],
    project: Option<ProjectId>,
) -> Result<Arc<Access>, GateError> {
    let signature = credentials
        .signature
        .as_deref()
        .ok_or(AuthError::MissingKey)?;
    let timestamp = credentials.timestamp.as_deref();
    let signed = Signed {
        signature,
        timestamp: timestamp.ok_or(GateError::Signature(SignatureError::InvalidTimestamp))?,
        body,
    };
    let now = gate.clock.now();
    for access in gate.keys.candidates() {
        match signature::verify(&access.secret, &signed, now) {
            Ok(()) => return permitted(Some(access), project),
            Err(SignatureError::Mismatch) => {}
            Err(error) => return Err(GateError::Signature(error)),
        }
    }
    Err(GateError::Signature(SignatureError::Mismatch))
}

fn permitted(
    access: Option<Arc<Access>>,
    project: Option<ProjectId>,
) -> Result<Arc<Access>, GateError> {
    let access = access.ok_or(GateError::Refused(Owner::default()))?;
    if access.permits(project) {
        Ok(access)
    } else {
        Err(GateError::Refused(access.owner()))
    }
}

/// Whether the page that sends may report to the project. Programs that are no browsers name no
/// page.
pub(crate) fn check_origin(head: &Parts, access: &Access) -> Result<(), GateError> {
    let page = match head.headers.get(header::ORIGIN) {
        Some(origin) => Some(origin.to_str().unwrap_or_default()),
        None => client::text(head, header::REFERER),
    };
    match page {
        Some(page) if !origin::allowed(&access.origins, page) => Err(GateError::Origin),
        _ => Ok(()),
    }
}
