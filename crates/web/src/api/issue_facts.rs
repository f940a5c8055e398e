//! What an issue's JSON says beyond its row: comments, the last day, whether nobody caught it.
//! Blocking; called for whole pages of issues at once.

use std::collections::{BTreeMap, HashMap};

use watchpost_model::{Issue, IssueId, OrgId, Organization, Project, ProjectId, UserId};

use super::error::ApiError;
use super::view::activity::People;
use super::view::issue::{IssueFacts, IssueView, fill_hours, page_of};
use crate::App;
use crate::of_issues::{by_project, hourly, unhandled};
use crate::rights::staff;

/// Hours of the chart beside an issue.
const CHART_HOUR_COUNT: i64 = 24;

/// The issues as JSON, in their order, as `user` sees them. All belong to one of `projects`.
pub(super) fn views(
    app: &App,
    org: &Organization,
    projects: &[Project],
    issues: Vec<Issue>,
    (user, people): (UserId, &People),
) -> Result<Vec<IssueView>, ApiError> {
    let by_project = by_project(&issues);
    let unhandled = unhandled(app, &by_project)?;
    let mut charts = charts(app, &by_project)?;
    let (mut personal, mut comments) = (HashMap::new(), HashMap::new());
    let mut suggested = HashMap::new();
    for (project, ids) in &by_project {
        personal.extend(app.ledger.personal(*project, ids, user)?);
        comments.extend(app.ledger.comment_counts(*project, ids)?);
        suggested.extend(app.ledger.suggested(*project, ids)?);
    }
    let mut views = Vec::with_capacity(issues.len());
    for issue in issues {
        let home = projects.iter().find(|project| project.id == issue.project);
        let project = home.ok_or(ApiError::NotFound)?;
        let facts = IssueFacts {
            is_unhandled: unhandled.contains(&issue.id),
            last_day: charts.remove(&issue.id).unwrap_or_default(),
            personal: personal.get(&issue.id).copied().unwrap_or_default(),
            comment_count: comments.get(&issue.id).copied().unwrap_or(0),
            suggested: suggested.remove(&issue.id).unwrap_or_default(),
        };
        let page = page_of(&app.config.public_url, &org.slug, &issue);
        views.push(IssueView::new(issue, project, page, (facts, people)));
    }
    Ok(views)
}

/// Everybody who may look after issues of an organization and do something with them.
pub(super) fn people(app: &App, org: OrgId) -> Result<People, ApiError> {
    let users = app.ledger.users()?.into_iter();
    Ok(People {
        users: users.map(|user| (user.id, user)).collect(),
        members: staff(app, org)?,
        teams: app.ledger.teams(org)?,
    })
}

/// One issue as JSON.
pub(super) fn view(
    app: &App,
    org: &Organization,
    project: &Project,
    issue: Issue,
    by: (UserId, &People),
) -> Result<IssueView, ApiError> {
    let views = views(app, org, std::slice::from_ref(project), vec![issue], by)?;
    views.into_iter().next().ok_or(ApiError::NotFound)
}

/// Events per hour of the last day, for every issue.
fn charts(
    app: &App,
    by_project: &BTreeMap<ProjectId, Vec<IssueId>>,
) -> Result<HashMap<IssueId, Vec<(i64, u64)>>, ApiError> {
    let now = app.clock.now();
    let since = now.plus_secs((1 - CHART_HOUR_COUNT) * 3600).floor_to_hour();
    let counts = hourly(app, by_project, since)?;
    let mut charts = HashMap::new();
    for &id in by_project.values().flatten() {
        let own = counts.iter().filter(|(issue, _, _)| *issue == id);
        let own = own.map(|&(_, hour, count)| (hour, count));
        charts.insert(id, fill_hours(own, since, now));
    }
    Ok(charts)
}
