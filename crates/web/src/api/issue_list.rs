//! One page of issues, of one project or of several as if they were one. Blocking; the handlers
//! of `issues.rs` call it.

use std::collections::BTreeMap;

use watchpost_model::{Issue, Organization, Project, Status};
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
    /// One page.
    pub(super) fn page(
        &self,
        app: &App,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Issue>, ApiError> {
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
            Some(rows) => Ok(Page { rows, next: None }),
            None => merged(ledger, queries, (limit, self.search.sort), ended),
        }
    }

    /// The issues of all pages, as far as one request may go.
    pub(super) fn all(&self, app: &App) -> Result<Vec<Issue>, ApiError> {
        let mut issues = Vec::new();
        let mut cursor = None;
        loop {
            let page = self.page(app, cursor.as_ref(), ROW_COUNT_MAX)?;
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

/// The lists of several questions as one.
///
/// `starts` names the projects that are at their end. Everybody is asked for a whole page; what does not fit into the common page is asked for again
/// in the right length, because only the engine can say where a list of that length ends.
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
    // A map of numbers and texts always becomes JSON; without it the list would merely end.
    let next = more.then(|| serde_json::to_string(&starts).ok()).flatten();
    Ok(Page {
        rows: shown,
        next: next.map(Cursor),
    })
}
