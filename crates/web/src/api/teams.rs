//! `/api/0/organizations/{org}/teams/` and `/api/0/teams/{org}/{team}/`: teams, who is in them and
//! what they work on.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::Deserialize;
use serde_json::{Value, json};
use watchpost_model::{Roster, Team, User};
use watchpost_store::{Actor, NewProject, NewTeam, StoreError, find_team};

use super::at::{self, AtOrg, AtProject, AtTeam};
use super::caller::Caller;
use super::door::Door;
use super::error::{ApiError, ask};
use super::keys;
use super::paging::{Listed, Paging};
use super::params::JsonBody;
use super::view::organization::OrgView;
use super::view::project::ProjectView;
use super::view::team::TeamView;
use super::view::user::UserView;
use super::{PROJECT_READ, PROJECT_WRITE, TEAM_ADMIN, TEAM_READ, TEAM_WRITE};
use crate::App;
use crate::naming::{project_slug, shown_name, team_slug};
use crate::rights::staff;

/// The doors of this file.
pub(super) fn doors() -> Vec<Door> {
    let all = "/api/0/organizations/{org}/teams/";
    let one = "/api/0/teams/{org}/{team}/";
    let projects_of = "/api/0/teams/{org}/{team}/projects/";
    let member = "/api/0/organizations/{org}/members/{member}/teams/{team}/";
    let of_project = "/api/0/projects/{org}/{project}/teams/";
    let team_of = "/api/0/projects/{org}/{project}/teams/{team}/";
    vec![
        Door::get(all, TEAM_READ, list),
        Door::post(all, TEAM_WRITE, create),
        Door::get(one, TEAM_READ, show),
        Door::put(one, TEAM_WRITE, update),
        Door::delete(one, TEAM_ADMIN, delete),
        Door::get("/api/0/teams/{org}/{team}/members/", TEAM_READ, members),
        Door::post(member, TEAM_WRITE, join),
        Door::delete(member, TEAM_WRITE, leave),
        Door::get(projects_of, TEAM_READ, projects),
        Door::post(projects_of, PROJECT_WRITE, create_project),
        Door::get(of_project, PROJECT_READ, self::of_project),
        Door::post(team_of, PROJECT_WRITE, give_project),
        Door::delete(team_of, PROJECT_WRITE, take_project),
    ]
}

/// What somebody says about a team, or about a project for it.
#[derive(Deserialize)]
pub(super) struct Named {
    name: Option<String>,
    slug: Option<String>,
    platform: Option<String>,
}

impl Named {
    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default().trim()
    }

    fn slug(&self) -> &str {
        self.slug.as_deref().unwrap_or_default().trim()
    }
}

fn invalid(problem: &str) -> ApiError {
    ApiError::Invalid(problem.to_owned())
}

/// A name that is taken is a conflict, not a mistake of the store.
fn taken(error: StoreError) -> ApiError {
    match error {
        StoreError::Exists { .. } => ApiError::Conflict(error.to_string()),
        other => other.into(),
    }
}

/// A team as its caller sees it now; blocks.
fn view(app: &App, caller: &Caller, team: &Team) -> Result<TeamView, ApiError> {
    let teams = app.ledger.teams(team.org)?;
    let roster = find_team(&teams, &team.id.to_string()).ok_or(ApiError::NotFound)?;
    let projects = app.ledger.projects(team.org)?;
    Ok(TeamView::of(roster, caller.user.id, &projects))
}

/// The teams of an organization.
pub(super) async fn list(
    State(app): State<App>,
    at: AtOrg,
    paging: Paging,
) -> Result<Listed<TeamView>, ApiError> {
    let views = ask(&app, move |app| {
        let (org, user) = (at.org.id, at.caller.user.id);
        let (teams, projects) = (app.ledger.teams(org)?, app.ledger.projects(org)?);
        let view = |roster| TeamView::of(roster, user, &projects);
        Ok(teams.iter().map(view).collect())
    });
    Ok(paging.cut(views.await?))
}

