//! Credentials in URLs: `scheme://user:password@host`. The password may itself have an `@`.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::Found;

const MARK: &str = "://";
static FIND_MARK: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(MARK));

/// What of the credentials is found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    UserAndPassword,
    Password,
}

/// Adds where they are.
pub(super) fn find(text: &str, part: Part, found: &mut Found) {
    let mut from = 0;
    while let Some(rest) = text.get(from..) {
        let Some(mark) = FIND_MARK.find(rest.as_bytes()) else {
            return;
        };
        let user = from + mark + MARK.len();
        // Nothing of what follows has a slash, so that no byte is read for two marks.
        from += mark + 1;
        let authority = text.get(user..).unwrap_or_default();
        let end = authority.find(is_behind).unwrap_or(authority.len());
        let authority = authority.get(..end).unwrap_or_default();
        let Some((name, secret)) = authority.split_once(':') else {
            continue;
        };
        if let Some(length) = secret.rfind('@').filter(|length| *length > 0) {
            let password = user + name.len() + 1;
            let start = match part {
                Part::UserAndPassword => user,
                Part::Password => password,
            };
            found.push(start..password + length);
            from = password + length + 1;
        }
    }
}

/// Whether this is not among the characters of a user and a password.
fn is_behind(char: char) -> bool {
    matches!(char, '/' | '?' | '#' | '"' | '\'' | '<' | '>') || char.is_whitespace()
}
