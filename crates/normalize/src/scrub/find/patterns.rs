//! The kinds that a regular expression describes.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

use super::{Found, is_apart};

/// An expression of ours. Words end as in ASCII: other letters would cost ten times as much.
/// Compiled at its first use. What is hidden is its groups, or all of it.
pub(super) struct Pattern(LazyLock<Option<Regex>>);

impl Pattern {
    const fn new(compile: fn() -> Option<Regex>) -> Self {
        Self(LazyLock::new(compile))
    }

    /// Adds where it matches.
    pub(super) fn find(&self, text: &str, found: &mut Found) {
        let Some(regex) = self.0.as_ref() else { return };
        if regex.captures_len() == 1 {
            found.extend(regex.find_iter(text).map(|hit| hit.range()));
            return;
        }
        for captures in regex.captures_iter(text) {
            let groups = captures.iter().skip(1).flatten();
            found.extend(
                groups
                    .map(|hit| hit.range())
                    .filter(|range| !range.is_empty()),
            );
        }
    }

    #[cfg(test)]
    pub(super) fn is_valid(&self) -> bool {
        self.0.is_some()
    }
}

pub(super) static SSN: Pattern =
    Pattern::new(|| Regex::new(r"(?-u:\b)[0-9]{3}-[0-9]{2}-[0-9]{4}(?-u:\b)").ok());
pub(super) static BEARER: Pattern = Pattern::new(|| Regex::new(r"(?i)(?-u:\b)bearer\s+\S+").ok());
pub(super) static EMAIL: Pattern = Pattern::new(|| {
    const NAME: &str = r"(?-u:\b)[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+";
    const HOST: &str = r"[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*\.[a-zA-Z]{2,}(?-u:\b)";
    Regex::new(&format!("{NAME}@{HOST}")).ok()
});
pub(super) static MAC: Pattern =
    Pattern::new(|| Regex::new(r"(?i)(?-u:\b)(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?-u:\b)").ok());
pub(super) static UUID: Pattern = Pattern::new(|| {
    Regex::new(
        r"(?i)(?-u:\b)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}(?-u:\b)",
    )
    .ok()
});
pub(super) static IMEI: Pattern = Pattern::new(|| {
    Regex::new(r"(?-u:\b)(?:[0-9]{14,16}|[0-9]{2}-[0-9]{6}-[0-9]{6}-[0-9])(?-u:\b)").ok()
});
pub(super) static USER_PATH: Pattern = Pattern::new(|| {
    const HOME: &str = r"(?-u:\b)(?:users|home|documents and settings)[/\\]";
    const NAME: &str = r#"[^/\\:*?"<>|\s]+(?: [^/\\:*?"<>|\s]+)?"#;
    Regex::new(&format!(r"(?i){HOME}({NAME})(?:[/\\]|$)")).ok()
});
/// Scheme, user and password; the password may itself have an `@`.
pub(super) static URL_AUTH: Pattern =
    Pattern::new(|| Regex::new(r#"://([^\s/?#:"'<>]*:[^\s/?#"'<>]+)@"#).ok());
pub(super) static URL_PASSWORD: Pattern =
    Pattern::new(|| Regex::new(r#"://[^\s/?#:"'<>]*:([^\s/?#"'<>]+)@"#).ok());
/// `password=…` as in a query, and `'password': …` as languages print it.
pub(super) static ASSIGNMENT: Pattern = Pattern::new(|| {
    const WORD: &str = "(?:password|passwd|secret|api[-_]?key|credentials|mysql_pwd|\
        private[-_]?key|token|authorization)";
    const VALUE: &str = r#"(?:"([^"]+)"|'([^']+)'|([^\s&;,"'()\[\]{}]+))"#;
    const MORE: &str = r"[a-zA-Z0-9_.\[\]-]{0,40}";
    let bare = format!("{WORD}{MORE}={VALUE}");
    let quoted = format!(r#"["']{MORE}{WORD}{MORE}["'][ \t]{{0,4}}(?::|=>)[ \t]{{0,4}}{VALUE}"#);
    Regex::new(&format!("(?i)(?:{bare}|{quoted})")).ok()
});

static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const V4: &str = "[0-9]{1,3}(?:\\.[0-9]{1,3}){3}";
    const V6: &str = "[0-9a-f]{0,4}:[0-9a-f:]{0,40}";
    Regex::new(&format!("(?i){V6}:{V4}|{V4}|{V6}")).ok()
});

/// Adds where addresses of machines are.
pub(super) fn addresses(text: &str, found: &mut Found) {
    let Some(regex) = ADDRESS.as_ref() else {
        return;
    };
    let hits = regex.find_iter(text).map(|hit| hit.range());
    found.extend(hits.filter(|range| {
        let address = text.get(range.clone()).unwrap_or_default();
        is_apart(text, range) && is_address(address)
    }));
}

fn is_address(text: &str) -> bool {
    if text.contains(':') {
        return text.len() > 2 && text.parse::<Ipv6Addr>().is_ok();
    }
    // Zeros before a number mean nothing here, and the standard library refuses them.
    let number = |part: &str| part.parse::<u16>().is_ok_and(|number| number < 256);
    text.parse::<Ipv4Addr>().is_ok() || text.split('.').all(number)
}

#[cfg(test)]
pub(super) fn all() -> [&'static Pattern; 10] {
    [
        &SSN,
        &BEARER,
        &EMAIL,
        &MAC,
        &UUID,
        &IMEI,
        &USER_PATH,
        &URL_AUTH,
        &URL_PASSWORD,
        &ASSIGNMENT,
    ]
}
