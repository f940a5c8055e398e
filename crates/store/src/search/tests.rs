//! Search texts and what they mean.

use watchpost_model::{ProjectId, Status, Timestamp};

use super::ast::{Age, Expr, Op, State, Test};
use super::{Asker, Search};
use crate::{IssueQuery, Sort};

/// `expect` is the text that the search prints; it reads back as the same.
fn check(text: &str, expect: &str) {
    let search = Search::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(search.to_string(), expect, "{text}");
    let again = Search::parse(expect).unwrap_or_else(|error| panic!("{expect}: {error}"));
    assert_eq!(again, search, "{text} reads back");
}

fn check_words(text: &str, expect: &[&str]) {
    let search = Search::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let parts = match search.expr() {
        Expr::All(parts) => parts.clone(),
        one => vec![one.clone()],
    };
    let words: Vec<String> = parts
        .iter()
        .map(|part| match part {
            Expr::Word(pattern) => pattern.as_exact().unwrap_or("(wildcards)").to_owned(),
            other => panic!("{text}: {other} is no word"),
        })
        .collect();
    assert_eq!(words, expect, "{text}");
    check(text, &search.to_string());
}

fn check_error(text: &str, position: usize, part: &str) {
    let asker = Asker::default();
    let error = IssueQuery::parse(ProjectId(1), text, Sort::LastSeen, asker).unwrap_err();
    assert_eq!(error.position, position, "{text}: {error}");
    assert!(error.message.contains(part), "{text}: {error}");
    let place = format!("(at character {})", position + 1);
    assert!(error.to_string().ends_with(&place), "{text}: {error}");
}

/// The only test of a text with one filter.
fn test_of(text: &str) -> Test {
    match Search::parse(text).unwrap().expr() {
        Expr::Filter(filter) => filter.test.clone(),
        other => panic!("{text}: {other} is no filter"),
    }
}

#[test]
fn every_spelling_of_a_filter() {
    check("", "");
    check("   \t ", "");
    check("is:resolved", "is:resolved");
    check("status:resolved", "is:resolved");
    check("IS:Resolved", "is:resolved");
    check("is:is:unresolved", "is:unresolved");
    check("is:ignored", "is:archived");
    check("is:unresolved is:unresolved", "is:unresolved");
    check("level:WARN", "level:warning");
    check("level:30", "level:warning");
    check("level:>=warning", "level:>=warning");
    check("server_name:a", "server:a");
    check("first_seen:-24h", "firstSeen:-24h");
    check("age:+2w", "firstSeen:+2w");
    check("lastSeen:>-90m", "lastSeen:-90m");
    check("site:a is:resolved logger:b", "site:a is:resolved logger:b");
    check("logger:\"a b\"", "logger:\"a b\"");
    check("logger:\"a\"", "logger:a");
    check(
        r#"logger:"say \"hi\" \\ \n""#,
        r#"logger:"say \"hi\" \\ \\n""#,
    );
    check("site:http://a:80/x", "site:http://a:80/x");
    check("timesSeen:>100", "timesSeen:>100");
    check("timesSeen:100", "timesSeen:100");
    check("browser.name:Firefox", "browser.name:Firefox");
    check("tags[project]:x", "tags[project]:x");
    check("tags[Foo Bar]:x", "tags[\"Foo Bar\"]:x");
    check("tags[\"a]b\"]:x", "tags[\"a]b\"]:x");
    check("tags[plain]:x", "plain:x");
    check("flags[\"new cart\"]:true", "flags[\"new cart\"]:true");
    check("release:latest", "release:latest");
    check("release:>=2.0", "release:>=2.0");
    check("release.version:>1.2", "release.version:>1.2");
    check("release.version:1.*", "release.version:1.*");
    check(
        "assigned:#web assignee:jo@a.example",
        "assigned:#web assigned:jo@a.example",
    );
    check("bookmarks:me", "bookmarks:me");
    check("issue:WEB-1A", "issue:WEB-1A");
    check("error.handled:0", "error.handled:false");
}

