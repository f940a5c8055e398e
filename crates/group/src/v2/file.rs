//! Names of files without what a build puts into them.

use std::borrow::Cow;

/// Characters of the digest of a file's content.
const HASH_CHARS: std::ops::RangeInclusive<usize> = 6..=64;
/// The same, of those in base 32.
const BASE_32_CHARS: usize = 8;
/// A number of fewer digits belongs to the name, unless a digest is in it, too.
const NUMBER_DIGITS_MIN: usize = 3;

/// `/srv/App/Shop.py` is `shop.py`; `main-9f8a7b6c.js` is `main-<hash>.js`. `None`: no name.
pub(super) fn name(path: &str) -> Option<Cow<'_, str>> {
    let name = base(path)?;
    if matches!(name, "<anonymous>" | "[native code]" | "native code") {
        return None;
    }
    let name = without_build(name, true).map_or(Cow::Borrowed(name), Cow::Owned);
    let is_upper = |byte: u8| byte.is_ascii_uppercase() || byte >= 0x80;
    Some(if name.bytes().any(is_upper) {
        Cow::Owned(name.to_lowercase())
    } else {
        name
    })
}

/// `app:worker-9F8A7B6C` is `app:worker-<hash>`: clients take the name of a file, without its
/// ending, for that of a module.
pub(super) fn module(name: &str) -> Cow<'_, str> {
    let (folder, stem) = match name.rfind(':') {
        Some(at) => name.split_at(at + 1),
        None => ("", name),
    };
    match without_build(stem, false) {
        Some(stem) => Cow::Owned(format!("{folder}{stem}")),
        None => Cow::Borrowed(name),
    }
}

/// Whether the name of the file has a digest of its content in it.
pub(super) fn has_digest(path: &str) -> bool {
    let name = base(path).and_then(|name| without_build(name, true));
    name.is_some_and(|name| name.contains("<hash>"))
}

/// The last part of a path or URL.
pub(super) fn base(path: &str) -> Option<&str> {
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let name = path.get(..end)?.rsplit(['/', '\\']).next()?;
    (!name.is_empty()).then_some(name)
}

/// What a part of a name between `-`, `.` and `_` is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Word,
    Number,
    Hash,
}

fn part(text: &str, index: usize, last: usize) -> Part {
    if index == last {
        return Part::Word;
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 {
        // Digests of esbuild are of base 32, and one in five has no digit.
        let is_upper = text.bytes().all(|byte| byte.is_ascii_uppercase());
        let is_digest = is_upper && index > 0 && text.len() == BASE_32_CHARS;
        return if is_digest { Part::Hash } else { Part::Word };
    }
    if digits == text.len() {
        return Part::Number;
    }
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_plain && index > 0 && HASH_CHARS.contains(&text.len()) {
        return Part::Hash;
    }
    Part::Word
}

/// The name with its digests and numbers replaced. `None`: it has none.
fn without_build(name: &str, has_ending: bool) -> Option<String> {
    // Most names have no digit.
    if !name
        .bytes()
        .any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
    {
        return None;
    }
    let count = name.split(['-', '.', '_']).count();
    // The ending is no digest; a name without one has none to spare.
    let has_ending = has_ending && name.contains('.');
    let last = if has_ending { count - 1 } else { count };
    let parts: Vec<(&str, Part)> = name
        .split(['-', '.', '_'])
        .enumerate()
        .map(|(index, text)| (text, part(text, index, last)))
        .collect();
    let has_hash = parts.iter().any(|(_, part)| *part == Part::Hash);
    let mut out = String::with_capacity(name.len() + 8);
    let mut changed = false;
    let mut at = 0;
    for (index, (text, part)) in parts.iter().enumerate() {
        let is_generated = has_hash || (text.len() >= NUMBER_DIGITS_MIN && index > 0);
        match part {
            Part::Hash => out.push_str("<hash>"),
            Part::Number if is_generated => out.push_str("<int>"),
            _ => out.push_str(text),
        }
        changed |= *part == Part::Hash || (*part == Part::Number && is_generated);
        at += text.len();
        out.push_str(name.get(at..at + 1).unwrap_or_default());
        at += 1;
    }
    changed.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expect: &str) {
        assert_eq!(name(path).as_deref().unwrap_or_default(), expect, "{path}");
    }

    #[test]
    fn names_without_what_a_build_adds() {
        check("/srv/App/Shop.py", "shop.py");
        check(r"C:\App\Shop.cs", "shop.cs");
        check("app.js?v=3#x", "app.js");
        check("main-9f8a7b6c.js", "main-<hash>.js");
        check("main.9f8a7b6c.js", "main.<hash>.js");
        check("chunk.123.9f8a7b6c.js", "chunk.<int>.<hash>.js");
        check("7.9f8a7b6c.js", "<int>.<hash>.js");
        check("index-DkX9aB2c.js", "index-<hash>.js");
        check("fdashboard_1140.py", "fdashboard_<int>.py");
        check("app.9F8A7B6C.chunk.js.map", "app.<hash>.chunk.js.map");
        check("page-HVZKQBTA.js", "page-<hash>.js");
    }

    #[test]
    fn modules_that_are_names_of_files() {
        for (name, expect) in [
            ("worker-OKIOGE47", "worker-<hash>"),
            ("app.dist:worker-OKIOGE47", "app.dist:worker-<hash>"),
            ("dashboard_1816", "dashboard_<int>"),
            (
                "@sentry.core.build.esm:currentScopes",
                "@sentry.core.build.esm:currentScopes",
            ),
            ("lib.h264codec:index", "lib.h264codec:index"),
        ] {
            assert_eq!(module(name), expect);
        }
    }

    #[test]
    fn names_that_people_gave_stay() {
        for kept in [
            "views.py",
            "views_2.py",
            "h2.rs",
            "md5.c",
            "0001_initial.py",
            "a.js",
            "v8.cc",
        ] {
            check(kept, kept);
        }
        check("größe.py", "größe.py");
    }

    #[test]
    fn what_is_no_file() {
        for path in ["", "/", "<anonymous>", "[native code]", "/x/native code"] {
            check(path, "");
        }
    }
}
