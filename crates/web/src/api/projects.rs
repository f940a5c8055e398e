//! `/api/0/projects/…`: the applications that report.

use axum::Json;
use axum::extract::State;

use super::at::{AtOrg, AtProject};
use super::caller::Caller;
use super::error::{ApiError, ask};
use super::paging::{Listed, Paging, ROW_COUNT_MAX};
use super::view::organization::OrgView;
use super::view::project::{ProjectDetails, ProjectView};
use crate::App;

/// All projects of all organizations of the caller.
pub(super) async fn list_all(
    State(app): State<App>,
    caller: Caller,
    paging: Paging,
) -> Result<Listed<ProjectView>, ApiError> {
    let projects = ask(&app, move |app| {
        let mut all = Vec::new();
        for org in caller.orgs(&*app.ledger)? {
            let teams = app.ledger.teams(org.id)?;
            for project in app.ledger.projects(org.id)? {
                let org = OrgView::new(&org, &app.config.public_url);
                all.push(ProjectView::of(&project).of_teams(&teams).within(org));
            }
        }
        Ok(all)
    });
    Ok(paging.cut(projects.await?))
}

/// The projects of one organization.
pub(super) async fn list(
    State(app): State<App>,
    at: AtOrg,
    paging: Paging,
) -> Result<Listed<ProjectView>, ApiError> {
    let views = ask(&app, move |app| {
        let teams = app.ledger.teams(at.org.id)?;
        let projects = app.ledger.projects(at.org.id)?;
        let view = |project| ProjectView::of(project).of_teams(&teams);
        Ok(projects.iter().map(view).collect())
    });
    Ok(paging.cut(views.await?))
}

/// One project, with the environments its events named.
pub(super) async fn show(
    State(app): State<App>,
    at: AtProject,
) -> Result<Json<ProjectDetails>, ApiError> {
    let (id, org) = (at.project.id, at.org.id);
    let known = ask(&app, move |app| {
        let environments = app.ledger.tag_values(id, "environment", ROW_COUNT_MAX)?;
        Ok((environments, app.ledger.rules(id)?, app.ledger.teams(org)?))
    });
    let (environments, rules, teams) = known.await?;
    let environments = environments.into_iter().map(|tag| tag.value);
    let org = OrgView::new(&at.org, &app.config.public_url);
    let view = ProjectView::of(&at.project).of_teams(&teams).within(org);
    let view = view.seen_in(environments.collect());
    Ok(Json(ProjectDetails::new(view, &at.project, rules)))
}
