//! Contexts as cards: what the client knew about the machine, the runtime, the browser. Pure.

use serde_json::{Map, Value};

use super::values::{Pair, pairs};

/// One group of facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Card {
    pub(crate) title: String,
    pub(crate) pairs: Vec<Pair>,
}

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
    (!pairs.is_empty()).then_some(Card { title, pairs })
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
}
