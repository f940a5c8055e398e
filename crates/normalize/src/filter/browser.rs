//! Old browsers: which one an event comes from, and whether that is too old. The names and the
//! versions are those that Sentry documents for its filter.

use serde_json::Value;
use watchpost_model::Event;

/// The greatest major version that is old, by the names of `Filters::LEGACY_BROWSERS`.
const OLD: [(&str, u32); 8] = [
    ("ie", 11),
    ("edge", 110),
    ("safari", 15),
    ("firefox", 110),
    ("chrome", 110),
    ("opera", 99),
    ("android", 3),
    ("opera_mini", 34),
];

/// What stands before the version in a user agent, the most particular first: browsers name those
/// that they descend from as well.
const MARKS: [(&str, &str); 15] = [
    ("Opera Mini/", "opera_mini"),
    ("OPR/", "opera"),
    ("Edg/", "edge"),
    ("EdgA/", "edge"),
    ("EdgiOS/", "edge"),
    ("Edge/", "edge"),
    ("MSIE ", "ie"),
    ("Firefox/", "firefox"),
    ("FxiOS/", "firefox"),
    ("CriOS/", "chrome"),
    ("Chromium/", "chrome"),
    ("Chrome/", "chrome"),
    ("Opera/", "opera"),
    ("Android ", "android"),
    ("Version/", "safari"),
];

/// Browsers that carry the marks of others, with versions of their own.
const OTHERS: [&str; 6] = [
    "SamsungBrowser/",
    "UCBrowser/",
    "YaBrowser/",
    "Vivaldi/",
    "DuckDuckGo/",
    "GSA/",
];

/// A browser and its major version.
type Browser = (&'static str, u32);

/// The browser of an event, when it is one of `names` and too old: `chrome 62`.
pub(super) fn old(event: &Event, agent: Option<&str>, names: &[String]) -> Option<String> {
    let browser = of_context(event).or_else(|| agent.and_then(of_agent));
    let (name, version) = browser?;
    let newest = OLD.iter().find(|(known, _)| *known == name)?.1;
    let is_asked = names.iter().any(|asked| asked == name);
    (is_asked && version <= newest).then(|| format!("{name} {version}"))
}

/// As the context `browser` says, which the client or an earlier step filled in.
fn of_context(event: &Event) -> Option<Browser> {
    let browser = event.contexts.get("browser")?;
    let text = |key: &str| browser.get(key).and_then(Value::as_str);
    let name = text("name")?.to_ascii_lowercase();
    let name = match &*name {
        "ie" | "ie mobile" | "internet explorer" => "ie",
        "edge" | "edge mobile" | "microsoft edge" => "edge",
        "safari" | "mobile safari" => "safari",
        "firefox" | "firefox mobile" | "firefox ios" => "firefox",
        "chrome" | "chrome mobile" | "chrome mobile ios" | "chrome mobile webview" | "chromium" => {
            "chrome"
        }
        "opera" | "opera mobile" => "opera",
        "opera mini" => "opera_mini",
        "android" | "android browser" => "android",
        _ => return None,
    };
    Some((name, major(text("version")?)?))
}

/// As a user agent says.
fn of_agent(agent: &str) -> Option<Browser> {
    if OTHERS.iter().any(|other| agent.contains(other)) {
        return None;
    }
    if agent.contains("Trident/7") {
        // The last Explorer no longer called itself by its name.
        return Some(("ie", 11));
    }
    let (mark, name) = MARKS.iter().find(|(mark, _)| agent.contains(mark))?;
    if *name == "safari" && !agent.contains("Safari/") {
        return None;
    }
    let after = |mark: &str| agent.split_once(mark).and_then(|(_, rest)| major(rest));
    // Opera stayed at 9.80 and wrote the true version elsewhere.
    let version = match *mark {
        "Opera/" => after("Version/").or_else(|| after(mark)),
        _ => after(mark),
    };
    Some((name, version?))
}

fn major(version: &str) -> Option<u32> {
    let digits = version.split(|char: char| !char.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use watchpost_model::{EventId, Timestamp};

    use super::*;

    #[test]
    fn browsers_of_user_agents() {
        let check = |agent: &str, expect: Option<Browser>| {
            assert_eq!(of_agent(agent), expect, "{agent}");
        };
        let webkit = "Mozilla/5.0 (X) AppleWebKit/537.36 (KHTML, like Gecko)";
        let of = |rest: &str| format!("{webkit} {rest}");
        check(&of("Chrome/62.0.1 Safari/537.36"), Some(("chrome", 62)));
        check(
            &of("Chrome/120.0 Safari/537.36 Edg/120.0"),
            Some(("edge", 120)),
        );
        check(
            &of("Chrome/64.0 Safari/537.36 Edge/17.17"),
            Some(("edge", 17)),
        );
        check(
            &of("Chrome/90.0 Safari/537.36 OPR/76.0"),
            Some(("opera", 76)),
        );
        check(&of("Version/11.1 Safari/605.1"), Some(("safari", 11)));
        check(&of("Version/4.0 Mobile"), None);
        check(&of("SamsungBrowser/8.2 Chrome/63.0 Safari/537.36"), None);
        check(
            "Mozilla/5.0 (X11; rv:66.0) Gecko/20100101 Firefox/66.0",
            Some(("firefox", 66)),
        );
        check(
            "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)",
            Some(("ie", 8)),
        );
        check(
            "Mozilla/5.0 (Windows NT 6.3; Trident/7.0; rv:11.0) like Gecko",
            Some(("ie", 11)),
        );
        check(
            "Opera/9.80 (X11) Presto/2.12 Version/12.16",
            Some(("opera", 12)),
        );
        check(
            "Opera/9.80 (J2ME; Opera Mini/8.0/35; U; en) Presto/2.8",
            Some(("opera_mini", 8)),
        );
        let android = "Mozilla/5.0 (Linux; U; Android 2.3.4; en) AppleWebKit/533.1 (KHTML, like \
                       Gecko) Version/4.0 Mobile Safari/533.1";
        check(android, Some(("android", 2)));
        check("curl/8.0", None);
        check("", None);
    }

    #[test]
    fn only_old_ones_that_are_named() {
        let mut event = Event::empty(EventId(1), Timestamp::default());
        let names = ["chrome".to_owned(), "android".to_owned()];
        let agent = "AppleWebKit Chrome/110.0 Safari/537.36";
        assert_eq!(
            old(&event, Some(agent), &names).as_deref(),
            Some("chrome 110")
        );
        assert_eq!(old(&event, Some("Chrome/111.0 Safari/5"), &names), None);
        assert_eq!(old(&event, Some("Firefox/20.0"), &names), None);
        assert_eq!(old(&event, None, &names), None);
        let browser = json!({"name": "Chrome Mobile", "version": "62.0.1"});
        event.contexts.insert("browser".to_owned(), browser);
        assert_eq!(old(&event, None, &names).as_deref(), Some("chrome 62"));
        let newer = json!({"name": "Chrome", "version": "140"});
        event.contexts.insert("browser".to_owned(), newer);
        assert_eq!(
            old(&event, Some(agent), &names),
            None,
            "the context is believed"
        );
    }
}
