//! The parts of an explanation.

use watchpost_model::Component;

/// Characters of a value in an explanation; all of them count.
const VALUE_CHARS_MAX: usize = 200;

/// A text that counts.
pub(super) fn leaf(name: &str, text: &str) -> Component {
    leaves(name, std::iter::once(text))
}

/// Texts that count together.
pub(super) fn leaves<'a>(name: &str, texts: impl Iterator<Item = &'a str>) -> Component {
    Component {
        name: name.to_owned(),
        contributes: true,
        values: texts.map(cut).collect(),
        hint: None,
        components: Vec::new(),
    }
}

/// A part that does not count, and why.
pub(super) fn idle(name: &str, values: Vec<String>, hint: impl Into<String>) -> Component {
    Component {
        name: name.to_owned(),
        contributes: false,
        values,
        hint: Some(hint.into()),
        components: Vec::new(),
    }
}

/// A part that is made of others.
pub(super) fn branch(name: &str, components: Vec<Component>) -> Component {
    Component {
        name: name.to_owned(),
        contributes: components.iter().any(|part| part.contributes),
        values: Vec::new(),
        hint: None,
        components,
    }
}

/// A text as an explanation shows it.
pub(super) fn cut(text: &str) -> String {
    // No text has more characters than bytes.
    if text.len() <= VALUE_CHARS_MAX {
        return text.to_owned();
    }
    match text.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
