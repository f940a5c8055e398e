//! Each rule about text proves that it fails where it should and passes beside it.

use super::{Source, text};

fn check(path: &str, text: &str, expect: &[&str]) {
    let source = Source {
        path: path.to_owned(),
        size_bytes: text.len(),
        text: Some(text.to_owned()),
    };
    let faults = text::check(&source);
    let texts: Vec<_> = faults
        .iter()
        .map(|fault| format!("{}: {}", fault.line, fault.what))
        .collect();
    assert_eq!(texts, expect, "{path}: {text}");
}

const SHIPPED: &str = "crates/web/src/pages/issue.rs";

#[test]
fn a_file_without_an_opening_fails() {
    let expect = ["0: opens without `//!`: say what it is for and who calls it"];
    check(SHIPPED, "fn f() {}\n", &expect);
    check(SHIPPED, "\n//! For f.\n", &[]);
    check("crates/web/tests/it/main.rs", "fn f() {}\n", &[]);
}

#[test]
fn a_line_of_101_columns_fails() {
    let line = |chars: usize| format!("//! {}\n", "é".repeat(chars - 4));
    check(SHIPPED, &line(101), &["1: 101 columns, 100 allowed"]);
    check(SHIPPED, &line(100), &[]);
    check("docs/a.md", &line(101), &[]);
    check(
        SHIPPED,
        &format!("//! a\nlet a = \"{}\";\n", "a ".repeat(99)),
        &[],
    );
    let code = format!("//! a\nlet {} = \"\\\"\";\n", "a".repeat(99));
    check(SHIPPED, &code, &["2: 111 columns, 100 allowed"]);
    check(
        SHIPPED,
        &format!("//! https://example.org/{}\n", "a".repeat(100)),
        &[],
    );
}

#[test]
fn leftovers_fail() {
    for (code, word) in [
        (concat!("// FIX", "ME later"), concat!("FIX", "ME")),
        (concat!("// XX", "X"), concat!("XX", "X")),
        (concat!("to", "do!()"), concat!("to", "do!(")),
        (
            concat!("unimpl", "emented!()"),
            concat!("unimpl", "emented!("),
        ),
        (concat!("db", "g!(x)"), concat!("db", "g!(")),
        (concat!("#[ign", "ore]"), concat!("#[ign", "ore")),
    ] {
        check(
            SHIPPED,
            &format!("//! a\n{code}\n"),
            &[&format!("2: leftover `{word}`")],
        );
    }
    let double = concat!("unimpl", "emented!(\"not asked\")\n");
    check("crates/web/src/tests.rs", &format!("//! a\n{double}"), &[]);
    check("e2e/a.sh", concat!("mktemp a.XX", "XX\n"), &[]);
    check("docs/a.md", concat!("FIX", "ME is a word\n"), &[]);
}

#[test]
fn machine_paths_fail() {
    for path in [
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/wo", "rk/"),
    ] {
        let expect = format!("1: a path of one machine: `{path}`");
        check("docs/a.md", &format!("see {path}x\n"), &[&expect]);
    }
    check("docs/a.md", concat!("see a/wo", "rk/x and ~/x\n"), &[]);
    check("fixtures/a.json", concat!("\"/ho", "me/x\"\n"), &[]);
    check("docs/a.md", concat!("/ho", "me/me/shop/main.rs\n"), &[]);
    check(
        "crates/web/src/pages/tests.rs",
        concat!("//! /ho", "me/x\n"),
        &[],
    );
}

#[test]
fn a_test_that_sleeps_fails() {
    let what = "a test that sleeps: wait for the condition instead";
    let blocking = concat!("thread::sl", "eep(second);\n");
    let waiting = concat!("tokio::time::sl", "eep(second).await;\n");
    check(
        "crates/web/tests/it/live.rs",
        blocking,
        &[&format!("1: {what}")],
    );
    check(
        "crates/web/tests/it/live.rs",
        waiting,
        &[&format!("1: {what}")],
    );
    let helper = format!("fn until() {{\n{blocking}}}\n");
    check("crates/web/tests/it/poll.rs", &helper, &[]);
    let twice = format!("{helper}{blocking}");
    check(
        "crates/web/tests/it/poll.rs",
        &twice,
        &[&format!("4: {what}")],
    );
    check(SHIPPED, &format!("//! a\n{waiting}"), &[]);
    let module = format!("//! a\n#[cfg(test)]\nmod tests {{\n{blocking}}}\n");
    check(SHIPPED, &module, &[&format!("4: {what}")]);
    let named = format!("//! a\n#[cfg(test)]\nmod tests;\n{waiting}");
    check(SHIPPED, &named, &[]);
}

#[test]
fn sql_outside_of_store_fails() {
    let code = "//! a\nlet sql = \"SELECT 1\";\n";
    check(SHIPPED, code, &["2: SQL outside of store: `SELECT`"]);
    check("crates/store/src/sqlite/issue.rs", code, &[]);
    check("crates/web/src/pages/tests.rs", code, &[]);
    check(SHIPPED, "//! a\n// SELECT is a word\n", &[]);
}

#[test]
fn reading_the_environment_outside_of_config_fails() {
    let code = "//! a\nlet home = std::env::var(\"HOME\");\n";
    check(
        SHIPPED,
        code,
        &["2: the environment is read in config only"],
    );
    check("crates/watchpost/src/config/mod.rs", code, &[]);
    check("crates/watchpost/src/config.rs", code, &[]);
}
