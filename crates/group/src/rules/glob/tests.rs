//! What patterns fit.

use super::*;

fn check(pattern: &str, kind: Kind, fits: &[&str], fits_not: &[&str]) {
    let glob = Glob::parse(pattern, kind).unwrap();
    for text in fits {
        assert!(glob.fits(&kind.form(text)), "{pattern} {text}");
    }
    for text in fits_not {
        assert!(!glob.fits(&kind.form(text)), "{pattern} {text}");
    }
}

#[test]
fn texts() {
    check("a", Kind::Text, &["a"], &["", "b", "aa", "A"]);
    check("A", Kind::Folded, &["a", "A"], &["b"]);
    check("*", Kind::Text, &["", "a", "a/b"], &[]);
    check("", Kind::Text, &[""], &["a"]);
    check("a*", Kind::Text, &["a", "ab"], &["ba"]);
    check("*a", Kind::Text, &["a", "ba"], &["ab"]);
    check("a*a", Kind::Text, &["aa", "aba"], &["a", "ab"]);
    check("*a*b*", Kind::Text, &["ab", "xaybz"], &["ba"]);
    check("ab*ba", Kind::Text, &["abba", "abxba"], &["aba"]);
    check("5??", Kind::Text, &["500", "5xx"], &["50", "5000", "400"]);
    check("*[0-9]", Kind::Text, &["a1", "0"], &["1a"]);
    check("[!a-c]x", Kind::Text, &["dx"], &["ax", "x"]);
    check("{a,b{c,d}}*", Kind::Text, &["a", "bcx", "bd"], &["b", "x"]);
    check(r"\*\{a", Kind::Text, &["*{a"], &["x{a"]);
    check(
        "gr\u{f6}\u{df}e*",
        Kind::Folded,
        &["GR\u{d6}\u{df}E 7"],
        &["gr"],
    );
}

#[test]
fn paths() {
    check(
        "**/node_modules/**",
        Kind::Path,
        &["/a/node_modules/x.js", "node_modules/x/y.js"],
        &["/node_modules.js"],
    );
    check(
        "src/*.js",
        Kind::Path,
        &["src/a.js", "/x/SRC/a.js", r"C:\src\a.js"],
        &["src/a/b.js", "xsrc/a.js"],
    );
    check("/src/**.js", Kind::Path, &["/src/a/b.js"], &["/x/src/b.js"]);
    check(
        r"C:\\app\\**",
        Kind::Path,
        &[r"c:\App\x\y.cs", "C:/app/x"],
        &["d:/app/x"],
    );
    check("a?c", Kind::Path, &["abc", "x/abc"], &["a/c"]);
}

#[test]
fn wrong_ones_say_why() {
    assert!(Glob::parse("[a", Kind::Text).unwrap_err().contains("`]`"));
    assert!(Glob::parse("{a", Kind::Text).unwrap_err().contains("`}`"));
    let many = "{a,b}".repeat(7);
    assert!(Glob::parse(&many, Kind::Text).unwrap_err().contains("64"));
    let long = "x".repeat(300);
    assert!(Glob::parse(&long, Kind::Text).unwrap_err().contains("255"));
}

/// The same answer as trying everything, for all short texts.
#[test]
fn both_ways_of_matching_agree_with_trying_everything() {
    fn naive(tokens: &[Token], text: &[char]) -> bool {
        match (tokens.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((Token::Many(_), more)), None) => naive(more, text),
            (Some((many @ Token::Many(_), more)), Some((char, rest))) => {
                naive(more, text) || (many.takes(*char) && naive(tokens, rest))
            }
            (Some((one, more)), Some((char, rest))) => one.takes(*char) && naive(more, rest),
            _ => false,
        }
    }
    let letters = ['a', 'b', '/'];
    let patterns = [
        "a*b*", "*a*a", "**/a", "a/**", "*/a*", "?*a", "a**b", "**a*b", "*[ab]*a",
    ];
    for pattern in patterns {
        for kind in [Kind::Text, Kind::Path] {
            let shape = shape(pattern, kind).unwrap();
            let all = tokens(pattern, kind).unwrap();
            if kind == Kind::Path && !pattern.starts_with('*') {
                // It may begin in any folder, which is not in `all`.
                continue;
            }
            for number in 0..3_usize.pow(6) {
                let digits = (0..6).map(|place| number / 3_usize.pow(place) % 3);
                let text: Vec<char> = digits.map(|digit| letters[digit]).collect();
                let glob = Glob {
                    shapes: vec![shape.clone()],
                    weight: 0,
                };
                let own: String = text.iter().collect();
                let expect = match &shape {
                    Shape::Tokens(tokens) => naive(tokens, &text),
                    Shape::Pieces { .. } => naive(&all, &text),
                };
                assert_eq!(glob.fits(&own), expect, "{pattern} {own}");
            }
        }
    }
}
