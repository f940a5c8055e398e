//! What a request is about to change: by its address.

use axum::extract::{FromRequestParts, MatchedPath, RawPathParams};
use axum::http::request::Parts;
use watchpost_model::{Organization, Project, Timestamp, User};
use watchpost_store::{Ledger, NewAudit, StoreError};

use super::facts::{self, Facts};
use crate::App;
use crate::api::has_token;
use crate::session;

/// Whose facts tell what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Area {
    /// The project of the address.
    Project,
    /// The organization of the address.
    Org,
    /// The account of who asks.
    Account,
    /// Nobody's: it is noted that it was done.
    Bare,
    /// It is none of the settings.
    Nothing,
}

use Area::{Account, Bare, Nothing, Org};

/// Noun and area by how the address begins. The first that fits counts; everything below
/// `/settings/` and every project in the API is watched, named here or not.
const TABLE: [(&str, &str, Area); 24] = [
    ("/settings/account/security/sessions/", "session.end", Bare),
    ("/settings/account/api/", "token", Account),
    ("/settings/account/", "user", Account),
    (
        "/settings/{org}/projects/{project}/keys/",
        "key",
        Area::Project,
    ),
    (
        "/settings/{org}/projects/{project}/discarded/",
        "discarded",
        Area::Project,
    ),
    (
        "/settings/{org}/projects/{project}/filters/",
        "rules",
        Area::Project,
    ),
    (
        "/settings/{org}/projects/{project}/scrubbing/",
        "rules",
        Area::Project,
    ),
    (
        "/settings/{org}/projects/{project}/grouping/",
        "rules",
        Area::Project,
    ),
    (
        "/settings/{org}/projects/{project}/ownership/",
        "rules",
        Area::Project,
    ),
    (
        "/settings/{org}/projects/{project}/changes/",
        "rules",
        Area::Project,
    ),
    ("/settings/{org}/projects/", "project", Area::Project),
    ("/settings/{org}/teams/", "team", Org),
    ("/settings/{org}/members/", "member", Org),
    ("/settings/", "org", Org),
    ("/organizations/{org}/projects/new/", "project", Org),
    ("/api/0/organizations/{org}/members/", "member", Org),
    ("/api/0/organizations/{org}/teams/", "team", Org),
    ("/api/0/teams/{org}/{team}/projects/", "project", Org),
    ("/api/0/teams/", "team", Org),
    ("/api/0/projects/{org}/{project}/issues/", "", Nothing),
    ("/api/0/projects/{org}/{project}/teams/", "team", Org),
    (
        "/api/0/projects/{org}/{project}/keys/",
        "key",
        Area::Project,
    ),
    (
        "/api/0/projects/{org}/{project}/tombstones/",
        "discarded",
        Area::Project,
    ),
    ("/api/0/projects/", "project", Area::Project),
];

/// Noun and area of an address; `None`: it is none of the settings.
fn row_of(pattern: &str) -> Option<(&'static str, Area)> {
    let row = TABLE
        .iter()
        .find(|(start, ..)| pattern.starts_with(start))?;
    (row.2 != Nothing).then_some((row.1, row.2))
}

#[cfg(test)]
pub(super) fn is_watched(pattern: &str) -> bool {
    row_of(pattern).is_some()
}

/// What is about to change, and what is known of it before.
pub(super) struct Scene {
    noun: &'static str,
    org: Option<Organization>,
    subject: Subject,
    before: Facts,
}

enum Subject {
    Project(Project),
    Org(Organization),
    Account(User),
    Bare,
}

