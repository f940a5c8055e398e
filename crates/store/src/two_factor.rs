//! The seam of the second factor: what authenticators share with us, and what works instead.

use watchpost_model::UserId;

use crate::{SecretHash, StoreError};

/// What an authenticator shares with us: 160 bits.
pub type TwoFactorSecret = [u8; 20];

/// The second factor of a person.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TwoFactor {
    /// What codes are made of.
    pub secret: TwoFactorSecret,
    /// Whether it is asked for. Before, somebody is setting it up.
    pub is_on: bool,
    /// How many recovery codes are left.
    pub recovery_codes: u64,
}

/// Second factors.
pub trait TwoFactorLedger: Send + Sync {
    /// The second factor of a person; `None`: they did not begin to set one up.
    fn two_factor(&self, user: UserId) -> Result<Option<TwoFactor>, StoreError>;

    /// Begins to set one up. [`StoreError::Exists`] when one is asked for already.
    fn begin_two_factor(&self, user: UserId, secret: &TwoFactorSecret) -> Result<(), StoreError>;

    /// From now on it is asked for, and these codes work instead, each once. `Missing`: nobody
    /// began.
    fn set_two_factor(&self, user: UserId, codes: &[SecretHash]) -> Result<(), StoreError>;

    /// Forgets it.
    fn drop_two_factor(&self, user: UserId) -> Result<(), StoreError>;

    /// Whether the code of that step was not used yet, nor a later one; from now on it was.
    fn use_step(&self, user: UserId, step: u64) -> Result<bool, StoreError>;

    /// Whether that recovery code works; from now on it does not.
    fn use_recovery_code(&self, user: UserId, code: &SecretHash) -> Result<bool, StoreError>;
}
