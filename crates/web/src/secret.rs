//! Secrets that people and programs carry: drawn at random, shown once, kept as a hash.
//!
//! Session cookies, API tokens and one-time links are made here, and so are password hashes. The
//! command line uses the same functions, so that a token made there opens the same doors.

use std::fmt::Write;

use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordVerifier};
use sha2::{Digest, Sha256};
use watchpost_store::SecretHash;

/// The shortest password that a person may choose, in characters.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// The longest, in bytes: hashing must not become work that strangers can order.
pub const PASSWORD_BYTES_MAX: usize = 1024;

/// What goes before an API token: the prefix of user tokens that Sentry's tools recognise.
pub const TOKEN_PREFIX: &str = "sntryu_";

/// A secret that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The system gave no random bytes.
    #[error("failed to draw random bytes: {0}")]
    Random(String),
    /// The password could not be hashed.
    #[error("failed to hash a password: {0}")]
    Password(String),
}

/// A secret in the clear: 32 random bytes as 64 hex digits, perhaps after a prefix. It is given to
/// its owner and never stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Draws a new one.
    pub fn draw(prefix: &str) -> Result<Self, SecretError> {
        let mut bytes = [0; 32];
        fill(&mut bytes)?;
        Ok(Self(format!("{prefix}{}", hex(&bytes))))
    }

    /// The text, for its owner.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the store keeps of it.
    pub fn hash(&self) -> SecretHash {
        hash_of(&self.0)
    }

    /// Its end, by which people tell their tokens apart.
    pub fn last_four(&self) -> &str {
        let start = self.0.len().saturating_sub(4);
        self.0.get(start..).unwrap_or_default()
    }
}

/// What the store keeps of a secret that somebody presents.
pub fn hash_of(secret: &str) -> SecretHash {
    Sha256::digest(secret.as_bytes()).into()
}

/// Draws a client key's half or another id of 32 hex digits.
pub fn draw_hex_32() -> Result<String, SecretError> {
    let mut bytes = [0; 16];
    fill(&mut bytes)?;
    Ok(hex(&bytes))
}

/// Draws what an authenticator shares with the server.
pub(crate) fn draw_bytes() -> Result<[u8; 20], SecretError> {
    let mut bytes = [0; 20];
    fill(&mut bytes)?;
    Ok(bytes)
}

/// The Argon2id hash of a password, in PHC form. Takes tens of milliseconds and 19 MiB.
pub fn hash_password(password: &str) -> Result<String, SecretError> {
    let hash: PasswordHash = Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(|failed| SecretError::Password(failed.to_string()))?;
    Ok(hash.to_string())
}

/// Whether `password` is the one that `hash` was made of. Costs the same for a right and a wrong
/// one.
pub(crate) fn password_fits(password: &str, hash: &str) -> bool {
    Argon2::default()
        .verify_password(password.as_bytes(), hash)
        .is_ok()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn fill(bytes: &mut [u8]) -> Result<(), SecretError> {
    getrandom::fill(bytes).map_err(|failed| SecretError::Random(failed.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_only_their_hash_is_kept() {
        let (one, other) = (
            Secret::draw("sntryu_").unwrap(),
            Secret::draw("sntryu_").unwrap(),
        );
        assert_ne!(one.as_str(), other.as_str());
        assert_eq!(one.as_str().len(), 7 + 64);
        assert!(one.as_str().ends_with(one.last_four()));
        assert_eq!(hash_of(one.as_str()), one.hash());
        assert_eq!(draw_hex_32().unwrap().len(), 32);
    }

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let hash = hash_password("correct horse battery").unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(password_fits("correct horse battery", &hash));
        assert!(!password_fits("correct horse batterx", &hash));
        assert!(!password_fits("correct horse battery", "no hash"));
    }
}
