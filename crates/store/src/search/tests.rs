//! Search texts and what they mean.

use watchpost_model::{Level, ProjectId, Status};

use crate::{IssueQuery, Sort};

const WEB: ProjectId = ProjectId(1);

/// `expect` is the text that the query prints, which names every filter once.
fn check(text: &str, expect: &str) {
    let query = IssueQuery::parse(WEB, text, Sort::Frequency).unwrap();
    assert_eq!(query.to_text(), expect, "{text}");
    assert_eq!((query.project, query.sort), (WEB, Sort::Frequency));
    let again = IssueQuery::parse(WEB, &query.to_text(), Sort::Frequency);
    assert_eq!(again, Ok(query), "{text} reads back");
}

fn check_words(text: &str, expect: &[&str]) {
    let query = IssueQuery::parse(WEB, text, Sort::LastSeen).unwrap();
    assert_eq!(query.words, expect, "{text}");
    check(text, &query.to_text());
}

fn check_error(text: &str, position: usize, part: &str) {
    let error = IssueQuery::parse(WEB, text, Sort::LastSeen).unwrap_err();
    assert_eq!(error.position, position, "{text}: {error}");
    assert!(error.message.contains(part), "{text}: {error}");
    let place = format!("(at character {})", position + 1);
    assert!(error.to_string().ends_with(&place), "{text}: {error}");
}

#[test]
fn filters_set_their_field() {
    let text = "is:unresolved level:warning logger:shop server:web-1 site:shop.example cart";
    let query = IssueQuery::parse(WEB, text, Sort::Priority).unwrap();
    let expect = IssueQuery {
        status: Some(Status::Unresolved),
        level: Some(Level::Warning),
        logger: Some("shop".to_owned()),
        server_name: Some("web-1".to_owned()),
        site: Some("shop.example".to_owned()),
        words: vec!["cart".to_owned()],
        sort: Sort::Priority,
        ..IssueQuery::all(WEB)
    };
    assert_eq!(query, expect);
}

#[test]
fn every_spelling_of_a_filter() {
    check("", "");
    check("   \t ", "");
    check("is:resolved", "is:resolved");
    check("status:resolved", "is:resolved");
    check("IS:Resolved", "is:resolved");
    check("is:is:unresolved", "is:unresolved");
    check("is:unresolved is:unresolved", "is:unresolved");
    check("level:WARN", "level:warning");
    check("level:30", "level:warning");
    check("server_name:a", "server:a");
    check("site:a is:resolved logger:b", "is:resolved logger:b site:a");
    check("logger:\"a b\"", "logger:\"a b\"");
    check("logger:\"a\"", "logger:a");
    check(
        r#"logger:"say \"hi\" \\ \n""#,
        r#"logger:"say \"hi\" \\ \\n""#,
    );
    check("logger:\"\"", "logger:\"\"");
    check("site:http://a:80/x", "site:http://a:80/x");
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
    check_words("\"a\"b", &["a", "b"]);
    check_words("say\"hi", &["say\"hi"]);
}

#[test]
fn w26_hostile_texts_are_words() {
    let hostile = "'; DROP TABLE issue; -- ' OR '1'='1 NEAR(a b) \"*\" ******* ((((( % _ \0 *";
    let query = IssueQuery::parse(WEB, hostile, Sort::LastSeen).unwrap();
    assert_eq!((query.status, query.logger), (None, None));
    assert!(query.words.contains(&"\0".to_owned()));
}

#[test]
fn errors_say_where_and_what_would_be_right() {
    check_error("is:open", 3, "write unresolved or resolved");
    check_error("boom is:ignored", 8, "`ignored` is no status");
    check_error("größe level:loud", 12, "debug, info, warning, error, fatal");
    check_error("level:", 6, "needs a value");
    check_error("logger: shop", 7, "needs a value");
    check_error("lvl:error", 0, "known are is, level, logger, server, site");
    check_error(
        "boom user.email:jo",
        5,
        r#"write "user.email:jo" to look for"#,
    );
    check_error("!is:resolved", 0, "`!` is not understood");
    check_error(
        "is:resolved is:unresolved",
        12,
        "twice with different values",
    );
    check_error("server:a server_name:b", 9, "twice with different values");
    check_error("a \"b c", 2, "not closed");
    check_error("logger:\"a b", 7, "not closed");
    check_error(&"x".repeat(1001), 1000, "longer than 1000");
    check_error(&"\"".repeat(10_000), 1000, "longer than 1000");
    let words: Vec<_> = (0..21).map(|number| format!("w{number}")).collect();
    check_error(&words.join(" "), 70, "more than 20 words");
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
