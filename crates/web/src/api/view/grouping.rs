//! Why an event is in its issue, in Sentry's shape: a tree of components for each key.

use serde::Serialize;
use serde_json::{Map, Value, json};
use watchpost_model::{Component, Explanation};

/// The answer to `grouping-info`.
#[derive(Serialize)]
pub(in crate::api) struct GroupingView<'a> {
    grouping_config: String,
    /// By name, the most specific first.
    variants: Map<String, Value>,
    /// The same as it is stored, with the rules and what found the issue.
    #[serde(rename = "_watchpost")]
    ours: &'a Explanation,
}

impl<'a> GroupingView<'a> {
    pub(in crate::api) fn of(why: &'a Explanation) -> Self {
        let kind = match why.strategy.as_str() {
            "fingerprint" => "custom-fingerprint",
            "checksum" => "checksum",
            _ if !why.fingerprint.is_empty() => "salted-component",
            _ => "component",
        };
        let variants = why.variants.iter().map(|variant| {
            let component = json!({
                "id": variant.name,
                "name": Value::Null,
                "contributes": true,
                "hint": Value::Null,
                "values": variant.components.iter().map(component).collect::<Vec<_>>(),
            });
            let shown = json!({
                "type": kind,
                "key": variant.name,
                "hash": variant.hash,
                "hashMismatch": false,
                "contributes": true,
                "hint": Value::Null,
                "description": why.strategy,
                "values": why.fingerprint,
                "component": component,
            });
            (variant.name.clone(), shown)
        });
        Self {
            grouping_config: format!("watchpost:{}", why.version),
            variants: variants.collect(),
            ours: why,
        }
    }
}

/// Its values first, then its parts.
fn component(part: &Component) -> Value {
    let values = part.values.iter().map(|value| json!(value));
    let values = values.chain(part.components.iter().map(component));
    json!({
        "id": part.name,
        "name": part.name.replace('_', " "),
        "contributes": part.contributes,
        "hint": part.hint,
        "values": values.collect::<Vec<_>>(),
    })
}
