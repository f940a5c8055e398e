//! The tests that the tables of `docs/testing.md` and `docs/GROUPING.md` name must be there, or
//! they would promise what nobody holds.

use std::collections::HashSet;
use std::path::Path;

use super::{Fault, Source};

/// Threats and faults.
const PAGE: &str = "docs/testing.md";
/// What people complained about elsewhere: each case has a row.
const CASES: &str = "docs/GROUPING.md";
const CASE_COUNT: usize = 33;

/// A fault for each name of a test, in a row of the catalogue, that no function has.
pub(super) fn check(sources: &[Source]) -> Vec<Fault> {
    let is_code = |path: &str| Path::new(path).extension() == Some("rs".as_ref());
    let code = sources.iter().filter(|source| is_code(&source.path));
    let code = code.filter_map(|source| source.text.as_deref());
    let functions: HashSet<&str> = code.flat_map(functions).collect();
    let pages = sources.iter();
    let pages = pages.filter(|source| source.path == PAGE || source.path == CASES);
    let mut faults = Vec::new();
    for page in pages {
        let lines = page.text.as_deref().unwrap_or_default().lines();
        let mut cases = HashSet::new();
        for (line, text) in (1..).zip(lines).filter(|(_, text)| is_row(text)) {
            let missing = names(text).filter(|name| !functions.contains(name));
            faults.extend(missing.map(|name| Fault::at(page, line, format!("no test {name}"))));
            if names(text).next().is_some() {
                cases.extend(text.get(2..5));
            }
        }
        if page.path == CASES {
            let all = (1..=CASE_COUNT).map(|number| format!("R{number:02}"));
            let missing = all.filter(|case| !cases.contains(case.as_str()));
            faults.extend(missing.map(|case| Fault::at(page, 1, format!("no test of {case}"))));
        }
    }
    faults
}

/// `| I07 | …`, `| F11 | …` or `| R24 | …`
fn is_row(line: &str) -> bool {
    let mut row = line.strip_prefix("| ").unwrap_or_default().chars();
    matches!(row.next(), Some('I' | 'F' | 'R'))
        && row.next().is_some_and(|digit| digit.is_ascii_digit())
}

/// What is between backquotes and looks like the name of a function.
fn names(line: &str) -> impl Iterator<Item = &str> {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let quoted = line.split('`').skip(1).step_by(2);
    quoted.filter(move |name| name.contains('_') && name.bytes().all(is_part))
}

fn functions(text: &str) -> impl Iterator<Item = &str> {
    let after = text.split("fn ").skip(1);
    after.filter_map(|rest| rest.split(['(', '<']).next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_names_a_test_that_is_gone_fails() {
        let source = |path: &str, text: &str| Source {
            path: path.to_owned(),
            size_bytes: text.len(),
            text: Some(text.to_owned()),
        };
        let page = "`spool_bytes`\n| I01 | bombs | `i01_here`, `i01_gone`; `cargo xtask` |\n";
        let code = source("crates/a/src/tests.rs", "#[test]\nfn i01_here() {}\n");
        let faults = check(&[source(PAGE, page), code]);
        let faults: Vec<_> = faults
            .iter()
            .map(|fault| (fault.line, &fault.what))
            .collect();
        assert_eq!(faults, [(2, &"no test i01_gone".to_owned())]);
    }

    #[test]
    fn a_case_without_a_test_fails() {
        let row = |number: usize| match number {
            24 => "| R24 | joins by itself | not yet |\n".to_owned(),
            number => format!("| R{number:02} | some case | `r_here` |\n"),
        };
        let page: String = (1..CASE_COUNT).map(row).collect();
        let sources = [(CASES, page.as_str()), ("a.rs", "fn r_here() {}")];
        let sources = sources.map(|(path, text)| Source {
            path: path.to_owned(),
            size_bytes: text.len(),
            text: Some(text.to_owned()),
        });
        let faults = check(&sources);
        let faults: Vec<_> = faults.iter().map(|fault| &*fault.what).collect();
        assert_eq!(faults, ["no test of R24", "no test of R33"]);
    }
}
