//! What a request says about the program and the machine it came from: its `User-Agent`, and the
//! hints (`Sec-CH-UA`) that browsers send beside it or, one day, instead of it.
//!
//! A table of our own: it knows the browsers, systems and tools that send errors, costs nothing to
//! load and a few microseconds to ask. The names are those of the `uap` project, which people know
//! from Sentry.

mod browser;
mod device;
mod hints;
mod system;
mod words;

use std::borrow::Cow;

pub(crate) use self::hints::Hints;
use self::words::Words;

/// More of a user agent is not read.
const AGENT_BYTES_MAX: usize = 1024;

/// A program or a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Product<'a> {
    /// `Chrome Mobile`, `Mac OS X`.
    pub(crate) name: &'a str,
    /// `120.0.0`; empty when it does not say.
    pub(crate) version: Cow<'a, str>,
}

/// A machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Device<'a> {
    /// `iPhone`, `Samsung SM-G973U`.
    pub(crate) family: Cow<'a, str>,
    /// `SM-G973U`.
    pub(crate) model: &'a str,
    /// `Samsung`; empty when it is not known.
    pub(crate) brand: &'a str,
}

/// Everything a request says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Agent<'a> {
    /// The program.
    pub(crate) browser: Option<Product<'a>>,
    /// The operating system.
    pub(crate) system: Option<Product<'a>>,
    /// The machine.
    pub(crate) device: Option<Device<'a>>,
}

impl<'a> Agent<'a> {
    /// Reads both; hints are believed before the user agent, which browsers no longer keep exact.
    pub(crate) fn read(user_agent: &'a str, hints: &Hints<'a>) -> Self {
        let words = Words::of(crate::text::head(user_agent, AGENT_BYTES_MAX));
        let bot = browser::bot(&words);
        Self {
            browser: hints.browser().or_else(|| browser::of(&words, bot)),
            system: hints.system().or_else(|| system::of(&words)),
            device: hints.device().or_else(|| device::of(&words, bot)),
        }
    }
}

