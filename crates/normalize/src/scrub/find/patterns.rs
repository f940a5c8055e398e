//! The kinds that a regular expression describes.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memchr_iter;
use regex::Regex;

use super::{Found, is_apart};

/// An expression of ours. Words end as in ASCII: other letters would cost ten times as much.
/// Compiled at its first use.
pub(super) struct Pattern {
    regex: LazyLock<Option<Regex>>,
    /// What is hidden of a match. Groups of expressions would cost more than the search.
    secret: fn(&str) -> Range<usize>,
}

impl Pattern {
    const fn new(compile: fn() -> Option<Regex>) -> Self {
        Self::with(compile, |hit| 0..hit.len())
    }

    const fn with(compile: fn() -> Option<Regex>, secret: fn(&str) -> Range<usize>) -> Self {
        Self {
            regex: LazyLock::new(compile),
            secret,
        }
    }

    /// Adds where it matches.
    pub(super) fn find(&self, text: &str, found: &mut Found) {
        let Some(regex) = self.regex.as_ref() else {
            return;
        };
        found.extend(regex.find_iter(text).map(|hit| {
            let secret = (self.secret)(hit.as_str());
            hit.start() + secret.start..hit.start() + secret.end
        }));
    }

    #[cfg(test)]
    pub(super) fn is_valid(&self) -> bool {
        self.regex.is_some()
    }
}

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
pub(super) static USER_PATH: Pattern = Pattern::with(
    || {
        const HOME: &str = r"(?-u:\b)(?:users|home|documents and settings)[/\\]";
        const NAME: &str = r#"[^/\\:*?"<>|\s]+(?: [^/\\:*?"<>|\s]+)?"#;
        Regex::new(&format!(r"(?i){HOME}{NAME}(?:[/\\]|$)")).ok()
    },
    |hit| {
        let start = hit.find(['/', '\\']).map_or(0, |slash| slash + 1);
        start..hit.trim_end_matches(['/', '\\']).len()
    },
);
/// `password=…` as in a query, and `'password': …` as languages print it.
pub(super) static ASSIGNMENT: Pattern = Pattern::with(
    || {
        const WORD: &str = "(?:password|passwd|secret|api[-_]?key|credentials|mysql_pwd|\
            private[-_]?key|token|authorization)";
        const VALUE: &str = r#"(?:"[^"]+"|'[^']+'|[^\s&;,"'()\[\]{}]+)"#;
        const MORE: &str = r"[a-zA-Z0-9_.\[\]-]{0,40}";
        const SIGN: &str = r"[ \t]{0,4}(?::|=>)[ \t]{0,4}";
        let bare = format!("{WORD}{MORE}={VALUE}");
        let quoted = format!(r#"["']{MORE}{WORD}{MORE}["']{SIGN}{VALUE}"#);
        Regex::new(&format!("(?i)(?:{bare}|{quoted})")).ok()
    },
    assigned,
);

/// The value in a match of [`ASSIGNMENT`], without its quotes.
fn assigned(hit: &str) -> Range<usize> {
    const QUOTES: [char; 2] = ['"', '\''];
    const BLANKS: [char; 2] = [' ', '\t'];
    let value = match hit.strip_prefix(QUOTES) {
        None => hit.split_once('=').map(|(_, value)| value),
        Some(name) => name.split_once(QUOTES).and_then(|(_, rest)| {
            let rest = rest.trim_start_matches(BLANKS);
            let value = rest.strip_prefix(':').or_else(|| rest.strip_prefix("=>"))?;
            Some(value.trim_start_matches(BLANKS))
        }),
    };
    let start = hit.len() - value.map_or(0, str::len);
    let quotes = usize::from(value.is_some_and(|value| value.starts_with(QUOTES)));
    start + quotes..hit.len() - quotes
}

static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const V4: &str = "[0-9]{1,3}(?:\\.[0-9]{1,3}){3}";
    const V6: &str = "[0-9a-f]{0,4}:[0-9a-f:]{0,40}";
    Regex::new(&format!("(?i){V6}:{V4}|{V4}|{V6}")).ok()
});

/// Adds where social security numbers of the US are.
pub(super) fn social_security_numbers(text: &str, found: &mut Found) {
    let is_shape = |number: &[u8]| {
        let mut places = number.iter().enumerate();
        places.all(|(place, byte)| match place {
            3 | 6 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
    };
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let bytes = text.as_bytes();
    let mut from = 0;
    for dash in memchr_iter(b'-', bytes) {
        let Some(start) = dash.checked_sub(3).filter(|start| *start >= from) else {
            continue;
        };
        let end = start + 11;
        let before = start.checked_sub(1).and_then(|before| bytes.get(before));
        let is_inside = before.is_some_and(is_word) || bytes.get(end).is_some_and(is_word);
        if !is_inside && bytes.get(start..end).is_some_and(is_shape) {
            found.push(start..end);
            from = end;
        }
    }
}

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
pub(super) fn all() -> [&'static Pattern; 7] {
    [&BEARER, &EMAIL, &MAC, &UUID, &IMEI, &USER_PATH, &ASSIGNMENT]
}
