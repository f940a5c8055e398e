//! Teams of an organization: who is in them and what they work on.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use watchpost_model::{Assignee, Project, ProjectId, Roster, Team, User, UserId};
use watchpost_store::{Actor, NewTeam, StoreError, find_assignee, find_team};

use super::form::{Fields, Form};
use super::shell::{Scope, Shell, ask, said};
use super::{PageError, Visit};
use crate::App;
use crate::naming::{shown_name, team_slug};
use crate::rights::staff;

pub(crate) fn routes() -> Router<App> {
    const TEAMS: &str = "/settings/{org}/teams/";
    Router::new()
        .route(TEAMS, get(list).post(create))
        .route(&format!("{TEAMS}{{team}}/"), post(change))
}

#[derive(Template)]
#[template(path = "teams.html")]
struct TeamsPage {
    shell: Shell,
    org: String,
    tab: &'static str,
    teams: Vec<TeamCard>,
    /// Who can be a member, and what a team can work on; offered while somebody types.
    users: Vec<User>,
    projects: Vec<Project>,
    said: Option<&'static str>,
    wrong: Option<String>,
    name: String,
}

/// A team with everything that can be changed about it.
struct TeamCard {
    team: Team,
    members: Vec<User>,
    projects: Vec<Project>,
}

impl TeamCard {
    fn new(roster: Roster, users: &[User], all: &[Project]) -> Self {
        let is_in = |user: &&User| roster.members.contains(&user.id);
        let is_own = |project: &&Project| roster.projects.contains(&project.id);
        Self {
            members: users.iter().filter(is_in).cloned().collect(),
            projects: all.iter().filter(is_own).cloned().collect(),
            team: roster.team,
        }
    }
}

async fn list(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    page(&app, org, &visit, None).await
}

/// The page; with what is wrong about what was typed.
async fn page(
    app: &App,
    org: String,
    visit: &Visit,
    wrong: Option<(String, String)>,
) -> Result<Response, PageError> {
    let (scope, teams, users) = ask(app, move |app| {
        let scope = Scope::load(app, &org)?;
        let teams = app.ledger.teams(scope.org.id)?;
        let users = staff(app, scope.org.id)?;
        Ok((scope, teams, users))
    })
    .await?;
    let card = |roster| TeamCard::new(roster, &users, &scope.projects);
    let (name, wrong) = wrong.unzip();
    visit.answer(&TeamsPage {
        shell: visit.shell(&scope, "teams", "Teams"),
        org: scope.org.slug.clone(),
        tab: "teams",
        teams: teams.into_iter().map(card).collect(),
        projects: scope.projects.clone(),
        users,
        said: visit.flash().and_then(words),
        wrong,
        name: name.unwrap_or_default(),
    })
}

fn words(said: &str) -> Option<&'static str> {
    match said {
        "team-created" => Some("Team created, with you in it."),
        "team-changed" => Some("Saved."),
        "team-deleted" => Some("Team deleted. Its issues are nobody's now."),
        _ => None,
    }
}

async fn create(
    State(app): State<App>,
    Path(org): Path<String>,
    form: Form,
) -> Result<Response, PageError> {
    let here = form.visit.at.teams(&org);
    let typed = form.fields.get("name").to_owned();
    let (slug, name) = match names(&form.fields) {
        Ok(names) => names,
        Err(wrong) => return refuse(&app, org, &form.visit, (typed, wrong.to_owned())).await,
    };
    let (home, user, taken) = (org.clone(), form.visit.who.user.id, slug.clone());
    let made = ask(&app, move |app| {
        let scope = Scope::load(app, &home)?;
        let new = NewTeam {
            org: scope.org.id,
            slug: &slug,
            name: &name,
        };
        let team = app.ledger.create_team(&new, app.clock.now())?;
        Ok(app.ledger.set_member(&team, user, true)?)
    });
    match made.await {
        Ok(_) => Ok(said(&here, "team-created")),
        Err(PageError::Store(StoreError::Exists { .. })) => {
            let wrong = format!("There is a team #{taken} already: choose another name.");
            refuse(&app, org, &form.visit, (typed, wrong)).await
        }
        Err(other) => Err(other),
    }
}