#[test]
fn texts_lists_and_wildcards() {
    check("user.email:*@example.com", "user.email:*@example.com");
    check("title:a**b", "title:a*b");
    check(r"title:2\*2", "title:\"2\\*2\"");
    check(r"title:C:\temp", "title:\"C:\\\\temp\"");
    check("release:[a, \"b, c\",d]", "release:[a, \"b, c\", d]");
    check("issue.id:[1,2]", "issue:1 OR issue:2");
    check("level:[error,fatal] x", "(level:error OR level:fatal) x");
    check("title:f(x)", "title:\"f(x)\"");
    check("title:\">5\"", "title:\">5\"");
}

#[test]
fn presence() {
    check("has:user", "has:user");
    check("!has:release", "!has:release");
    check("release:\"\"", "!has:release");
    check("!release:\"\"", "has:release");
    check("has:browser.name", "has:browser.name");
    check("has:tags[user]", "has:tags[user]");
    check("has:\"my tag\"", "has:tags[\"my tag\"]");
}

#[test]
fn and_binds_tighter_than_or() {
    check("a b OR c d", "a b OR c d");
    check("a AND b OR c", "a b OR c");
    check("a (b OR c) d", "a (b OR c) d");
    check("(a)", "a");
    check("((a b)) c", "a b c");
    check("a OR (b OR c)", "a OR b OR c");
    check("!(a OR level:info)", "!(a OR level:info)");
    check("!(level:info)", "!level:info");
    check("!(!level:info)", "level:info");
    check("!user.email:*@example.com", "!user.email:*@example.com");
    check("(a OR b)(c OR d)", "(a OR b) (c OR d)");
    check("or and not", "or and not");
    check("\"OR\" x", "\"OR\" x");
    check("(level:error OR f(x))", "level:error OR \"f(x)\"");
    check("ORacle ANDroid", "ORacle ANDroid");
}

#[test]
fn everything_else_is_a_word() {
    check_words("out of memory", &["out", "of", "memory"]);
    check_words("\"out of memory\" now", &["out of memory", "now"]);
    check_words("twice twice", &["twice"]);
    check_words("\"\"", &[]);
    check_words("KeyError: 'size'", &["KeyError:", "'size'"]);
    check_words("error: boom", &["error:", "boom"]);
    check_words("std::io::Error", &["std::io::Error"]);
    check_words("http://shop.example/cart", &["http://shop.example/cart"]);
    check_words("C:\\temp", &["C:\\temp"]);
    check_words("\"is:resolved\"", &["is:resolved"]);
    check_words("Foo:bar 12:30 :x ::", &["Foo:bar", "12:30", ":x", "::"]);
    check_words("größe ☃ O'Neil -v !", &["größe", "☃", "O'Neil", "-v", "!"]);
    check_words(
        "!important main() f(a,b)",
        &["!important", "main()", "f(a,b)"],
    );
    check_words("\"a\"b", &["a", "b"]);
    check_words("say\"hi", &["say\"hi"]);
    check_words(
        "tags[x] flags[] a[1] <b>",
        &["tags[x]", "flags[]", "a[1]", "<b>"],
    );
    check("time*out", "time*out");
}

