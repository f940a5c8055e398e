//! Rules about the tree as a whole: what must be there and what must not.
//! `tidy::run` calls it once with every tracked file.

use super::{Fault, Source};

/// A binary above this belongs into a release, not into every clone.
const BINARY_BYTES_MAX: usize = 100 * 1024;

/// Where bigger binaries may be: what tests read and what readers look at.
const BINARY_FOLDERS: [&str; 2] = ["fixtures/", "docs/screenshots/"];

/// Files a stranger looks for first.
const REQUIRED: [&str; 1] = ["CHANGELOG.md"];

/// Beginnings of file names that record how work went instead of what is.
const WORK_LOGS: [&str; 7] = [
    "todo", "notes", "worklog", "progress", "summary", "report", "status",
];

/// Missing files, big binaries, work logs, and lints that were turned off.
pub(crate) fn check(sources: &[Source]) -> Vec<Fault> {
    let mut faults = missing(sources);
    for source in sources {
        faults.extend(binary(source));
        faults.extend(work_log(source));
    }
    faults.extend(function_length(sources));
    faults
}

fn missing(sources: &[Source]) -> Vec<Fault> {
    let is_there = |path: &str| sources.iter().any(|source| source.path == path);
    let gone = REQUIRED.iter().filter(|path| !is_there(path));
    gone.map(|path| Fault {
        path: (*path).to_owned(),
        line: 0,
        what: "is missing".to_owned(),
    })
    .collect()
}

fn binary(source: &Source) -> Option<Fault> {
    let allowed = BINARY_FOLDERS
        .iter()
        .any(|folder| source.path.contains(folder));
    let big = source.text.is_none() && source.size_bytes > BINARY_BYTES_MAX;
    (big && !allowed).then(|| {
        let kilobytes = source.size_bytes / 1024;
        Fault::in_file(
            source,
            format!("a binary of {kilobytes} kB, 100 kB allowed"),
        )
    })
}

fn work_log(source: &Source) -> Option<Fault> {
    let name = source.path.rsplit('/').next()?.to_lowercase();
    let stem = name.strip_suffix(".md").or(name.strip_suffix(".txt"))?;
    let is_log = WORK_LOGS.iter().any(|start| stem.starts_with(start));
    is_log.then(|| Fault::in_file(source, "a work log: say what is, in the page it belongs to"))
}

/// The length of functions is clippy's to measure; here we only see that it does.
fn function_length(sources: &[Source]) -> Vec<Fault> {
    let required = [
        ("Cargo.toml", "too_many_lines = \"warn\""),
        ("clippy.toml", "too-many-lines-threshold = 70"),
    ];
    let mut faults = Vec::new();
    for (path, setting) in required {
        let source = sources.iter().find(|source| source.path == path);
        let text = source.and_then(|source| source.text.as_deref());
        if !text.unwrap_or_default().contains(setting) {
            faults.push(Fault {
                path: path.to_owned(),
                line: 0,
                what: format!("must say `{setting}`"),
            });
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: Option<&str>, size_bytes: usize) -> Source {
        Source {
            path: path.to_owned(),
            text: text.map(ToOwned::to_owned),
            size_bytes,
        }
    }

    fn complete() -> Vec<Source> {
        vec![
            file("CHANGELOG.md", Some("# Changes"), 9),
            file("Cargo.toml", Some("too_many_lines = \"warn\""), 9),
            file("clippy.toml", Some("too-many-lines-threshold = 70"), 9),
        ]
    }

    fn check_with(extra: Source, expect: &[&str]) {
        let mut sources = complete();
        sources.push(extra);
        let faults = check(&sources);
        let texts: Vec<_> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(texts, expect);
    }

    #[test]
    fn a_complete_tree_passes() {
        assert_eq!(check(&complete()), []);
    }

    #[test]
    fn a_missing_changelog_fails() {
        let sources = complete().split_off(1);
        let faults = check(&sources);
        assert_eq!(faults[0].to_string(), "CHANGELOG.md: is missing");
    }

    #[test]
    fn a_big_binary_fails_outside_its_folders() {
        let big = 100 * 1024 + 1;
        check_with(
            file("web/font.ttf", None, big),
            &["web/font.ttf: a binary of 100 kB, 100 kB allowed"],
        );
        check_with(file("docs/screenshots/list.png", None, big), &[]);
        check_with(file("web/icon.png", None, 900), &[]);
        check_with(file("data.json", Some("{}"), big), &[]);
    }

    #[test]
    fn a_work_log_fails() {
        let expect = ["docs/NOTES-1.md: a work log: say what is, in the page it belongs to"];
        check_with(file("docs/NOTES-1.md", Some(""), 0), &expect);
        check_with(file("e2e/kits/report.py", Some(""), 0), &[]);
    }

    #[test]
    fn function_length_must_stay_on() {
        let mut sources = complete();
        sources[2] = file("clippy.toml", Some("too-many-lines-threshold = 200"), 9);
        let faults = check(&sources);
        let expect = "clippy.toml: must say `too-many-lines-threshold = 70`";
        assert_eq!(faults[0].to_string(), expect);
    }
}
