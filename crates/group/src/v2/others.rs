//! Strategies without a stack: templates, reports of browsers, messages, nothing at all.

use serde_json::Value;
use watchpost_model::Event;

use super::{Draft, Found, tree};
use crate::parameterize;

/// The lines of a text that count: those with something on them, so many.
const HEAD_LINES: usize = 2;
/// Longer ones are only cut, not parameterised.
const TEXT_CHARS_MAX: usize = 8192;

pub(super) fn template(event: &Event) -> Option<Found> {
    let template = event.template.as_ref()?;
    let name = template
        .filename
        .as_deref()
        .or(template.abs_path.as_deref());
    let line = template.context_line.as_deref().map(str::trim);
    if name.is_none() && line.is_none() {
        return None;
    }
    let mut draft = Draft::new("default", "template");
    draft.add("filename", name.unwrap_or_default());
    draft.add("context_line", line.unwrap_or_default());
    Some(("template", vec![draft]))
}

/// What browsers report by themselves, which clients and gates keep as a field of its own.
pub(super) fn security(event: &Event) -> Option<Found> {
    if let Some(report) = event.other.get("csp") {
        return csp(report);
    }
    let kinds = ["hpkp", "expectstaple", "expectct"];
    kinds.into_iter().find_map(|kind| {
        let host = event.other.get(kind)?.get("hostname")?.as_str()?;
        let mut draft = Draft::new("default", kind);
        draft.add("hostname", host);
        Some((kind, vec![draft]))
    })
}

fn csp(report: &Value) -> Option<Found> {
    let field = |name: &str| {
        let dashed = || report.get(name.replace('_', "-"));
        report.get(name).or_else(dashed).and_then(Value::as_str)
    };
    let violated = || field("violated_directive").and_then(|text| text.split(' ').next());
    let directive = field("effective_directive").filter(|text| !text.is_empty());
    let directive = directive.or_else(violated)?;
    let mut draft = Draft::new("default", "csp");
    draft.add("directive", directive);
    let blocked = field("blocked_uri").unwrap_or_default();
    match blocked {
        "inline" | "'inline'" | "eval" | "'eval'" => {
            draft.add("violation", blocked.trim_matches('\''));
        }
        "" | "self" | "'self'" => {
            let samples = field("violated_directive").unwrap_or_default();
            let kind = if samples.contains("'unsafe-eval'") {
                "eval"
            } else {
                "inline"
            };
            draft.add("violation", kind);
        }
        uri => draft.add("uri", &origin(uri)),
    }
    Some(("csp", vec![draft]))
}

/// `https://cdn.example/x.js?y` is `cdn.example`; `data:…` is `data`.
fn origin(uri: &str) -> String {
    match uri.split_once("://") {
        Some(("http" | "https" | "ws" | "wss", rest)) => {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            host.to_lowercase()
        }
        Some((scheme, _)) => scheme.to_lowercase(),
        None => uri.split(':').next().unwrap_or_default().to_lowercase(),
    }
}

pub(super) fn message(event: &Event) -> Option<Found> {
    let message = event.message.as_ref()?;
    let template = message
        .template
        .as_ref()
        .filter(|text| !text.trim().is_empty());
    let text = clean(template.unwrap_or(&message.formatted));
    if text.is_empty() {
        return None;
    }
    let mut draft = Draft::new("default", "message");
    draft.add("message", &text);
    if template.is_some()
        && let Some(part) = draft.components.last_mut()
    {
        part.hint = Some("the text before its arguments".into());
    }
    if crate::frame::main_stack(event).is_some() {
        let hint = "it says where the message was sent from, or no frame of it counts";
        draft
            .components
            .push(tree::idle("stacktrace", Vec::new(), hint));
    }
    Some(("message", vec![draft]))
}

/// The first two lines with something on them, parameterised.
pub(super) fn clean(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut head = lines
        .by_ref()
        .take(HEAD_LINES)
        .collect::<Vec<_>>()
        .join("\n");
    if lines.next().is_some() {
        head.push_str("...");
    }
    if let Some((end, _)) = head.char_indices().nth(TEXT_CHARS_MAX) {
        head.truncate(end);
        head.push_str("...");
        return head;
    }
    parameterize::text(&head).into_owned()
}

pub(super) fn nothing(event: &Event) -> Found {
    let mut draft = Draft::new("default", "nothing");
    let place = event.transaction.as_ref().or(event.culprit.as_ref());
    draft.add("place", place.map(String::as_str).unwrap_or_default());
    ("nothing", vec![draft])
}
