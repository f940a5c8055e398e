//! Where people look at all that comes in.

use std::fmt::Display;

use watchpost_model::ProjectId;

use super::Links;

impl Links {
    /// Questions over events.
    pub(crate) fn explore(&self, org: &str) -> String {
        format!("{}/organizations/{org}/explore/", self.base)
    }

    /// One of them.
    pub(crate) fn explored(&self, org: &str, query: &str) -> String {
        format!("{}?{query}", self.explore(org))
    }

    pub(crate) fn explored_csv(&self, org: &str, query: &str) -> String {
        format!("{}csv/?{query}", self.explore(org))
    }

    /// The questions that people saved.
    pub(crate) fn queries(&self, org: &str) -> String {
        format!("{}queries/", self.explore(org))
    }

    pub(crate) fn query(&self, org: &str, query: impl Display) -> String {
        format!("{}{query}/", self.queries(org))
    }

    pub(crate) fn dashboards(&self, org: &str) -> String {
        format!("{}/organizations/{org}/dashboards/", self.base)
    }

    pub(crate) fn dashboard(&self, org: &str, dashboard: impl Display) -> String {
        format!("{}{dashboard}/", self.dashboards(org))
    }

    /// Where a search box over events of several projects asks what its text can go on with.
    pub(crate) fn event_completions(&self, org: &str, projects: &[ProjectId]) -> String {
        let named = projects.iter().map(|project| format!("&project={project}"));
        let named: String = named.collect();
        format!(
            "{}/organizations/{org}/search/complete/?dataset=events{named}",
            self.base
        )
    }

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
