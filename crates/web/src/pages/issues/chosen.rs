//! Which issues a form changes: those that it names, or all that a list shows.

use axum::http::HeaderMap;
use watchpost_model::{Issue, IssueId, ProjectId};
use watchpost_store::Asker;

use super::walk::{STEP_COUNT, Walk};
use crate::App;
use crate::pages::PageError;
use crate::pages::form::Fields;
use crate::pages::format::grouped;
use crate::pages::shell::Scope;

/// Issues that one form names: what a page of the list shows, so that somebody saw them.
const NAMED_COUNT_MAX: usize = 100;
/// Issues of all that a list shows which one request changes: the next request goes on.
pub(super) const MATCHING_COUNT_MAX: usize = 1000;
/// Further ones that are counted, so that people know how much is left.
const LEFT_COUNT_MAX: usize = 4000;

/// What a form says.
#[derive(Clone)]
pub(super) enum Choice {
    /// These.
    Named(Vec<IssueId>),
    /// All that the list of this address shows; the address says from where on.
    Matching(Fields),
}

/// The issues, and how many more there are.
pub(super) struct Chosen {
    pub(super) issues: Vec<Issue>,
    pub(super) left: Option<Left>,
}

/// What one request cannot do.
pub(super) struct Left {
    /// Where it goes on.
    pub(super) after: String,
    count: usize,
    is_more: bool,
}

impl Left {
    /// `2,431 more match`, or that they are too many to be counted.
    pub(super) fn words(&self) -> String {
        let count = grouped(self.count as u64);
        match (self.is_more, self.count) {
            (true, 0) => "More may match".to_owned(),
            (true, _) => format!("More than {count} others match"),
            (false, _) => format!("{count} more match"),
        }
    }
}

impl Choice {
    pub(super) fn read(fields: &Fields) -> Result<Self, PageError> {
        if fields.get("all") == "1" {
            let mut list = Fields::parse(fields.get("matching").as_bytes());
            list.set("cursor", fields.get("after"));
            return Ok(Self::Matching(list));
        }
        let ids = fields.all("issue").filter_map(|id| id.parse().ok());
        let ids: Vec<IssueId> = ids.collect();
        if ids.len() > NAMED_COUNT_MAX {
            return Err(PageError::Invalid(format!(
                "Choose at most {NAMED_COUNT_MAX} issues at once, or all that match."
            )));
        }
        Ok(Self::Named(ids))
    }

    /// Looks for them within the organization; blocks.
    pub(super) fn find(
        self,
        app: &App,
        scope: &Scope,
        (headers, asker): (&HeaderMap, Asker),
    ) -> Result<Chosen, PageError> {
        match self {
            Self::Named(ids) => Ok(Chosen {
                issues: named(app, scope, &ids)?,
                left: None,
            }),
            Self::Matching(list) => matching(app, Walk::of(scope, headers, &list, asker)?),
        }
    }
}

fn named(app: &App, scope: &Scope, ids: &[IssueId]) -> Result<Vec<Issue>, PageError> {
    let projects = scope.project_ids();
    let mut issues: Vec<Issue> = Vec::new();
    for id in ids {
        let Some(project) = app.ledger.issue_project(&projects, *id)? else {
            continue;
        };
        // One that was merged stands for what shows it.
        let issue = app.ledger.issue(project, *id)?;
        issues.extend(issue.filter(|issue| issues.iter().all(|known| known.id != issue.id)));
    }
    Ok(issues)
}

/// As many as one request may, whatever a step brings.
fn matching(app: &App, mut walk: Walk) -> Result<Chosen, PageError> {
    let mut issues = walk.step(app)?;
    for _ in 1..MATCHING_COUNT_MAX / STEP_COUNT {
        if walk.rest().is_none() {
            break;
        }
        issues.extend(walk.step(app)?);
    }
    let after = walk.rest().map(|cursor| cursor.0.clone());
    let Some(after) = after else {
        return Ok(Chosen { issues, left: None });
    };
    let mut count = 0;
    let steps = if walk.asks_events() {
        0
    } else {
        LEFT_COUNT_MAX / STEP_COUNT
    };
    for _ in 0..steps {
        if walk.rest().is_none() {
            break;
        }
        count += walk.step(app)?.len();
    }
    let left = Left {
        after,
        count,
        is_more: walk.rest().is_some(),
    };
    Ok(Chosen {
        issues,
        left: Some(left),
    })
}

/// The issues of each project, in their order.
pub(super) fn by_project(issues: &[Issue]) -> Vec<(ProjectId, Vec<IssueId>)> {
    let mut all: Vec<(ProjectId, Vec<IssueId>)> = Vec::new();
    for issue in issues {
        match all
            .iter_mut()
            .find(|(project, _)| *project == issue.project)
        {
            Some((_, ids)) => ids.push(issue.id),
            None => all.push((issue.project, vec![issue.id])),
        }
    }
    all
}
