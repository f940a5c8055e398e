//! Why an event is in its issue: what counted, what did not and why, for people and programs.
//!
//! Stored with the event. Fields may be added with a default, never renamed.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};

use crate::GroupingHash;

/// The name of the variant of a record of the first protocol. Every version gives it the key of
/// version 1, which is the original's.
pub const ORIGINAL: &str = "original";

/// Why an event has its grouping keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The version of the algorithm; 0 in events that were stored before it was kept.
    pub version: u16,
    /// What decided: `exception`, `threads`, `stack`, `message`, `fingerprint`, …
    #[serde(skip_serializing_if = "String::is_empty")]
    pub strategy: String,
    /// Who decided.
    pub source: FingerprintSource,
    /// The fingerprint that took part, its variables filled in; empty when none did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fingerprint: Vec<String>,
    /// One for each grouping key, the most specific first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
    /// The rules that matched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<MatchedRule>,
    /// How the event came to its issue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
    /// Whatever else there is to say, as lines for people. Events of version 1 have only these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// How an event came to its issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Found {
    /// Nobody owned its keys: it opened the issue.
    New,
    /// The issue owned one of its keys.
    Known {
        /// Which one, 32 hex digits.
        hash: String,
    },
    /// The issue owned a key that a version before gives the event. Its keys belong to the issue
    /// from there on.
    Previous {
        /// Which version.
        version: u16,
        /// Which key, 32 hex digits.
        hash: String,
    },
    /// The project had opened too many issues.
    Overflow,
}

/// Whose word a fingerprint is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FingerprintSource {
    /// Nobody's: the algorithm decides.
    #[default]
    Default,
    /// The client's.
    Client,
    /// A rule's of the project.
    Rule,
    /// A rule's that is built in.
    BuiltIn,
}

/// One way to look at the event, which gives one grouping key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// `app`: the application's frames, `system`: all frames, `default`, `fingerprint`, …
    pub name: String,
    /// The key, 32 hex digits.
    pub hash: String,
    /// What it is made of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Component>,
}

/// A part of an event that could take part in a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// `type`, `value`, `stacktrace`, `frame`, …
    pub name: Cow<'static, str>,
    /// Whether it counts.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub contributes: bool,
    /// What it says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Why it does not count, or not as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Cow<'static, str>>,
    /// Its parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Component>,
}

/// A rule that had to do with the event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchedRule {
    /// The line in the rules of the project, from 1; of the built-in rules when `built_in`.
    pub line: usize,
    /// The rule as it is written.
    pub text: String,
    /// Whether it came with Watchpost.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub built_in: bool,
}

impl Explanation {
    /// One that has only lines for people, as version 1 writes them.
    pub fn of_lines(version: u16, notes: Vec<String>) -> Self {
        Self {
            version,
            notes,
            ..Self::default()
        }
    }

    /// The keys of the event, the most specific first; none of one that has only lines.
    pub fn keys(&self) -> impl Iterator<Item = GroupingHash> {
        self.named_keys().map(|(key, _)| key)
    }

    /// The keys, each with the name of the variant that it was made of.
    pub fn named_keys(&self) -> impl Iterator<Item = (GroupingHash, &str)> {
        self.variants.iter().filter_map(|variant| {
            let digest = u128::from_str_radix(&variant.hash, 16).ok()?;
            let is_original = variant.name == ORIGINAL;
            let key = GroupingHash {
                version: if is_original { 1 } else { self.version },
                digest: digest.to_be_bytes(),
            };
            Some((key, variant.name.as_str()))
        })
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// As it is stored since there is more than lines; before, the lines were all there was.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Lines(Vec<String>),
    Whole(Whole),
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Whole {
    version: u16,
    strategy: String,
    source: FingerprintSource,
    fingerprint: Vec<String>,
    variants: Vec<Variant>,
    rules: Vec<MatchedRule>,
    found: Option<Found>,
    notes: Vec<String>,
}

impl<'de> Deserialize<'de> for Explanation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Stored::deserialize(deserializer)? {
            Stored::Lines(notes) => Self::of_lines(0, notes),
            Stored::Whole(whole) => Self {
                version: whole.version,
                strategy: whole.strategy,
                source: whole.source,
                fingerprint: whole.fingerprint,
                variants: whole.variants,
                rules: whole.rules,
                found: whole.found,
                notes: whole.notes,
            },
        })
    }
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_yes(contributes: &bool) -> bool {
    *contributes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_as_lines_still_reads() {
        let read: Explanation = serde_json::from_str(r#"["type: E", "frame: f"]"#).unwrap();
        let notes = vec!["type: E".to_owned(), "frame: f".to_owned()];
        assert_eq!(read, Explanation::of_lines(0, notes));
    }

    #[test]
    fn an_explanation_reads_back_and_says_little_about_nothing() {
        let component = Component {
            name: "type".into(),
            contributes: true,
            values: vec!["E".to_owned()],
            hint: None,
            components: Vec::new(),
        };
        let whole = Explanation {
            version: 2,
            strategy: "exception".to_owned(),
            source: FingerprintSource::Rule,
            variants: vec![Variant {
                name: "app".to_owned(),
                hash: "00".to_owned(),
                components: vec![component],
            }],
            found: Some(Found::New),
            ..Explanation::default()
        };
        let text = serde_json::to_string(&whole).unwrap();
        let part = r#"{"name":"type","values":["E"]}"#;
        let variant = format!(r#"{{"name":"app","hash":"00","components":[{part}]}}"#);
        let start = r#"{"version":2,"strategy":"exception","source":"rule","variants":["#;
        assert_eq!(
            text,
            format!(r#"{start}{variant}],"found":{{"how":"new"}}}}"#)
        );
        assert_eq!(serde_json::from_str::<Explanation>(&text).unwrap(), whole);
        let keys: Vec<_> = whole.keys().collect();
        let (version, digest) = (2, [0; 16]);
        assert_eq!(keys, [GroupingHash { version, digest }]);
    }
}
