//! The seam of sessions: where people are signed in, and when somebody tried to be.

use watchpost_model::{Timestamp, User, UserId};

use crate::{SecretHash, StoreError};

/// What a new session needs.
#[derive(Clone, Debug)]
pub struct NewSession<'a> {
    /// Whose it is.
    pub user: UserId,
    /// SHA-256 of the cookie.
    pub hash: SecretHash,
    /// When it begins.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// What the browser calls itself, bounded by the caller.
    pub device: &'a str,
    /// From where.
    pub address: &'a str,
    /// Whether the second factor is still missing: then it is found by
    /// [`SessionLedger::half_session`] alone.
    pub is_half: bool,
}

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The start of its hash, in hex: says which one, opens nothing.
    pub id: String,
    /// When it began; 1970 for one of an older version.
    pub created: Timestamp,
    /// When it was used last, within some minutes.
    pub used: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// What the browser calls itself.
    pub device: String,
    /// From where it was used last.
    pub address: String,
}

/// Somebody signed in, or tried to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// In whose name.
    pub user: UserId,
    /// When.
    pub at: Timestamp,
    /// What the browser calls itself.
    pub device: String,
    /// From where.
    pub address: String,
    /// Whether it was let in.
    pub is_good: bool,
}

/// Sessions.
pub trait SessionLedger: Send + Sync {
    /// Opens a session.
    fn create_session(&self, new: &NewSession<'_>) -> Result<(), StoreError>;

    /// A session that has not ended at `now`, and whose it is.
    fn session(
        &self,
        hash: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<(User, Session)>, StoreError>;

    /// Who has begun to sign in and not brought the second factor yet.
    fn half_session(&self, hash: &SecretHash, now: Timestamp) -> Result<Option<User>, StoreError>;

    /// Notes that a session is used.
    fn touch_session(
        &self,
        hash: &SecretHash,
        address: &str,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// The sessions of a person that have not ended, the last used first.
    fn sessions(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError>;

    /// Ends a session; ending an unknown one is no error.
    fn delete_session(&self, hash: &SecretHash) -> Result<(), StoreError>;

    /// Ends a session of a person by [`Session::id`].
    fn end_session(&self, user: UserId, id: &str) -> Result<(), StoreError>;

    /// Ends all sessions of a person but one; how many.
    fn end_other_sessions(&self, user: UserId, keep: &SecretHash) -> Result<u64, StoreError>;

    /// Notes that somebody signed in, or tried to. The last
    /// [`crate::limits::SIGN_IN_COUNT_MAX`] of a person are kept.
    fn note_sign_in(&self, what: &SignIn) -> Result<(), StoreError>;

    /// Those of a person, the last first.
    fn sign_ins(&self, user: UserId) -> Result<Vec<SignIn>, StoreError>;
}
