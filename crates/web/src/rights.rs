//! What the pages ask of somebody's role: one table from addresses to permissions.
//!
//! ```text
//! request → Visit (session) → below /…/{org}/: member? no → 404 · needed(method, address) → role
//!         may? no → 403 with the reason · yes → the handler
//! ```
//! Looking needs [`Permission::See`]. A new page that changes something below `/settings/{org}/`
//! asks for most until it is named here; one below `/organizations/{org}/` is daily work.

use axum::extract::{FromRequestParts, MatchedPath, RawPathParams};
use axum::http::Method;
use axum::http::request::Parts;
use watchpost_model::{OrgId, Permission, Role, User, UserId};
use watchpost_store::StoreError;

use crate::App;
use crate::pages::PageError;

/// What changing something needs, by how the address begins. The first that fits counts.
const CHANGES: [(&str, Permission); 10] = [
    ("/settings/{org}/members/leave/", Permission::See),
    ("/settings/{org}/members/", Permission::EditMembers),
    ("/settings/{org}/teams/", Permission::EditTeams),
    ("/settings/{org}/projects/", Permission::EditProjects),
    ("/settings/{org}/", Permission::EditOrganization),
    (
        "/organizations/{org}/projects/new/",
        Permission::EditProjects,
    ),
    ("/organizations/{org}/quarantine/", Permission::EditProjects),
    (
        "/organizations/{org}/environments/",
        Permission::EditProjects,
    ),
    ("/organizations/{org}/", Permission::Triage),
    ("", Permission::Own),
];

/// What looking needs where not everybody may look.
const LOOKS: [(&str, Permission); 1] = [("/settings/{org}/audit-log/", Permission::ReadAudit)];

/// What a request to a page of an organization needs.
pub(crate) fn needed(method: &Method, pattern: &str) -> Permission {
    let is_look = matches!(*method, Method::GET | Method::HEAD);
    let table: &[_] = if is_look { &LOOKS } else { &CHANGES };
    let fits = |(start, _): &&(&str, Permission)| pattern.starts_with(start);
    table.iter().find(fits).map_or(Permission::See, |row| row.1)
}

/// The organization in an address, and what its pages need.
pub(crate) struct Ask {
    org: String,
    needs: Permission,
    /// What changing something at this address needs.
    pub(crate) edits: Permission,
}

impl Ask {
    /// `None`: the address names no organization.
    pub(crate) async fn of(parts: &mut Parts, app: &App) -> Option<Self> {
        let params = RawPathParams::from_request_parts(parts, app).await.ok()?;
        let (_, org) = params.iter().find(|(key, _)| *key == "org")?;
        let pattern = parts.extensions.get::<MatchedPath>();
        let pattern = pattern.map_or("", MatchedPath::as_str);
        Some(Self {
            org: org.to_owned(),
            needs: needed(&parts.method, pattern),
            edits: needed(&Method::POST, pattern),
        })
    }

    /// What `user` is there; blocks. The same answer for what is not there and what is not theirs.
    pub(crate) fn check(&self, app: &App, user: UserId) -> Result<Role, PageError> {
        const NONE: PageError = PageError::Missing("organization");
        let org = app.ledger.org(&self.org)?.ok_or(NONE)?;
        let role = app.ledger.role(org.id, user)?.ok_or(NONE)?;
        let needs = self.needs;
        if !role.may(needs) {
            return Err(PageError::Role { role, needs });
        }
        Ok(role)
    }
}

/// The people of an organization: those who can be given issues and be put into teams; blocks.
pub(crate) fn staff(app: &App, org: OrgId) -> Result<Vec<User>, StoreError> {
    let members = app.ledger.members(org)?.into_iter();
    Ok(members.map(|member| member.user).collect())
}

/// Whether somebody is in an organization; blocks.
pub(crate) fn is_member(app: &App, org: OrgId, user: UserId) -> Result<bool, StoreError> {
    Ok(app.ledger.role(org, user)?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_ask_for_permissions() {
        let check = |method: Method, pattern: &str, expect: Permission| {
            assert_eq!(needed(&method, pattern), expect, "{method} {pattern}");
        };
        check(Method::GET, "/settings/{org}/members/", Permission::See);
        check(
            Method::GET,
            "/settings/{org}/audit-log/",
            Permission::ReadAudit,
        );
        check(
            Method::POST,
            "/settings/{org}/members/",
            Permission::EditMembers,
        );
        check(
            Method::POST,
            "/settings/{org}/members/leave/",
            Permission::See,
        );
        check(
            Method::POST,
            "/settings/{org}/projects/{project}/keys/",
            Permission::EditProjects,
        );
        check(
            Method::POST,
            "/settings/{org}/anything/new/",
            Permission::EditOrganization,
        );
        check(
            Method::POST,
            "/organizations/{org}/issues/act/",
            Permission::Triage,
        );
        check(
            Method::DELETE,
            "/organizations/{org}/quarantine/",
            Permission::EditProjects,
        );
        check(
            Method::POST,
            "/organizations/{org}/environments/",
            Permission::EditProjects,
        );
        check(Method::POST, "/elsewhere/{org}/", Permission::Own);
    }
}
