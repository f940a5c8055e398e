//! What events can be grouped by: their project, their issue, and every key of a search.

use std::borrow::Cow;

use crate::limits::GROUP_VALUE_COUNT_MAX;
use crate::search::ast::{Expr, Filter, Key, Test};
use crate::search::event::{is_unhandled, texts};
use crate::search::{Field, Pattern, Reach, reach};
use crate::{ArchivedEvent, Search, SearchError};

/// See the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GroupField {
    /// The project; its value is the number.
    Project,
    /// The issue; its value is the number.
    Issue,
    /// What a key of a search names.
    Key(Key),
}

impl GroupField {
    /// Reads a name as searches write it: `release`, `browser.name`, `tags[level]`.
    ///
    /// # Errors
    ///
    /// [`SearchError`] when events cannot be grouped by that.
    pub fn parse(name: &str) -> Result<Self, SearchError> {
        match Field::from_name(name) {
            Some(Field::Project) => return Ok(Self::Project),
            Some(Field::Issue) => return Ok(Self::Issue),
            Some(Field::Timestamp) => {
                let message = "events are not grouped by time: the chart shows them over time";
                return Err(SearchError::at(0, message.to_owned()));
            }
            Some(Field::Message) => {
                let message = "messages differ too much to be grouped: use `title`";
                return Err(SearchError::at(0, message.to_owned()));
            }
            _ => {}
        }
        let no_key = || SearchError::at(0, format!("`{name}` is no key of events"));
        let search = Search::parse(&format!("has:{name}")).map_err(|_| no_key())?;
        let filter = match search.expr() {
            Expr::Not(absent) => match &**absent {
                Expr::Filter(filter) => filter,
                _ => return Err(no_key()),
            },
            _ => return Err(no_key()),
        };
        match reach(&filter.key) {
            Reach::Both | Reach::Events => Ok(Self::Key(filter.key.clone())),
            Reach::Issues | Reach::Nobody => Err(no_key()),
        }
    }

    /// How searches write it.
    pub fn name(&self) -> String {
        match self {
            Self::Project => "project".to_owned(),
            Self::Issue => "issue".to_owned(),
            Self::Key(key) => key.to_string(),
        }
    }

    /// The term of a search that finds the events of a value, which [`Self::values`] said; the
    /// empty one means that there is none. Searches for events do not know projects and issues.
    pub fn term(&self, value: &str) -> Option<String> {
        let Self::Key(key) = self else { return None };
        let test = match value {
            "" => Test::Absent,
            value => Test::Like(Pattern::exact(value)),
        };
        Some(Filter::new(key.clone(), test).to_string())
    }

    /// The values that an event has, each once; one empty one when it has none.
    pub fn values<'a>(&self, event: &'a ArchivedEvent) -> Vec<Cow<'a, str>> {
        let mut values = match self {
            Self::Project => vec![event.project.to_string().into()],
            Self::Issue => vec![event.issue.to_string().into()],
            Self::Key(Key::Field(Field::ErrorUnhandled)) => vec![truth(is_unhandled(&event.event))],
            Self::Key(Key::Field(Field::ErrorHandled)) => vec![truth(!is_unhandled(&event.event))],
            Self::Key(key) => texts(key, event),
        };
        values.retain(|value| !value.is_empty());
        values.sort();
        values.dedup();
        values.truncate(GROUP_VALUE_COUNT_MAX);
        if values.is_empty() {
            values.push("".into());
        }
        values
    }
}

fn truth(truth: bool) -> Cow<'static, str> {
    if truth { "true" } else { "false" }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_events_are_fields_and_read_back() {
        for name in [
            "project",
            "issue",
            "release",
            "browser.name",
            "user.email",
            "stack.function",
            "tags[project]",
            "error.unhandled",
        ] {
            let field = GroupField::parse(name).unwrap();
            assert_eq!(GroupField::parse(&field.name()).unwrap(), field, "{name}");
        }
        let project = GroupField::parse("project.id").unwrap();
        assert_eq!(project, GroupField::Project);
    }

    #[test]
    fn a_value_leads_to_its_events() {
        let check = |name: &str, value: &str, expect: Option<&str>| {
            let term = GroupField::parse(name).unwrap().term(value);
            assert_eq!(term.as_deref(), expect, "{name} {value}");
            if let Some(term) = term {
                let search = Search::parse(&term).unwrap();
                search.check_events().unwrap();
                assert_eq!(search.to_string(), term);
            }
        };
        check("release", "1.0", Some("release:1.0"));
        check("release", "", Some("!has:release"));
        check("title", "a b: *", Some(r#"title:"a b: \*""#));
        check("tags[level]", "x", Some("tags[level]:x"));
        check("level", "error", Some("level:error"));
        check("error.unhandled", "true", Some("error.unhandled:true"));
        check("project", "1", None);
        check("issue", "1", None);
    }

    #[test]
    fn others_are_refused() {
        for name in [
            "is",
            "firstSeen",
            "timestamp",
            "message",
            "",
            "a b",
            "a:b",
            "error.main_thread",
            "\"x",
        ] {
            assert!(GroupField::parse(name).is_err(), "{name}");
        }
    }
}