impl<'a> Product<'a> {
    fn new(name: &'a str, version: &'a str) -> Self {
        Self {
            name,
            version: version.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(user_agent: &str, browser: &str, system: &str, device: &str) {
        let agent = Agent::read(user_agent, &Hints::default());
        let shown = |product: Option<Product<'_>>| {
            let text = |found: Product<'_>| format!("{} {}", found.name, found.version);
            product.map_or(String::new(), |found| text(found).trim_end().to_owned())
        };
        assert_eq!(shown(agent.browser), browser, "{user_agent}");
        assert_eq!(shown(agent.system), system, "{user_agent}");
        let device_found = agent.device.map_or(String::new(), |found| {
            format!("{}/{}/{}", found.brand, found.family, found.model)
        });
        assert_eq!(device_found, device, "{user_agent}");
    }

    const KHTML: &str = "AppleWebKit/537.36 (KHTML, like Gecko)";

    fn chrome(comment: &str, rest: &str) -> String {
        format!("Mozilla/5.0 ({comment}) {KHTML} {rest}")
    }

    #[test]
    fn browsers_on_desks() {
        let windows = "Windows NT 10.0; Win64; x64";
        let rest = "Chrome/120.0.0.0 Safari/537.36";
        check(&chrome(windows, rest), "Chrome 120.0.0", "Windows >=10", "");
        let edge = format!("{rest} Edg/120.0.2210.91");
        check(
            &chrome(windows, &edge),
            "Edge 120.0.2210",
            "Windows >=10",
            "",
        );
        let opera = format!("{rest} OPR/104.0.0.0");
        check(
            &chrome(windows, &opera),
            "Opera 104.0.0",
            "Windows >=10",
            "",
        );
        let mac = "Macintosh; Intel Mac OS X 10_15_7";
        let safari = chrome(mac, "Version/17.1 Safari/605.1.15");
        check(
            &safari,
            "Safari 17.1",
            "Mac OS X >=10.15.7",
            "Apple/Mac/Mac",
        );
        let firefox = "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:109.0) Gecko/20100101 \
                       Firefox/115.0";
        check(firefox, "Firefox 115.0", "Ubuntu", "");
        let headless = chrome(
            "X11; Linux x86_64",
            "HeadlessChrome/120.0.0.0 Safari/537.36",
        );
        check(&headless, "HeadlessChrome 120.0.0", "Linux", "");
        let book = chrome(
            "X11; CrOS x86_64 14541.0.0",
            "Chrome/118.0.0.0 Safari/537.36",
        );
        check(&book, "Chrome 118.0.0", "Chrome OS 14541.0.0", "");
        let old = "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)";
        check(old, "IE 8.0", "Windows 7", "");
        let last = "Mozilla/5.0 (Windows NT 6.3; WOW64; Trident/7.0; rv:11.0) like Gecko";
        check(last, "IE 11.0", "Windows 8.1", "");
    }

    #[test]
    fn browsers_in_hands() {
        let rest = "Chrome/112.0.0.0 Mobile Safari/537.36";
        check(
            &chrome("Linux; Android 13; SM-S901B", rest),
            "Chrome Mobile 112.0.0",
            "Android 13",
            "Samsung/Samsung SM-S901B/SM-S901B",
        );
        check(
            &chrome(
                "Linux; Android 12; Pixel 6 Build/SD1A.210817.023; wv",
                "Version/4.0 Chrome/94.0.4606.71 Mobile Safari/537.36",
            ),
            "Chrome Mobile WebView 94.0.4606",
            "Android 12",
            "Google/Pixel 6/Pixel 6",
        );
        check(
            &chrome("Linux; Android 10; K", rest),
            "Chrome Mobile 112.0.0",
            "Android 10",
            "Generic_Android/K/K",
        );
        let phone = "iPhone; CPU iPhone OS 17_1 like Mac OS X";
        check(
            &chrome(phone, "Version/17.1 Mobile/15E148 Safari/604.1"),
            "Mobile Safari 17.1",
            "iOS 17.1",
            "Apple/iPhone/iPhone",
        );
        check(
            &chrome(phone, "Mobile/15E148"),
            "Mobile Safari UI/WKWebView",
            "iOS 17.1",
            "Apple/iPhone/iPhone",
        );
        check(
            &chrome(
                "iPad; CPU OS 15_5 like Mac OS X",
                "CriOS/102.0.5005.87 Mobile/15E148",
            ),
            "Chrome Mobile iOS 102.0.5005",
            "iOS 15.5",
            "Apple/iPad/iPad",
        );
        check(
            "Mozilla/5.0 (Android 13; Mobile; rv:109.0) Gecko/119.0 Firefox/119.0",
            "Firefox Mobile 119.0",
            "Android 13",
            "Generic/Generic Smartphone/Smartphone",
        );
    }

    #[test]
    fn bots_and_tools() {
        check(
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Googlebot 2.1",
            "",
            "Spider/Spider/Desktop",
        );
        check(
            "Twitterbot/1.0",
            "Twitterbot 1.0",
            "",
            "Spider/Spider/Desktop",
        );
        check("curl/7.88.1", "curl 7.88.1", "", "");
        check("python-requests/2.31", "Python Requests 2.31", "", "");
        check("Go-http-client/1.1", "Go-http-client 1.1", "", "");
        // A phone of that name is no robot.
        let phone = chrome(
            "Linux; Android 9; CUBOT X18 Build/P1",
            "Chrome/112.0.0.0 Mobile",
        );
        check(
            &phone,
            "Chrome Mobile 112.0.0",
            "Android 9",
            "/CUBOT X18/CUBOT X18",
        );
    }

    #[test]
    fn nonsense_says_nothing() {
        for text in [
            "",
            " ",
            "(",
            "((((",
            ")",
            "/",
            "Mozilla/5.0",
            "Mozilla/5.0 (",
            "a;b;c",
            "\0",
        ] {
            check(text, "", "", "");
        }
        check(&"(".repeat(100_000), "", "", "");
    }
}
