//! Which operating system it ran on.

use std::borrow::Cow;

use super::Product;
use super::words::{Words, version};

/// What Windows calls itself, and what people call it. Later ones all call themselves 10.0.
const WINDOWS: [(&str, &str); 8] = [
    ("10.0", ">=10"),
    ("6.3", "8.1"),
    ("6.2", "8"),
    ("6.1", "7"),
    ("6.0", "Vista"),
    ("5.2", "XP"),
    ("5.1", "XP"),
    ("5.0", "2000"),
];

/// Every later version says it is this one.
const MAC_FROZEN: &str = "10_15_7";

/// Systems that say their name alone, the more exact one first.
const PLAIN: [&str; 7] = [
    "Ubuntu", "Fedora", "Debian", "FreeBSD", "OpenBSD", "NetBSD", "Linux",
];

/// The system.
pub(super) fn of<'a>(words: &Words<'a>) -> Option<Product<'a>> {
    of_microsoft(words)
        .or_else(|| of_apple(words))
        .or_else(|| of_google(words))
        .or_else(|| plain(words))
}

fn of_microsoft<'a>(words: &Words<'a>) -> Option<Product<'a>> {
    if let Some(text) = words.after("Windows Phone") {
        let text = text.trim_start_matches(" OS").trim_start();
        return Some(Product::new("Windows Phone", version(text)));
    }
    let number = words.after("Windows NT ")?;
    let known = WINDOWS.iter().find(|(word, _)| *word == number);
    let text = known.map_or_else(|| version(number), |(_, name)| name);
    Some(Product::new("Windows", text))
}

fn of_apple<'a>(words: &Words<'a>) -> Option<Product<'a>> {
    let mobile = words
        .after("CPU iPhone OS ")
        .or_else(|| words.after("CPU OS "));
    if let Some(text) = mobile {
        return Some(with_underscores("iOS", text));
    }
    let text = words
        .after("Intel Mac OS X ")
        .or_else(|| words.after("PPC Mac OS X "))?;
    if text == MAC_FROZEN {
        return Some(Product::new("Mac OS X", ">=10.15.7"));
    }
    Some(with_underscores("Mac OS X", text))
}

/// `17_1 like Mac OS X` is 17.1.
fn with_underscores<'a>(name: &'a str, text: &'a str) -> Product<'a> {
    let number = text.split(' ').next().unwrap_or_default();
    let number = number.replace('_', ".");
    let version = Cow::Owned(version(&number).to_owned());
    Product { name, version }
}

fn of_google<'a>(words: &Words<'a>) -> Option<Product<'a>> {
    if let Some(text) = words.after("Android") {
        return Some(Product::new("Android", version(text.trim_start())));
    }
    let text = words.after("CrOS ")?;
    let number = text.rsplit(' ').next().unwrap_or_default();
    Some(Product::new("Chrome OS", version(number)))
}

fn plain<'a>(words: &Words<'a>) -> Option<Product<'a>> {
    let mut names = PLAIN.into_iter();
    let name = names.find(|name| words.after(name).is_some())?;
    Some(Product::new(name, ""))
}
