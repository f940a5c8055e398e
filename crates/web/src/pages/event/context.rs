//! Contexts as cards: what the client knew about the machine, the runtime, the browser. Pure.

use serde_json::{Map, Value};

use super::values::{Pair, cut, pairs, text};
use crate::pages::format::bytes_in_words;

/// One group of facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Card {
    pub(crate) title: String,
    /// The gist in one line; empty when only the pairs say it.
    pub(crate) summary: String,
    pub(crate) pairs: Vec<Pair>,
}

/// Groups of names that say the same.
type Names = &'static [&'static [&'static str]];

/// What the gist of a known context is made of: the names of one group say the same, the first that
/// is there is taken. The last groups stand behind a `·`.
const GISTS: [(&str, Names, Names); 9] = [
    (
        "app",
        &[
            &["app_name", "name", "app_identifier"],
            &["app_version", "version"],
        ],
        &[&["app_build", "build"]],
    ),
    ("browser", &[&["name"], &["version"]], &[]),
    (
        "culture",
        &[&["display_name", "locale"]],
        &[&["timezone"], &["calendar"]],
    ),
    (
        "device",
        &[&["manufacturer", "brand"], &["model", "name", "family"]],
        &[&["arch"], &["memory_size"], &["screen_resolution"]],
    ),
    (
        "gpu",
        &[&["vendor_name"], &["name"]],
        &[&["api_type"], &["version"]],
    ),
    (
        "os",
        &[&["name"], &["version"]],
        &[&["build"], &["kernel_version"]],
    ),
    ("runtime", &[&["name"], &["version"]], &[&["build"]]),
    ("trace", &[&["op"]], &[&["status"], &["trace_id"]]),
    ("response", &[&["status_code"]], &[&["body_size"]]),
];

/// Facts that count bytes.
const BYTES: [&str; 8] = [
    "memory_size",
    "free_memory",
    "usable_memory",
    "app_memory",
    "storage_size",
    "free_storage",
    "external_storage_size",
    "external_free_storage",
];

/// Characters of a gist.
const GIST_CHARS_MAX: usize = 200;

/// Titles of the contexts that every client knows. Others are titled by their own name.
const TITLES: [(&str, &str); 14] = [
    ("app", "Application"),
    ("browser", "Browser"),
    ("cloud_resource", "Cloud"),
    ("culture", "Culture"),
    ("device", "Device"),
    ("flags", "Feature flags"),
    ("gpu", "GPU"),
    ("os", "Operating system"),
    ("otel", "OpenTelemetry"),
    ("response", "Response"),
    ("runtime", "Runtime"),
    ("state", "State"),
    ("trace", "Trace"),
    ("unity", "Unity"),
];

/// One card per context that says anything.
pub(crate) fn cards(contexts: &Map<String, Value>) -> Vec<Card> {
    contexts
        .iter()
        .filter_map(|(name, value)| card(name, value))
        .collect()
}

fn card(name: &str, value: &Value) -> Option<Card> {
    let known = TITLES.iter().find(|(known, _)| *known == name);
    let title = known.map_or(name, |(_, title)| *title).to_owned();
    let pairs = match value {
        Value::Object(map) => facts(map),
        Value::Null => Vec::new(),
        other => vec![Pair::of("value", other)],
    };
    let summary = value.as_object().map(|map| gist(kind_of(name, map), map));
    (!pairs.is_empty()).then(|| Card {
        title,
        summary: summary.unwrap_or_default(),
        pairs,
    })
}

/// A second runtime is called anything, and says by its type what it is.
fn kind_of<'a>(name: &'a str, map: &'a Map<String, Value>) -> &'a str {
    map.get("type").and_then(Value::as_str).unwrap_or(name)
}

/// `Debian 12 · 6.1.0`
fn gist(kind: &str, map: &Map<String, Value>) -> String {
    let Some((_, names, more)) = GISTS.iter().find(|(known, ..)| *known == kind) else {
        return String::new();
    };
    let first = |group: &&[&str]| {
        let mut said = group.iter().filter_map(|key| said(key, map.get(*key)?));
        said.next()
    };
    let head: Vec<String> = names.iter().filter_map(first).collect();
    let tail = more.iter().filter_map(first);
    let head = Some(head.join(" ")).filter(|head| !head.is_empty());
    let gist: Vec<String> = head.into_iter().chain(tail).collect();
    cut(gist.join(" · "), GIST_CHARS_MAX)
}

/// A fact in short, when it says anything.
fn said(key: &str, value: &Value) -> Option<String> {
    let text = match value.as_u64().filter(|_| BYTES.contains(&key)) {
        Some(bytes) => bytes_in_words(bytes),
        None => text(value),
    };
    Some(text).filter(|text| !matches!(text.as_str(), "" | "null"))
}

/// Name and version first, which is what people look for; `type` repeats the title.
fn facts(map: &Map<String, Value>) -> Vec<Pair> {
    let there = |pair: &Pair| !matches!(pair.value.as_str(), "" | "null");
    let mut facts = pairs(map);
    facts.retain(|pair| pair.key != "type" && there(pair));
    facts.sort_by_key(|pair| match pair.key.as_str() {
        "name" => 0,
        "version" => 1,
        _ => 2,
    });
    for pair in &mut facts {
        let bytes = map.get(&pair.key).and_then(Value::as_u64);
        if let Some(bytes) = bytes.filter(|_| BYTES.contains(&pair.key.as_str())) {
            pair.value = format!("{} ({bytes} bytes)", bytes_in_words(bytes));
        }
        pair.key = pair.key.replace('_', " ");
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn known_contexts_have_titles_and_name_and_version_come_first() {
        let contexts = json!({
            "os": {"type": "os", "build": "6.1", "version": "12", "name": "Debian", "x_y": null},
            "shop": {"cart_size": 3},
            "note": "plain",
            "empty": {},
        });
        let Value::Object(contexts) = contexts else {
            panic!("an object");
        };
        let shown = cards(&contexts).into_iter().map(|card| {
            let pairs = card
                .pairs
                .iter()
                .map(|pair| format!("{}={}", pair.key, pair.value));
            format!("{}: {}", card.title, pairs.collect::<Vec<_>>().join(" "))
        });
        let mut shown: Vec<String> = shown.collect();
        shown.sort();
        assert_eq!(
            shown,
            [
                "Operating system: name=Debian version=12 build=6.1",
                "note: value=plain",
                "shop: cart size=3",
            ]
        );
    }

    #[test]
    fn known_contexts_have_a_gist_and_bytes_are_readable() {
        let check = |name: &str, value: Value, expect: &str| {
            let card = card(name, &value).unwrap();
            assert_eq!(card.summary, expect, "{name}");
            card.pairs
        };
        let phone = json!({"manufacturer": "Acme", "model": "P1", "arch": "arm64",
                           "memory_size": 6_442_450_944_u64, "name": "Ada's"});
        let pairs = check("device", phone, "Acme P1 · arm64 · 6 GiB");
        assert!(pairs.contains(&Pair::new("memory size", "6 GiB (6442450944 bytes)")));
        check(
            "os",
            json!({"name": "Debian", "version": "12", "build": null}),
            "Debian 12",
        );
        check(
            "browser",
            json!({"name": "Firefox", "version": "128"}),
            "Firefox 128",
        );
        check(
            "second",
            json!({"type": "runtime", "name": "CPython"}),
            "CPython",
        );
        check(
            "gpu",
            json!({"vendor_name": "Mesa", "name": "llvmpipe"}),
            "Mesa llvmpipe",
        );
        check(
            "app",
            json!({"app_name": "Shop", "app_version": "2.4", "app_build": "7"}),
            "Shop 2.4 · 7",
        );
        check(
            "culture",
            json!({"locale": "de-DE", "timezone": "Europe/Berlin"}),
            "de-DE · Europe/Berlin",
        );
        check(
            "trace",
            json!({"trace_id": "ab12", "status": "ok"}),
            "ok · ab12",
        );
        check("shop", json!({"cart": 3}), "");
    }
}
