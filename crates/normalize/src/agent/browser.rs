//! Which program it was.

use super::words::{Words, version};
use super::{Product, device};

/// Products that say alone who it is, before what they claim to be compatible with; and the name
/// they are known by.
const BROWSERS: [(&str, &str); 24] = [
    ("EdgA", "Edge Mobile"),
    ("EdgiOS", "Edge Mobile"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("YaBrowser", "Yandex Browser"),
    ("Vivaldi", "Vivaldi"),
    ("UCBrowser", "UC Browser"),
    ("MiuiBrowser", "MiuiBrowser"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("Whale", "Whale"),
    ("Silk", "Amazon Silk"),
    ("GSA", "Google"),
    ("FxiOS", "Firefox iOS"),
    ("CriOS", "Chrome Mobile iOS"),
    ("SeaMonkey", "SeaMonkey"),
    ("PaleMoon", "Pale Moon"),
    ("HeadlessChrome", "HeadlessChrome"),
    ("curl", "curl"),
    ("Wget", "Wget"),
    ("python-requests", "Python Requests"),
    ("okhttp", "okhttp"),
    ("Go-http-client", "Go-http-client"),
    ("axios", "axios"),
];

/// A bot's name and version.
pub(super) type Bot<'a> = (&'a str, &'a str);

/// The browser, bot or tool.
pub(super) fn of<'a>(words: &Words<'a>, bot: Option<Bot<'a>>) -> Option<Product<'a>> {
    if let Some((name, text)) = bot {
        return Some(Product::new(name, version(text)));
    }
    let named = words.products().find_map(|(product, text)| {
        let (_, name) = BROWSERS.iter().find(|(word, _)| *word == product)?;
        Some(Product::new(name, version(text)))
    });
    named
        .or_else(|| of_microsoft(words))
        .or_else(|| of_mozilla(words))
        .or_else(|| of_google(words))
        .or_else(|| of_apple(words))
}

/// A program that reads pages for other programs.
pub(super) fn bot<'a>(words: &Words<'a>) -> Option<Bot<'a>> {
    if !words.may_be_bot {
        return None;
    }
    let of_comments = words
        .comments()
        .filter_map(|comment| comment.split_once('/'));
    let mut all = words.products().chain(of_comments);
    // An address, or the name of a phone and its build, is no name of a program.
    let is_bot = |name: &str| !name.contains([' ', '+', ':']) && has_bot_sign(name);
    all.find(|(name, _)| is_bot(name))
        .map(|(name, text)| match name {
            "facebookexternalhit" => ("FacebookBot", text),
            other => (other, text),
        })
}

/// `bot`, `spider`, `crawler`, `Slurp` or `externalhit`, whatever the case of its first letter.
pub(super) fn has_bot_sign(text: &str) -> bool {
    const SIGNS: [&[u8]; 5] = [b"bot", b"spider", b"crawler", b"slurp", b"externalhit"];
    let bytes = text.as_bytes();
    let starts = |(place, byte): (usize, &u8)| {
        // One look at each letter; few go on.
        let first = byte.to_ascii_lowercase();
        let rest = bytes.get(place + 1..).unwrap_or_default();
        let is_sign = |sign: &&[u8]| {
            let tail = sign.get(1..).unwrap_or_default();
            sign.first() == Some(&first) && rest.starts_with(tail)
        };
        matches!(first, b'b' | b's' | b'c' | b'e') && SIGNS.iter().any(is_sign)
    };
    bytes.iter().enumerate().any(starts)
}

fn of_microsoft<'a>(words: &Words<'a>) -> Option<Product<'a>> {
    if let Some(text) = words.product("Edge") {
        let is_phone = words.after("Windows Phone").is_some();
        let name = if is_phone { "Edge Mobile" } else { "Edge" };
        return Some(Product::new(name, version(text)));
    }
    let text = words.after("MSIE ").or_else(|| {
        words.after("Trident/")?;
        words.after("rv:")
    });
    text.map(|text| Product::new("IE", version(text)))
}

fn of_mozilla<'a>(words: &Words<'a>) -> Option<Product<'a>> {
    let text = words.product("Firefox")?;
    let is_mobile = words.remarks("Mobile") || words.remarks("Tablet");
    let name = if is_mobile {
        "Firefox Mobile"
    } else {
        "Firefox"
    };
    Some(Product::new(name, version(text)))
}

fn of_google<'a>(words: &Words<'a>) -> Option<Product<'a>> {
    let chrome = words.product("Chrome");
    let Some(text) = chrome.or_else(|| words.product("Chromium")) else {
        // The browser of old Androids, and programs of Android that are no browser.
        let text = words.after("Android ")?;
        let is_plain = words.product("Dalvik").is_some() || words.product("Version").is_some();
        return is_plain.then(|| Product::new("Android", version(text)));
    };
    let is_mobile = device::is_android(words) && words.product("Mobile").is_some();
    let name = match (chrome, is_mobile) {
        (None, _) => "Chromium",
        (Some(_), true) if words.remarks("wv") => "Chrome Mobile WebView",
        (Some(_), true) => "Chrome Mobile",
        (Some(_), false) => "Chrome",
    };
    Some(Product::new(name, version(text)))
}

fn of_apple<'a>(words: &Words<'a>) -> Option<Product<'a>> {
    let is_mobile = device::of_apple(words).is_some_and(|device| device != "Mac");
    let text = words.product("Version").map(version);
    match (words.product("Safari"), is_mobile) {
        (Some(_), true) => Some(Product::new("Mobile Safari", text.unwrap_or_default())),
        (Some(_), false) => Some(Product::new("Safari", text?)),
        (None, true) if words.product("AppleWebKit").is_some() => {
            Some(Product::new("Mobile Safari UI/WKWebView", ""))
        }
        (None, _) => None,
    }
}
