//! Parts of a fingerprint: text, and variables in it such as `{{ transaction }}`.

use watchpost_model::{Event, Frame};

use crate::{frame, parameterize};

/// A text with variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Variable(String),
}

impl Template {
    /// Reads a part of a rule, in which every `{{` is closed.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let template = Self::read(text);
        let is_open = |piece: &Piece| matches!(piece, Piece::Text(text) if text.contains("{{"));
        if template.0.iter().any(is_open) {
            return Err("`{{` has no `}}`; write a variable as `{{ transaction }}`".to_owned());
        }
        Ok(template)
    }

    /// Reads a part that a client sent: what is no variable is text.
    pub(crate) fn read(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{")
            && let Some((name, after)) = after.split_once("}}")
        {
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(Piece::Variable(name.trim().to_owned()));
            rest = after;
        }
        if !rest.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Self(pieces)
    }

    /// Whether it is `{{ default }}`, which stands for what the algorithm would do.
    pub(crate) fn is_default(&self) -> bool {
        matches!(self.0.as_slice(), [Piece::Variable(name)] if name == "default")
    }

    /// The text for an event. `is_exact`: texts are not parameterised, as in a title.
    pub(crate) fn fill(&self, event: &Event, is_exact: bool) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Variable(name) => value(event, name, is_exact),
        });
        pieces.collect()
    }
}

/// What stands for the variable `name` in this event.
fn value(event: &Event, name: &str, is_exact: bool) -> String {
    let exception = || frame::exceptions(event).next_back();
    let error_value = || exception().and_then(|exception| exception.value.clone());
    let message = || {
        let message = event
            .message
            .as_ref()
            .map(|message| message.formatted.clone());
        message.or_else(error_value)
    };
    let clean = |text: String| {
        if is_exact {
            text
        } else {
            parameterize::text(&text).into_owned()
        }
    };
    let found = match name {
        "transaction" => event.transaction.clone(),
        "message" => message().map(clean),
        "raw_message" => message(),
        "type" | "error.type" => exception().and_then(|exception| exception.kind.clone()),
        "value" | "error.value" => error_value().map(clean),
        "raw_value" => error_value(),
        "function" | "stack.function" => of_frame(event, |frame| &frame.function),
        "module" | "stack.module" => of_frame(event, |frame| &frame.module),
        "package" | "stack.package" => of_frame(event, |frame| &frame.package),
        "path" | "stack.abs_path" => of_frame(event, |frame| &frame.abs_path),
        "filename" | "stack.filename" => of_frame(event, |frame| &frame.filename),
        "level" => Some(event.level.name().to_owned()),
        "logger" => event.logger.clone(),
        "release" => event.release.clone(),
        "environment" => event.environment.clone(),
        _ => match name.strip_prefix("tags.") {
            // Sentry has these as tags, although clients send them elsewhere.
            Some("transaction") => event.transaction.clone(),
            Some(key) => event.tag(key).map(str::to_owned),
            // Not left as it is, so that a typing error shows in the explanation.
            None => Some(format!("<unrecognized-variable-{name}>")),
        },
    };
    let short = name.rsplit('.').next().unwrap_or(name);
    found.unwrap_or_else(|| format!("<no-{short}>"))
}

/// A field of the innermost frame, the application's own if there is one.
fn of_frame(event: &Event, field: fn(&Frame) -> &Option<String>) -> Option<String> {
    let frames = &frame::main_stack(event)?.frames;
    let mut own = frames.iter().rev().filter(|frame| frame::is_in_app(frame));
    field(own.next().or(frames.last())?).clone()
}
