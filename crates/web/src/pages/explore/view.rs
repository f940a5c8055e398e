//! The answer to a question over events as tables show it. Pure.

use watchpost_model::{IssueId, Project, Timestamp};
use watchpost_store::{EventGroup, EventGroups, EventSummary, GroupField, GroupOrder, Page};

use super::answer::Issues;
use super::asked::{Asked, COLUMNS};
use crate::pages::Links;
use crate::pages::format::{Count, When};

/// What all rows share.
pub(crate) struct Context<'a> {
    pub(crate) at: &'a Links,
    pub(crate) org: &'a str,
    pub(crate) projects: &'a [Project],
    pub(crate) asked: &'a Asked,
    pub(crate) fields: &'a [GroupField],
    pub(crate) now: Timestamp,
}

/// A head of the table of groups: a link to the same in that order.
pub(crate) struct Head {
    pub(crate) label: String,
    pub(crate) href: String,
    /// Of the column by which the table is ordered: `ascending` or `descending`.
    pub(crate) sorted: Option<&'static str>,
    pub(crate) is_number: bool,
}

/// Events that have something in common.
pub(crate) struct GroupRow {
    pub(crate) cells: Vec<Cell>,
    pub(crate) events: Count,
    pub(crate) users: Count,
    pub(crate) first: When,
    pub(crate) last: When,
    /// Its events, one by one.
    pub(crate) events_href: String,
    /// The issues that they are in.
    pub(crate) issues_href: String,
}

/// A value, and where it leads.
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) href: String,
    pub(crate) is_none: bool,
}

/// An event.
pub(crate) struct EventLine {
    pub(crate) href: String,
    pub(crate) level: &'static str,
    pub(crate) short_id: String,
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) project: Cell,
    pub(crate) received: When,
    /// User, release, environment, machine.
    pub(crate) cells: Vec<Cell>,
}

impl Context<'_> {
    fn href(&self, asked: &Asked) -> String {
        self.at.explored(self.org, &asked.to_query())
    }

    /// What a value of a field is called.
    pub(crate) fn label(&self, field: &GroupField, value: &str, issues: &Issues) -> String {
        match field {
            GroupField::Project => {
                let mut projects = self.projects.iter();
                let known = projects.find(|project| project.id.to_string() == value);
                known.map_or_else(|| value.to_owned(), |project| project.name.clone())
            }
            GroupField::Issue => match issues.get(value) {
                Some(issue) => issue.title.clone(),
                None => format!("issue {value}, deleted"),
            },
            GroupField::Key(_) => value.to_owned(),
        }
    }

    fn cell(&self, field: &GroupField, value: &str, issues: &Issues) -> Cell {
        let is_none = value.is_empty();
        let narrowed = self.asked.narrowed(field, value);
        let href = match (field, value.parse::<IssueId>()) {
            (GroupField::Issue, Ok(issue)) => self.at.issue(self.org, issue),
            _ => self.href(&narrowed),
        };
        let text = self.label(field, value, issues);
        Cell {
            text: if is_none { "none".to_owned() } else { text },
            href,
            is_none,
        }
    }

    /// The heads of the table of groups.
    pub(crate) fn heads(&self) -> Vec<Head> {
        let asked = self.asked;
        let head = |label: String, order: GroupOrder, is_number: bool| Head {
            label,
            href: self.href(&asked.sorted(order)),
            sorted: (asked.order == order).then_some(if asked.is_ascending {
                "ascending"
            } else {
                "descending"
            }),
            is_number,
        };
        let values = self.fields.iter();
        let values = values.map(|field| head(field.name(), GroupOrder::Values, false));
        let columns = COLUMNS.into_iter().map(|(order, _, label)| {
            let is_number = matches!(order, GroupOrder::Events | GroupOrder::Users);
            head(label.to_owned(), order, is_number)
        });
        values.chain(columns).collect()
    }

    /// The rows of the table of groups.
    pub(crate) fn groups(&self, groups: &EventGroups, issues: &Issues) -> Vec<GroupRow> {
        let rows = groups.rows.iter();
        rows.map(|row| self.group(row, issues)).collect()
    }

    fn group(&self, row: &EventGroup, issues: &Issues) -> GroupRow {
        let fields = || self.fields.iter().zip(&row.values);
        let narrow =
            |asked: Asked, (field, value): (&GroupField, &String)| asked.narrowed(field, value);
        let narrowed = fields().fold(self.asked.clone(), narrow);
        GroupRow {
            cells: fields()
                .map(|(field, value)| self.cell(field, value, issues))
                .collect(),
            events: Count::new(row.events),
            users: Count::new(row.users),
            first: When::new(row.first, self.now),
            last: When::new(row.last, self.now),
            events_href: self.href(&narrowed.grouped_by(&[])),
            issues_href: self.href(&narrowed.grouped_by(&["issue"])),
        }
    }

    /// The rows of the table of events.
    pub(crate) fn lines(&self, page: &Page<EventSummary>) -> Vec<EventLine> {
        page.rows.iter().map(|event| self.line(event)).collect()
    }

    fn line(&self, event: &EventSummary) -> EventLine {
        let issues = Issues::new();
        let cell = |name: &str, value: &str| match GroupField::parse(name) {
            Ok(field) if !value.is_empty() => self.cell(&field, value, &issues),
            _ => Cell {
                text: String::new(),
                href: String::new(),
                is_none: true,
            },
        };
        let id = event.event.to_string();
        EventLine {
            href: self.at.event(self.org, event.issue, event.event),
            level: event.level.name(),
            short_id: id.chars().take(8).collect(),
            id,
            title: event.title.clone(),
            project: self.cell(&GroupField::Project, &event.project.to_string(), &issues),
            received: When::new(event.received, self.now),
            cells: vec![
                cell("user", &event.user),
                cell("release", &event.release),
                cell("environment", &event.environment),
                cell("server", &event.server_name),
            ],
        }
    }
}
