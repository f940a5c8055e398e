//! What selectors select, and how faults are told.

use super::*;
use crate::scrub::place::Care;

/// Is `extra.foo.bar.1`, a text, selected?
fn check(selector: &str, expect: bool) {
    check_at(selector, Care::Open, expect);
}

fn check_at(selector: &str, care: Care, expect: bool) {
    let root = Place::ROOT;
    let extra = root.part("extra", Kinds::OBJECT, care);
    let foo = extra.entry("foo", Kinds::OBJECT);
    let bar = foo.entry("Bar", Kinds::ARRAY);
    let leaf = bar.item(1, Kinds::STRING);
    let parsed = Selector::parse(selector).expect(selector);
    assert_eq!(parsed.selects(&leaf), expect, "{selector}");
}

#[test]
fn paths_are_compared_from_their_end() {
    check("bar.1", true);
    check("foo.bar.1", true);
    check("extra.foo.bar.1", true);
    check("$event.extra.foo.bar.1", true);
    check("x.extra.foo.bar.1", false);
    check("bar", false);
    check("bar.2", false);
    check("bar.*", true);
    check("foo.*", false);
}

#[test]
fn deep_steps_are_one_or_more() {
    check("**", true);
    check("extra.**", true);
    check("foo.**", true);
    check("bar.**", true);
    check("extra.**.1", true);
    check("foo.bar.**.1", false);
    check("**.1", true);
}

#[test]
fn kinds_and_operators() {
    check("$string", true);
    check("$array.1", true);
    check("$number || $string", true);
    check("$string && !foo.**", false);
    check("$string && !(foo.** || x)", false);
    check("x && y || $string", true);
    check("x || $string && y", false);
    check("!x", true);
    check("$string&&'bar'.1", true);
}

#[test]
fn guarded_values_must_be_named() {
    check_at("$string", Care::Line, false);
    check_at("extra.**", Care::Line, false);
    check_at("!x", Care::Line, false);
    check_at("bar.1", Care::Line, true);
    check_at("bar.*", Care::Line, true);
    check_at("$string && bar.1", Care::Code, true);
}

#[test]
fn faults_say_where_and_what_would_be_right() {
    let faults = [
        ("", "character 1: expected a name"),
        ("foo bar", "character 5: expected `.`, `&&`"),
        ("foo.", "character 5: expected a name"),
        (
            "$nope",
            "character 1: `$nope` is no kind; there are $string",
        ),
        ("'a", "character 3: the quote is not closed"),
        ("(a", "character 3: expected `)`"),
        ("a)", "character 2: this `)` closes nothing"),
        ("*", "character 2: `*` alone is one step"),
        ("**.a.**", "character 8: `**` may stand once"),
        ("***", "character 3: expected `*` or `**`"),
        ("!!a", "character 2: expected a name"),
        ("''", "character 3: a name must not be empty"),
    ];
    for (selector, expect) in faults {
        let fault = Selector::parse(selector).expect_err(selector);
        assert!(fault.starts_with(expect), "{selector}: {fault}");
    }
    let deep = "(".repeat(1000) + "a";
    assert!(Selector::parse(&deep).is_err());
    assert!(Selector::parse(&"a".repeat(100_000)).is_err());
}
