//! `X-Sentry-Rate-Limits`: which kinds of items a client must hold back, and how long.
//! The gates print it, the tests of clients read it.

use std::fmt;

#[cfg(test)]
mod tests;

/// What an error is called: clients of before 2019 know message events as `default`, so a limit
/// on errors must name both.
pub const ERROR_CATEGORIES: [&str; 2] = ["error", "default"];

/// One limit: `60:error;default:key:quota_exceeded`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// How long to hold back.
    pub secs: u64,
    /// What to hold back; nothing named means everything.
    pub categories: Vec<String>,
    /// How far it reaches.
    pub scope: Scope,
    /// Why, as one word.
    pub reason: Option<String>,
}

/// How far a limit reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every project of the organization.
    Organization,
    /// Every key of the project.
    Project,
    /// This key.
    Key,
    /// What another server may invent; never printed by us.
    Other(String),
}

impl Scope {
    /// The word in the header.
    pub fn name(&self) -> &str {
        match self {
            Self::Organization => "organization",
            Self::Project => "project",
            Self::Key => "key",
            Self::Other(name) => name,
        }
    }

    fn from_name(name: &str) -> Self {
        match name {
            "organization" => Self::Organization,
            "project" => Self::Project,
            "key" => Self::Key,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// The value of the header for all of `limits`; `None` when there is nothing to say.
pub fn header_value(limits: &[RateLimit]) -> Option<String> {
    let values: Vec<String> = limits.iter().map(RateLimit::to_string).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// The seconds for `Retry-After`: the longest of `limits`. Only for an answer with status 429,
/// because clients obey it on any status and for everything.
pub fn retry_after_secs(limits: &[RateLimit]) -> Option<u64> {
    limits.iter().map(|limit| limit.secs).max()
}

/// Reads the header. An entry that cannot be read is skipped, as every SDK does.
pub fn parse(header: &str) -> Vec<RateLimit> {
    header.split(',').filter_map(parse_one).collect()
}

fn parse_one(text: &str) -> Option<RateLimit> {
    let mut parts = text.trim().split(':');
    let secs = parts.next()?.trim().parse::<f64>().ok()?;
    if !secs.is_finite() || secs < 0.0 {
        return None;
    }
    let categories = parts.next()?.split(';').map(str::trim);
    let categories = categories.filter(|name| !name.is_empty());
    let categories = categories.map(str::to_owned).collect();
    let scope = Scope::from_name(parts.next().unwrap_or("organization").trim());
    let reason = parts.next().map(str::trim).filter(|text| !text.is_empty());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and negative numbers are gone"
    )]
    Some(RateLimit {
        secs: secs.ceil() as u64,
        categories,
        scope,
        reason: reason.map(str::to_owned),
    })
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let categories: Vec<String> = self.categories.iter().map(|name| word(name)).collect();
        let scope = word(self.scope.name());
        write!(f, "{}:{}:{scope}", self.secs, categories.join(";"))?;
        match &self.reason {
            Some(reason) => write!(f, ":{}", word(reason)),
            None => Ok(()),
        }
    }
}

/// Keeps a word from ending the field that it stands in.
fn word(text: &str) -> String {
    let clean = |char: char| {
        if char.is_ascii_alphanumeric() {
            char
        } else {
            '_'
        }
    };
    text.chars().map(clean).collect()
}
