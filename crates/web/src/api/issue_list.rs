//! One page of issues, of one project or of several as if they were one. Blocking; the handlers
//! of `issues.rs` call it.

use std::collections::BTreeMap;

use watchpost_model::{Issue, Organization, Project, Status};
use watchpost_store::limits::CHANGE_EVENT_COUNT_MAX;
use watchpost_store::search::{Bounds, Cut, Looked, Rest, look};
use watchpost_store::{Cursor, IssueQuery, Ledger, Page, Sort};

use super::error::ApiError;
use super::paging::{ROW_COUNT_MAX, invalid_cursor, no_such_page};
use super::search::Search;
use crate::App;

/// Issues changed by one request at most, so that it ends.
const CHANGED_COUNT_MAX: usize = 10_000;

/// Where the list starts in each project: `None` when that project has no more. A project that is
/// not named starts at its top.
type Starts = BTreeMap<i64, Option<String>>;

/// What is asked.
pub(super) struct Wanted {
    /// Whose issues.
    pub(super) org: Organization,
    /// Of which projects.
    pub(super) projects: Vec<Project>,
    /// Which.
    pub(super) search: Search,
    /// Only in this status, whatever the search says.
    pub(super) status: Option<Status>,
}

impl Wanted {
    /// One page, and whether it ends early.
    pub(super) fn page(
        &self,
        app: &App,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<(Page<Issue>, Option<Cut>), ApiError> {
        // Read the text even when ids decide, so that a wrong key is never passed over.
        let starts = match cursor {
            None => Starts::new(),
            Some(Cursor(text)) => serde_json::from_str(text).map_err(|_| invalid_cursor())?,
        };
        let queries = self.queries(app, &starts, limit)?;
        let ended = starts.into_iter().filter(|(_, start)| start.is_none());
        let ended = ended.collect();
        let (ledger, archive) = (&*app.ledger, &*app.archive);
        let text = &self.search.text;
        match text.named(ledger, archive, &ledger.projects(self.org.id)?, &queries)? {
            Some(rows) => Ok((Page { rows, next: None }, None)),
            None if asks_events(&queries) => {
                let looked = look(ledger, archive, &queries, Bounds::of_page(limit));
                Ok(looked_at(&queries, looked.map_err(no_such_page)?, ended))
            }
            None => {
                let page = merged(ledger, queries, (limit, self.search.sort), ended);
                Ok((page?, None))
            }
        }
    }

    /// The issues of all pages, as far as one request may go. What only events know is found
    /// as a whole or refused.
    pub(super) fn all(&self, app: &App) -> Result<Vec<Issue>, ApiError> {
        let queries = self.queries(app, &Starts::new(), ROW_COUNT_MAX)?;
        if asks_events(&queries) {
            let bounds = Bounds {
                issues: CHANGED_COUNT_MAX,
                events: CHANGE_EVENT_COUNT_MAX,
            };
            return whole(app, &queries, bounds);
        }
        let mut issues = Vec::new();
        let mut cursor = None;
        loop {
            let (page, _) = self.page(app, cursor.as_ref(), ROW_COUNT_MAX)?;
            issues.extend(page.rows);
            if page.next.is_none() || issues.len() >= CHANGED_COUNT_MAX {
                return Ok(issues);
            }
            cursor = page.next;
        }
    }

    /// One question per project that is not at its end.
    fn queries(
        &self,
        app: &App,
        starts: &Starts,
        limit: usize,
    ) -> Result<Vec<IssueQuery>, ApiError> {
        let asker = self.search.asker(app.clock.now());
        let mut queries = Vec::new();
        for project in self.wanted_projects() {
            let mut query = self
                .search
                .text
                .query(project.id, self.search.sort, asker)?;
            query.limit = limit;
            query.status = self.status.or(query.status);
            match starts.get(&project.id.0) {
                None => {}
                Some(None) => continue,
                Some(Some(start)) => query.cursor = Some(Cursor(start.clone())),
            }
            queries.push(query);
        }
        Ok(queries)
    }

    fn wanted_projects(&self) -> impl Iterator<Item = &Project> {
        let asked_for = |project: &&Project| self.search.text.includes(project);
        self.projects.iter().filter(asked_for)
    }
}

fn asks_events(queries: &[IssueQuery]) -> bool {
    queries.iter().any(|query| query.search.asks_events())
}

/// All that some questions find, or a refusal when that is beyond the bounds.
pub(super) fn whole(
    app: &App,
    queries: &[IssueQuery],
    bounds: Bounds,
) -> Result<Vec<Issue>, ApiError> {
    let looked = look(&*app.ledger, &*app.archive, queries, bounds)?;
    if looked.rests.iter().all(|rest| *rest == Rest::Nothing) {
        return Ok(looked.rows);
    }
    let Bounds { issues, events } = bounds;
    Err(ApiError::Invalid(format!(
        "Nothing was changed: which issues these are takes a look at more than {events} events, \
         or they are more than {issues}. Add a filter, or name the issues by `id=`."
    )))
}

/// A page of what was looked at; `starts` names the projects that are at their end.
fn looked_at(
    queries: &[IssueQuery],
    looked: Looked,
    mut starts: Starts,
) -> (Page<Issue>, Option<Cut>) {
    let more = looked.rests.iter().any(|rest| *rest != Rest::Nothing);
    for (query, rest) in queries.iter().zip(looked.rests) {
        match rest {
            Rest::All => None,
            Rest::Behind(Cursor(text)) => starts.insert(query.project.0, Some(text)),
            Rest::Nothing => starts.insert(query.project.0, None),
        };
    }
    let page = Page {
        rows: looked.rows,
        next: cursor_of(&starts, more),
    };
    (page, looked.cut)
}

fn cursor_of(starts: &Starts, more: bool) -> Option<Cursor> {
    // A map of numbers and texts always becomes JSON; without it the list would merely end.
    let next = more.then(|| serde_json::to_string(starts).ok()).flatten();
    next.map(Cursor)
}

/// The lists of several questions as one.
///
/// `starts` names the projects that are at their end. The others are asked for a whole page; what
/// does not fit into the common page is asked for again in the right length, because only the
/// engine can say where a list of that length ends.
fn merged(
    ledger: &dyn Ledger,
    queries: Vec<IssueQuery>,
    (limit, sort): (usize, Sort),
    mut starts: Starts,
) -> Result<Page<Issue>, ApiError> {
    let mut pages = Vec::new();
    for query in queries {
        let page = ledger.find_issues(&query).map_err(no_such_page)?;
        pages.push((query, page));
    }
    let mut rows: Vec<Issue> = pages
        .iter()
        .flat_map(|(_, page)| page.rows.clone())
        .collect();
    sort.arrange(&mut rows);
    rows.truncate(limit);
    let (mut shown, mut more) = (Vec::new(), false);
    for (mut query, mut page) in pages {
        let share = rows
            .iter()
            .filter(|row| row.project == query.project)
            .count();
        let project = query.project.0;
        if share < page.rows.len() {
            more = true;
            if share == 0 {
                starts.extend(query.cursor.map(|Cursor(text)| (project, Some(text))));
                continue;
            }
            query.limit = share;
            page = ledger.find_issues(&query).map_err(no_such_page)?;
        }
        more |= page.next.is_some();
        starts.insert(project, page.next.map(|Cursor(text)| text));
        shown.extend(page.rows);
    }
    sort.arrange(&mut shown);
    Ok(Page {
        rows: shown,
        next: cursor_of(&starts, more),
    })
}
