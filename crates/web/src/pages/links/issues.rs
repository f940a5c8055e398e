//! Where issues and their events are.

use std::fmt::Display;

use super::Links;

impl Links {
    pub(crate) fn search(&self) -> String {
        self.path("/search")
    }

    pub(crate) fn issues(&self, org: &str, project: impl Display) -> String {
        format!(
            "{}/organizations/{org}/issues/?project={project}",
            self.base
        )
    }

    pub(crate) fn issues_form(&self, org: &str) -> String {
        format!("{}/organizations/{org}/issues/", self.base)
    }

    /// The searches that people saved, which are addressed below it.
    pub(crate) fn searches(&self, org: &str) -> String {
        format!("{}searches/", self.issues_form(org))
    }

    /// Where a search box asks what its text can go on with.
    pub(crate) fn completions(&self, org: &str, project: impl Display) -> String {
        format!(
            "{}/organizations/{org}/search/complete/?project={project}",
            self.base
        )
    }

    pub(crate) fn issue_acts(&self, org: &str) -> String {
        format!("{}/organizations/{org}/issues/act/", self.base)
    }

    pub(crate) fn issue_comments(&self, org: &str, issue: impl Display) -> String {
        format!("{}comments/", self.issue(org, issue))
    }

    pub(crate) fn live(&self, org: &str, project: impl Display) -> String {
        format!("{}/organizations/{org}/live/?project={project}", self.base)
    }

    pub(crate) fn issue(&self, org: &str, issue: impl Display) -> String {
        format!("{}/organizations/{org}/issues/{issue}/", self.base)
    }

    /// `event`: an id, `latest` or `oldest`.
    pub(crate) fn event(&self, org: &str, issue: impl Display, event: impl Display) -> String {
        format!("{}events/{event}/", self.issue(org, issue))
    }

    pub(crate) fn event_json(&self, org: &str, issue: impl Display, event: impl Display) -> String {
        format!("{}json/", self.event(org, issue, event))
    }

    pub(crate) fn event_markdown(
        &self,
        org: &str,
        issue: impl Display,
        event: impl Display,
    ) -> String {
        format!("{}markdown/", self.event(org, issue, event))
    }

    pub(crate) fn events(&self, org: &str, issue: impl Display) -> String {
        format!("{}events/", self.issue(org, issue))
    }

    pub(crate) fn merged(&self, org: &str, issue: impl Display) -> String {
        format!("{}merged/", self.issue(org, issue))
    }
}
