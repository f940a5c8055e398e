//! The URLs of the pages, in one place, in the shapes that Sentry's users know.
//!
//! Templates, redirects and the API's permalinks take them from here. All paths begin with the
//! path of the public URL, so that the pages also work below a prefix. What a client sent never
//! becomes a link except through [`safe_url`].

mod explore;
mod issues;
mod settings;
mod survey;

pub(crate) use self::issues::tag_below;
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

    /// A link as a whole URL: for files and texts that leave the page.
    pub(crate) fn whole(&self, link: &str) -> String {
        let origin = self.public.strip_suffix(&self.base).unwrap_or(&self.public);
        format!("{origin}{link}")
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

    pub(crate) fn preferences(&self) -> String {
        self.path("/preferences/")
    }

    pub(crate) fn theme(&self) -> String {
        self.path("/theme/")
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
