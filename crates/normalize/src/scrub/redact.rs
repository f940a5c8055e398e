//! How a secret is made unreadable.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha1::Sha1;

/// What stands where something was hidden, unless a rule has its own word.
pub(super) const FILTERED: &str = "[Filtered]";

/// What is left of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub(super) enum Redaction {
    /// Nothing; what a rule does that says nothing.
    #[serde(alias = "default")]
    Remove,
    /// A word.
    Replace {
        #[serde(default = "filtered")]
        text: String,
    },
    /// A star for each character.
    Mask,
    /// A hash, equal for equal secrets: HMAC-SHA1 with an empty key in upper-case hex, as Sentry.
    Hash,
}

fn filtered() -> String {
    FILTERED.to_owned()
}

impl Redaction {
    pub(super) fn replace(text: &str) -> Self {
        let text = text.to_owned();
        Self::Replace { text }
    }

    /// What stands in the place of `secret`.
    pub(super) fn apply(&self, secret: &str) -> String {
        match self {
            Self::Remove => String::new(),
            Self::Replace { text } => text.clone(),
            Self::Mask => "*".repeat(secret.chars().count()),
            Self::Hash => hash(secret),
        }
    }
}

fn hash(secret: &str) -> String {
    // An HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(b"") else {
        return FILTERED.to_owned();
    };
    mac.update(secret.as_bytes());
    let mut hex = String::with_capacity(40);
    for byte in mac.finalize().into_bytes() {
        // Writing into a text cannot fail.
        let _ = write!(hex, "{byte:02X}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_become_unreadable() {
        assert_eq!(Redaction::Remove.apply("ab"), "");
        assert_eq!(Redaction::replace("[x]").apply("ab"), "[x]");
        assert_eq!(Redaction::Mask.apply("äb"), "**");
        // Python: hmac.new(b"", b"10.0.0.1", "sha1").hexdigest().upper()
        let expect = "F467564A4BA6F6D7D00E4534D5DCB601B1FA220D";
        assert_eq!(Redaction::Hash.apply("10.0.0.1"), expect);
    }
}
