//! Where issues and their events are.

use std::fmt::Display;

use watchpost_store::Search;

use super::{Links, encode};

impl Links {
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

    /// What a list shows as a file; the query is that of the list.
    pub(crate) fn issues_csv(&self, org: &str, query: impl Display) -> String {
        format!("{}csv/?{query}", self.issues_form(org))
    }

    /// How many issues a list shows.
    pub(crate) fn issues_count(&self, org: &str, query: impl Display) -> String {
        format!("{}count/?{query}", self.issues_form(org))
    }

    pub(crate) fn issue_preview(&self, org: &str, issue: impl Display) -> String {
        format!("{}preview/", self.issue(org, issue))
    }

    /// Where people find anything by its name.
    pub(crate) fn palette(&self, org: &str) -> String {
        format!("{}/organizations/{org}/search/", self.base)
    }

    /// What keys do, and whether they do it.
    pub(crate) fn shortcuts(&self, org: &str) -> String {
        self.of_org(org, "shortcuts")
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

    /// The values of a tag within an issue.
    pub(crate) fn issue_tag(&self, org: &str, issue: impl Display, key: &str) -> String {
        tag_below(&self.issue(org, issue), (key, ""))
    }

    /// The same as a file for a spreadsheet.
    pub(crate) fn issue_tag_csv(&self, org: &str, issue: impl Display, key: &str) -> String {
        tag_below(&self.issue(org, issue), (key, "csv/"))
    }

    /// Issues that look like it.
    pub(crate) fn similar(&self, org: &str, issue: impl Display) -> String {
        format!("{}similar/", self.issue(org, issue))
    }

    /// Where a link for strangers is made.
    pub(crate) fn share(&self, org: &str, issue: impl Display) -> String {
        format!("{}share/", self.issue(org, issue))
    }

    /// What strangers see.
    pub(crate) fn shared(&self, secret: &str) -> String {
        self.path(&format!("/share/issue/{}/", encode(secret)))
    }

    /// Where tickets elsewhere are linked.
    pub(crate) fn tickets(&self, org: &str, issue: impl Display) -> String {
        format!("{}tickets/", self.issue(org, issue))
    }

    /// The issues that began with a release.
    pub(crate) fn issues_of_release(
        &self,
        org: &str,
        project: impl Display,
        release: &str,
    ) -> String {
        let query = Search::term("firstRelease", release);
        format!("{}&query={}", self.issues(org, project), encode(&query))
    }
}

/// A tag below the page of an issue. Browsers read a segment of dots as a way up, so such a name
/// stands in the query.
pub(crate) fn tag_below(issue: &str, (key, file): (&str, &str)) -> String {
    let name = encode(key);
    match key {
        "." | ".." => format!("{issue}tags/-/{file}?key={name}"),
        _ => format!("{issue}tags/{name}/{file}"),
    }
}
