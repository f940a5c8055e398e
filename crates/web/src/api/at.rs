//! Where a request is: the organization, project and issue that its path names.
//!
//! These extractors are the only way from a path to a row. Each looks inside the one before, so
//! the right id below the wrong organization finds nothing, with the same answer as a
//! wrong id.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use watchpost_model::{Issue, Organization, Project, ProjectId, Roster};
use watchpost_store::{Ledger, find_team};

use super::caller::Caller;
use super::error::{ApiError, ask};
use crate::App;

/// A text of the path, percent-decoded.
async fn named(parts: &mut Parts, app: &App, name: &str) -> Result<Option<String>, ApiError> {
    let params = RawPathParams::from_request_parts(parts, app).await;
    // Bytes that are no text name nothing.
    let params = params.map_err(|_| ApiError::NotFound)?;
    let found = params.iter().find(|(key, _)| *key == name);
    Ok(found.map(|(_, value)| value.to_owned()))
}

/// A text of the path that the route is sure to have.
pub(super) async fn text(parts: &mut Parts, app: &App, name: &str) -> Result<String, ApiError> {
    named(parts, app, name).await?.ok_or(ApiError::NotFound)
}

/// Below `/organizations/{org}/`.
pub(super) struct AtOrg {
    /// Who is asking.
    pub(super) caller: Caller,
    /// The organization.
    pub(super) org: Organization,
}

/// Below `/projects/{org}/{project}/`.
pub(super) struct AtProject {
    /// Who is asking.
    pub(super) caller: Caller,
    /// The organization.
    pub(super) org: Organization,
    /// The project.
    pub(super) project: Project,
}

/// Below `/organizations/{org}/issues/{issue}/`, or the older `/issues/{issue}/`.
pub(super) struct AtIssue {
    /// Who is asking.
    pub(super) caller: Caller,
    /// The organization.
    pub(super) org: Organization,
    /// The project.
    pub(super) project: Project,
    /// The issue.
    pub(super) issue: Issue,
}

/// Below `/teams/{org}/{team}/`, or wherever a path names both.
pub(super) struct AtTeam {
    /// Who is asking.
    pub(super) caller: Caller,
    /// The organization.
    pub(super) org: Organization,
    /// The team, with members and projects.
    pub(super) roster: Roster,
}

/// The row with that id when the text is a number, else the one with that slug.
fn pick<T>(rows: Vec<T>, text: &str, id: impl Fn(&T) -> i64, slug: fn(&T) -> &str) -> Option<T> {
    let number = text.parse::<ProjectId>().ok().map(|number| number.0);
    let place = rows.iter().position(|row| Some(id(row)) == number);
    let place = place.or_else(|| rows.iter().position(|row| slug(row) == text));
    place.and_then(|place| rows.into_iter().nth(place))
}

/// The organization that the text names, among those of the caller.
pub(super) fn find_org(
    ledger: &dyn Ledger,
    caller: &Caller,
    text: &str,
) -> Result<Organization, ApiError> {
    let own = ledger.memberships(caller.user.id)?;
    let (org, role) =
        pick(own, text, |(org, _)| org.id.0, |(org, _)| &org.slug).ok_or(ApiError::NotFound)?;
    if !caller.may_as(role) {
        return Err(ApiError::Forbidden);
    }
    Ok(org)
}

/// The project that the text names, within the organization.
pub(super) fn find_project(
    ledger: &dyn Ledger,
    org: &Organization,
    text: &str,
) -> Result<Project, ApiError> {
    let projects = ledger.projects(org.id)?;
    pick(
        projects,
        text,
        |project| project.id.0,
        |project| &project.slug,
    )
    .ok_or(ApiError::NotFound)
}

/// The issue that the text names by number or short id, within the organization.
pub(super) fn find_issue(
    ledger: &dyn Ledger,
    org: &Organization,
    text: &str,
) -> Result<Option<(Project, Issue)>, ApiError> {
    let projects = ledger.projects(org.id)?;
    Ok(watchpost_store::find_issue(ledger, &projects, text)?)
}

impl FromRequestParts<App> for AtOrg {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let name = text(parts, app, "org").await?;
        let asking = caller.clone();
        let org = ask(app, move |app| find_org(&*app.ledger, &asking, &name)).await?;
        Ok(Self { caller, org })
    }
}

impl FromRequestParts<App> for AtProject {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let AtOrg { caller, org } = AtOrg::from_request_parts(parts, app).await?;
        let name = text(parts, app, "project").await?;
        let home = org.clone();
        let project = ask(app, move |app| find_project(&*app.ledger, &home, &name)).await?;
        Ok(Self {
            caller,
            org,
            project,
        })
    }
}

impl FromRequestParts<App> for AtTeam {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let AtOrg { caller, org } = AtOrg::from_request_parts(parts, app).await?;
        let name = text(parts, app, "team").await?;
        let id = org.id;
        let teams = ask(app, move |app| Ok(app.ledger.teams(id)?)).await?;
        let roster = find_team(&teams, &name).cloned();
        Ok(Self {
            caller,
            org,
            roster: roster.ok_or(ApiError::NotFound)?,
        })
    }
}

impl FromRequestParts<App> for AtIssue {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, app).await?;
        let org = named(parts, app, "org").await?;
        let name = text(parts, app, "issue").await?;
        let asking = caller.clone();
        let found = ask(app, move |app| {
            let ledger = &*app.ledger;
            let orgs = match org {
                Some(org) => vec![find_org(ledger, &asking, &org)?],
                // The older path names no organization: any of the caller's may have it.
                None => asking.orgs(ledger)?,
            };
            for org in orgs {
                if let Some((project, issue)) = find_issue(ledger, &org, &name)? {
                    return Ok((org, project, issue));
                }
            }
            Err(ApiError::NotFound)
        });
        let (org, project, issue) = found.await?;
        Ok(Self {
            caller,
            org,
            project,
            issue,
        })
    }
}
