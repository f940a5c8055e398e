//! The URLs of the pages, in one place, in the shapes that Sentry's users know.
//!
//! Templates, redirects and the API's permalinks take them from here. All paths begin with the
//! path of the public URL, so that the pages also work below a prefix. What a client sent never
//! becomes a link except through [`safe_url`].

use std::fmt::Display;

use crate::App;

/// Makes links: knows the prefix, and the whole public URL where a link leaves the page.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    base: String,
    public: String,
}

impl Links {
    /// The links of this installation.
    pub(crate) fn of(app: &App) -> Self {
        Self::at(&app.config.public_url)
    }

    pub(crate) fn at(public: &str) -> Self {
        let public = public.trim_end_matches('/');
        let after_scheme = public.split_once("://").map_or(public, |(_, rest)| rest);
        let base = after_scheme.find('/').and_then(|at| after_scheme.get(at..));
        Self {
            base: base.unwrap_or_default().to_owned(),
            public: public.to_owned(),
        }
    }

    /// A path of this server.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The same as a whole URL.
    pub(crate) fn public(&self, path: &str) -> String {
        format!("{}{path}", self.public)
    }

    pub(crate) fn sign_in(&self, next: Option<&str>) -> String {
        match next.and_then(safe_next).filter(|next| *next != "/") {
            Some(next) => format!("{}/auth/login/?next={}", self.base, encode(next)),
            None => self.path("/auth/login/"),
        }
    }

    pub(crate) fn sign_out(&self) -> String {
        self.path("/auth/logout/")
    }

    pub(crate) fn setup(&self, token: &str) -> String {
        format!("{}/setup/{}/", self.base, encode(token))
    }

    pub(crate) fn theme(&self) -> String {
        self.path("/theme/")
    }

    pub(crate) fn search(&self) -> String {
        self.path("/search")
    }

    pub(crate) fn tokens(&self) -> String {
        self.path("/settings/account/api/auth-tokens/")
    }

    pub(crate) fn issues(&self, org: &str, project: impl Display) -> String {
        format!(
            "{}/organizations/{org}/issues/?project={project}",
            self.base
        )
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

    pub(crate) fn issues_form(&self, org: &str) -> String {
        format!("{}/organizations/{org}/issues/", self.base)
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

    pub(crate) fn events(&self, org: &str, issue: impl Display) -> String {
        format!("{}events/", self.issue(org, issue))
    }

    pub(crate) fn merged(&self, org: &str, issue: impl Display) -> String {
        format!("{}merged/", self.issue(org, issue))
    }

    pub(crate) fn getting_started(&self, org: &str, project: &str) -> String {
        format!(
            "{}/organizations/{org}/projects/{project}/getting-started/",
            self.base
        )
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

    /// A page of the rules of a project: `filters`, `changes`, …
    pub(crate) fn discarded(&self, org: &str, project: &str) -> String {
        format!("{}discarded/", self.project_settings(org, project))
    }

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

/// Where a person may be sent after signing in: a path of this server, nothing that a browser
/// could read as another host.
pub(crate) fn safe_next(next: &str) -> Option<&str> {
    let rest = next.strip_prefix('/')?;
    let elsewhere = rest.starts_with('/');
    let odd = next.chars().any(|c| c == '\\' || c.is_control());
    (!elsewhere && !odd).then_some(next)
}

/// A URL from an event, if it may become a link: `http`, `https` and `mailto` only, without
/// characters that browsers drop before they read the scheme.
pub(crate) fn safe_url(url: &str) -> Option<&str> {
    let odd = url.chars().any(|c| c.is_control() || c.is_whitespace());
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    let known = ["http://", "https://", "mailto:"]
        .into_iter()
        .any(|scheme| lower.starts_with(scheme));
    (known && !odd && url.len() <= 2048).then_some(url)
}

/// A text as a value in a query or a segment of a path.
pub(crate) fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;
    use watchpost_model::IssueId;

    #[test]
    fn paths_keep_the_prefix_of_the_public_url() {
        let links = Links::at("https://errors.example/watch/");
        assert_eq!(
            links.issue("acme", IssueId(7)),
            "/watch/organizations/acme/issues/7/"
        );
        assert_eq!(
            links.public("/store/"),
            "https://errors.example/watch/store/"
        );
        let links = Links::at("http://127.0.0.1:9000");
        assert_eq!(links.sign_in(None), "/auth/login/");
        assert_eq!(
            links.sign_in(Some("/organizations/a/issues/?query=a b&x")),
            "/auth/login/?next=%2Forganizations%2Fa%2Fissues%2F%3Fquery%3Da%20b%26x"
        );
    }

    #[test]
    fn w15_next_is_a_path_of_this_server() {
        for good in ["/", "/organizations/a/issues/?query=x", "/a//b", "/@evil"] {
            assert_eq!(safe_next(good), Some(good));
        }
        let bad = [
            "//evil",
            "/\\evil",
            "\\/\\/evil",
            "https:evil",
            "https://evil",
            "/\t/evil",
        ];
        for bad in bad
            .into_iter()
            .chain(["", "evil", "@evil", "/a\nb", "javascript:alert(1)"])
        {
            assert_eq!(safe_next(bad), None, "{bad}");
        }
    }

    #[test]
    fn w02_only_web_addresses_become_links() {
        for good in [
            "http://a/b?c#d",
            "HTTPS://shop.example",
            "mailto:a@b.example",
        ] {
            assert_eq!(safe_url(good), Some(good));
        }
        let bad = [
            "javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "\tjava\nscript:x",
        ];
        for bad in bad
            .into_iter()
            .chain(["//evil", "http:evil", "/a", "", "https://a\nb"])
        {
            assert_eq!(safe_url(bad), None, "{bad}");
        }
        assert_eq!(safe_url("ﬀﬀﬀﬀ://x"), None);
    }
}
