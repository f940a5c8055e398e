//! The walls between the crates: who may import whom, and who may use which heavy dependency.
//! `tidy::run` calls it with the manifests among the tracked files.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Fault, Source};

/// The pure middle and the cellar: they see the nouns and nothing else of ours.
const MODEL: &[&str] = &["model"];

/// Who may import whom, as ARCHITECTURE draws it. A new edge is a decision, not a convenience.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("protocol", MODEL),
    ("normalize", MODEL),
    ("symbolicate", MODEL),
    ("group", MODEL),
    ("notify", MODEL),
    ("store", MODEL),
    (
        "ingest",
        &[
            "model",
            "protocol",
            "normalize",
            "symbolicate",
            "group",
            "notify",
            "store",
        ],
    ),
    // The pages use the pure parts they edit: filters, scrubbing, grouping and rules.
    ("web", &["model", "normalize", "group", "notify", "store"]),
    (
        "watchpost",
        &[
            "model",
            "protocol",
            "normalize",
            "symbolicate",
            "group",
            "notify",
            "store",
            "ingest",
            "web",
            "client",
            "demo",
        ],
    ),
    // Invents a month, and has no more than the nouns to say it in.
    ("demo", MODEL),
    // What other people's programs depend on stands alone.
    ("client", &[]),
    ("xtask", &[]),
    // The targets call whatever reads what strangers send.
    (
        "fuzz",
        &["model", "protocol", "normalize", "group", "store", "ingest"],
    ),
    // Measures the rooms from outside and from inside; nothing depends on it.
    (
        "bench",
        &[
            "model",
            "protocol",
            "normalize",
            "group",
            "store",
            "ingest",
            "demo",
        ],
    ),
];

/// Rooms whose tests may reach over a wall, to feed themselves real input.
const TESTS_MAY_REACH: &[&str] = &["group", "ingest", "web", "watchpost"];

/// Dependencies that mark a layer: the web framework and the SQL engine.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("axum", &["ingest", "web", "watchpost"]),
    ("hyper", &["ingest", "web", "watchpost", "bench"]),
    ("rusqlite", &["store"]),
];

/// One workspace member: its room and what its manifest names.
struct Member<'a> {
    source: &'a Source,
    room: String,
    normal: BTreeSet<String>,
    dev: BTreeSet<String>,
    inherits_lints: bool,
}

/// The import table, and every edge and manifest that breaks a rule.
pub(crate) fn check(sources: &[Source]) -> (String, Vec<Fault>) {
    let mut faults = Vec::new();
    let mut members = Vec::new();
    for source in sources.iter().filter(|source| is_member(&source.path)) {
        match member(source) {
            Ok(member) => members.push(member),
            Err(error) => faults.push(Fault::in_file(source, error.to_string())),
        }
    }
    for member in &members {
        faults.extend(check_member(member));
    }
    (table(&members), faults)
}

fn is_member(path: &str) -> bool {
    let crates = path.strip_prefix("crates/");
    let folder = crates.and_then(|rest| rest.strip_suffix("/Cargo.toml"));
    matches!(path, "xtask/Cargo.toml" | "fuzz/Cargo.toml")
        || folder.is_some_and(|folder| !folder.contains('/'))
}

fn member(source: &Source) -> anyhow::Result<Member<'_>> {
    let manifest: toml::Table = source.text.as_deref().unwrap_or_default().parse()?;
    let text = |table: &str, key: &str| manifest.get(table)?.get(key).cloned();
    let package = text("package", "name");
    let room = room_of(
        package
            .as_ref()
            .and_then(toml::Value::as_str)
            .unwrap_or("?"),
    );
    let inherits = text("lints", "workspace").and_then(|value| value.as_bool());
    let (mut normal, mut dev) = (names(&manifest, "dependencies"), BTreeSet::new());
    normal.extend(names(&manifest, "build-dependencies"));
    dev.extend(names(&manifest, "dev-dependencies"));
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    for target in targets.into_iter().flat_map(toml::Table::values) {
        let Some(target) = target.as_table() else {
            continue;
        };
        normal.extend(names(target, "dependencies"));
        dev.extend(names(target, "dev-dependencies"));
    }
    Ok(Member {
        source,
        room,
        normal,
        dev,
        inherits_lints: inherits == Some(true),
    })
}

/// The packages one dependency table names, our own as rooms.
fn names(manifest: &toml::Table, table: &str) -> BTreeSet<String> {
    let table = manifest.get(table).and_then(toml::Value::as_table);
    let entries = table.into_iter().flatten();
    entries
        .map(|(key, value)| {
            // A renamed dependency is the package it renames.
            let package = value.get("package").and_then(toml::Value::as_str);
            room_of(package.unwrap_or(key))
        })
        .collect()
}

fn room_of(package: &str) -> String {
    package
        .strip_prefix("watchpost-")
        .unwrap_or(package)
        .to_owned()
}

fn ours(name: &str) -> bool {
    MAY_IMPORT.iter().any(|(room, _)| *room == name)
}

