//! All issues that a list shows, page after page: for changes of all of them and for files.

use axum::http::HeaderMap;
use watchpost_model::{Issue, Project};
use watchpost_store::{Asker, Cursor, IssueQuery, SearchText, StoreError};

use super::asked::Asked;
use super::within::Within;
use crate::App;
use crate::pages::PageError;
use crate::pages::form::Fields;
use crate::pages::shell::Scope;

/// Issues of one step: what the store gives at once.
pub(super) const STEP_COUNT: usize = 100;

/// See the file.
pub(super) struct Walk {
    /// Those in view.
    pub(super) projects: Vec<Project>,
    text: SearchText,
    /// What is left; `None`: nothing.
    query: Option<IssueQuery>,
}

impl Walk {
    /// The list whose address has this query, from there on; blocks.
    pub(super) fn of(
        scope: &Scope,
        headers: &HeaderMap,
        params: &Fields,
        asker: Asker,
    ) -> Result<Self, PageError> {
        let mut asked = Asked::read(params);
        let is_remembered = !Within::is_named(params);
        if is_remembered {
            asked.within = Within::remembered(headers);
        }
        let projects = asked
            .within
            .settle(&scope.projects, is_remembered)?
            .projects;
        let query = asked.question(&projects, &asked.within.check()?, asker);
        let mut query = query.map_err(|wrong| PageError::Invalid(format!("{wrong}.")))?;
        query.limit = STEP_COUNT;
        Ok(Self {
            text: SearchText::parse(&asked.query),
            query: Some(query),
            projects,
        })
    }

    /// The next ones, which may be none before the end; blocks.
    pub(super) fn step(&mut self, app: &App) -> Result<Vec<Issue>, StoreError> {
        let Some(mut query) = self.query.take() else {
            return Ok(Vec::new());
        };
        let (ledger, archive) = (&*app.ledger, &*app.archive);
        let (page, _) = self.text.page(ledger, archive, &self.projects, &query)?;
        if page.next.is_some() {
            query.cursor = page.next;
            self.query = Some(query);
        }
        Ok(page.rows)
    }

    /// Whether it looks at events for every issue, so that even counting takes long.
    pub(super) fn asks_events(&self) -> bool {
        let query = self.query.as_ref();
        query.is_some_and(|query| query.search.asks_events())
    }

    pub(super) fn is_over(&self) -> bool {
        self.query.is_none()
    }

    /// Where it goes on; `None` at the end.
    pub(super) fn rest(&self) -> Option<&Cursor> {
        self.query.as_ref()?.cursor.as_ref()
    }
}
