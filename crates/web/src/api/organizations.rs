//! `/api/0/organizations/`: whom the projects belong to.

use axum::Json;
use axum::extract::State;
use watchpost_model::Scope;

use super::at::AtOrg;
use super::caller::Caller;
use super::error::{ApiError, ask};
use super::paging::{Listed, Paging};
use super::view::organization::{OrgDetails, OrgView};
use super::view::team::TeamView;
use crate::App;

/// All organizations of the caller.
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    paging: Paging,
) -> Result<Listed<OrgView>, ApiError> {
    let orgs = ask(&app, move |app| Ok(caller.orgs(&*app.ledger)?)).await?;
    let view = |org| OrgView::new(org, &app.config.public_url);
    Ok(paging.cut(orgs.iter().map(view).collect()))
}

/// One organization, with its teams.
pub(super) async fn show(State(app): State<App>, at: AtOrg) -> Result<Json<OrgDetails>, ApiError> {
    let id = at.org.id;
    let (projects, teams) = ask(&app, move |app| {
        Ok((app.ledger.projects(id)?, app.ledger.teams(id)?))
    })
    .await?;
    let view = |roster| TeamView::of(roster, at.caller.user.id, &projects);
    let teams = teams.iter().map(view).collect();
    let org = OrgView::new(&at.org, &app.config.public_url);
    let scopes = at.caller.token.scopes.into_iter();
    let access = scopes.map(|Scope(name)| name).collect();
    Ok(Json(OrgDetails::new(org, access, teams)))
}
