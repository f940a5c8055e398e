//! What people can write next: keys with a word on each, and values that are known beforehand.

use watchpost_model::{Level, Priority};

use super::Field;
use super::ast::State;
use super::field::{Kind, Reach, Row, TABLE};

/// A key that can be searched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyHelp {
    /// As it is written.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// Under which name its values are counted, when they are: see
    /// [`crate::IssueLedger::tag_values`].
    pub counted_as: Option<&'static str>,
    /// Whether its values are people.
    pub names_people: bool,
    /// Whether they may be teams, too.
    pub names_teams: bool,
    /// Whether values can be compared: `>`, `<=`.
    pub compares: bool,
}

impl KeyHelp {
    /// The keys that lists of issues know, or those of events.
    pub fn all(of_events: bool) -> impl Iterator<Item = Self> {
        let own = if of_events {
            Reach::Events
        } else {
            Reach::Issues
        };
        let known = TABLE
            .iter()
            .filter(move |row| row.reach == own || row.reach == Reach::Both);
        known.map(Self::of)
    }

    /// The key that is written so, if it is one and not a tag.
    pub fn find(name: &str) -> Option<Self> {
        Field::from_name(name)?.row().map(Self::of)
    }

    fn of(row: &Row) -> Self {
        let names_people = row.kind == Kind::Person;
        Self {
            name: row.name,
            about: row.about,
            counted_as: counted_as(row.field),
            names_people,
            names_teams: names_people && row.field != Field::Bookmarks,
            compares: matches!(
                row.kind,
                Kind::Level | Kind::Number | Kind::Moment | Kind::Release | Kind::Version
            ),
        }
    }
}

/// Values of a key that are known beforehand.
pub fn values_of_key(name: &str) -> Vec<&'static str> {
    let row = Field::from_name(name).and_then(Field::row);
    match row.map(|row| row.kind) {
        Some(Kind::State) => {
            let kept = State::ALL.into_iter().filter(|state| state.is_kept());
            kept.map(State::name).collect()
        }
        Some(Kind::Level) => Level::ALL.map(Level::name).to_vec(),
        Some(Kind::Release) => vec!["latest"],
        Some(Kind::Truth) => vec!["true", "false"],
        Some(Kind::Person) => match row.map(|row| row.field) {
            Some(Field::Bookmarks) => vec!["me", "none"],
            _ => vec!["me", "my_teams", "none"],
        },
        Some(Kind::Moment) => vec!["-1h", "-24h", "-7d", "+24h", "+7d"],
        _ if row.is_some_and(|row| row.field == Field::Priority) => {
            Priority::ALL.map(Priority::name).to_vec()
        }
        _ => Vec::new(),
    }
}

/// A word on a value that is known beforehand; nothing where it says all itself.
pub fn about_value(name: &str, value: &str) -> &'static str {
    let kind = Field::from_name(name)
        .and_then(Field::row)
        .map(|row| row.kind);
    let state = || State::ALL.into_iter().find(|state| state.name() == value);
    match (kind, value) {
        (Some(Kind::State), _) => state().map_or("", State::about),
        (Some(Kind::Moment), "-1h") => "within the last hour",
        (Some(Kind::Moment), "-24h") => "within the last day",
        (Some(Kind::Moment), "-7d") => "within the last week",
        (Some(Kind::Moment), "+24h") => "more than a day ago",
        (Some(Kind::Moment), "+7d") => "more than a week ago",
        (Some(Kind::Release), "latest") => "what the next release would follow",
        (Some(Kind::Person), "me") => "you",
        (Some(Kind::Person), "none") => "nobody",
        (Some(Kind::Person), "my_teams") => "a team of yours",
        _ => "",
    }
}

/// The name under which values of a field are counted.
fn counted_as(field: Field) -> Option<&'static str> {
    match field {
        Field::Level => Some("level"),
        Field::Logger => Some("logger"),
        Field::Server => Some("server_name"),
        Field::Site => Some("site"),
        Field::Release => Some("release"),
        Field::Environment => Some("environment"),
        Field::Transaction => Some("transaction"),
        Field::Url => Some("url"),
        Field::User | Field::UserEmail => Some("user"),
        Field::UserId => Some("user.id"),
        Field::UserIp => Some("user.ip"),
        Field::UserName => Some("user.username"),
        _ => None,
    }
}