async fn refuse(
    app: &App,
    org: String,
    visit: &Visit,
    wrong: (String, String),
) -> Result<Response, PageError> {
    let page = page(app, org, visit, Some(wrong)).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Slug and name of a form.
fn names(fields: &Fields) -> Result<(String, String), &'static str> {
    let name = fields.get("name");
    let slug = team_slug(fields.get("slug"), name)?;
    let name = shown_name(name, &slug)?.to_owned();
    Ok((slug, name))
}

/// What a form wants of a team.
enum Wish {
    Rename(String, String),
    Delete,
    Member(String, bool),
    Project(String, bool),
}

impl Wish {
    fn read(fields: &Fields) -> Result<Self, PageError> {
        let (verb, whom) = fields.get("do").split_once(':').unwrap_or_default();
        let chosen = |field: &str| match whom {
            "" => fields.get(field).to_owned(),
            whom => whom.to_owned(),
        };
        let wrong = |wrong: &str| PageError::Invalid(wrong.to_owned());
        Ok(match verb {
            "rename" => {
                let (slug, name) = names(fields).map_err(wrong)?;
                Self::Rename(slug, name)
            }
            "delete" => Self::Delete,
            "join" => Self::Member(chosen("user"), true),
            "leave" => Self::Member(chosen("user"), false),
            "give" => Self::Project(chosen("project"), true),
            "take" => Self::Project(chosen("project"), false),
            _ => return Err(wrong("Choose what is to be done.")),
        })
    }
}

async fn change(
    State(app): State<App>,
    Path((org, team)): Path<(String, String)>,
    form: Form,
) -> Result<Response, PageError> {
    let wish = Wish::read(&form.fields)?;
    let here = form.visit.at.teams(&org);
    let (actor, now) = (Actor::User(form.visit.who.user.id), form.visit.now);
    let word = match wish {
        Wish::Delete => "team-deleted",
        _ => "team-changed",
    };
    ask(&app, move |app| {
        let scope = Scope::load(app, &org)?;
        let teams = app.ledger.teams(scope.org.id)?;
        let roster = find_team(&teams, &team);
        let team = &roster.ok_or(PageError::Missing("team"))?.team;
        match wish {
            Wish::Rename(slug, name) => app.ledger.update_team(&Team {
                slug,
                name,
                ..team.clone()
            })?,
            Wish::Delete => drop(app.ledger.delete_team(team, actor, now)?),
            Wish::Member(user, is_in) => {
                let user = person(&staff(app, scope.org.id)?, &user)?;
                app.ledger.set_member(team, user, is_in)?;
            }
            Wish::Project(project, is_in) => {
                let project = one_project(&scope.projects, &project)?;
                app.ledger.set_team_project(team, project, is_in)?;
            }
        }
        Ok(())
    })
    .await?;
    Ok(said(&here, word))
}

/// Who is meant by an id or an address.
fn person(users: &[User], text: &str) -> Result<UserId, PageError> {
    match find_assignee(users.iter(), &[], text.trim()) {
        Some(Assignee::User(user)) => Ok(user),
        _ => Err(PageError::Invalid(format!(
            "Nobody here is `{text}`: write the address of a person."
        ))),
    }
}

/// Which one is meant by an id or a slug.
fn one_project(projects: &[Project], text: &str) -> Result<ProjectId, PageError> {
    let text = text.trim();
    let is_it = |project: &&Project| project.slug == text || project.id.to_string() == text;
    let found = projects.iter().find(is_it).map(|project| project.id);
    let problem = || PageError::Invalid(format!("There is no project `{text}`: write its slug."));
    found.ok_or_else(problem)
}