/// Makes a team. Whoever makes it is in it.
pub(super) async fn create(
    State(app): State<App>,
    at: AtOrg,
    JsonBody(wanted): JsonBody<Named>,
) -> Result<(StatusCode, Json<TeamView>), ApiError> {
    let view = ask(&app, move |app| {
        let slug = team_slug(wanted.slug(), wanted.name()).map_err(invalid)?;
        let new = NewTeam {
            org: at.org.id,
            slug: &slug,
            name: shown_name(wanted.name(), &slug).map_err(invalid)?,
        };
        let team = app
            .ledger
            .create_team(&new, app.clock.now())
            .map_err(taken)?;
        app.ledger.set_member(&team, at.caller.user.id, true)?;
        view(app, &at.caller, &team)
    });
    Ok((StatusCode::CREATED, Json(view.await?)))
}

/// One team, with its organization.
pub(super) async fn show(State(app): State<App>, at: AtTeam) -> Result<Json<Value>, ApiError> {
    let org = OrgView::new(&at.org, &app.config.public_url);
    let view = ask(&app, move |app| view(app, &at.caller, &at.roster.team));
    let mut view = json!(view.await?);
    if let Some(fields) = view.as_object_mut() {
        fields.insert("organization".to_owned(), json!(org));
    }
    Ok(Json(view))
}

/// Gives a team another slug or name.
pub(super) async fn update(
    State(app): State<App>,
    at: AtTeam,
    JsonBody(wanted): JsonBody<Named>,
) -> Result<Json<TeamView>, ApiError> {
    let view = ask(&app, move |app| {
        let mut team = at.roster.team;
        if wanted.slug.is_some() {
            team.slug = team_slug(wanted.slug(), "").map_err(invalid)?;
        }
        if !wanted.name().is_empty() {
            let name = shown_name(wanted.name(), "").map_err(invalid)?;
            name.clone_into(&mut team.name);
        }
        app.ledger.update_team(&team).map_err(taken)?;
        view(app, &at.caller, &team)
    });
    Ok(Json(view.await?))
}

/// Deletes a team. Its issues are nobody's then.
pub(super) async fn delete(State(app): State<App>, at: AtTeam) -> Result<StatusCode, ApiError> {
    let gone = ask(&app, move |app| {
        let actor = Actor::User(at.caller.user.id);
        let now = app.clock.now();
        Ok(app.ledger.delete_team(&at.roster.team, actor, now)?)
    });
    gone.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who is in a team.
pub(super) async fn members(
    State(app): State<App>,
    at: AtTeam,
    paging: Paging,
) -> Result<Listed<Value>, ApiError> {
    let rows = ask(&app, move |app| {
        let mut users = app.ledger.users()?;
        users.retain(|user| at.roster.members.contains(&user.id));
        let row = |user: &User| {
            json!({
                "id": user.id.to_string(),
                "email": user.email,
                "name": user.name,
                "user": UserView::of(user),
                "role": "member",
                "teamRole": null,
                "pending": false,
                "expired": false,
                "dateCreated": user.created,
            })
        };
        Ok(users.iter().map(row).collect())
    });
    Ok(paging.cut(rows.await?))
}

/// The name of a person in a path: `me`, an id or an address.
pub(super) struct MemberName(pub(super) String);

impl FromRequestParts<App> for MemberName {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        at::text(parts, app, "member").await.map(Self)
    }
}

