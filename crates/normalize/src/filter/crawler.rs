//! Search engines and other programs that walk the web. They run pages in ways that no person
//! does.

/// Parts of user agents, in lower case.
const NAMES: [&str; 36] = [
    "adsbot-google",
    "ahrefsbot",
    "amazonbot",
    "applebot",
    "archive.org_bot",
    "baiduspider",
    "bingbot",
    "bingpreview",
    "bytespider",
    "ccbot/",
    "chrome-lighthouse",
    "claudebot",
    "dotbot",
    "duckduckbot",
    "exabot",
    "facebookexternalhit",
    "feedfetcher-google",
    "google-inspectiontool",
    "googlebot",
    "googleother",
    "gptbot",
    "ia_archiver",
    "linkedinbot",
    "mediapartners-google",
    "mj12bot",
    "msnbot",
    "petalbot",
    "pinterestbot",
    "semrushbot",
    "seznambot",
    "slackbot-linkexpanding",
    "sogou web spider",
    "telegrambot",
    "twitterbot",
    "yahoo! slurp",
    "yandexbot",
];

/// What a crawler that is not named above calls itself, before a version or the end of a part.
const KINDS: [&str; 4] = ["bot", "crawler", "spider", "scraper"];

/// No crawlers, although they look like some: a telephone, hooks that an application asked for,
/// and probes that it pays for.
const EXCEPTIONS: [&str; 3] = ["cubot", "slackbot 1.", "stackdrivermonitoring"];

/// What in a user agent says that it is a crawler.
pub(super) fn of_agent(agent: &str) -> Option<&'static str> {
    let lower = agent.to_lowercase();
    if EXCEPTIONS.iter().any(|exception| lower.contains(exception)) {
        return None;
    }
    let named = NAMES.iter().find(|name| lower.contains(**name));
    named
        .or_else(|| KINDS.iter().find(|kind| is_kind(&lower, kind)))
        .copied()
}

/// Whether some word ends in `kind`.
fn is_kind(lower: &str, kind: &str) -> bool {
    lower.match_indices(kind).any(|(at, found)| {
        let rest = lower.get(at + found.len()..).unwrap_or_default();
        rest.is_empty() || rest.starts_with(['/', ';', ')', ' ', '-', ','])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crawlers_are_known_by_name_or_kind() {
        let check = |agent: &str, expect: Option<&str>| {
            assert_eq!(of_agent(agent), expect, "{agent}");
        };
        let google = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
        check(google, Some("googlebot"));
        check(
            "Mozilla/5.0 (compatible; Yahoo! Slurp; http://x)",
            Some("yahoo! slurp"),
        );
        check("AcmeBot/1.0 (+https://acme.example)", Some("bot"));
        check("acme-crawler", Some("crawler"));
        check(
            "Mozilla/5.0 (Linux; Android 9; CUBOT_X19) Chrome/90 Mobile",
            None,
        );
        check("Slackbot 1.0 (+https://api.slack.com/robots)", None);
        check("GoogleStackdriverMonitoring-UptimeChecks(https://x)", None);
        check("Mozilla/5.0 (X11) Firefox/120.0", None);
        check("robotics-app/1.0", None);
        check("", None);
    }

    #[test]
    fn the_list_is_sorted_and_in_lower_case() {
        assert!(NAMES.is_sorted());
        assert!(NAMES.iter().all(|name| *name == name.to_lowercase()));
    }
}
