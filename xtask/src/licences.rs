//! What may be linked in: licences, banned crates, duplicates and sources, as deny.toml says.
//! A step of `test`: what `cargo deny check licenses bans sources` checks, with nothing to install.

use std::collections::BTreeMap;

use anyhow::Context;
use serde::Deserialize;

use crate::{paths, shell};

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

#[derive(Deserialize)]
struct Rules {
    graph: Graph,
    licenses: Licenses,
    bans: Bans,
}

#[derive(Deserialize)]
struct Graph {
    targets: Vec<String>,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Named>,
    skip: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
}

/// Checks every package of the lock file; the faults as text, empty when all is well.
pub(crate) fn run() -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(paths::root().join("deny.toml"))
        .context("failed to read deny.toml")?;
    let rules: Rules = toml::from_str(&text).context("failed to read deny.toml")?;
    let mut cargo = shell::cargo("metadata --format-version 1 --locked");
    for target in &rules.graph.targets {
        cargo.args(["--filter-platform", target]);
    }
    let metadata: Metadata = serde_json::from_str(&shell::output(&mut cargo)?)?;
    Ok(check(&rules, &metadata.packages))
}

fn check(rules: &Rules, packages: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        let name = format!("{} {}", package.name, package.version);
        versions
            .entry(&package.name)
            .or_default()
            .push(&package.version);
        let license = package.license.as_deref().unwrap_or("none");
        if !allowed(license, &rules.licenses.allow) {
            faults.push(format!("{name}: licence `{license}` is not on the list"));
        }
        let source = package.source.as_deref();
        if source.is_some_and(|source| source != CRATES_IO) {
            faults.push(format!("{name}: comes from {}", source.unwrap_or_default()));
        }
        if rules
            .bans
            .deny
            .iter()
            .any(|banned| banned.name == package.name)
        {
            faults.push(format!("{name}: banned, see deny.toml"));
        }
    }
    let skips = |name: &str| rules.bans.skip.iter().any(|skip| skip.name == name);
    for (name, versions) in &versions {
        if versions.len() > 1 && !skips(name) {
            faults.push(format!("{name}: several versions: {}", versions.join(", ")));
        }
    }
    for skip in &rules.bans.skip {
        let count = versions.get(skip.name.as_str()).map_or(0, Vec::len);
        if count < 2 {
            faults.push(format!(
                "{}: not double any more, remove its skip",
                skip.name
            ));
        }
    }
    faults
}

/// Does the SPDX expression leave us a choice that is on the list?
fn allowed(expression: &str, list: &[String]) -> bool {
    // Crates from before SPDX write a slash for OR.
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    any_of(&mut rest, list) && rest.is_empty()
}

/// `a OR b OR c`, where AND binds closer.
fn any_of(words: &mut &[&str], list: &[String]) -> bool {
    let mut result = all_of(words, list);
    while let Some((&"OR", rest)) = words.split_first() {
        *words = rest;
        // Not `||`: the right side must be read in any case.
        result |= all_of(words, list);
    }
    result
}

fn all_of(words: &mut &[&str], list: &[String]) -> bool {
    let mut result = one(words, list);
    while let Some((&"AND", rest)) = words.split_first() {
        *words = rest;
        result &= one(words, list);
    }
    result
}

/// One licence, perhaps WITH an exception, or an expression in parentheses.
fn one(words: &mut &[&str], list: &[String]) -> bool {
    let Some((&first, rest)) = words.split_first() else {
        return false;
    };
    *words = rest;
    if first == "(" {
        let result = any_of(words, list);
        return match words.split_first() {
            Some((&")", rest)) => {
                *words = rest;
                result
            }
            _ => false,
        };
    }
    let mut licence = first.to_owned();
    if let [with @ "WITH", exception, rest @ ..] = *words {
        licence = format!("{first} {with} {exception}");
        *words = rest;
    }
    list.contains(&licence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_licence(expression: &str, expect: bool) {
        let list = [
            "MIT",
            "Apache-2.0",
            "Zlib",
            "Apache-2.0 WITH LLVM-exception",
        ];
        let list = list.map(ToOwned::to_owned);
        assert_eq!(allowed(expression, &list), expect, "{expression}");
    }

    #[test]
    fn one_choice_of_an_or_is_enough() {
        check_licence("MIT", true);
        check_licence("GPL-3.0 OR MIT", true);
        check_licence("GPL-3.0/MIT", true);
        check_licence("GPL-3.0", false);
        check_licence("", false);
    }

    #[test]
    fn an_and_needs_both() {
        check_licence("MIT AND Zlib", true);
        check_licence("MIT AND GPL-3.0", false);
        check_licence("(GPL-3.0 OR Apache-2.0) AND Zlib", true);
        check_licence("(GPL-3.0 OR Apache-2.0) AND GPL-3.0", false);
        check_licence("GPL-3.0 OR MIT AND Zlib", true);
    }

    #[test]
    fn an_exception_belongs_to_its_licence() {
        check_licence("Apache-2.0 WITH LLVM-exception", true);
        check_licence("Zlib WITH LLVM-exception", false);
    }

    #[test]
    fn what_cannot_be_read_is_not_allowed() {
        check_licence("(MIT", false);
        check_licence("MIT Zlib", false);
    }

    fn package(name: &str, version: &str, source: Option<&str>) -> Package {
        Package {
            name: name.to_owned(),
            version: version.to_owned(),
            license: Some("MIT".to_owned()),
            source: source.map(ToOwned::to_owned),
        }
    }

    fn check_packages(skip: &[&str], packages: &[Package], expect: &[&str]) {
        let named = |name: &str| Named {
            name: name.to_owned(),
        };
        let rules = Rules {
            graph: Graph {
                targets: Vec::new(),
            },
            licenses: Licenses {
                allow: vec!["MIT".to_owned()],
            },
            bans: Bans {
                deny: vec![named("openssl-sys")],
                skip: skip.iter().map(|name| named(name)).collect(),
            },
        };
        assert_eq!(check(&rules, packages), expect);
    }

    #[test]
    fn a_banned_crate_fails() {
        let packages = [package("openssl-sys", "0.9.1", Some(CRATES_IO))];
        check_packages(
            &[],
            &packages,
            &["openssl-sys 0.9.1: banned, see deny.toml"],
        );
    }

    #[test]
    fn two_versions_fail_unless_skipped() {
        let packages = [package("syn", "1.0.0", None), package("syn", "2.0.0", None)];
        check_packages(&[], &packages, &["syn: several versions: 1.0.0, 2.0.0"]);
        check_packages(&["syn"], &packages, &[]);
        let fault = ["syn: not double any more, remove its skip"];
        check_packages(&["syn"], &packages[..1], &fault);
    }

    #[test]
    fn another_source_fails() {
        let packages = [package("a", "1.0.0", Some("git+https://example.org/a"))];
        check_packages(
            &[],
            &packages,
            &["a 1.0.0: comes from git+https://example.org/a"],
        );
    }
}
