//! People who sign in, and the tokens with which their programs do.

use serde::{Deserialize, Serialize};

use crate::{Timestamp, TokenId, UserId};

/// A person who may sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The address that they sign in with, lower case.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// When they were created.
    pub created: Timestamp,
}

/// A credential for the API. The token itself is shown once; only its SHA-256 is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// In whose name it acts.
    pub user: UserId,
    /// What people call it.
    pub label: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The last four characters, to tell tokens apart.
    pub last_four: String,
    /// When it was created.
    pub created: Timestamp,
}

/// One permission of a token, in Sentry's words: `project:read`, `event:admin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scope(pub String);

impl Scope {
    /// Every scope there is: what `watchpost init` gives to the token that it creates.
    pub const ALL: [&'static str; 18] = [
        "org:read",
        "org:write",
        "org:admin",
        "org:ci",
        "org:integrations",
        "project:read",
        "project:write",
        "project:admin",
        "project:releases",
        "team:read",
        "team:write",
        "team:admin",
        "member:read",
        "member:write",
        "member:admin",
        "event:read",
        "event:write",
        "event:admin",
    ];
}
