//! May the page that sends this report to the project? Pure; called by `auth` for each request
//! that a browser marked with its origin.

use watchpost_protocol::dsn::Scheme;

/// An origin, or a pattern of origins.
#[derive(Debug, PartialEq, Eq)]
struct Parts<'a> {
    scheme: Option<&'a str>,
    host: &'a str,
    port: Option<&'a str>,
}

/// Whether one of `allowed` is `*` or fits `origin`, an `Origin` or `Referer`. A pattern is a
/// host, perhaps with scheme and port, perhaps starting with `*.` for all hosts below it.
pub(crate) fn allowed(allowed: &[String], origin: &str) -> bool {
    let origin = parts(origin);
    allowed.iter().any(|pattern| {
        let pattern = pattern.trim();
        pattern == "*" || origin.as_ref().is_some_and(|origin| fits(pattern, origin))
    })
}

fn fits(pattern: &str, origin: &Parts<'_>) -> bool {
    let Some(pattern) = parts(pattern) else {
        return false;
    };
    let scheme = (pattern.scheme.zip(origin.scheme)).is_none_or(|(a, b)| a.eq_ignore_ascii_case(b));
    let port = match (pattern.port, pattern.scheme) {
        // A pattern with a scheme means its usual port; a bare host means any.
        (None, Some(_)) => origin.port.is_none(),
        (None, None) => true,
        (port, _) => port == origin.port,
    };
    scheme && port && host_fits(pattern.host, origin.host)
}

/// `*.shop.example` fits the hosts below, at the border of a label only (I25).
fn host_fits(pattern: &str, host: &str) -> bool {
    let Some(parent) = pattern.strip_prefix("*.") else {
        return pattern.eq_ignore_ascii_case(host);
    };
    let start = host.len().checked_sub(parent.len() + 1);
    let tail = start.filter(|start| *start > 0);
    let tail = tail.and_then(|start| host.get(start..));
    let tail = tail.and_then(|tail| tail.strip_prefix('.'));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(parent))
}

/// Splits `https://user@host:port/path?query`; `None` for `null` and what has no host.
fn parts(text: &str) -> Option<Parts<'_>> {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, text),
    };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let (host, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    };
    let usual = match scheme {
        Some(scheme) if scheme.eq_ignore_ascii_case(&Scheme::Https.to_string()) => "443",
        Some(_) => "80",
        None => "",
    };
    let port = port.filter(|port| *port != usual);
    let named = !host.is_empty() && host != "null";
    named.then_some(Parts { scheme, host, port })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, origin: &str, expect: bool) {
        let patterns = ["https://never.example".to_owned(), pattern.to_owned()];
        assert_eq!(allowed(&patterns, origin), expect, "{pattern} for {origin}");
    }

    #[test]
    fn i25_hosts_fit_exactly_or_below_a_label() {
        check("*", "https://anything.example", true);
        check("*", "null", true);
        check("shop.example", "https://shop.example", true);
        check("shop.example", "http://SHOP.example:8080", true);
        check("shop.example", "https://shop.example/page?x=1", true);
        check("shop.example", "https://evil-shop.example", false);
        check("shop.example", "https://shop.example.evil", false);
        check("shop.example", "https://shop.example@evil.example/", false);
        check("shop.example", "https://www.shop.example", false);
        check("shop.example", "null", false);
        check("shop.example", "", false);
        check("*.shop.example", "https://www.shop.example", true);
        check("*.shop.example", "https://a.b.shop.example", true);
        check("*.shop.example", "https://shop.example", false);
        check("*.shop.example", "https://evilshop.example", false);
        check("*.shop.example", "https://.shop.example", false);
        check("*.shop.example", "https://www.shop.example.evil", false);
    }

    #[test]
    fn a_scheme_or_port_in_the_pattern_counts() {
        check("https://shop.example", "https://shop.example", true);
        check("https://shop.example", "https://shop.example:443", true);
        check("https://shop.example", "http://shop.example", false);
        check("https://shop.example", "https://shop.example:8443", false);
        check("http://localhost:3000", "http://localhost:3000", true);
        check("localhost:3000", "http://localhost:3000", true);
        check("localhost:3000", "http://localhost:3001", false);
        check("https://*.shop.example", "https://www.shop.example", true);
        check("http://[::1]:3000", "http://[::1]:3000/x", true);
    }

    #[test]
    fn nothing_allowed_means_no_browser() {
        assert!(!allowed(&[], "https://shop.example"));
    }
}
