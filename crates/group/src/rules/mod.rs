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

use watchpost_model::{Frame, RuleFault};

/// Rules of one text; what is beyond is a fault, so that an event costs a bounded time.
const RULES_MAX: usize = 1_000;
/// Characters of all patterns of one text, with `{a,b}` written out.
const WEIGHT_MAX: usize = 100_000;
/// Bytes of one line.
const LINE_BYTES_MAX: usize = 4_096;

/// Lines with a rule in them, by number from 1, each read by `read`.
fn read_lines<T>(
    text: &str,
    read: impl Fn(&str) -> Result<T, String>,
    weigh: impl Fn(&T) -> usize,
) -> (Vec<(usize, T)>, Vec<RuleFault>) {
    let mut rules = Vec::new();
    let mut faults = Vec::new();
    let mut weight = 0;
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let number = index + 1;
        let rule = if trimmed.len() > LINE_BYTES_MAX {
            Err(format!(
                "it is longer than {LINE_BYTES_MAX} bytes; split it into several rules"
            ))
        } else if rules.len() == RULES_MAX {
            Err(format!(
                "there are more than {RULES_MAX} rules; join some with {{a,b}}"
            ))
        } else {
            read(trimmed).and_then(|rule| {
                weight += weigh(&rule);
                let too_much = "the patterns are too long altogether, `{a,b}` written out";
                (weight <= WEIGHT_MAX)
                    .then_some(rule)
                    .ok_or(too_much.to_owned())
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
    (rules, faults)
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
