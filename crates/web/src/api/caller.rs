//! Who is asking: the bearer token of a request, checked against the door's lock.
//!
//! Every handler that shows something takes a [`Caller`], alone or inside one of the places of
//! `at.rs`.

use axum::Extension;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use sha2::{Digest, Sha256};
use watchpost_model::{Organization, Role, Scope, Token, User};
use watchpost_store::{MemberLedger, StoreError};

use super::door::Access;
use super::error::ApiError;
use crate::{App, audit};

/// Longer than any token that was ever given out.
const TOKEN_BYTES_MAX: usize = 1024;

/// A checked token and the person in whose name it acts.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The token.
    pub(super) token: Token,
    /// Whose it is.
    pub(super) user: User,
    /// What the door asks for.
    access: Access,
}

impl Caller {
    /// Whether the token may do this.
    pub(super) fn may(&self, scope: &str) -> bool {
        let satisfies = |have: &Scope| satisfies(&have.0, scope);
        self.token.scopes.iter().any(satisfies)
    }

    /// The organizations that this person belongs to, as far as their role there lets them use
    /// one of the scopes that the door asks for.
    pub(super) fn orgs(&self, ledger: &dyn MemberLedger) -> Result<Vec<Organization>, StoreError> {
        let memberships = ledger.memberships(self.user.id)?.into_iter();
        let usable = memberships.filter(|(_, role)| self.may_as(*role));
        Ok(usable.map(|(org, _)| org).collect())
    }

    /// Whether somebody of this role may pass the door with this token.
    pub(super) fn may_as(&self, role: Role) -> bool {
        match self.access {
            Access::Open | Access::AnyToken => true,
            Access::OneOf(scopes) => scopes
                .iter()
                .any(|scope| self.may(scope) && role.may_use(scope)),
        }
    }
}

/// Whether the scope `have` includes `need`: it is the same, or a higher one of its family.
fn satisfies(have: &str, need: &str) -> bool {
    have == need
        || match (rank(have), rank(need)) {
            (Some((family, high)), Some((other, low))) => family == other && high > low,
            _ => false,
        }
}

/// Family and height of the scopes that are steps of a ladder; `org:ci` and its like stand alone.
fn rank(scope: &str) -> Option<(&str, u8)> {
    let (family, step) = scope.split_once(':')?;
    let height = match step {
        "read" => 1,
        "write" => 2,
        "admin" => 3,
        _ => return None,
    };
    Some((family, height))
}

/// The token in the header: `None` when there is no header or one of another kind.
fn bearer(parts: &Parts) -> Option<Result<&str, ApiError>> {
    let value = parts.headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.trim().split_once(' ')?;
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let fits = !token.is_empty() && token.len() <= TOKEN_BYTES_MAX;
    Some(fits.then_some(token).ok_or(ApiError::BadToken))
}

/// The token of a request and whose it is, whatever it opens.
async fn known(parts: &Parts, app: &App) -> Result<(Token, User), ApiError> {
    let token = bearer(parts).ok_or(ApiError::NoCredentials)??;
    // Only the hash is kept, so looking it up leaks nothing about tokens by its timing.
    let hash = Sha256::digest(token.as_bytes()).into();
    let found = app.ask(move |app| app.ledger.token(&hash)).await?;
    found.ok_or(ApiError::BadToken)
}

/// Whether a request brings a token that there is.
pub(crate) async fn has_token(parts: &Parts, app: &App) -> bool {
    known(parts, app).await.is_ok()
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        if let Some(Extension(known)) = parts.extensions.get::<Extension<Self>>() {
            return Ok(known.clone());
        }
        let (token, user) = known(parts, app).await?;
        // A handler outside the route table: better shut than open.
        let access = parts.extensions.get::<Access>().copied();
        let access = access.unwrap_or(Access::OneOf(&[]));
        let caller = Self {
            token,
            user,
            access,
        };
        tracing::info!(
            token = %caller.token.id,
            user = %caller.user.id,
            method = %parts.method,
            path = parts.uri.path(),
            "API request"
        );
        // Owners may use every scope.
        if !caller.may_as(Role::Owner) {
            return Err(ApiError::Forbidden);
        }
        audit::doer(caller.user.id, &format!("token:{}", caller.token.id));
        parts.extensions.insert(Extension(caller.clone()));
        Ok(caller)
    }
}

impl OptionalFromRequestParts<App> for Caller {
    type Rejection = ApiError;

    /// `None` without credentials; bad ones are refused, because whoever sends them wants to know.
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, ApiError> {
        match <Self as FromRequestParts<App>>::from_request_parts(parts, app).await {
            Ok(caller) => Ok(Some(caller)),
            Err(ApiError::NoCredentials) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(have: &str, need: &str, expect: bool) {
        assert_eq!(satisfies(have, need), expect, "{have} for {need}");
    }

    #[test]
    fn a_higher_scope_of_the_same_family_is_enough() {
        check("org:read", "org:read", true);
        check("org:admin", "org:read", true);
        check("event:write", "event:read", true);
        check("event:read", "event:write", false);
        check("project:admin", "org:read", false);
        check("org:ci", "org:read", false);
        check("org:ci", "org:ci", true);
        check("org:admin", "org:ci", false);
        check("", "org:read", false);
        check("org", "org:read", false);
        check("org:read:x", "org:read", false);
    }
}
