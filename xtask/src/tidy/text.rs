//! Rules about the text of one file: lines, openings, leftovers, and words with a home.
//! `tidy::run` calls it for every tracked file; the table tests are in `tests.rs`.

use super::{Fault, Source};

const LINE_CHARS_MAX: usize = 100;

/// What was meant to go before the commit. Spelled in halves, or this file would be a fault.
const LEFTOVERS: [&str; 6] = [
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("to", "do!("),
    UNFINISHED,
    concat!("db", "g!("),
    concat!("#[ign", "ore"),
];

const UNFINISHED: &str = concat!("unimpl", "emented!(");

/// Folders of somebody's machine.
const MACHINE_PATHS: [&str; 3] = [
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
];

/// The home of nobody in particular, for examples.
const ANYBODY: &str = concat!("/ho", "me/me/");

/// Beginnings of statements. Upper case is how we write them, so that prose is not meant.
const SQL: [&str; 6] = [
    "SELECT ",
    "INSERT INTO ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "ALTER TABLE ",
    "PRAGMA ",
];

const ENVIRONMENT: [&str; 3] = ["env::var(", "env::vars(", "env::var_os("];

/// The helper that waits for a condition: a file of tests that has it may pause once, inside it.
const WAITS: &str = "fn until";

/// Every fault of one file's text.
pub(crate) fn check(source: &Source) -> Vec<Fault> {
    let Some(text) = source.text.as_deref() else {
        return Vec::new();
    };
    let mut faults: Vec<Fault> = opening(source, text).into_iter().collect();
    let tests_from = tests_from(&source.path, text);
    for (index, line) in text.lines().enumerate() {
        let place = Place {
            path: &source.path,
            in_tests: index >= tests_from,
        };
        let whats = RULES.iter().filter_map(|rule| rule(&place, line));
        faults.extend(whats.map(|what| Fault::at(source, index + 1, what)));
    }
    faults.extend(pauses(source, text, tests_from));
    faults
}

/// Where a line stands, as far as the rules care.
struct Place<'a> {
    path: &'a str,
    in_tests: bool,
}

impl Place<'_> {
    fn is_rust(&self) -> bool {
        ends_with(self.path, &["rs"])
    }

    /// Code that ships: a source file of a crate, above its tests.
    fn ships(&self) -> bool {
        self.is_rust() && self.path.starts_with("crates/") && !self.in_tests
    }
}

type Rule = fn(&Place<'_>, &str) -> Option<String>;

const RULES: [Rule; 5] = [length, leftover, machine_path, sql, environment];

fn ends_with(path: &str, endings: &[&str]) -> bool {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    endings.contains(&ending)
}

/// The first line (from 0) of test code: all of a test file, or what follows the test module.
fn tests_from(path: &str, text: &str) -> usize {
    let name = path.rsplit('/').next().unwrap_or(path);
    if path.contains("/tests/") || name == "tests.rs" || name == "suite.rs" {
        return 0;
    }
    let lines: Vec<&str> = text.lines().collect();
    let starts = |pair: &[&str]| {
        // `mod tests;` only names another file; the code below it ships.
        matches!(pair, [mark, next] if mark.trim() == "#[cfg(test)]" && next.ends_with('{'))
    };
    lines.windows(2).position(starts).unwrap_or(lines.len())
}

fn opening(source: &Source, text: &str) -> Option<Fault> {
    let path = source.path.as_str();
    let owes = ends_with(path, &["rs"])
        && (path.starts_with("crates/") || path.starts_with("xtask/"))
        && path.contains("/src/");
    let first = text.lines().find(|line| !line.trim().is_empty());
    let opens = first.is_some_and(|line| line.starts_with("//!"));
    (owes && !opens).then(|| {
        Fault::in_file(
            source,
            "opens without `//!`: say what it is for and who calls it",
        )
    })
}

fn length(place: &Place<'_>, line: &str) -> Option<String> {
    let chars = line.chars().count();
    // Neither an address nor a literal can be wrapped without changing what it says.
    let wrappable = !line.contains("https://") && !line.contains("http://");
    let too_long = chars > LINE_CHARS_MAX && chars_of_code(line) > LINE_CHARS_MAX;
    (place.is_rust() && wrappable && too_long)
        .then(|| format!("{chars} columns, {LINE_CHARS_MAX} allowed"))
}

/// The length of a line without what is between double quotes.
fn chars_of_code(line: &str) -> usize {
    let (mut count, mut in_literal, mut escaped) = (0, false, false);
    for letter in line.chars() {
        let is_quote = letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        count += usize::from(!in_literal);
        in_literal ^= is_quote && !is_comment(line);
    }
    count
}

fn leftover(place: &Place<'_>, line: &str) -> Option<String> {
    if !ends_with(
        place.path,
        &["rs", "js", "mjs", "css", "html", "py", "sh", "toml"],
    ) {
        return None;
    }
    // A double that does not answer what no test asks is finished.
    let finished = |word: &str| place.in_tests && word == UNFINISHED;
    let mut words = LEFTOVERS.iter().filter(|word| !finished(word));
    let word = words.find(|word| has_word(line, word))?;
    Some(format!("leftover `{word}`"))
}

fn machine_path(place: &Place<'_>, line: &str) -> Option<String> {
    // What clients send has paths in it, and so have the tests that read such things.
    if place.path.contains("fixtures/") || (place.in_tests && place.is_rust()) {
        return None;
    }
    let line = line.replace(ANYBODY, "");
    let path = MACHINE_PATHS.iter().find(|path| has_word(&line, path))?;
    Some(format!("a path of one machine: `{path}`"))
}

fn pauses(source: &Source, text: &str, tests_from: usize) -> Vec<Fault> {
    let in_tests = text.lines().enumerate().skip(tests_from);
    let pauses = in_tests
        .filter(|(_, line)| line.contains("thread::sleep(") || line.contains("time::sleep("));
    let allowed = usize::from(text.contains(WAITS));
    let what = "a test that sleeps: wait for the condition instead";
    let is_rust = ends_with(&source.path, &["rs"]);
    pauses
        .filter(|_| is_rust)
        .skip(allowed)
        .map(|(index, _)| Fault::at(source, index + 1, what))
        .collect()
}

fn sql(place: &Place<'_>, line: &str) -> Option<String> {
    if !place.ships() || place.path.starts_with("crates/store/") || is_comment(line) {
        return None;
    }
    let word = SQL.iter().find(|word| has_word(line, word))?;
    Some(format!("SQL outside of store: `{}`", word.trim()))
}

fn environment(place: &Place<'_>, line: &str) -> Option<String> {
    let in_config = place.path.starts_with("crates/watchpost/src/config");
    let reads = ENVIRONMENT.iter().any(|call| line.contains(call));
    (place.ships() && !in_config && !is_comment(line) && reads)
        .then(|| "the environment is read in config only".to_owned())
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

/// Is `word` in the line with nothing word-like directly before or after it?
fn has_word(line: &str, word: &str) -> bool {
    let wordlike = |letter: char| letter.is_alphanumeric() || "_.}~".contains(letter);
    // Only a word that ends in a letter can run on: `/srv/` and `call!(` are complete.
    let open_end = word.ends_with(char::is_alphanumeric);
    line.match_indices(word).any(|(start, _)| {
        let before = line.get(..start).and_then(|text| text.chars().next_back());
        let after = line
            .get(start + word.len()..)
            .and_then(|text| text.chars().next());
        let runs_on = open_end && after.is_some_and(char::is_alphanumeric);
        !before.is_some_and(wordlike) && !runs_on
    })
}
