//! The short texts: release, environment, machine, logger, transaction.

use watchpost_model::Event;

use crate::limits;
use crate::remarks::Remarks;
use crate::text::{clean, fit, fit_name};

/// Settles them. An invalid release, environment or dist is dropped, because a cut or corrected
/// one would be another one.
pub(crate) fn settle(event: &mut Event, remarks: &mut Remarks) {
    check(&mut event.release, "release", is_release, remarks);
    check(
        &mut event.environment,
        "environment",
        is_environment,
        remarks,
    );
    check(&mut event.dist, "dist", is_dist, remarks);
    if event.platform == "java" {
        shorten_class(&mut event.logger, remarks);
    }
    fit_name(
        &mut event.logger,
        limits::LOGGER_CHARS_MAX,
        &"logger",
        remarks,
    );
    let name_max = limits::NAME_CHARS_MAX;
    fit_name(&mut event.transaction, name_max, &"transaction", remarks);
    // An empty view of the first protocol is another one than none, so it stays.
    if let Some(culprit) = &mut event.culprit {
        fit(culprit, name_max, &"culprit", remarks);
    }
    let path_max = limits::PATH_CHARS_MAX;
    fit_name(&mut event.server_name, path_max, &"server_name", remarks);
    fit_name(&mut event.site, path_max, &"site", remarks);
    fit_name(&mut event.checksum, name_max, &"checksum", remarks);
    settle_fingerprint(&mut event.fingerprint, remarks);
    if let Some(seed) = &mut event.seed {
        // Kept to the letter otherwise: the original's checksum is over these.
        let texts = [&mut seed.class_name, &mut seed.traceback];
        texts.into_iter().flatten().for_each(clean);
        clean(&mut seed.message);
        for (module, function) in &mut seed.frame_names {
            clean(module);
            clean(function);
        }
        if let Some((module, version)) = &mut seed.package {
            fit(module, name_max, &"seed.package", remarks);
            fit(version, name_max, &"seed.package", remarks);
        }
    }
}

/// The end of a class name says more than its beginning: `com.example.shop.Cart` becomes
/// `*.shop.Cart`.
fn shorten_class(name: &mut Option<String>, remarks: &mut Remarks) {
    let most = limits::LOGGER_CHARS_MAX;
    let Some(text) = name.as_ref().filter(|text| text.len() > most) else {
        return;
    };
    let length = text.chars().count();
    if length <= most {
        return;
    }
    // The star takes the place of one character.
    let end = tail(text, text.char_indices(), most - 1);
    let Some(end) = end.find('.').and_then(|dot| end.get(dot..)) else {
        return;
    };
    let short = format!("*{end}");
    remarks.cut_from(&"logger", &format!("longer than {most} characters"), length);
    *name = Some(short);
}

/// The last `count` characters of `text`, which has more, `chars` with their places.
fn tail(text: &str, chars: impl DoubleEndedIterator<Item = (usize, char)>, count: usize) -> &str {
    let start = chars.map(|(at, _)| at).rev().nth(count.saturating_sub(1));
    start.and_then(|at| text.get(at..)).unwrap_or(text)
}

fn settle_fingerprint(parts: &mut Vec<String>, remarks: &mut Remarks) {
    parts.retain(|part| !part.trim().is_empty());
    if parts.len() > limits::FINGERPRINT_PARTS_MAX {
        let reason = format!("more than {} parts", limits::FINGERPRINT_PARTS_MAX);
        remarks.cut_from(&"fingerprint", &reason, parts.len());
        parts.truncate(limits::FINGERPRINT_PARTS_MAX);
    }
    for (index, part) in parts.iter_mut().enumerate() {
        let at = format_args!("fingerprint.{index}");
        fit(part, limits::FINGERPRINT_CHARS_MAX, &at, remarks);
    }
}

fn check(
    name: &mut Option<String>,
    field: &str,
    is_valid: fn(&str) -> bool,
    remarks: &mut Remarks,
) {
    let Some(text) = name.take() else { return };
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return;
    }
    if !is_valid(trimmed) {
        remarks.dropped(&field, &format!("not a valid {field}"));
        return;
    }
    *name = Some(trimmed.to_owned());
}

