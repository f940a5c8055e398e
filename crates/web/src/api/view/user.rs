//! People and their tokens. The token itself is never shown again.

use serde::Serialize;
use watchpost_model::{Scope, Timestamp, Token, User};

/// A person, as tools greet them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::api) struct UserView<'a> {
    id: String,
    name: &'a str,
    username: &'a str,
    email: &'a str,
    is_active: bool,
    date_joined: Timestamp,
}

impl<'a> UserView<'a> {
    pub(in crate::api) fn of(user: &'a User) -> Self {
        Self {
            id: user.id.to_string(),
            name: &user.name,
            username: &user.email,
            email: &user.email,
            is_active: true,
            date_joined: user.created,
        }
    }
}

/// What a token may do.
#[derive(Serialize)]
pub(in crate::api) struct AuthView<'a> {
    scopes: &'a [Scope],
}

impl<'a> AuthView<'a> {
    pub(in crate::api) fn of(token: &'a Token) -> Self {
        let scopes = &token.scopes;
        Self { scopes }
    }
}
