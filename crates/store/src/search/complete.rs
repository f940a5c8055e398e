//! What people can write next: keys with a word on each, and values that are known beforehand.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use watchpost_model::{Level, Priority, ProjectId};

use super::ast::State;
use super::event::texts;
use super::field::{Kind, Reach, Row, TABLE};
use super::{Field, Search, reach};
use crate::limits::RECENT_EVENT_COUNT_MAX;
use crate::{Archive, StoreError};

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
}

impl KeyHelp {
    /// The keys that lists of issues know, or those of events.
    pub fn all(of_events: bool) -> impl Iterator<Item = Self> {
        let known = TABLE.iter().filter(move |row| match row.reach {
            Reach::Both | Reach::Events => true,
            Reach::Issues => !of_events,
            Reach::Nobody => false,
        });
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

/// Values that the newest events of projects have under a key that is not counted, the commonest
/// first.
///
/// # Errors
///
/// [`StoreError`] of the archive.
pub fn recent_values(
    archive: &dyn Archive,
    projects: &[ProjectId],
    key: &str,
) -> Result<Vec<String>, StoreError> {
    let search = Search::parse(&format!("has:{key}")).unwrap_or_default();
    let key = match search.expr().filters().as_slice() {
        [filter] if reach(&filter.key) == Reach::Events => filter.key.clone(),
        _ => return Ok(Vec::new()),
    };
    let share = RECENT_EVENT_COUNT_MAX / projects.len().clamp(1, RECENT_EVENT_COUNT_MAX);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for project in projects.iter().take(RECENT_EVENT_COUNT_MAX) {
        archive.open_newest(*project, &[], share, &mut |event| {
            for text in texts(&key, event)
                .into_iter()
                .filter(|text| !text.is_empty())
            {
                *counts.entry(text.into_owned()).or_default() += 1;
            }
            false
        })?;
    }
    let mut found: Vec<(String, usize)> = counts.into_iter().collect();
    found.sort_by_key(|(_, count)| Reverse(*count));
    Ok(found.into_iter().map(|(value, _)| value).collect())
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
        _ => None,
    }
}
