//! Length of files, with a list of exceptions that may only shrink.
//! `tidy::run` reads the list from xtask/tidy.toml and checks every source file.

use std::collections::BTreeMap;

use anyhow::Context;
use serde::Deserialize;

use super::{Fault, Source};

/// A file a reader takes in at one sitting.
const FILE_LINES_MAX: usize = 400;
/// No exception reaches beyond this.
const EXCEPTION_LINES_MAX: usize = 800;
/// How far an exception may be above the file before it must be tightened.
const SLACK_LINES_MAX: usize = 20;
/// The list itself may only shrink: lower this number with every entry that goes.
const EXCEPTION_COUNT_MAX: usize = 0;

const LIST: &str = "xtask/tidy.toml";

/// What counts as source; data and prose may be as long as they need.
const SOURCE_ENDINGS: [&str; 8] = ["rs", "js", "mjs", "css", "html", "py", "sh", "sql"];

/// The exceptions: file and the lines it may have today.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ratchet {
    lines: BTreeMap<String, usize>,
}

impl Ratchet {
    /// Reads the list; without one there are no exceptions.
    pub(crate) fn read(sources: &[Source]) -> anyhow::Result<Self> {
        let list = sources.iter().find(|source| source.path == LIST);
        let text = list.and_then(|source| source.text.as_deref());
        toml::from_str(text.unwrap_or("[lines]")).with_context(|| format!("failed to read {LIST}"))
    }

    /// Every file that is too long, and every exception that is not needed as it stands.
    pub(crate) fn check(&self, sources: &[Source]) -> Vec<Fault> {
        let mut faults = self.check_list(sources);
        faults.extend(self.check_lengths(sources));
        faults
    }

    fn check_list(&self, sources: &[Source]) -> Vec<Fault> {
        let mut faults = Vec::new();
        let list = |what: String| Fault {
            path: LIST.to_owned(),
            line: 0,
            what,
        };
        if self.lines.len() > EXCEPTION_COUNT_MAX {
            faults.push(list(format!(
                "{} exceptions, {EXCEPTION_COUNT_MAX} allowed: cut a file instead",
                self.lines.len()
            )));
        }
        for path in self.lines.keys() {
            if !sources.iter().any(|source| source.path == *path) {
                faults.push(list(format!("{path} is gone: remove its line")));
            }
        }
        faults
    }

    fn check_lengths(&self, sources: &[Source]) -> Vec<Fault> {
        let mut faults = Vec::new();
        for source in sources.iter().filter(|source| is_source(&source.path)) {
            let lines = source
                .text
                .as_deref()
                .map_or(0, |text| text.lines().count());
            faults.extend(self.check_length(&source.path, lines).map(|what| Fault {
                path: source.path.clone(),
                line: 0,
                what,
            }));
        }
        faults
    }

    fn check_length(&self, path: &str, lines: usize) -> Option<String> {
        let Some(&allowed) = self.lines.get(path) else {
            return (lines > FILE_LINES_MAX)
                .then(|| format!("{lines} lines, {FILE_LINES_MAX} allowed: cut it by topic"));
        };
        if lines > allowed.min(EXCEPTION_LINES_MAX) {
            return Some(format!("{lines} lines, its exception allows {allowed}"));
        }
        if lines <= FILE_LINES_MAX {
            return Some(format!(
                "{lines} lines need no exception: remove it from {LIST}"
            ));
        }
        (lines + SLACK_LINES_MAX < allowed)
            .then(|| format!("shrank to {lines} lines: lower its number in {LIST}"))
    }
}

fn is_source(path: &str) -> bool {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| SOURCE_ENDINGS.contains(&ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, lines: usize, exception: Option<usize>, expect: Option<&str>) {
        let source = Source {
            path: path.to_owned(),
            size_bytes: 0,
            text: Some("a line\n".repeat(lines)),
        };
        let lines = exception.map(|allowed| (path.to_owned(), allowed));
        let ratchet = Ratchet {
            lines: lines.into_iter().collect(),
        };
        let faults = ratchet.check_lengths(&[source]);
        let whats: Vec<_> = faults.iter().map(|fault| fault.what.as_str()).collect();
        assert_eq!(whats, expect.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_file_of_400_lines_passes_and_of_401_fails() {
        check("a.rs", 400, None, None);
        check(
            "a.rs",
            401,
            None,
            Some("401 lines, 400 allowed: cut it by topic"),
        );
        check("a.json", 401, None, None);
    }

    #[test]
    fn an_exception_holds_until_the_file_grows() {
        check("a.rs", 450, Some(450), None);
        check(
            "a.rs",
            451,
            Some(450),
            Some("451 lines, its exception allows 450"),
        );
    }

    #[test]
    fn an_exception_must_follow_a_file_that_shrinks() {
        let lower = Some("shrank to 420 lines: lower its number in xtask/tidy.toml");
        check("a.rs", 420, Some(450), lower);
        let remove = Some("390 lines need no exception: remove it from xtask/tidy.toml");
        check("a.rs", 390, Some(450), remove);
    }

    #[test]
    fn no_exception_reaches_beyond_800() {
        check(
            "a.rs",
            801,
            Some(900),
            Some("801 lines, its exception allows 900"),
        );
    }

    #[test]
    fn the_list_may_not_grow() {
        let lines = (0..=EXCEPTION_COUNT_MAX).map(|index| (format!("{index}.rs"), 500));
        let ratchet = Ratchet {
            lines: lines.collect(),
        };
        let faults = ratchet.check(&[]);
        assert!(
            faults
                .iter()
                .any(|fault| fault.what.contains("cut a file instead"))
        );
    }

    #[test]
    fn an_exception_for_a_file_that_is_gone_fails() {
        let ratchet = Ratchet {
            lines: [("gone.rs".to_owned(), 500)].into(),
        };
        let faults = ratchet.check(&[]);
        assert!(
            faults
                .iter()
                .any(|fault| fault.what == "gone.rs is gone: remove its line")
        );
    }
}
