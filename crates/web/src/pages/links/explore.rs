//! Where people look at all that comes in.

use std::fmt::Display;

use super::Links;

impl Links {
    /// A page of an organization by its name in addresses: `projects`, `dashboards`, …
    pub(crate) fn of_org(&self, org: &str, page: &str) -> String {
        format!("{}/organizations/{org}/{page}/", self.base)
    }

    pub(crate) fn quarantine(&self, org: &str) -> String {
        format!("{}/organizations/{org}/quarantine/", self.base)
    }

    pub(crate) fn quarantine_entry(&self, org: &str, entry: &str) -> String {
        format!("{}{entry}/", self.quarantine(org))
    }

    pub(crate) fn status(&self, org: &str) -> String {
        format!("{}/organizations/{org}/status/", self.base)
    }

    pub(crate) fn stats(&self, org: &str) -> String {
        format!("{}/organizations/{org}/stats/", self.base)
    }

    pub(crate) fn project_stats(&self, org: &str, project: impl Display) -> String {
        format!("{}?project={project}", self.stats(org))
    }
}
