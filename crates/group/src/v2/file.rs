//! Names of files without what a build puts into them.

use std::borrow::Cow;

/// Characters of the digest of a file's content.
const HASH_CHARS: std::ops::RangeInclusive<usize> = 6..=64;
/// A number of fewer digits belongs to the name, unless a digest is in it, too.
const NUMBER_DIGITS_MIN: usize = 3;

/// `/srv/App/Shop.py` is `shop.py`; `main-9f8a7b6c.js` is `main-<hash>.js`. `None`: no name.
pub(super) fn name(path: &str) -> Option<Cow<'_, str>> {
    let name = base(path)?;
    if matches!(name, "<anonymous>" | "[native code]" | "native code") {
        return None;
    }
    let is_upper = |byte: u8| byte.is_ascii_uppercase() || byte >= 0x80;
    let name = if name.bytes().any(is_upper) {
        Cow::Owned(name.to_lowercase())
    } else {
        Cow::Borrowed(name)
    };
    Some(match without_build(&name) {
        Some(shorter) => Cow::Owned(shorter),
        None => name,
    })
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
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 || index == last {
        return Part::Word;
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
fn without_build(name: &str) -> Option<String> {
    // Most names have no digit.
    if !name.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count = name.split(['-', '.', '_']).count();
    // The ending is no digest; a name without one has none to spare.
    let last = if name.contains('.') { count - 1 } else { count };
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
