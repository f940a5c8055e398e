//! What patterns fit.

use std::cell::Cell;

use super::GlobKind as Kind;
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
fn a_backslash_is_for_letters_of_a_class_as_well() {
    check(r"x[\]a]", Kind::Text, &["x]", "xa"], &["x", r"x\"]);
    check(r"x[\\/]y", Kind::Text, &[r"x\y", "x/y"], &["xy"]);
    check("[!]a]", Kind::Text, &["b"], &["]", "a"]);
    check(
        "[\u{c4}-\u{d6}]",
        Kind::Folded,
        &["\u{e4}", "\u{c4}"],
        &["a"],
    );
}

#[test]
fn the_last_letter_of_a_greek_word_fits_itself() {
    check(
        "\u{39f}\u{3a3}*",
        Kind::Folded,
        &[
            "\u{39f}\u{3a3}",
            "\u{39f}\u{3a3}\u{391}",
            "\u{3bf}\u{3c3}\u{3b1}",
        ],
        &["\u{39f}"],
    );
    check("*/\u{39f}\u{3a3}", Kind::Path, &["a/\u{3bf}\u{3c2}"], &[]);
    check(
        "\u{39f}\u{3a3}",
        Kind::Folded,
        &["\u{39f}\u{3a3}", "\u{3bf}\u{3c2}"],
        &["\u{3bf}"],
    );
}

#[test]
fn wrong_ones_say_why() {
    assert!(Glob::parse("[a", Kind::Text).unwrap_err().contains("`]`"));
    assert!(Glob::parse("{a", Kind::Text).unwrap_err().contains("`}`"));
    let reversed = Glob::parse("[z-a]", Kind::Text).unwrap_err();
    assert!(reversed.contains("begins with"), "{reversed}");
    let many = "{a,b}".repeat(7);
    assert!(Glob::parse(&many, Kind::Text).unwrap_err().contains("64"));
    let long = "x".repeat(300);
    assert!(Glob::parse(&long, Kind::Text).unwrap_err().contains("255"));
}

#[test]
fn places_go_on_in_the_next_word() {
    for len in [62, 63, 64, 65, 127, 128, 191, 192, 250] {
        let pattern = format!("*[a-z]{}x?*", "y".repeat(len - 3));
        let fit = format!("9q{}xz", "y".repeat(len - 3));
        check(
            &pattern,
            Kind::Text,
            &[&fit, &format!("{fit}{fit}")],
            &[fit.trim_end_matches('z'), &fit.replace('q', "8")],
        );
    }
}

/// The same answer as trying everything, for all short texts.
#[test]
fn both_ways_of_matching_agree_with_trying_everything() {
    fn takes(token: &Token, char: char) -> bool {
        match token {
            Token::Char(own) => *own == char,
            Token::One(crosses) | Token::Many(crosses) => *crosses || char != '/',
            Token::Class { is_negated, ranges } => {
                let is_in = |(from, to): &(char, char)| (*from..=*to).contains(&char);
                ranges.iter().any(is_in) != *is_negated
            }
        }
    }
    fn naive(tokens: &[Token], text: &[char]) -> bool {
        match (tokens.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((Token::Many(_), more)), None) => naive(more, text),
            (Some((many @ Token::Many(_), more)), Some((char, rest))) => {
                naive(more, text) || (takes(many, *char) && naive(tokens, rest))
            }
            (Some((one, more)), Some((char, rest))) => takes(one, *char) && naive(more, rest),
            _ => false,
        }
    }
    let letters = ['a', 'b', '/'];
    let patterns = [
        "a*b*",
        "*a*a",
        "**/a",
        "a/**",
        "*/a*",
        "?*a",
        "a**b",
        "**a*b",
        "*[ab]*a",
        "?a**[/b]?",
        "**?b**",
        "[!a]**?",
        "[!/b]*[a-b/]",
        "*[/a]?",
    ];
    for pattern in patterns {
        for kind in [Kind::Text, Kind::Path] {
            let glob = Glob::parse(pattern, kind).unwrap();
            let tokens = parse::tokens(pattern, kind).unwrap();
            for number in 0..3_usize.pow(6) {
                let digits = (0..6).map(|place| number / 3_usize.pow(place) % 3);
                let text: Vec<char> = digits.map(|digit| letters[digit]).collect();
                let expect = naive(&tokens, &text);
                let own: String = text.iter().collect();
                assert_eq!(glob.fits(&own), expect, "{pattern} {own}");
                let long = Steps::<4>::new(&tokens);
                assert_eq!(long.fits(&own), expect, "{pattern} {own}");
            }
        }
    }
}

fn check_folded(pattern: &str, text: &str, expect: bool) {
    let glob = Glob::folded(pattern).unwrap();
    let form = Kind::Folded.form(text);
    assert_eq!(glob.fits(&form), expect, "{pattern} {text}");
}

#[test]
fn folded_patterns_match_whole_texts_in_any_case() {
    check_folded("TypeError: x", "typeerror: X", true);
    check_folded("TypeError", "TypeError: x", false);
    check_folded("TypeError*", "TypeError: x\nand a second line", true);
    check_folded("*timeout*", "read: TIMEOUT after 3 s", true);
    check_folded("*a*b*c*", "xxaxxbxxcxx", true);
    check_folded("*a*b*c*", "xxaxxcxxbxx", false);
    check_folded("a*a", "a", false);
    check_folded("a*a", "aa", true);
    check_folded("*ab*ab", "xab", false);
    check_folded("*ab*ab", "xabab", true);
    check_folded("ÄRGER*", "Ärger im Büro", true);
    check_folded("**x", "x", true);
}

/// Entries of filters may have 300 bytes; `İ` is two letters in lower case.
#[test]
fn folded_patterns_of_any_length_fit_or_are_refused() {
    for len in [254, 255, 256, 257, 300, 319] {
        let fill = "y".repeat(len - 3);
        check_folded(&format!("?{fill}xz"), &format!("a{fill}XZ"), true);
        check_folded(&format!("?{fill}xz"), &format!("a{fill}xy"), false);
        check_folded(&format!("*{fill}x[z]"), &format!("a{fill}xz"), true);
        check_folded(&format!("*{fill}[!x]*"), &format!("a{fill}z, z"), true);
        check_folded(&format!("*{fill}[!x]*"), &format!("a{fill}"), false);
    }
    let dotted = "\u{130}".repeat(149);
    check_folded(&format!("{dotted}?"), &format!("{dotted}x"), true);
    let long = "y".repeat(320);
    check_folded(&format!("*{long}*"), &format!("a{long}"), true);
    let fault = Glob::folded(&format!("?{long}")).unwrap_err();
    assert!(fault.contains("319"), "{fault}");
}

#[test]
fn single_characters_and_classes() {
    check_folded("1.?.0", "1.2.0", true);
    check_folded("1.?.0", "1.22.0", false);
    check_folded("*[0-9]x", "release 7x", true);
    check_folded("*[!0-9]x", "release 7x", false);
    check_folded("*[!0-9]x*", "7xax", true);
    check_folded("[]]", "]", true);
    check_folded("[a-]", "-", true);
    check_folded("*?", "", false);
    check_folded("?*", "é", true);
    check_folded(r"\*", "*", true);
    check_folded(r"\*", "x", false);
    check_folded(r"[\]a]*", "]", true);
}

thread_local! {
    pub(super) static STEPS: Cell<usize> = const { Cell::new(0) };
}

/// Steps of a pattern over a text that it does not fit.
fn steps_of((pattern, kind): (&str, Kind), text: &str) -> usize {
    let glob = match kind {
        Kind::Folded => Glob::folded(pattern),
        kind => Glob::parse(pattern, kind),
    };
    let (glob, before) = (glob.unwrap(), STEPS.get());
    assert!(!glob.fits(&kind.form(text)), "{pattern}");
    STEPS.get() - before
}

/// A step per character and token at most, and twice as many for twice the text.
fn check_linear(of: (&str, Kind), unit: &str) {
    let (pattern, _) = of;
    let [half, whole] = [10_000, 20_000].map(|count| steps_of(of, &unit.repeat(count)));
    assert!(half > 0, "{pattern} looks at nothing");
    assert!(whole <= half * 2 + 50_000, "{pattern}: {half}, {whole}");
    let most = 20_000 * unit.len() * pattern.chars().count();
    assert!(whole <= most, "{pattern}: {whole} steps");
}

/// What takes others exponential time takes this one a step per character and word of 64 places,
/// whatever the wildcards are.
#[test]
fn i30_hostile_patterns_take_linear_time() {
    let class: String = ('c'..='z').flat_map(|char| [char, '\u{e9}']).collect();
    for (pattern, words) in [
        (format!("{}b*", "a*".repeat(120)), 1),
        (format!("*{}b*", "?".repeat(60)), 1),
        (format!("*{}b*", "?".repeat(200)), 4),
        (format!("*{}b*", "?".repeat(290)), 5),
        (format!("*{}b*", "a*?".repeat(60)), 4),
        (format!("{}b", "?*".repeat(120)), 4),
        (format!("*{}[b]*", "[!b]".repeat(60)), 4),
        (format!("*{}[{class}]*", "[!b]".repeat(30)), 1),
    ] {
        let of = (&*pattern, Kind::Folded);
        let [half, whole] = [10_000, 20_000].map(|count| steps_of(of, &"a".repeat(count)));
        assert!(half > 0, "{pattern} looks at nothing");
        assert!(whole <= half * 2 + 200, "{pattern}: {half}, {whole}");
        assert!(whole <= 20_000 * words, "{pattern}: {whole} steps");
    }
}

#[test]
fn i30_wildcards_weigh_what_they_cost() {
    let weight = |pattern: &str, kind| Glob::parse(pattern, kind).unwrap().weight();
    for (pattern, kind, expect) in [
        ("handle", Kind::Text, 1),
        ("*", Kind::Text, 1),
        ("handle_*", Kind::Text, 1),
        ("*a*b*c*", Kind::Text, 3),
        ("{a,b,c}*", Kind::Text, 3),
        ("**/node_modules/**", Kind::Path, 1),
        ("src/*.js", Kind::Path, 16),
        ("5??", Kind::Text, 16),
        ("{a,b}[0-9]", Kind::Text, 32),
        (&"?*".repeat(31), Kind::Text, 16),
        (&"?*".repeat(32), Kind::Text, 64),
    ] {
        assert_eq!(weight(pattern, kind), expect, "{pattern}");
    }
    let folded = |len| Glob::folded(&"?".repeat(len)).unwrap().weight();
    assert_eq!([63, 64, 255, 256].map(folded), [16, 64, 64, 80]);
    // A step costs as much as 16 bytes of a search.
    for pattern in ["*a*a*a*b", "*?a*b*", "?*?*?*?b", "*[!b]a*b"] {
        let weight = weight(pattern, Kind::Text);
        let chars = 10_000;
        assert!(
            steps_of((pattern, Kind::Folded), &"a".repeat(chars)) <= weight * (chars + 16),
            "{pattern}"
        );
    }
}

/// Also where a `*` stops at `/`, and all places of the pattern are kept.
#[test]
fn hostile_paths_take_linear_time() {
    for (pattern, unit) in [
        (format!("**/{}[b]", "a*".repeat(100)), "a"),
        (format!("**/{}[b]", "*a/".repeat(60)), "a/"),
        (format!("**{}[b]", "?*".repeat(100)), "a"),
        (format!("**{}*[b]", "/**".repeat(60)), "a/"),
    ] {
        check_linear((&pattern, Kind::Path), unit);
    }
}
