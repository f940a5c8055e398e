//! The languages in which people say what belongs together and who looks after it: fingerprint
//! rules, stack rules, ownership rules.
//!
//! Compiled once, run on every event. A line that cannot be understood is a fault with its number
//! and the way out; the other lines are in force.

pub(crate) mod fingerprint;
pub(crate) mod ownership;
mod scan;
mod scene;
pub(crate) mod stack;
#[cfg(test)]
mod tests;

use watchpost_model::{Frame, Glob, RuleFault};

use crate::limits::{RULE_BYTES_MAX, RULES_BYTES_MAX, RULES_MAX, RULES_WEIGHT_MAX};

/// Lines with a rule in them, by number from 1, each read by `read`.
fn read_lines<T>(
    text: &str,
    read: impl Fn(&str) -> Result<T, String>,
    globs: impl Fn(&T) -> Vec<&Glob>,
) -> (Vec<(usize, T)>, Vec<RuleFault>) {
    let mut rules = Vec::new();
    let mut faults = Vec::new();
    let mut scales = Scales::default();
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let number = index + 1;
        let rule = if trimmed.len() > RULE_BYTES_MAX {
            Err(format!(
                "it is longer than {RULE_BYTES_MAX} bytes; split it into several rules"
            ))
        } else if rules.len() == RULES_MAX {
            Err(format!(
                "there are more than {RULES_MAX} rules; join some with {{a,b}}"
            ))
        } else {
            read(trimmed).and_then(|rule| {
                scales.take(number, &globs(&rule))?;
                Ok(rule)
            })
        };
        match rule {
            Ok(rule) => rules.push((number, rule)),
            Err(message) => {
                faults.push(RuleFault {
                    line: number,
                    message,
                });
                if rules.len() == RULES_MAX {
                    break;
                }
            }
        }
    }
    faults.extend(scales.fault());
    (rules, faults)
}

/// What the patterns of a text take together.
#[derive(Default)]
struct Scales {
    bytes: usize,
    weight: usize,
    /// The first line with which they weigh too much.
    heavy_line: Option<usize>,
}

impl Scales {
    /// Adds the patterns of a line, unless there is no room for them.
    fn take(&mut self, line: usize, globs: &[&Glob]) -> Result<(), String> {
        let bytes: usize = globs.iter().map(|glob| glob.bytes()).sum();
        if self.bytes + bytes > RULES_BYTES_MAX {
            let too_much = "the patterns are too long altogether, `{a,b}` written out";
            return Err(too_much.to_owned());
        }
        self.bytes += bytes;
        self.weight += globs.iter().map(|glob| glob.weight()).sum::<usize>();
        if self.weight > RULES_WEIGHT_MAX {
            self.heavy_line = self.heavy_line.or(Some(line));
        }
        Ok(())
    }

    /// That they weigh too much. All stay in force: they may have been saved when that was allowed,
    /// and only whoever saves rules heeds faults.
    fn fault(&self) -> Option<RuleFault> {
        let weight = self.weight;
        self.heavy_line.map(|line| RuleFault {
            line,
            message: format!(
                "from here on the patterns are too costly: together they cost {weight}, and at \
                 most {RULES_WEIGHT_MAX} is allowed, because every event is held against each of \
                 them. `?`, `[a-z]` and, in a path, a single `*` make a pattern cost 16, or 64 if \
                 it is long; write `*` for them, in a path `**`; then it costs 1 for each part \
                 between two `*`"
            ),
        })
    }
}

/// Whether a text fits.
fn fits(glob: &Glob, text: &str) -> bool {
    #[cfg(test)]
    cost::count(glob, text);
    glob.fits(text)
}

/// What looks at texts cost, for the tests.
#[cfg(test)]
mod cost {
    use std::cell::Cell;

    use watchpost_model::Glob;

    thread_local! {
        static STEPS: Cell<usize> = const { Cell::new(0) };
    }

    /// About so many instructions, at most: counted for patterns of each kind on texts of 50 and
    /// 256 characters. That none takes more steps for a character than it weighs is tested there.
    pub(super) fn count(glob: &Glob, text: &str) {
        STEPS.set(STEPS.get() + 70 + (2 * glob.weight() - 1) * text.len());
    }

    pub(super) fn of(work: impl FnOnce()) -> usize {
        STEPS.set(0);
        work();
        STEPS.get()
    }
}

/// What kind of program a frame is from. A set, so that a rule can name several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Family(u8);

impl Family {
    pub(crate) const JAVASCRIPT: Self = Self(1);
    pub(crate) const NATIVE: Self = Self(2);
    pub(crate) const OTHER: Self = Self(4);
    const ALL: Self = Self(7);

    /// That of a platform.
    pub(crate) fn of_platform(platform: &str) -> Self {
        match platform {
            "javascript" | "node" => Self::JAVASCRIPT,
            "c" | "cocoa" | "native" | "objc" | "rust" | "swift" | "cpp" => Self::NATIVE,
            _ => Self::OTHER,
        }
    }

    /// That of a frame, which may name its own platform.
    pub(crate) fn of(frame: &Frame, platform: &str) -> Self {
        let own = frame.other.get("platform").and_then(|name| name.as_str());
        Self::of_platform(own.unwrap_or(platform))
    }

    /// `javascript,native`; what is unknown counts as `other`.
    fn parse(list: &str) -> Self {
        let names = list
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty());
        let families = names.map(|name| match name {
            "javascript" => Self::JAVASCRIPT,
            "native" => Self::NATIVE,
            "all" => Self::ALL,
            _ => Self::OTHER,
        });
        families
            .reduce(|all, one| Self(all.0 | one.0))
            .unwrap_or(Self::OTHER)
    }

    fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// `yes` and its like.
fn read_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "yes" | "true" => Ok(true),
        "0" | "no" | "false" => Ok(false),
        _ => Err(format!("`{text}` is neither `yes` nor `no`")),
    }
}
