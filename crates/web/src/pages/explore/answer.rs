//! What the stores answer to a question over events. Blocks.

use std::collections::HashMap;
use std::time::Duration;

use watchpost_model::{Issue, IssueId, Project};
use watchpost_store::{
    Cursor, EventFilter, EventGroups, EventSummary, EventsAsked, GroupField, GroupQuery, Histogram,
    Page, StoreError,
};

use super::asked::Question;
use crate::App;

/// Rows of the table of events.
pub(crate) const EVENT_ROW_COUNT: usize = 30;

/// What was found.
pub(crate) enum Answer {
    /// Events were put into groups.
    Groups(EventGroups, Issues),
    /// The events themselves, and how many there are over time.
    Events(Page<EventSummary>, Histogram),
}

/// The issues that are shown, by number.
pub(crate) type Issues = HashMap<String, Issue>;

impl Question {
    /// The same without what is in the trash; about one issue and what was merged into it, if one
    /// is named.
    pub(crate) fn of_issue(
        mut self,
        app: &App,
        (trashed, issue): (&[IssueId], Option<IssueId>),
    ) -> Result<Self, StoreError> {
        self.filter.without.extend_from_slice(trashed);
        let Some(issue) = issue else { return Ok(self) };
        let home = app.ledger.issue_project(&self.projects, issue)?;
        self.projects.retain(|project| Some(*project) == home);
        if let Some(home) = home {
            let of = EventFilter::of_issues(&app.family(home, issue)?);
            (self.filter.issue, self.filter.merged) = (of.issue, of.merged);
        }
        Ok(self)
    }

    fn asked(&self, time_max: Duration) -> EventsAsked<'_> {
        EventsAsked {
            time_max,
            ..EventsAsked::new(&self.projects, self.filter.clone())
        }
    }

    /// How many events there are over time.
    pub(crate) fn counts(&self, app: &App, time_max: Duration) -> Result<Histogram, StoreError> {
        app.archive.histogram(&self.asked(time_max), self.buckets)
    }

    /// The groups.
    pub(crate) fn groups(&self, app: &App, time_max: Duration) -> Result<EventGroups, StoreError> {
        let merged = if self.groups.fields.contains(&GroupField::Issue) {
            app.ledger.merged_issues(&self.projects)?
        } else {
            Vec::new()
        };
        let query = GroupQuery {
            merged,
            ..self.groups.clone()
        };
        app.archive.group_by(&self.asked(time_max), &query)
    }

    /// The groups, or the events when they are not grouped.
    pub(crate) fn answer(
        &self,
        app: &App,
        projects: &[Project],
        cursor: &str,
        time_max: Duration,
    ) -> Result<Answer, StoreError> {
        if self.groups.fields.is_empty() {
            let cursor = Some(Cursor(cursor.to_owned())).filter(|cursor| !cursor.0.is_empty());
            let (ids, filter) = (&self.projects, &self.filter);
            let page = app
                .archive
                .events_of(ids, filter, cursor.as_ref(), EVENT_ROW_COUNT)?;
            return Ok(Answer::Events(page, self.counts(app, time_max)?));
        }
        let groups = self.groups(app, time_max)?;
        let issues = issues_of(app, projects, &self.groups.fields, &groups)?;
        Ok(Answer::Groups(groups, issues))
    }
}

/// The issues that rows and series name.
pub(crate) fn issues_of(
    app: &App,
    projects: &[Project],
    fields: &[GroupField],
    groups: &EventGroups,
) -> Result<Issues, StoreError> {
    let mut issues = Issues::new();
    let Some(place) = fields.iter().position(|field| *field == GroupField::Issue) else {
        return Ok(issues);
    };
    let ids: Vec<_> = projects.iter().map(|project| project.id).collect();
    let of_rows = groups.rows.iter().filter_map(|row| row.values.get(place));
    let series = groups
        .series
        .iter()
        .filter_map(|series| series.value.as_ref());
    for number in of_rows.chain(series.filter(|_| place == 0)) {
        let Ok(id) = number.parse() else { continue };
        if issues.contains_key(number) {
            continue;
        }
        if let Some(home) = app.ledger.issue_project(&ids, id)?
            && let Some(issue) = app.ledger.issue(home, id)?
        {
            issues.insert(number.clone(), issue);
        }
    }
    Ok(issues)
}
