//! A search as it is written.

use std::fmt;

use super::ast::{Age, Expr, Filter, Key, Op, Person, Test};
use super::{Field, Pattern};

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(parts) => {
                for (number, part) in parts.iter().enumerate() {
                    let space = if number == 0 { "" } else { " " };
                    match part {
                        Self::Any(_) => write!(f, "{space}({part})")?,
                        _ => write!(f, "{space}{part}")?,
                    }
                }
                Ok(())
            }
            Self::Any(parts) => {
                let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
                f.write_str(&parts.join(" OR "))
            }
            Self::Not(part) => match &**part {
                Self::Filter(filter) if filter.test == Test::Absent => {
                    write!(f, "has:{}", filter.key)
                }
                Self::Filter(filter) => write!(f, "!{filter}"),
                part => write!(f, "!({part})"),
            },
            Self::Filter(filter) => write!(f, "{filter}"),
            Self::Word(pattern) => f.write_str(&word(pattern)),
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.test {
            Test::Absent => write!(f, "!has:{}", self.key),
            test => write!(f, "{}:{test}", self.key),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => f.write_str(field.name()),
            Self::Tag(name) if is_plain_tag(name) => f.write_str(name),
            Self::Tag(name) => write!(f, "tags[{}]", bracketed(name)),
            Self::Flag(name) => write!(f, "flags[{}]", bracketed(name)),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Like(pattern) => f.write_str(&value(pattern)),
            Self::OneOf(texts) => {
                let texts: Vec<String> = texts.iter().map(|text| listed(text)).collect();
                write!(f, "[{}]", texts.join(", "))
            }
            // Printed as `!has:key`.
            Self::Absent => f.write_str("\"\""),
            Self::State(state) => f.write_str(state.name()),
            Self::Level(op, level) => write!(f, "{}{level}", op.sign()),
            Self::Number(op, number) => write!(f, "{}{number}", op.sign()),
            Self::Moment(op, moment) => write!(f, "{}{moment}", op.sign()),
            Self::Age(age) => write!(f, "{age}"),
            Self::Version(Op::Equal, version) => f.write_str(&value(&Pattern::exact(version))),
            Self::Version(op, version) => {
                write!(f, "{}{}", op.sign(), value(&Pattern::exact(version)))
            }
            Self::Latest => f.write_str("latest"),
            Self::Truth(truth) => write!(f, "{truth}"),
            Self::Person(person) => f.write_str(&value(&Pattern::exact(&person.to_string()))),
        }
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_younger { '-' } else { '+' };
        write!(f, "{sign}{}{}", self.count, self.unit)
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Me => f.write_str("me"),
            Self::None => f.write_str("none"),
            Self::MyTeams => f.write_str("my_teams"),
            Self::Team(team) => write!(f, "#{team}"),
            Self::User(email) => f.write_str(email),
        }
    }
}

/// `key:value` for a tag or a field by which events are counted.
pub(super) fn term(key: &str, value: &str) -> String {
    let field = COUNTED
        .contains(&key)
        .then(|| Field::from_name(key))
        .flatten();
    let key = field.map_or_else(|| Key::Tag(key.to_owned()), Key::Field);
    format!("{key}:{}", self::value(&Pattern::exact(value)))
}

/// Keys of counts that are fields of events, see `tally.rs`; and a field of issues.
const COUNTED: [&str; 11] = [
    "firstRelease",
    "level",
    "logger",
    "server_name",
    "site",
    "release",
    "environment",
    "url",
    "user",
    "user.id",
    "transaction",
];

/// Whether a name can stand before a colon by itself and means the tag.
pub(super) fn is_plain_tag(name: &str) -> bool {
    let letter = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'.' | b'-')
    };
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(letter)
        && Field::from_name(name).is_none()
        && name != "has"
}

/// A word; in quotes where it would read as something else.
pub(super) fn word(pattern: &Pattern) -> String {
    let text = pattern.to_string();
    let reads_as_more = text.contains([':', '(', ')', '!', '[', ']', ',', '<', '>'])
        || matches!(text.as_str(), "OR" | "AND");
    if reads_as_more || !is_plain(&text) {
        quoted(pattern)
    } else {
        text
    }
}

/// A value after a key.
pub(super) fn value(pattern: &Pattern) -> String {
    let text = pattern.to_string();
    // `std::io` and `http://a` are words.
    if is_plain(&text) && !text.starts_with([':', '/']) {
        text
    } else {
        quoted(pattern)
    }
}

fn is_plain(text: &str) -> bool {
    let is_plain = |letter: char| !letter.is_whitespace() && !"\"\\()[],<>".contains(letter);
    !text.is_empty() && text.chars().all(is_plain)
}

/// A value in a list.
fn listed(text: &str) -> String {
    value(&Pattern::exact(text))
}

/// A name in the brackets of `tags[…]`.
fn bracketed(name: &str) -> String {
    let is_plain = |letter: char| !letter.is_whitespace() && !"\"\\[]*".contains(letter);
    if !name.is_empty() && name.chars().all(is_plain) {
        name.to_owned()
    } else {
        quoted(&Pattern::exact(name))
    }
}

/// A text in quotes, as messages show it, too.
pub(super) fn quoted(pattern: &Pattern) -> String {
    let text = pattern.to_string().replace('"', "\\\"");
    format!("\"{text}\"")
}
