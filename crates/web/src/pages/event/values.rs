//! Values that clients sent, as text that fits on a page. Pure.
//!
//! Everything is text to the template, which escapes it. What is cut here is whole in the JSON.

use serde_json::{Map, Value};

use crate::pages::links::safe_url;

/// Characters of one value that a page shows.
pub(crate) const VALUE_CHARS_MAX: usize = 4_000;

/// JSON that is no longer stands on one line.
const LINE_BYTES_MAX: usize = 72;

/// A name and a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) key: String,
    pub(crate) value: String,
    /// Where the value leads, when it is a web address.
    pub(crate) link: Option<String>,
}

impl Pair {
    pub(crate) fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        let value = cut(value.into(), VALUE_CHARS_MAX);
        Self {
            key: key.into(),
            link: safe_url(&value).map(str::to_owned),
            value,
        }
    }

    /// Whether the value gets a box that scrolls.
    pub(crate) fn is_long(&self) -> bool {
        is_long(&self.value)
    }

    /// A pair of a JSON value.
    pub(crate) fn of(key: impl Into<String>, value: &Value) -> Self {
        Self::new(key, text(value))
    }
}

/// The entries of an object.
pub(crate) fn pairs(map: &Map<String, Value>) -> Vec<Pair> {
    map.iter()
        .map(|(key, value)| Pair::of(key, value))
        .collect()
}

/// Adds a pair when there is a value.
pub(crate) fn push(pairs: &mut Vec<Pair>, key: &str, value: Option<&str>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        pairs.push(Pair::new(key, value));
    }
}

/// A JSON value for people: a string as it is, anything else as JSON.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => {
            let short = value.to_string();
            if short.len() <= LINE_BYTES_MAX {
                return short;
            }
            serde_json::to_string_pretty(value).unwrap_or_default()
        }
        scalar => scalar.to_string(),
    }
}

/// Longer text is not read as JSON.
const JSON_BYTES_MAX: usize = 16 * 1024;

/// Text that holds a JSON object or list, laid out for people; `None` for other text.
pub(crate) fn pretty(text: &str) -> Option<String> {
    if !text.starts_with(['{', '[']) || text.len() > JSON_BYTES_MAX {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    serde_json::to_string_pretty(&value).ok()
}

/// Whether a text is too long to stand on a page in full.
pub(crate) fn is_long(text: &str) -> bool {
    text.len() > 1_600 || text.lines().count() > 20
}

/// At most so many characters, and how many were left out.
pub(crate) fn cut(text: String, chars_max: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(chars_max) else {
        return text;
    };
    let (head, rest) = text.split_at_checked(end).unwrap_or((&text, ""));
    format!(
        "{head}… ({} more characters in the JSON)",
        rest.chars().count()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(value: &Value, expect: &str) {
        assert_eq!(text(value), expect);
    }

    #[test]
    fn strings_are_shown_as_they_are_and_the_rest_as_json() {
        check(&json!("'a' <b>"), "'a' <b>");
        check(&json!(null), "null");
        check(&json!(1.5), "1.5");
        check(&json!({"a": [1]}), r#"{"a":[1]}"#);
        let long = json!(["x".repeat(LINE_BYTES_MAX)]);
        assert!(text(&long).starts_with("[\n  \"x"));
    }

    #[test]
    fn huge_values_are_cut_between_characters() {
        let pair = Pair::new("k", "é".repeat(VALUE_CHARS_MAX + 7));
        assert!(
            pair.value.ends_with("é… (7 more characters in the JSON)"),
            "{}",
            pair.value
        );
        assert_eq!(cut("abc".into(), 3), "abc");
    }

    #[test]
    fn w02_only_web_addresses_lead_anywhere() {
        assert_eq!(
            Pair::new("u", "https://a.example/").link.as_deref(),
            Some("https://a.example/")
        );
        assert_eq!(Pair::new("u", "javascript:alert(1)").link, None);
    }
}