fn is_release(text: &str) -> bool {
    let is_word = !matches!(text, "." | ".." | "latest");
    let has_odd = text.contains(|char: char| char == '\\' || char.is_control());
    is_word && !has_odd && text.chars().count() <= limits::NAME_CHARS_MAX
}

fn is_environment(text: &str) -> bool {
    // Old SDKs print the lack of one as text.
    let is_name = text != "none";
    let has_odd = text.contains(|char: char| "/\\".contains(char) || char.is_control());
    is_name && !has_odd && text.chars().count() <= limits::ENVIRONMENT_CHARS_MAX
}

fn is_dist(text: &str) -> bool {
    let allowed = |char: char| char.is_ascii_alphanumeric() || "_.-".contains(char);
    text.chars().all(allowed) && text.len() <= limits::ENVIRONMENT_CHARS_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_name(is_valid: fn(&str) -> bool, text: &str, expect: Option<&str>) {
        let mut name = Some(text.to_owned());
        let mut remarks = Remarks::new(Vec::new());
        check(&mut name, "f", is_valid, &mut remarks);
        assert_eq!(name.as_deref(), expect, "{text}");
        let is_dropped = expect.is_none() && !text.trim().is_empty();
        assert_eq!(remarks.finish().len(), usize::from(is_dropped), "{text}");
    }

    #[test]
    fn releases() {
        for valid in [
            "shop@1.2.3+4",
            "5.36.2",
            "@scope/web@1.0.0",
            "a b",
            "größe@1",
        ] {
            check_name(is_release, valid, Some(valid));
        }
        check_name(is_release, " 1.0 ", Some("1.0"));
        for wrong in ["", "latest", "..", "a\\b", "a\nb", "a\tb", &"1".repeat(201)] {
            check_name(is_release, wrong, None);
        }
    }

    #[test]
    fn environments_and_dists() {
        check_name(is_environment, "prod eu", Some("prod eu"));
        for wrong in ["none", "a/b", "a\nb", &"e".repeat(65)] {
            check_name(is_environment, wrong, None);
        }
        check_name(is_dist, "4.x-1_b", Some("4.x-1_b"));
        check_name(is_dist, "4 x", None);
    }

    #[test]
    fn loggers_of_java_keep_the_class() {
        fn check(text: &str, expect: &str) {
            let mut name = Some(text.to_owned());
            let mut remarks = Remarks::new(Vec::new());
            shorten_class(&mut name, &mut remarks);
            assert_eq!(name.as_deref(), Some(expect));
            let remarks = remarks.finish();
            assert_eq!(remarks.len(), usize::from(text != expect), "{text}");
        }
        let end = "anotherverylongpackage.SomeClassNameHere.Inner";
        check(
            &format!("com.example.verylongpackagename.{end}"),
            &format!("*.{end}"),
        );
        check("com.example.shop.Cart", "com.example.shop.Cart");
        let fits = "a".repeat(62);
        check(&format!("long.{fits}"), &format!("*.{fits}"));
        let whole = "a".repeat(70);
        check(&whole, &whole);
        let umlauts = "ä".repeat(62);
        check(&format!("lang.{umlauts}"), &format!("*.{umlauts}"));
        check(&".".repeat(1_000_000), &format!("*{}", ".".repeat(63)));
    }

    #[test]
    fn the_end_of_a_long_class_is_found_from_behind() {
        let text = ".".repeat(1_000_000);
        let mut steps = 0;
        let chars = text.char_indices().inspect(|_| steps += 1);
        assert_eq!(tail(&text, chars, 63).len(), 63);
        assert_eq!(steps, 63);
    }

    #[test]
    fn fingerprints_are_bounded() {
        let mut parts = vec![String::new(), "f".repeat(300)];
        parts.extend((0..30).map(|n| n.to_string()));
        let mut remarks = Remarks::new(Vec::new());
        settle_fingerprint(&mut parts, &mut remarks);
        assert_eq!(parts.len(), 20);
        assert_eq!(parts[0].len(), 200);
        assert_eq!(remarks.finish().len(), 2);
    }
}