fn check_member(member: &Member<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut fault = |what: String| faults.push(Fault::in_file(member.source, what));
    let room = member.room.as_str();
    if !member.inherits_lints {
        fault("does not inherit the lints: write `[lints]` with `workspace = true`".to_owned());
    }
    let Some((_, may)) = MAY_IMPORT.iter().find(|(name, _)| *name == room) else {
        fault(format!(
            "`{room}` is not in the import table of xtask/src/tidy/crates.rs"
        ));
        return faults;
    };
    for name in &member.normal {
        if ours(name) && !may.contains(&name.as_str()) {
            fault(format!("new edge: `{room}` may not import `{name}`"));
        }
        for (package, rooms) in ONLY_IN {
            if name == package && !rooms.contains(&room) {
                fault(format!("`{package}` belongs to {} only", rooms.join(", ")));
            }
        }
    }
    for name in &member.dev {
        // A crate may name itself, to have more of its features in its tests.
        let known = may.contains(&name.as_str()) || name == room;
        if ours(name) && !known && !TESTS_MAY_REACH.contains(&room) {
            fault(format!(
                "new edge in tests: `{room}` may not import `{name}`"
            ));
        }
    }
    faults
}

fn table(members: &[Member<'_>]) -> String {
    let mut out = format!("{:<12} imports\n", "room");
    for (room, _) in MAY_IMPORT {
        let Some(member) = members.iter().find(|member| member.room == *room) else {
            continue;
        };
        let list = |names: &BTreeSet<String>| {
            let ours = names.iter().filter(|name| ours(name)).cloned();
            ours.collect::<Vec<_>>().join(" ")
        };
        let (normal, dev) = (list(&member.normal), list(&member.dev));
        let nothing = if normal.is_empty() { "-" } else { "" };
        let tests = if dev.is_empty() {
            String::new()
        } else {
            format!("  (tests: {dev})")
        };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{room:<12} {nothing}{normal}{tests}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_manifest(path: &str, manifest: &str, expect: &[&str]) {
        let source = Source {
            path: path.to_owned(),
            size_bytes: manifest.len(),
            text: Some(manifest.to_owned()),
        };
        let (_, faults) = check(&[source]);
        let whats: Vec<_> = faults.iter().map(|fault| fault.what.as_str()).collect();
        assert_eq!(whats, expect, "{manifest}");
    }

    fn manifest(name: &str, rest: &str) -> String {
        format!("[package]\nname = \"{name}\"\n[lints]\nworkspace = true\n{rest}")
    }

    /// The manifest of a room with this dependency.
    fn with(room: &str, dependency: &str) -> String {
        let dependencies = format!("[dependencies]\n{dependency}\n");
        manifest(&format!("watchpost-{room}"), &dependencies)
    }

    const GROUP: &str = "crates/group/Cargo.toml";

    #[test]
    fn an_edge_of_the_table_passes() {
        let text = with("group", "watchpost-model.workspace = true");
        check_manifest(GROUP, &text, &[]);
    }

    #[test]
    fn a_new_edge_fails() {
        let text = with("group", "watchpost-store.workspace = true");
        check_manifest(GROUP, &text, &["new edge: `group` may not import `store`"]);
    }

    #[test]
    fn a_renamed_edge_fails_too() {
        let text = with(
            "group",
            "cellar = { package = \"watchpost-store\", path = \"../store\" }",
        );
        check_manifest(GROUP, &text, &["new edge: `group` may not import `store`"]);
    }

    #[test]
    fn a_test_may_reach_further_where_the_list_says_so() {
        let dev = "[dev-dependencies]\nwatchpost-protocol.workspace = true\n";
        check_manifest(GROUP, &manifest("watchpost-group", dev), &[]);
        check_manifest(
            "crates/model/Cargo.toml",
            &manifest("watchpost-model", dev),
            &["new edge in tests: `model` may not import `protocol`"],
        );
    }

    #[test]
    fn nobody_imports_the_binary() {
        let text = with("web", "watchpost.path = \"../watchpost\"");
        let expect = ["new edge: `web` may not import `watchpost`"];
        check_manifest("crates/web/Cargo.toml", &text, &expect);
    }

    #[test]
    fn the_web_framework_stays_at_the_edge() {
        let text = with("group", "axum.workspace = true");
        check_manifest(
            GROUP,
            &text,
            &["`axum` belongs to ingest, web, watchpost only"],
        );
    }

    #[test]
    fn a_platform_dependency_counts() {
        let text = manifest(
            "watchpost-web",
            "[target.'cfg(unix)'.dependencies]\nrusqlite.workspace = true\n",
        );
        check_manifest(
            "crates/web/Cargo.toml",
            &text,
            &["`rusqlite` belongs to store only"],
        );
    }

    #[test]
    fn a_crate_without_the_lints_fails() {
        let expect = ["does not inherit the lints: write `[lints]` with `workspace = true`"];
        check_manifest(GROUP, "[package]\nname = \"watchpost-group\"\n", &expect);
    }

    #[test]
    fn an_unknown_room_fails() {
        let expect = ["`attic` is not in the import table of xtask/src/tidy/crates.rs"];
        check_manifest(
            "crates/attic/Cargo.toml",
            &manifest("watchpost-attic", ""),
            &expect,
        );
    }

    #[test]
    fn the_table_shows_tests_apart() {
        let text = manifest(
            "watchpost-group",
            "[dependencies]\nwatchpost-model.workspace = true\n\
             [dev-dependencies]\nwatchpost-protocol.workspace = true\n",
        );
        let source = Source {
            path: GROUP.to_owned(),
            size_bytes: text.len(),
            text: Some(text),
        };
        let (table, _) = check(&[source]);
        assert!(
            table.contains("group        model  (tests: protocol)\n"),
            "{table}"
        );
    }
}
