//! One page of issues, of one project or of several as if they were one. Blocking; the handlers
//! of `issues.rs` call it.

use watchpost_model::{Issue, Organization, Project, Status};
use watchpost_store::limits::{CHANGE_EVENT_COUNT_MAX, QUERY_PROJECT_COUNT_MAX};
use watchpost_store::search::{Bounds, Cut, Rest, look};
use watchpost_store::{Cursor, IssueQuery, Page};

use super::error::ApiError;
use super::paging::{ROW_COUNT_MAX, no_such_page};
use super::search::Search;
use crate::App;

/// Issues changed by one request at most, so that it ends.
const CHANGED_COUNT_MAX: usize = 10_000;

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
        let query = IssueQuery {
            cursor: cursor.cloned(),
            limit,
            ..self.query(app)?
        };
        let text = &self.search.text;
        let found = text.page(&*app.ledger, &*app.archive, &self.projects, &query);
        found.map_err(no_such_page)
    }

    /// The issues of all pages, as far as one request may go. What only events know is found
    /// as a whole or refused.
    pub(super) fn all(&self, app: &App) -> Result<Vec<Issue>, ApiError> {
        let query = self.query(app)?;
        if query.search.asks_events() {
            let bounds = Bounds {
                issues: CHANGED_COUNT_MAX,
                events: CHANGE_EVENT_COUNT_MAX,
            };
            return whole(app, &query, bounds);
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

    fn query(&self, app: &App) -> Result<IssueQuery, ApiError> {
        if self.projects.len() > QUERY_PROJECT_COUNT_MAX {
            return Err(ApiError::Invalid(format!(
                "One list is of at most {QUERY_PROJECT_COUNT_MAX} projects: name some by \
                 `project=`."
            )));
        }
        let query = self.search.query(&self.projects, app.clock.now())?;
        let status = self.status.or(query.status);
        Ok(IssueQuery { status, ..query })
    }
}

/// All that a question finds, or a refusal when that is beyond the bounds.
pub(super) fn whole(app: &App, query: &IssueQuery, bounds: Bounds) -> Result<Vec<Issue>, ApiError> {
    let looked = look(&*app.ledger, &*app.archive, query, bounds)?;
    if looked.rest == Rest::Nothing {
        return Ok(looked.rows);
    }
    let Bounds { issues, events } = bounds;
    Err(ApiError::Invalid(format!(
        "Nothing was changed: which issues these are takes a look at more than {events} events, \
         or they are more than {issues}. Add a filter, or name the issues by `id=`."
    )))
}
