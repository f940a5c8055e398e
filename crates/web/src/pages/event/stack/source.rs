//! Where the source of a frame is: an address that somebody wrote for a project. Pure.

use watchpost_model::Frame;

use crate::pages::links::{encode, safe_url};

/// A template of addresses, and the release that it is about.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Source<'a> {
    template: &'a str,
    release: &'a str,
}

impl<'a> Source<'a> {
    pub(crate) fn new(template: &'a str, release: Option<&'a str>) -> Self {
        let release = release.unwrap_or_default();
        Self { template, release }
    }

    /// What is wrong with a template, for who writes it; an empty one is none.
    pub(crate) fn fault(template: &str) -> Option<&'static str> {
        if template.is_empty() {
            return None;
        }
        let link = Source::new(template, Some("1")).fill("a.rs", Some(1));
        if link.is_none() {
            return Some(
                "Write a web address that begins with https:// or http:// and its host, with \
                 {path} behind them.",
            );
        }
        None
    }

    /// The address of a line of a frame; none where it would lead nowhere.
    pub(super) fn of(self, frame: &Frame) -> Option<String> {
        let path = frame.filename.as_deref().or(frame.abs_path.as_deref())?;
        if path.contains("://") || path.starts_with('<') {
            return None;
        }
        self.fill(path, frame.lineno)
    }

    fn fill(self, path: &str, line: Option<u64>) -> Option<String> {
        let web = ["https://", "http://"];
        let rest = web
            .iter()
            .find_map(|scheme| self.template.strip_prefix(scheme))?;
        let host = rest.split('/').next().unwrap_or_default();
        let is_whole = !host.is_empty() && !host.contains('{') && rest.contains("{path}");
        let needs_release = self.template.contains("{release}") && self.release.is_empty();
        if !is_whole || needs_release {
            return None;
        }
        let path = path.replace('\\', "/");
        let parts = path.split('/');
        let parts = parts.filter(|part| !matches!(*part, "" | "." | ".."));
        let path: Vec<String> = parts.map(encode).collect();
        let line = line.map_or_else(String::new, |line| line.to_string());
        // `shop@2.4.1` is the version 2.4.1 of a package.
        let version = self.release.rsplit('@').next().unwrap_or_default();
        let link = self
            .template
            .replace("{release}", &encode(self.release))
            .replace("{version}", &encode(version))
            .replace("{line}", &line)
            .replace("{path}", &path.join("/"));
        safe_url(&link).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(template: &str, path: &str) -> Option<String> {
        let frame = Frame {
            filename: Some(path.to_owned()),
            lineno: Some(7),
            ..Frame::default()
        };
        Source::new(template, Some("shop@2.4")).of(&frame)
    }

    #[test]
    fn frames_lead_to_their_line() {
        let check = |template: &str, path: &str, expect: &str| {
            assert_eq!(link(template, path).as_deref(), Some(expect));
        };
        let template = "https://git.example/shop/blob/{version}/{path}#L{line}";
        check(
            template,
            "./src/pay er.py",
            "https://git.example/shop/blob/2.4/src/pay%20er.py#L7",
        );
        check(
            template,
            "..\\..\\etc\\x",
            "https://git.example/shop/blob/2.4/etc/x#L7",
        );
        check("http://g/{release}/{path}", "a", "http://g/shop%402.4/a");
    }

    #[test]
    fn w02_a_frame_cannot_change_where_a_link_leads() {
        for path in ["https://evil.example/x", "<frozen>"] {
            assert_eq!(link("https://g/{path}", path), None, "{path}");
        }
        let found = link("https://g/{path}", "a?b#c{line}");
        assert_eq!(found.as_deref(), Some("https://g/a%3Fb%23c%7Bline%7D"));
    }

    #[test]
    fn w02_templates_are_web_addresses() {
        assert_eq!(Source::fault(""), None);
        assert_eq!(Source::fault("https://g.example/{path}"), None);
        for bad in [
            "javascript:alert(1)//{path}",
            "https://{path}",
            "https:///{path}",
            "https://g.example/",
            "g.example/{path}",
            "https://g.example/a b/{path}",
        ] {
            assert!(Source::fault(bad).is_some(), "{bad}");
        }
    }
}
