//! Where the configuration comes from and what wins: defaults, file, variables, flags.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests are test code"
)]

use std::net::TcpListener;

use crate::server::{Home, json, refusal};

#[test]
fn an_unknown_key_is_refused_with_a_suggestion() {
    let home = Home::new();
    let file = home.path("watchpost.toml");
    std::fs::write(&file, "lisen = '127.0.0.1:0'\n").unwrap();
    let file = file.to_str().unwrap();
    let out = home.command(&["doctor", "--config", file]).output();
    let why = refusal(&out.unwrap());
    assert!(why.contains("did you mean `listen`?"), "{why}");
    assert!(why.contains(file), "which file? {why}");
    let out = home
        .command(&["doctor"])
        .env("WATCHPOST_LISEN", "x")
        .output();
    let why = refusal(&out.unwrap());
    assert!(why.contains("did you mean `listen`?"), "{why}");
    assert!(why.contains("WATCHPOST_LISEN"), "which variable? {why}");
    let out = home
        .command(&["serve"])
        .env("WATCHPOST_LISTEN", "9000")
        .output();
    let why = refusal(&out.unwrap());
    assert!(why.contains("an address and a port"), "{why}");
    assert!(!home.data().exists(), "a mistake leaves nothing behind");
}

/// The public URL that a run of `init` took.
fn base(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let home = Home::new();
    std::fs::write(home.path("a.toml"), "public_url = 'http://file.example'").unwrap();
    let mut command = home.command(&[&["init", "--json"], arguments].concat());
    command.envs(variables.iter().copied());
    let made = json(&command.output().unwrap());
    let dsn = made["dsn"].as_str().unwrap();
    let (_, host) = dsn.split_once('@').unwrap();
    host.trim_end_matches("/1").to_owned()
}

#[test]
fn flags_win_over_variables_over_the_file_over_defaults() {
    let variable = ("WATCHPOST_PUBLIC_URL", "http://variable.example/");
    let file = ["--config", "a.toml"];
    let flag = ["--config", "a.toml", "--public-url", "http://flag.example"];
    assert_eq!(base(&[], &[]), "127.0.0.1:9000");
    assert_eq!(base(&file, &[]), "file.example");
    assert_eq!(base(&[], &[("WATCHPOST_CONFIG", "a.toml")]), "file.example");
    assert_eq!(base(&file, &[variable]), "variable.example");
    assert_eq!(base(&flag, &[variable]), "flag.example");
}

#[test]
fn the_flags_of_serve_win_over_variables() {
    let home = Home::new();
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap().to_string();
    let out = home
        .command(&["serve"])
        .env("WATCHPOST_LISTEN", &address)
        .output();
    let why = refusal(&out.unwrap());
    assert!(why.contains(&address), "which address is taken? {why}");
    // `--data` is on every command of these tests: it wins over the variable, too.
    let elsewhere = home.path("elsewhere");
    let mut command = home.command(&["init", "--json"]);
    command.env("WATCHPOST_DATA_DIR", &elsewhere);
    command.env("WATCHPOST_LISTEN", &address);
    let made = json(&command.output().unwrap());
    let dsn = made["dsn"].as_str().unwrap();
    assert!(
        dsn.contains(&address),
        "a taken port is no hindrance: {dsn}"
    );
    assert!(home.data().exists() && !elsewhere.exists());
}

#[test]
fn every_verb_has_help_and_explains_itself() {
    let home = Home::new();
    let verbs = [
        "serve",
        "init",
        "user",
        "team",
        "project",
        "key",
        "issues",
        "send-event",
        "cleanup",
        "backup",
        "restore",
        "doctor",
        "version",
    ];
    for verb in verbs {
        let out = home.command(&[verb, "--help"]).output().unwrap();
        assert!(out.status.success(), "{verb}");
        let help = String::from_utf8(out.stdout).unwrap();
        assert!(help.contains("Usage: watchpost"), "{verb}: {help}");
        assert!(help.lines().count() > 8, "{verb}: {help}");
    }
    let version = json(&home.run(&["version", "--json"]));
    assert_eq!(version["name"], "watchpost");
    assert!(!home.data().exists(), "asking leaves nothing behind");
}
