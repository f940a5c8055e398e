//! Where people set things up.

use std::fmt::Display;

use super::{Links, encode};

impl Links {
    /// A page of one's own account: `details`, `security`.
    pub(crate) fn account(&self, page: &str) -> String {
        format!("{}/settings/account/{page}/", self.base)
    }

    pub(crate) fn org_settings(&self, org: &str) -> String {
        format!("{}/settings/{org}/", self.base)
    }

    pub(crate) fn members(&self, org: &str) -> String {
        format!("{}members/", self.org_settings(org))
    }

    pub(crate) fn audit(&self, org: &str) -> String {
        format!("{}audit-log/", self.org_settings(org))
    }

    /// Where an invite leads; for its one reader.
    pub(crate) fn invite(&self, token: &str) -> String {
        format!("{}/invite/{}/", self.base, encode(token))
    }

    pub(crate) fn tokens(&self) -> String {
        self.path("/settings/account/api/auth-tokens/")
    }

    pub(crate) fn getting_started(&self, org: &str, project: &str) -> String {
        format!(
            "{}/organizations/{org}/projects/{project}/getting-started/",
            self.base
        )
    }

    /// Where a new installation gets its names.
    pub(crate) fn welcome(&self, org: &str) -> String {
        format!("{}/settings/{org}/welcome/", self.base)
    }

    pub(crate) fn new_project(&self, org: &str) -> String {
        format!("{}/organizations/{org}/projects/new/", self.base)
    }

    pub(crate) fn project_settings(&self, org: &str, project: &str) -> String {
        format!("{}/settings/{org}/projects/{project}/", self.base)
    }

    pub(crate) fn teams(&self, org: &str) -> String {
        format!("{}/settings/{org}/teams/", self.base)
    }

    pub(crate) fn team(&self, org: &str, team: impl Display) -> String {
        format!("{}{team}/", self.teams(org))
    }

    pub(crate) fn discarded(&self, org: &str, project: &str) -> String {
        format!("{}discarded/", self.project_settings(org, project))
    }

    /// A page of the rules of a project: `filters`, `changes`, …
    pub(crate) fn rules(&self, org: &str, project: &str, page: &str) -> String {
        format!("{}{page}/", self.project_settings(org, project))
    }

    /// The quotas among the settings of a project.
    pub(crate) fn quotas(&self, org: &str, project: &str) -> String {
        format!("{}#quotas", self.project_settings(org, project))
    }

    pub(crate) fn keys(&self, org: &str, project: &str) -> String {
        format!("{}keys/", self.project_settings(org, project))
    }
}
