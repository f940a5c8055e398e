//! What the stores say to the address of a list of issues. Blocks.

use std::collections::BTreeMap;

use watchpost_model::{ProjectId, UserId};
use watchpost_store::search::{field_names, nearest};
use watchpost_store::{
    Asker, IssueQuery, Page, SavedSearch, SearchText, StoreError, TabCounts, TagCount,
};

use super::Found;
use super::asked::Asked;
use super::bulk::Bulk;
use super::view::Answer;
use super::within::InView;
use crate::App;
use crate::of_issues::{by_project, hourly, unhandled};
use crate::pages::PageError;
use crate::pages::people::Names;
use crate::pages::shell::Scope;

/// Values that a list of choices offers.
const CHOICES_MAX: usize = 50;

/// Asks the stores; a search text that is not understood is shown, not refused.
pub(super) fn find(
    app: &App,
    (scope, in_view): (Scope, InView),
    asked: Asked,
    (saved, user, bulk): (Vec<SavedSearch>, UserId, Bulk),
) -> Result<Found, PageError> {
    let asker = Asker {
        now: app.clock.now(),
        user: Some(user),
    };
    let (projects, time) = (&in_view.projects, asked.within.check()?);
    let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
    let (query, wrong) = match asked.question(projects, &time, asker) {
        Ok(query) => (query, None),
        Err(wrong) => (IssueQuery::of(ids.clone()), Some(wrong)),
    };
    let (page, cut) = if wrong.is_none() {
        let text = SearchText::parse(&asked.query);
        text.page(&*app.ledger, &*app.archive, projects, &query)?
    } else {
        let (rows, next) = (Vec::new(), None);
        (Page { rows, next }, None)
    };
    let hint = match &wrong {
        None if page.rows.is_empty() => unknown_tag(app, &ids, &query)?,
        _ => None,
    };
    let homes = by_project(&page.rows);
    let is_somebodys = page.rows.iter().any(|issue| issue.assignee.is_some());
    // Those of several projects are too many to choose from.
    let values = |key| match ids.as_slice() {
        [only] => app.ledger.tag_values(*only, key, CHOICES_MAX),
        _ => Ok(Vec::new()),
    };
    let answer = Answer {
        names: if is_somebodys {
            Names::load(app, scope.org.id)?
        } else {
            Names::default()
        },
        hint,
        cut,
        hours: hourly(app, &homes, asked.chart.since(asker.now))?,
        unhandled: unhandled(app, &homes)?,
        counts: count(app, &query)?,
        environments: environments(app, &ids)?,
        loggers: values("logger")?,
        servers: values("server_name")?,
        sites: values("site")?,
        issues: page.rows,
        next: page.next.map(|cursor| cursor.0),
    };
    Ok(Found {
        recent: app.ledger.recent_searches(scope.org.id, user)?,
        search: wrong.map_or(Ok(query.search), Err),
        scope,
        in_view,
        asked,
        answer,
        saved,
        bulk,
    })
}

/// What the tabs have: whatever the search asks for but its states.
fn count(app: &App, query: &IssueQuery) -> Result<Option<TabCounts>, StoreError> {
    let search = query.search.with_states(&[]);
    if search.asks_events() {
        return Ok(None);
    }
    let query = IssueQuery {
        search,
        ..query.clone()
    };
    match app.ledger.count_tabs(&query) {
        // The list is there; its tabs do without.
        Err(StoreError::Slow { .. }) => Ok(None),
        counts => counts.map(Some),
    }
}

/// Those that events of the projects named, the most frequent first.
fn environments(app: &App, projects: &[ProjectId]) -> Result<Vec<TagCount>, StoreError> {
    let mut known: BTreeMap<String, TagCount> = BTreeMap::new();
    for project in projects {
        for one in app
            .ledger
            .tag_values(*project, "environment", CHOICES_MAX)?
        {
            match known.get_mut(&one.value) {
                Some(sum) => sum.times_seen = sum.times_seen.saturating_add(one.times_seen),
                None => drop(known.insert(one.value.clone(), one)),
            }
        }
    }
    let mut known: Vec<TagCount> = known.into_values().collect();
    known.sort_by_key(|one| std::cmp::Reverse(one.times_seen));
    known.truncate(CHOICES_MAX);
    Ok(known)
}

/// What to say about a tag that no event of the project has. Of several projects nobody looks.
fn unknown_tag(
    app: &App,
    projects: &[ProjectId],
    query: &IssueQuery,
) -> Result<Option<String>, PageError> {
    let (asked, &[project]) = (query.search.tags(), projects) else {
        return Ok(None);
    };
    if asked.is_empty() {
        return Ok(None);
    }
    let known = app.ledger.tag_keys(project)?;
    let is_known = |name: &str| known.iter().any(|tag| tag.key == name);
    let unknown = asked.into_iter().find(|(name, _)| !is_known(name));
    Ok(unknown.map(|(name, position)| {
        let mut names: Vec<&str> = known.iter().map(|tag| tag.key.as_str()).collect();
        for field in field_names() {
            names.push(field);
        }
        let near = nearest(name, names.into_iter());
        let place = position + 1;
        format!("No event here has a tag `{name}`{near} (at character {place})")
    }))
}
