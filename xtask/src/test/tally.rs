//! Counting tests: from cargo's summaries and from the `ok`, `FAIL` and `SKIPPED` lines of scripts.
//! `plan` makes tallies from logs, `test` adds them up into the closing line.

use std::fmt;
use std::iter::Sum;

use crate::shell::Ended;

/// The code with which a script says that it cannot run here.
const SKIPPED: i32 = 77;
/// How much of the log of a failed step is shown.
const TAIL_LINES: usize = 60;

/// How many tests ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) skipped: usize,
}

impl Tally {
    /// A step without tests of its own that went wrong.
    pub(super) const fn failure() -> Self {
        Self {
            passed: 0,
            failed: 1,
            skipped: 0,
        }
    }

    /// A step without tests of its own, such as the format: it only counts when it fails.
    pub(super) fn of_tool(ended: Ended) -> Self {
        match ended {
            Ended::Code(0) => Self::default(),
            Ended::Code(_) | Ended::TooLate => Self::failure(),
        }
    }

    /// Adds up `test result: ok. 3 passed; 0 failed; 1 ignored; …`, one line per test binary. A test
    /// that cannot run here says `SKIPPED` past cargo's capture; for cargo it has passed.
    pub(super) fn of_cargo(log: &str, ended: Ended) -> Self {
        let mut tally = Self::default();
        for line in log.lines().filter(|line| line.starts_with("test result:")) {
            let words: Vec<&str> = line.split([' ', ';']).collect();
            for pair in words.windows(2) {
                let [count, word] = pair else { continue };
                let count = count.parse().unwrap_or(0);
                match *word {
                    "passed" => tally.passed += count,
                    "failed" => tally.failed += count,
                    "ignored" => tally.skipped += count,
                    _ => {}
                }
            }
        }
        let skipped = log.lines().filter(|line| line.starts_with("SKIPPED"));
        let skipped = skipped.count().min(tally.passed);
        tally.passed -= skipped;
        tally.skipped += skipped;
        tally.settled(ended)
    }

    /// Counts the lines of a script: `ok   …`, `FAIL …`, `SKIPPED …`.
    pub(super) fn of_script(log: &str, ended: Ended) -> Self {
        let count = |start: &str| log.lines().filter(|line| line.starts_with(start)).count();
        let tally = Self {
            passed: count("ok "),
            failed: count("FAIL "),
            skipped: count("SKIPPED"),
        };
        match ended {
            Ended::Code(SKIPPED) => Self {
                skipped: tally.skipped.max(1),
                ..tally
            },
            ended => tally.settled(ended),
        }
    }

    /// A program that ended badly has failed, whatever it counted.
    fn settled(mut self, ended: Ended) -> Self {
        if ended != Ended::Code(0) {
            self.failed = self.failed.max(1);
        }
        self
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self { failed: 1.., .. } => "FAIL",
            Self {
                passed: 0,
                skipped: 1..,
                ..
            } => "skip",
            _ => "ok",
        }
    }

    /// The counts for a table, empty for a step without tests.
    pub(super) fn short(self) -> String {
        if self == Self::default() {
            String::new()
        } else {
            self.to_string()
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            passed,
            failed,
            skipped,
        } = self;
        write!(out, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, tally| Self {
            passed: sum.passed + tally.passed,
            failed: sum.failed + tally.failed,
            skipped: sum.skipped + tally.skipped,
        })
    }
}

/// The lines of a log a reader must see: why something was skipped, measurements, and, after a
/// failure, what failed and how it ended.
pub(super) fn noteworthy(log: &str, tally: Tally) -> Vec<&str> {
    let starts = |line: &str, starts: &[&str]| starts.iter().any(|start| line.starts_with(start));
    let lines: Vec<&str> = log.lines().collect();
    let tail_from = lines.len().saturating_sub(TAIL_LINES);
    let lines = lines.into_iter().enumerate();
    let shown = lines.filter(|(index, line)| {
        let always = starts(line, &["SKIPPED", "measured "]);
        let failed = tally.failed > 0 && (*index >= tail_from || starts(line, &["FAIL "]));
        always || failed
    });
    shown.map(|(_, line)| line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: usize, failed: usize, skipped: usize) -> Tally {
        Tally {
            passed,
            failed,
            skipped,
        }
    }

    const CARGO: &str = "running 3 tests\n\
        test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\
        test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n";

    #[test]
    fn cargo_binaries_add_up() {
        assert_eq!(Tally::of_cargo(CARGO, Ended::Code(101)), tally(4, 2, 1));
    }

    #[test]
    fn a_test_of_cargo_that_could_not_run_is_no_success() {
        let log = format!("SKIPPED: no nginx\n{CARGO}");
        assert_eq!(Tally::of_cargo(&log, Ended::Code(101)), tally(3, 2, 2));
    }

    #[test]
    fn a_build_that_fails_is_one_failure() {
        assert_eq!(
            Tally::of_cargo("error: no", Ended::Code(101)),
            tally(0, 1, 0)
        );
    }

    #[test]
    fn script_lines_are_counted() {
        let log = "ok   a\nFAIL b\nSKIPPED c\n     detail\nokay\n";
        assert_eq!(Tally::of_script(log, Ended::Code(1)), tally(1, 1, 1));
    }

    #[test]
    fn a_script_that_ends_badly_or_late_has_failed() {
        assert_eq!(Tally::of_script("ok   a\n", Ended::Code(2)), tally(1, 1, 0));
        assert_eq!(Tally::of_script("ok   a\n", Ended::TooLate), tally(1, 1, 0));
    }

    #[test]
    fn code_77_is_a_skip() {
        assert_eq!(
            Tally::of_script("SKIPPED no python\n", Ended::Code(77)),
            tally(0, 0, 1)
        );
        assert_eq!(Tally::of_script("", Ended::Code(77)), tally(0, 0, 1));
    }

    #[test]
    fn the_closing_line_adds_everything_up() {
        let sum: Tally = [tally(3, 0, 1), tally(4, 2, 0)].into_iter().sum();
        assert_eq!(sum.to_string(), "7 passed, 2 failed, 1 skipped");
    }

    #[test]
    fn a_failure_shows_its_lines_and_a_success_only_skips() {
        let log = "ok   a\nFAIL b\nSKIPPED c\n";
        assert_eq!(noteworthy(log, tally(1, 0, 1)), ["SKIPPED c"]);
        assert_eq!(
            noteworthy(log, tally(1, 1, 1)),
            ["ok   a", "FAIL b", "SKIPPED c"]
        );
    }
}