impl Scene {
    /// `None`: nothing that is noted.
    pub(super) async fn of(parts: &mut Parts, app: &App) -> Option<Self> {
        let pattern = parts.extensions.get::<MatchedPath>()?.as_str().to_owned();
        let (noun, area) = row_of(&pattern)?;
        let who = session::find(app, &parts.headers).await.ok().flatten();
        if who.is_none() && !has_token(parts, app).await {
            // A stranger changes nothing and orders no work.
            return None;
        }
        let params = RawPathParams::from_request_parts(parts, app).await.ok()?;
        let named = |name: &str| {
            let found = params.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| value.to_owned())
        };
        let (org, project) = (named("org"), named("project"));
        let looked = app.ask(move |app| {
            let ledger = &*app.ledger;
            let org = match org {
                Some(name) => find_org(ledger, &name)?,
                None => None,
            };
            let subject = match (area, &org, who) {
                (Area::Project, Some(org), _) => {
                    let found = find_project(ledger, org, &project.unwrap_or_default())?;
                    found.map(Subject::Project)
                }
                (Org, Some(org), _) => Some(Subject::Org(org.clone())),
                (Account, _, Some(who)) => Some(Subject::Account(who.user)),
                (Bare, ..) => Some(Subject::Bare),
                _ => None,
            };
            let Some(subject) = subject else {
                return Ok(None);
            };
            let before = subject.facts(ledger)?;
            Ok(Some(Self {
                noun,
                org,
                subject,
                before,
            }))
        });
        looked.await.ok().flatten()
    }

    /// What was done, by whom is the caller's to say; `None`: nothing is different. Blocks.
    pub(super) fn deed(self, ledger: &dyn Ledger) -> Result<Option<NewAudit>, StoreError> {
        let subject = self.subject.again(ledger)?;
        let changes = match &subject {
            Some(subject) => facts::differences(&self.before, &subject.facts(ledger)?),
            None => Vec::new(),
        };
        let is_bare = matches!(self.subject, Subject::Bare);
        if changes.is_empty() && !is_bare {
            return Ok(None);
        }
        Ok(Some(NewAudit {
            org: self.org.as_ref().map(|org| org.id),
            at: Timestamp::default(),
            user: None,
            via: String::new(),
            address: String::new(),
            action: if is_bare {
                self.noun.to_owned()
            } else {
                facts::action(self.noun, &changes)
            },
            object: match &self.subject {
                Subject::Project(project) => project.slug.clone(),
                Subject::Org(org) => org.slug.clone(),
                Subject::Account(user) => user.email.clone(),
                Subject::Bare => self.org.map(|org| org.slug).unwrap_or_default(),
            },
            changes,
        }))
    }
}

impl Subject {
    fn facts(&self, ledger: &dyn Ledger) -> Result<Facts, StoreError> {
        match self {
            Self::Project(project) => facts::of_project(ledger, project),
            Self::Org(org) => facts::of_org(ledger, org),
            Self::Account(user) => facts::of_user(ledger, user),
            Self::Bare => Ok(Facts::new()),
        }
    }

    /// The same as it is now, perhaps under another name.
    fn again(&self, ledger: &dyn Ledger) -> Result<Option<Self>, StoreError> {
        Ok(match self {
            Self::Project(project) => ledger.project_by_id(project.id)?.map(Self::Project),
            Self::Org(org) => {
                let orgs = ledger.orgs()?.into_iter();
                orgs.into_iter().find(|one| one.id == org.id).map(Self::Org)
            }
            Self::Account(user) => ledger.user(user.id)?.map(Self::Account),
            Self::Bare => Some(Self::Bare),
        })
    }
}

/// By slug, or by id as the API allows.
fn find_org(ledger: &dyn Ledger, name: &str) -> Result<Option<Organization>, StoreError> {
    let is_it = |org: &Organization| org.slug == name || org.id.to_string() == name;
    Ok(ledger.orgs()?.into_iter().find(is_it))
}

fn find_project(
    ledger: &dyn Ledger,
    org: &Organization,
    name: &str,
) -> Result<Option<Project>, StoreError> {
    let is_it = |project: &Project| project.slug == name || project.id.to_string() == name;
    Ok(ledger.projects(org.id)?.into_iter().find(is_it))
}
