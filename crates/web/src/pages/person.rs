//! What people type about themselves: name, address, password.

use super::form::Fields;
use crate::secret::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN};

const CHARS_MAX: usize = 200;

/// Somebody who wants an account, checked.
pub(super) struct NewPerson {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) password: String,
}

impl NewPerson {
    pub(super) fn read(fields: &Fields) -> Result<Self, &'static str> {
        Ok(Self {
            name: name(fields.get("name"))?,
            email: email(fields.get("email"))?,
            password: password(fields.exact("password"))?,
        })
    }
}

/// What somebody is called.
pub(super) fn name(typed: &str) -> Result<String, &'static str> {
    if typed.is_empty() || typed.chars().count() > CHARS_MAX {
        return Err("Give a name of 1 to 200 characters.");
    }
    Ok(typed.to_owned())
}

/// An address, as it is stored.
pub(crate) fn email(typed: &str) -> Result<String, &'static str> {
    let email = typed.to_lowercase();
    let parts = email.split_once('@');
    let complete = parts.is_some_and(|(who, host)| !who.is_empty() && !host.is_empty());
    if !complete || email.len() > CHARS_MAX || email.contains(char::is_whitespace) {
        return Err("Give an e-mail address such as ada@example.org.");
    }
    Ok(email)
}

/// A password that somebody chooses.
pub(super) fn password(typed: &str) -> Result<String, &'static str> {
    if typed.chars().count() < PASSWORD_CHARS_MIN {
        return Err("Choose a password of at least 10 characters.");
    }
    if typed.len() > PASSWORD_BYTES_MAX {
        return Err("Choose a password of at most 1024 bytes.");
    }
    Ok(typed.to_owned())
}
