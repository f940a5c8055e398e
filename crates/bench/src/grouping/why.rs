//! Which faults were split or joined, and what in them made the difference.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::ask::Answer;
use super::labels::Labels;
use super::recording::Sample;
use super::score::Mistakes;

/// More lines that differ say no more.
const LINE_COUNT_MAX: usize = 4;
/// More issues of one fault are counted only.
const ISSUE_COUNT_MAX: usize = 3;

/// Every text in an explanation that belongs to something that counted, in order.
pub(super) fn flatten(value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::String(text) => lines.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| flatten(value, lines)),
        Value::Object(fields) => {
            if fields.get("contributes") == Some(&Value::Bool(false)) {
                return;
            }
            let name = fields.get("name").and_then(Value::as_str);
            for (key, value) in fields {
                let mut inner = Vec::new();
                flatten(value, &mut inner);
                match (name, key.as_str()) {
                    // Hashes differ whatever the reason is.
                    (_, "hash" | "name") => {}
                    (Some(name), "values") => {
                        lines.extend(inner.iter().map(|text| format!("{name}: {text}")));
                    }
                    _ => lines.append(&mut inner),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The faults that are in several issues and the issues with several faults, for people.
pub(super) fn mistakes(samples: &[Sample], answer: &Answer, labels: &Labels) -> String {
    let found = Mistakes::of(answer.filed(samples, |_| true));
    let mut first: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (index, key) in answer.filed(samples, |_| true).enumerate() {
        first.entry(key).or_insert(index);
    }
    let mut text = String::new();
    for (fault, issues) in &found.split {
        let needs = needs(labels, fault);
        let _ = writeln!(text, "split  {fault}: {} issues{needs}", issues.len());
        let indices: Vec<usize> = issues
            .iter()
            .filter_map(|issue| first.get(&(*fault, *issue)).copied())
            .collect();
        for &index in indices.iter().take(ISSUE_COUNT_MAX) {
            let other = indices.iter().find(|other| **other != index);
            text.push_str(&difference(samples, answer, index, other.copied()));
        }
    }
    for (issue, faults) in &found.joined {
        let faults: Vec<_> = faults
            .iter()
            .map(|fault| format!("{fault}{}", needs(labels, fault)))
            .collect();
        let _ = writeln!(text, "joined {}", faults.join(", "));
        let index = answer.issues.iter().position(|it| it == issue);
        let reasons = index.and_then(|index| answer.reasons.get(index));
        let reasons = reasons.map(Vec::as_slice).unwrap_or_default();
        let last = reasons.len().saturating_sub(LINE_COUNT_MAX);
        for line in reasons.iter().skip(last) {
            let _ = writeln!(text, "         {line}");
        }
    }
    text
}

fn needs(labels: &Labels, fault: &str) -> String {
    let fault = labels.faults.get(fault);
    let needs = fault.and_then(|fault| fault.needs.as_deref());
    needs.map_or(String::new(), |needs| format!(" (needs: {needs})"))
}

/// What counted in one event and not in the other.
fn difference(samples: &[Sample], answer: &Answer, index: usize, other: Option<usize>) -> String {
    let reasons = |index: usize| answer.reasons.get(index).map(Vec::as_slice);
    let here = reasons(index).unwrap_or_default();
    let there = other.and_then(reasons).unwrap_or_default();
    let release = samples
        .get(index)
        .and_then(|it| it.event.release.as_deref());
    let mut text = format!("       in {}:\n", release.unwrap_or_default());
    let mut only: Vec<_> = here.iter().filter(|line| !there.contains(line)).collect();
    if only.is_empty() {
        let _ = writeln!(text, "         the same lines, {} of them", here.len());
    }
    only.dedup();
    for line in only.iter().take(LINE_COUNT_MAX) {
        let _ = writeln!(text, "         {line}");
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_counted_is_told() {
        let explanation = json!({"version": 2, "strategy": "exception", "variants": [
            {"name": "app", "hash": "00ff", "components": [
                {"name": "type", "values": ["E"]},
                {"name": "value", "contributes": false, "values": ["no 7"]},
                {"name": "frame", "components": [{"name": "function", "values": ["pay"]}]}]}]});
        let mut lines = Vec::new();
        flatten(&explanation, &mut lines);
        assert_eq!(lines, ["exception", "type: E", "function: pay"]);
        lines.clear();
        flatten(&json!(["type: E", "frame: f"]), &mut lines);
        assert_eq!(lines, ["type: E", "frame: f"]);
    }
}
