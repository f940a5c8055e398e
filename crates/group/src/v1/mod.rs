//! Version 1: client's word, exceptions and in-app frames, template, message, bare stacks.
//!
//! Nothing in here may change once it is released, because stored hashes depend on it; a change
//! is a new version.

mod seed;
mod stack;
mod variable;

use watchpost_model::Event;

pub use self::seed::seed_checksum;
use crate::digest::{Parts, hex};
use crate::frame;

/// The number of this version.
pub(crate) const VERSION: u16 = 1;

/// More lines of explanation than this help nobody.
const EXPLANATION_LINES_MAX: usize = 60;

/// What this version says about an event.
pub(crate) struct Keys {
    /// Most specific first, never empty.
    pub(crate) digests: Vec<[u8; 16]>,
    /// What contributed and why, as lines for people.
    pub(crate) explanation: Vec<String>,
}

/// What contributes to a hash, and the same for people.
pub(crate) struct Evidence {
    parts: Parts,
    lines: Vec<String>,
}

impl Evidence {
    /// Starts with the sentence that says how the event is grouped.
    fn new(strategy: &str, sentence: &str) -> Self {
        Self {
            parts: Parts::new(VERSION, strategy),
            lines: vec![sentence.to_owned()],
        }
    }

    /// Adds a text that contributes.
    fn add(&mut self, tag: &str, text: &str) {
        self.parts.add(tag, text);
        self.lines.push(if text.is_empty() {
            tag.to_owned()
        } else {
            format!("{tag}: {text}")
        });
    }

    /// Adds a line that says why something did not contribute.
    fn hint(&mut self, line: String) {
        self.lines.push(line);
    }

    fn keys(self) -> Keys {
        let mut explanation = self.lines;
        if explanation.len() > EXPLANATION_LINES_MAX {
            let more = explanation.len() - EXPLANATION_LINES_MAX;
            explanation.truncate(EXPLANATION_LINES_MAX);
            explanation.push(format!("and {more} more"));
        }
        Keys {
            digests: vec![self.parts.finish()],
            explanation,
        }
    }
}

/// The keys of an event.
pub(crate) fn keys(event: &Event) -> Keys {
    if let Some(record) = &event.seed {
        return seed::evidence(event, record).keys();
    }
    let parts = &event.fingerprint;
    let is_default = |part: &String| variable::name(part) == Some("default");
    match parts.as_slice() {
        [] => default(event).keys(),
        [only] if is_default(only) => default(event).keys(),
        parts => {
            let base = parts.iter().any(is_default).then(|| default(event));
            fingerprint(event, parts, base).keys()
        }
    }
}

/// The client's list, in which `{{ default }}` stands for `base`.
fn fingerprint(event: &Event, parts: &[String], base: Option<Evidence>) -> Evidence {
    let sentence = match base {
        Some(_) => "grouped by the client's fingerprint together with what it would be without",
        None => "grouped by the client's fingerprint alone",
    };
    let mut evidence = Evidence::new("fingerprint", sentence);
    let mut base = base;
    for part in parts {
        match variable::name(part) {
            Some("default") => {
                let Some(base) = base.take() else { continue };
                evidence.parts.add("default", &hex(&base.parts.finish()));
                evidence.lines.extend(base.lines);
            }
            Some(name) => evidence.add("fingerprint", &variable::value(event, name)),
            None => evidence.add("fingerprint", part),
        }
    }
    evidence
}

/// Without a fingerprint: the first strategy that has something to say.
fn default(event: &Event) -> Evidence {
    checksum(event)
        .or_else(|| stack::exceptions(event))
        .or_else(|| template(event))
        .or_else(|| message(event))
        .or_else(|| stack::thread(event))
        .or_else(|| stack::bare(event))
        .unwrap_or_else(|| nothing(event))
}

fn checksum(event: &Event) -> Option<Evidence> {
    let checksum = event.checksum.as_deref()?;
    let mut evidence = Evidence::new("checksum", "grouped by the checksum that the client sent");
    evidence.add("checksum", checksum);
    Some(evidence)
}

fn template(event: &Event) -> Option<Evidence> {
    let template = event.template.as_ref()?;
    let filename = template
        .filename
        .as_deref()
        .or(template.abs_path.as_deref());
    let line = template.context_line.as_deref().map(str::trim);
    if filename.is_none() && line.is_none() {
        return None;
    }
    let mut evidence = Evidence::new("template", "grouped by the template that failed");
    evidence.add("file", filename.unwrap_or_default());
    evidence.add("line", line.unwrap_or_default());
    Some(evidence)
}

/// A stack beside a message is where it was logged, often inside the logger itself: it would join
/// different messages and so does not count.
fn message(event: &Event) -> Option<Evidence> {
    let message = event.message.as_ref()?;
    let (text, sentence) = match &message.template {
        Some(template) => (template, "grouped by the message before its arguments"),
        None => (&message.formatted, "grouped by the message"),
    };
    let head = head(text);
    if head.is_empty() {
        return None;
    }
    let mut evidence = Evidence::new("message", sentence);
    evidence.add("message", &head);
    if frame::main_stack(event).is_some() {
        let hint = "the stack shows where the message was sent from; it does not count";
        evidence.hint(hint.to_owned());
    }
    Some(evidence)
}

/// The first two lines with something on them.
fn head(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.take(2).collect::<Vec<_>>().join("\n")
}

fn nothing(event: &Event) -> Evidence {
    let sentence = "the event has no exception, stack, template or message; grouped by its place";
    let mut evidence = Evidence::new("nothing", sentence);
    let place = event.transaction.as_ref().or(event.culprit.as_ref());
    evidence.add("place", place.map(String::as_str).unwrap_or_default());
    evidence
}