/// Texts put together from everything that means something, in any order.
#[test]
fn whatever_is_understood_reads_back_as_the_same() {
    let pieces = [
        "is:unresolved",
        "!",
        "level:",
        ">=",
        "error",
        "(",
        ")",
        " ",
        " ",
        " OR ",
        " AND ",
        "\"",
        "*",
        "\\",
        "a",
        "title:",
        "[a, b]",
        "[",
        "]",
        ",",
        "tags[x]:",
        "tags[",
        "has:",
        "release:",
        "1.2",
        "latest",
        "é",
        ":",
        "age:",
        "-24h",
        "+1d",
        "2024-05-01",
        "timesSeen:",
        "7",
        "<",
        "flags[\"k\"]:",
        "true",
        "issue:WEB-1",
        "error.handled:",
        "browser.name:",
        "user",
        "\"\"",
    ];
    let (mut seed, mut understood) = (0x2545_f491_4f6c_dd1d_u64, 0);
    for _ in 0..30_000 {
        let mut text = String::new();
        for _ in 0..(seed >> 20) % 9 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            text.push_str(pieces[usize::try_from(seed >> 11).unwrap() % pieces.len()]);
        }
        seed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let Ok(search) = Search::parse(&text) else {
            continue;
        };
        understood += 1;
        let printed = search.to_string();
        let again = Search::parse(&printed);
        let again = again.unwrap_or_else(|error| panic!("{text:?} as {printed:?}: {error}"));
        assert_eq!(again, search, "{text:?} as {printed:?}");
        assert_eq!(again.to_string(), printed);
    }
    assert!(understood > 5_000, "{understood}");
}

#[test]
fn times() {
    let age = |is_younger, count, unit| {
        Test::Age(Age {
            is_younger,
            count,
            unit,
        })
    };
    assert_eq!(test_of("age:-24h"), age(true, 24, 'h'));
    assert_eq!(test_of("age:+12h"), age(false, 12, 'h'));
    assert_eq!(test_of("lastSeen:<-3d"), age(false, 3, 'd'));
    let noon = Timestamp::parse_rfc3339("2024-05-01T12:00:00Z").unwrap();
    for text in [
        "2024-05-01T12:00:00",
        "2024-05-01T12:00:00Z",
        "2024-05-01T14:00:00+02:00",
    ] {
        let text = format!("firstSeen:>{text}");
        assert_eq!(test_of(&text), Test::Moment(Op::More, noon), "{text}");
        check(&text, &format!("firstSeen:>{noon}"));
    }
    let day = Search::parse("lastSeen:2024-05-01").unwrap();
    let parts = Search::parse("lastSeen:>=2024-05-01 lastSeen:<2024-05-02").unwrap();
    assert_eq!(day, parts);
    let now = Timestamp::from_secs(100_000);
    let hour = Age {
        is_younger: true,
        count: 1,
        unit: 'h',
    };
    assert_eq!(
        hour.as_comparison(now),
        (Op::More, Timestamp::from_secs(96_400))
    );
}

#[test]
fn w26_hostile_texts_are_words_or_errors() {
    let hostile = "'; DROP TABLE issue; -- ' '1'='1 NEAR(a,b) \"*\" ******* % _ \0 *";
    let search = Search::parse(hostile).unwrap();
    assert!(search.expr().filters().is_empty(), "{search}");
    check(hostile, &search.to_string());
    check("*******", "*");
    for text in [
        "(((((", "a))", "tags[", "a:[", "!(", "\"", "OR", "x:\"", "is:\0",
    ] {
        let result = Search::parse(text);
        assert!(result.is_err() || text == "tags[", "{text}: {result:?}");
    }
}

