//! The parts of an explanation.

use std::borrow::Cow;

use watchpost_model::Component;

/// Characters of a value in an explanation; all of them count.
const VALUE_CHARS_MAX: usize = 200;

/// A text that counts.
pub(super) fn leaf(name: impl Into<Cow<'static, str>>, text: &str) -> Component {
    leaves(name, std::iter::once(text))
}

/// Texts that count together.
pub(super) fn leaves<'a>(
    name: impl Into<Cow<'static, str>>,
    texts: impl Iterator<Item = &'a str>,
) -> Component {
    Component {
        name: name.into(),
        contributes: true,
        values: texts.map(cut).collect(),
        hint: None,
        components: Vec::new(),
    }
}

/// A part that does not count, and why.
pub(super) fn idle(
    name: &'static str,
    values: Vec<String>,
    hint: impl Into<Cow<'static, str>>,
) -> Component {
    Component {
        name: name.into(),
        contributes: false,
        values,
        hint: Some(hint.into()),
        components: Vec::new(),
    }
}

/// A part that is made of others.
pub(super) fn branch(name: &'static str, components: Vec<Component>) -> Component {
    Component {
        name: name.into(),
        contributes: components.iter().any(|part| part.contributes),
        values: Vec::new(),
        hint: None,
        components,
    }
}

/// A text as an explanation shows it.
pub(super) fn cut(text: &str) -> String {
    match end(text).and_then(|end| text.get(..end)) {
        Some(kept) => [kept, "…"].concat(),
        None => text.to_owned(),
    }
}

/// The same of a text that was made for it.
pub(super) fn cut_owned(text: String) -> String {
    match end(&text) {
        Some(_) => cut(&text),
        None => text,
    }
}

/// Where a text that is too long ends.
fn end(text: &str) -> Option<usize> {
    // No text has more characters than bytes.
    let is_long = text.len() > VALUE_CHARS_MAX;
    let end = is_long.then(|| text.char_indices().nth(VALUE_CHARS_MAX))?;
    end.map(|(end, _)| end)
}
