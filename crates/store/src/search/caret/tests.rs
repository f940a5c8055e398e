//! What is completed where.

use super::*;

/// `|` is the caret. What is found, what is written of it, and what it becomes: `?` stands for
/// what is replaced.
fn check(marked: &str, next: &str, start: &str, replaced: &str) {
    let caret = marked.chars().position(|c| c == '|').unwrap();
    let text = marked.replacen('|', "", 1);
    let spot = Spot::at(&text, caret);
    let Some(spot) = spot else {
        assert_eq!(next, "nothing", "{marked}");
        return;
    };
    let found = match &spot.next {
        Next::Key { is_negated: false } => "key".to_owned(),
        Next::Key { is_negated: true } => "!key".to_owned(),
        Next::Presence => "has".to_owned(),
        Next::Value {
            key,
            may_compare,
            is_listed,
        } => {
            let sign = if *may_compare { "" } else { ">" };
            let list = if *is_listed { "[" } else { "" };
            format!("{key}={list}{sign}")
        }
    };
    assert_eq!(
        (found.as_str(), spot.start.as_str()),
        (next, start),
        "{marked}"
    );
    let letters: Vec<char> = text.chars().collect();
    let before: String = letters[..spot.from].iter().collect();
    let after: String = letters[spot.until..].iter().collect();
    assert_eq!(format!("{before}?{after}"), replaced, "{marked}");
}

#[test]
fn what_is_replaced_is_around_the_caret() {
    check("\"\"ta|gs[]\":x", "key", "ta", "\"\"?gs[]\":x");
}

#[test]
fn keys() {
    check("|", "key", "", "?");
    check("lev|", "key", "lev", "?");
    check("le|vel:error x", "key", "le", "?error x");
    check("is:unresolved le|", "key", "le", "is:unresolved ?");
    check("is:unresolved |", "key", "", "is:unresolved ?");
    check("|is:unresolved", "key", "", "?is:unresolved");
    check("!le|", "!key", "le", "!?");
    check("!|", "!key", "", "!?");
    check("(a OR le|) b", "key", "le", "(a OR ?) b");
    check("!(le|", "key", "le", "!(?");
    check("\"two words\" re|", "key", "re", "\"two words\" ?");
    check("x:[a, b] re|", "key", "re", "x:[a, b] ?");
    check("has:us|er x", "has", "us", "has:? x");
    check("has:| x", "has", "", "has:? x");
    check("größe le|", "key", "le", "größe ?");
}

#[test]
fn values() {
    check("is:|", "is=", "", "is:?");
    check("is:un|", "is=", "un", "is:?");
    check("is:|unresolved x", "is=", "", "is:? x");
    check("is:un|resolved x", "is=", "un", "is:? x");
    check("!logger:\"my sh|", "logger=", "my sh", "!logger:?");
    check("logger:\"my| shop\" x", "logger=", "my", "logger:? x");
    check(
        "logger:\"my| level:\"x\"",
        "logger=",
        "my",
        "logger:? level:\"x\"",
    );
    check("release:>=2|", "release=>", "2", "release:>=?");
    check(
        "level:[error, war|] x",
        "level=[>",
        "war",
        "level:[error, ?] x",
    );
    check("level:[\"a b|", "level=[>", "a b", "level:[?");
    check("level:[error,|", "level=[>", "", "level:[error,?");
    check(
        "tags[Any Name]:x|",
        "tags[\"Any Name\"]=",
        "x",
        "tags[Any Name]:?",
    );
    check("(level:er|)", "level=", "er", "(level:?)");
    check("f:main(|) x", "f=", "main(", "f:? x");
    check("a:b is:un|", "is=", "un", "a:b is:?");
}

#[test]
fn where_nothing_can_be_completed() {
    for text in [
        "\"two wo|",
        "level:\"error\"|",
        "level:[a, b]|",
        "level:[a b|",
        "tags[Any|",
        "2024|",
        "has:\"x|",
    ] {
        check(text, "nothing", "", "");
    }
    let long = "x".repeat(SEARCH_BYTES_MAX + 1);
    assert_eq!(Spot::at(&long, 1), None);
    // A caret behind the end is at the end.
    assert_eq!(Spot::at("lev", 99).unwrap().until, 3);
}

#[test]
fn what_is_taken_reads_back() {
    let spot = |text: &str| Spot::at(text, text.chars().count()).unwrap();
    let at = |text: &str, caret: usize| Spot::at(text, caret).unwrap();
    assert_eq!(spot("le").with_key("level", false), "level:");
    assert_eq!(spot("le").with_key("level", true), "tags[level]:");
    assert_eq!(
        spot("has:b").with_key("Big Name", true),
        "tags[\"Big Name\"] "
    );
    assert_eq!(spot("logger:m").with_value("my shop"), "\"my shop\" ");
    assert_eq!(spot("logger:m").with_value("50%*"), "\"50%\\*\" ");
    assert_eq!(spot("level:[e").with_value("error"), "error");
    assert_eq!(at("is:un x", 5).with_value("unresolved"), "unresolved");
    assert_eq!(at("(is:un)", 6).with_value("unresolved"), "unresolved");
    for value in [
        "my shop",
        "a\"b",
        "x:y",
        "-24h",
        "#core",
        "[x]",
        "über, alles",
        "\\",
    ] {
        let text = format!("logger:{}", spot("logger:m").with_value(value));
        let search = crate::Search::parse(&text).unwrap();
        let filters = search.expr().filters();
        let expect = super::super::ast::Test::Like(Pattern::exact(value));
        assert_eq!(filters[0].test, expect, "{text}");
    }
}

#[test]
fn w26_no_text_and_no_caret_is_too_odd() {
    let texts = [
        "a:\"b c\" !(d:[e,\"f g\",h] OR has:i) j:>=2 tags[k l]:m flags[\"n\"]:o ((( ))) ::: \"",
        "größe:\"ü\\\"ü\" 🦀:🦀 \u{200f}x:y\u{0} [a] !has:\t!!x",
        "has: has:\" a:[ b:> c:[,,] d:[\"e\" f] g:\"\\",
    ];
    for text in texts {
        let letters: Vec<char> = text.chars().collect();
        for start in 0..letters.len() {
            let part: String = letters[start..].iter().collect();
            let length = letters.len() - start;
            for caret in 0..=length {
                let Some(spot) = Spot::at(&part, caret) else {
                    continue;
                };
                let is_around = spot.from <= caret && caret <= spot.until && spot.until <= length;
                assert!(is_around, "{part} at {caret}: {spot:?}");
                let written = part.chars().skip(spot.from).take(caret - spot.from);
                let written: String = written.collect();
                let is_odd = written.contains(['\\', '"', '*']);
                assert!(
                    is_odd || written == spot.start,
                    "{part} at {caret}: {spot:?}"
                );
            }
        }
    }
}
