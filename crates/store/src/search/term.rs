//! Cutting a search text into terms, and writing terms that are cut the same way.

use crate::SearchError;

/// The keys, for messages.
const KEYS: &str = "is, level, logger, server, site, issue, project";

/// A piece of a search text.
#[derive(Debug)]
pub(super) struct Term {
    /// Where it starts, in characters from 0.
    pub(super) position: usize,
    /// What stands before the first colon, when it has the form of a key.
    pub(super) key: Option<String>,
    /// Where the value starts, in characters from 0.
    pub(super) value_position: usize,
    /// What stands after the colon; without a key, everything.
    value: String,
    /// How the value was written.
    form: Form,
    /// The whole term as a word to look for, without quotes around it.
    pub(super) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Plain,
    Quoted,
}

impl Term {
    /// The value of a filter; it may be empty only if quotes say so.
    pub(super) fn filter_value(&self) -> Result<String, SearchError> {
        if self.value.is_empty() && self.form == Form::Plain {
            let message = format!("`{}` needs a value", self.text);
            return Err(SearchError::at(self.value_position, message));
        }
        Ok(self.value.clone())
    }

    /// What to say about a word that was probably meant as a filter.
    pub(super) fn looks_like_filter(&self) -> Option<String> {
        let text = &self.text;
        if self.key.is_none() {
            let negated = self.form == Form::Plain && text.starts_with('!') && text.contains(':');
            return negated.then(|| format!("`!` is not understood; {}", in_quotes(text)));
        }
        let key = self.key.as_deref().unwrap_or_default();
        let lower = !key.contains(|letter: char| letter.is_ascii_uppercase());
        let no_value = self.value.is_empty() || self.value.starts_with([':', '/', '\\']);
        (lower && !no_value).then(|| {
            let hint = in_quotes(text);
            format!("`{key}` is no key: known are {KEYS}; {hint}")
        })
    }
}

fn in_quotes(text: &str) -> String {
    format!("write {} to look for the text", quote(text))
}

/// Cuts a text into its terms.
pub(super) fn terms(text: &str) -> Result<Vec<Term>, SearchError> {
    let mut reader = Reader {
        chars: text.chars().collect(),
        position: 0,
    };
    let mut terms = Vec::new();
    while let Some(next) = reader.peek() {
        if next.is_whitespace() {
            reader.position += 1;
        } else {
            terms.push(reader.term()?);
        }
    }
    Ok(terms)
}

struct Reader {
    chars: Vec<char>,
    position: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.position).copied()
    }

    fn take(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.position += 1;
        Some(next)
    }

    /// Reads one term; the reader stands on its first character.
    fn term(&mut self) -> Result<Term, SearchError> {
        let position = self.position;
        if self.peek() == Some('"') {
            let value = self.quoted()?;
            return Ok(Term {
                position,
                key: None,
                value_position: position,
                text: value.clone(),
                value,
                form: Form::Quoted,
            });
        }
        let mut text = String::new();
        let mut key = None;
        let mut value_position = position;
        while let Some(next) = self.peek().filter(|next| !next.is_whitespace()) {
            self.position += 1;
            if next == ':' && key.is_none() && is_key(&text) {
                key = Some(text.clone());
                value_position = self.position;
                if self.peek() == Some('"') {
                    let value = self.quoted()?;
                    return Ok(Term {
                        position,
                        text: format!("{text}:{value}"),
                        key,
                        value_position,
                        value,
                        form: Form::Quoted,
                    });
                }
            }
            text.push(next);
        }
        let value = match &key {
            Some(_) => text
                .split_once(':')
                .map_or("", |(_, value)| value)
                .to_owned(),
            None => text.clone(),
        };
        Ok(Term {
            position,
            key,
            value_position,
            value,
            form: Form::Plain,
            text,
        })
    }

    /// Reads a text in quotes; the reader stands on the first one. `\"` and `\\` stand for a
    /// quote and a backslash.
    fn quoted(&mut self) -> Result<String, SearchError> {
        let start = self.position;
        self.position += 1;
        let mut value = String::new();
        while let Some(next) = self.take() {
            match next {
                '"' => return Ok(value),
                '\\' => match self.peek() {
                    Some(escaped @ ('"' | '\\')) => {
                        self.position += 1;
                        value.push(escaped);
                    }
                    _ => value.push('\\'),
                },
                other => value.push(other),
            }
        }
        let message = "the quote is not closed: add a `\"` at the end".to_owned();
        Err(SearchError::at(start, message))
    }
}

/// Whether a text has the form of a key: what can only be a word never becomes one.
fn is_key(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(letter)
}

/// A value as it is written after a key.
pub(super) fn value_text(value: &str) -> String {
    let plain = !value.is_empty() && !value.contains('"') && !value.contains(char::is_whitespace);
    if plain {
        value.to_owned()
    } else {
        quote(value)
    }
}

/// A word as it is written; in quotes where it would read as something else.
pub(super) fn word_text(word: &str) -> String {
    if word.contains(':') {
        quote(word)
    } else {
        value_text(word)
    }
}

fn quote(text: &str) -> String {
    let escaped = text.replace('\\', r"\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}