#[test]
fn errors_say_where_and_what_would_be_right() {
    check_error("is:open", 3, "write one of unresolved, resolved");
    check_error("is:unresolvd", 3, "did you mean `unresolved`?");
    check_error("boom is:linked", 5, "is:linked is not searchable yet");
    check_error("größe level:loud", 12, "debug, info, warning, error, fatal");
    check_error("level:", 6, "needs a value");
    check_error("logger: shop", 7, "needs a value");
    check_error("error.typ:x", 0, "did you mean `error.type`?");
    check_error("error.main_thread:true", 0, "not searchable yet");
    check_error("title:>5", 6, "cannot be compared; write title:\">5\"");
    check_error("custom:>5", 7, "cannot be compared");
    check_error("timesSeen:many", 10, "no number");
    check_error("age:yesterday", 4, "-24h (younger)");
    check_error("release:>main", 8, "has no order");
    check_error("is:[resolved,unresolved]", 3, "takes no list");
    check_error("title:[a*, b]", 7, "no wildcards");
    check_error("title:[a, b", 6, "not closed");
    check_error("issue:boom", 6, "is no issue");
    check_error("assigned:jo", 9, "is nobody");
    check_error("has:", 4, "needs the name of a key");
    check_error("a \"b c", 2, "not closed");
    check_error("logger:\"a b", 7, "not closed");
    check_error("a (b OR c", 2, "bracket is not closed");
    check_error("a b)", 3, "no bracket is open");
    check_error("a ()", 2, "nothing between");
    check_error("a OR", 2, "both sides");
    check_error("OR a", 0, "both sides");
    check_error("AND a", 0, "both sides");
    check_error("a AND OR b", 2, "both sides");
}

#[test]
fn bounds() {
    check_error(&"x".repeat(4097), 4096, "longer than 4096 bytes");
    check_error(&"é".repeat(2049), 2048, "longer than 4096 bytes");
    check_error(&"\"".repeat(10_000), 4096, "longer than 4096");
    let words: Vec<_> = (10..75).map(|number| format!("w{number}")).collect();
    check_error(&words.join(" "), 256, "more than 64 terms");
    assert!(Search::parse(&format!("{}a{}", "(".repeat(8), ")".repeat(8))).is_ok());
    check_error(&format!("{}a", "(".repeat(9)), 8, "more than 8 deep");
    let many: Vec<_> = (0..101).map(|number| number.to_string()).collect();
    check_error(&format!("title:[{}]", many.join(",")), 6, "1 to 100 values");
}

#[test]
fn the_status_that_a_text_asks_for() {
    let check = |text: &str, expect| {
        assert_eq!(Search::parse(text).unwrap().status(), expect, "{text}");
    };
    check("", None);
    check("is:unresolved boom", Some(Status::Unresolved));
    check("is:resolved OR boom", None);
    check("!is:resolved", None);
    check("!is:resolved !is:archived", Some(Status::Unresolved));
    check("is:archived boom", Some(Status::Archived));
    check("is:new", Some(Status::Unresolved));
    check(
        "is:resolved (level:error OR is:unresolved)",
        Some(Status::Resolved),
    );
    check("is:regressed", Some(Status::Unresolved));
    check("is:resolved is:unresolved", None);
    assert!(State::ALL.into_iter().any(|state| !state.is_kept()));
}

#[test]
fn other_states_keep_the_rest() {
    let check = |text: &str, states: &[State], expect: &str| {
        let search = Search::parse(text).unwrap().with_states(states);
        assert_eq!(search.to_string(), expect, "{text}");
        assert_eq!(search.states(), states, "{text}");
    };
    let (open, done) = (&[State::Unresolved][..], &[State::Resolved][..]);
    check("is:unresolved shop", done, "is:resolved shop");
    check("shop is:resolved", &[], "shop");
    check("", open, "is:unresolved");
    check("is:unresolved", &[], "");
    check("a OR is:resolved", done, "is:resolved (a OR is:resolved)");
    let review = &[State::Unresolved, State::ForReview][..];
    let text = "is:regressed is:new shop";
    check(text, review, "is:unresolved is:for_review is:new shop");
    check("is:unresolved is:for_review", open, "is:unresolved");
    check(
        "!is:resolved \"a  b\"",
        done,
        "is:resolved !is:resolved \"a  b\"",
    );
}

#[test]
fn orders_have_names() {
    for sort in Sort::ALL {
        assert_eq!(Sort::from_name(sort.name()), Some(sort));
    }
    assert_eq!(Sort::from_name("date"), Some(Sort::LastSeen));
    assert_eq!(Sort::from_name("inbox"), None);
    assert_eq!(Sort::from_name("id; --"), None);
}