/// Puts somebody into a team.
pub(super) async fn join(
    State(app): State<App>,
    at: AtTeam,
    member: MemberName,
) -> Result<(StatusCode, Json<TeamView>), ApiError> {
    let view = set_member(&app, at, member, true).await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Takes somebody out of a team.
pub(super) async fn leave(
    State(app): State<App>,
    at: AtTeam,
    member: MemberName,
) -> Result<Json<TeamView>, ApiError> {
    set_member(&app, at, member, false).await.map(Json)
}

async fn set_member(
    app: &App,
    at: AtTeam,
    MemberName(name): MemberName,
    is_in: bool,
) -> Result<TeamView, ApiError> {
    ask(app, move |app| {
        let me = at.caller.user.id;
        let is_meant = |user: &User| {
            let is_me = name == "me" && user.id == me;
            is_me || user.id.to_string() == name || user.email.eq_ignore_ascii_case(&name)
        };
        let user = staff(app, at.org.id)?.into_iter().find(is_meant);
        let user = user.ok_or(ApiError::NotFound)?;
        app.ledger.set_member(&at.roster.team, user.id, is_in)?;
        view(app, &at.caller, &at.roster.team)
    })
    .await
}

/// The projects of a team.
pub(super) async fn projects(
    State(app): State<App>,
    at: AtTeam,
    paging: Paging,
) -> Result<Listed<ProjectView>, ApiError> {
    let views = ask(&app, move |app| {
        let mut projects = app.ledger.projects(at.org.id)?;
        projects.retain(|project| at.roster.projects.contains(&project.id));
        let teams = app.ledger.teams(at.org.id)?;
        let view = |project| ProjectView::of(project).of_teams(&teams);
        Ok(projects.iter().map(view).collect())
    });
    Ok(paging.cut(views.await?))
}

/// Makes a project for a team, with a key.
pub(super) async fn create_project(
    State(app): State<App>,
    at: AtTeam,
    JsonBody(wanted): JsonBody<Named>,
) -> Result<(StatusCode, Json<ProjectView>), ApiError> {
    let view = ask(&app, move |app| {
        let slug = project_slug(wanted.slug(), wanted.name()).map_err(invalid)?;
        let platform = wanted.platform.as_deref();
        let new = NewProject {
            org: at.org.id,
            slug: &slug,
            name: shown_name(wanted.name(), &slug).map_err(invalid)?,
            platform: platform.filter(|platform| !platform.is_empty()),
        };
        let project = app.ledger.create_project(&new, app.clock.now());
        let project = project.map_err(taken)?;
        keys::make(app, project.id, "Default")?;
        app.ledger
            .set_team_project(&at.roster.team, project.id, true)?;
        let teams = app.ledger.teams(at.org.id)?;
        let org = OrgView::new(&at.org, &app.config.public_url);
        Ok(ProjectView::of(&project).of_teams(&teams).within(org))
    });
    Ok((StatusCode::CREATED, Json(view.await?)))
}

/// The teams of a project.
pub(super) async fn of_project(
    State(app): State<App>,
    at: AtProject,
    paging: Paging,
) -> Result<Listed<TeamView>, ApiError> {
    let views = ask(&app, move |app| {
        let (org, user) = (at.org.id, at.caller.user.id);
        let works = |roster: &&Roster| roster.projects.contains(&at.project.id);
        let (teams, projects) = (app.ledger.teams(org)?, app.ledger.projects(org)?);
        let view = |roster| TeamView::of(roster, user, &projects);
        Ok(teams.iter().filter(works).map(view).collect())
    });
    Ok(paging.cut(views.await?))
}

/// Gives a project to a team.
pub(super) async fn give_project(
    State(app): State<App>,
    team: AtTeam,
    at: AtProject,
) -> Result<(StatusCode, Json<ProjectView>), ApiError> {
    let view = set_project(&app, team, at, true).await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Takes a project from a team.
pub(super) async fn take_project(
    State(app): State<App>,
    team: AtTeam,
    at: AtProject,
) -> Result<Json<ProjectView>, ApiError> {
    set_project(&app, team, at, false).await.map(Json)
}

async fn set_project(
    app: &App,
    team: AtTeam,
    at: AtProject,
    is_in: bool,
) -> Result<ProjectView, ApiError> {
    ask(app, move |app| {
        app.ledger
            .set_team_project(&team.roster.team, at.project.id, is_in)?;
        let teams = app.ledger.teams(at.org.id)?;
        let org = OrgView::new(&at.org, &app.config.public_url);
        Ok(ProjectView::of(&at.project).of_teams(&teams).within(org))
    })
    .await
}
