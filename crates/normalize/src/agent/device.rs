//! Which machine it was, as far as the user agent says.

use std::borrow::Cow;

use super::Device;
use super::browser::Bot;
use super::words::Words;

/// How models begin, whose they are, and whether the family is called after them.
const BRANDS: [(&str, &str, bool); 8] = [
    ("SM-", "Samsung", true),
    ("GT-", "Samsung", true),
    ("Pixel", "Google", false),
    ("Nexus", "Google", false),
    ("moto", "Motorola", true),
    ("Redmi", "XiaoMi", true),
    ("Mi ", "XiaoMi", true),
    ("HUAWEI", "Huawei", false),
];

/// The machine.
pub(super) fn of<'a>(words: &Words<'a>, bot: Option<Bot<'a>>) -> Option<Device<'a>> {
    if bot.is_some() {
        return Some(known("Spider", "Spider", "Desktop"));
    }
    if let Some(name) = of_apple(words) {
        return Some(known("Apple", name, name));
    }
    // What Android and Windows claim at once is a phone of Microsoft.
    let is_android = is_android(words) && words.after("Windows").is_none();
    is_android.then(|| of_android(words)).flatten()
}

pub(super) fn is_android(words: &Words<'_>) -> bool {
    words.after("Android").is_some()
}

/// What Apple calls it.
pub(super) fn of_apple(words: &Words<'_>) -> Option<&'static str> {
    let is = |name: &str| words.remarks(name);
    match () {
        () if is("iPhone") => Some("iPhone"),
        () if is("iPad") => Some("iPad"),
        () if is("iPod") || is("iPod touch") => Some("iPod"),
        () if is("Macintosh") => Some("Mac"),
        () => None,
    }
}

/// `Linux; Android 13; SM-S901B Build/X`: what follows the system's version.
fn of_android<'a>(words: &Words<'a>) -> Option<Device<'a>> {
    let after = words
        .comments()
        .skip_while(|comment| !comment.starts_with("Android"));
    let model = after
        .skip(1)
        .map(|comment| comment.split(" Build/").next().unwrap_or_default())
        .map(|model| model.strip_prefix("SAMSUNG ").unwrap_or(model))
        .find(|model| !is_noise(model));
    let Some(model) = model else {
        let is_phone = words.remarks("Mobile");
        return is_phone.then(|| known("Generic", "Generic Smartphone", "Smartphone"));
    };
    if model == "K" {
        return Some(known("Generic_Android", model, model));
    }
    let found = BRANDS.iter().find(|(start, ..)| model.starts_with(start));
    let (brand, family) = match found {
        Some((_, brand, true)) => (*brand, Cow::Owned(format!("{brand} {model}"))),
        Some((_, brand, false)) => (*brand, Cow::Borrowed(model)),
        None => ("", Cow::Borrowed(model)),
    };
    Some(Device {
        family,
        model,
        brand,
    })
}

/// Encryption, languages, engines: what stands beside the model.
fn is_noise(word: &str) -> bool {
    let is_language = matches!(word.as_bytes(), [_, _] | [_, _, b'-' | b'_', _, _]);
    is_language
        || matches!(
            word,
            "" | "U" | "wv" | "Mobile" | "Tablet" | "arm64" | "arm_64"
        )
        || word.starts_with("rv:")
        || word.contains('/')
}

fn known<'a>(brand: &'a str, family: &'a str, model: &'a str) -> Device<'a> {
    Device {
        family: family.into(),
        model,
        brand,
    }
}
