//! Variables in the parts of a client's fingerprint: `{{ transaction }}`, `{{ tags.tier }}`.

use watchpost_model::{Event, Frame};

use crate::frame;

/// The name in `{{ name }}`; a part is either a variable or a text.
pub(super) fn name(part: &str) -> Option<&str> {
    let inner = part.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    Some(inner.trim())
}

/// What stands for the variable `name` in this event.
pub(super) fn value(event: &Event, name: &str) -> String {
    let exception = || frame::exceptions(event).next_back();
    let message = event.message.as_ref();
    let found = match name {
        "transaction" => event.transaction.clone(),
        "message" => message.map(|message| message.formatted.clone()),
        "type" | "error.type" => exception().and_then(|exception| exception.kind.clone()),
        "value" | "error.value" => exception().and_then(|exception| exception.value.clone()),
        "function" | "stack.function" => of_frame(event, |frame| &frame.function),
        "module" | "stack.module" => of_frame(event, |frame| &frame.module),
        "package" | "stack.package" => of_frame(event, |frame| &frame.package),
        "path" | "stack.abs_path" => of_frame(event, |frame| &frame.abs_path),
        "stack.filename" => of_frame(event, |frame| &frame.filename),
        "level" => Some(event.level.name().to_owned()),
        "logger" => event.logger.clone(),
        "release" => event.release.clone(),
        "environment" => event.environment.clone(),
        _ => match name.strip_prefix("tags.") {
            Some(key) => event.tag(key).map(str::to_owned),
            // Not left as it is, so that a typing error shows in the explanation.
            None => Some(format!("<unrecognized-variable-{name}>")),
        },
    };
    found.unwrap_or_else(|| format!("<no-{name}>"))
}

fn of_frame(event: &Event, field: fn(&Frame) -> &Option<String>) -> Option<String> {
    let frames = &frame::main_stack(event)?.frames;
    let mut own = frames.iter().rev().filter(|frame| frame::is_in_app(frame));
    field(own.next().or(frames.last())?).clone()
}
