//! Where people look at what happens across issues.

use std::fmt::Display;

use super::{Links, encode};

impl Links {
    pub(crate) fn projects(&self, org: &str) -> String {
        format!("{}/organizations/{org}/projects/", self.base)
    }

    pub(crate) fn releases(&self, org: &str) -> String {
        format!("{}/organizations/{org}/releases/", self.base)
    }

    /// A release of a project. Browsers read a segment of dots as a way up, so such a name stands
    /// in the query.
    pub(crate) fn release(&self, org: &str, project: impl Display, version: &str) -> String {
        let (all, name) = (self.releases(org), encode(version));
        match version {
            "." | ".." => format!("{all}-/?project={project}&version={name}"),
            _ => format!("{all}{name}/?project={project}"),
        }
    }

    pub(crate) fn environments(&self, org: &str) -> String {
        format!("{}/organizations/{org}/environments/", self.base)
    }

    pub(crate) fn tags(&self, org: &str) -> String {
        format!("{}/organizations/{org}/tags/", self.base)
    }

    pub(crate) fn tag(&self, org: &str, project: impl Display, key: &str) -> String {
        let (all, name) = (self.tags(org), encode(key));
        match key {
            "." | ".." => format!("{all}-/?project={project}&key={name}"),
            _ => format!("{all}{name}/?project={project}"),
        }
    }

    /// The same as a file for a spreadsheet.
    pub(crate) fn tag_csv(
        &self,
        org: &str,
        project: impl Display,
        (key, query): (&str, &str),
    ) -> String {
        let (all, name, query) = (self.tags(org), encode(key), encode(query));
        format!("{all}-/csv/?project={project}&key={name}&query={query}")
    }

    pub(crate) fn users(&self, org: &str) -> String {
        format!("{}/organizations/{org}/users/", self.base)
    }

    pub(crate) fn user(&self, org: &str, project: impl Display, user: &str) -> String {
        let all = self.users(org);
        format!("{all}show/?project={project}&user={}", encode(user))
    }

    /// The issues of a project that a search text finds.
    pub(crate) fn issues_with(&self, org: &str, project: impl Display, query: &str) -> String {
        format!("{}&query={}", self.issues(org, project), encode(query))
    }
}
