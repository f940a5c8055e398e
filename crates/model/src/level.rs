//! How bad a record is, by name and by the numbers of 2010.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::IdError;

/// Severity, least first, so that "at least a warning" is a comparison.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// 10 in the numbers of Python's `logging`, which the first protocol uses.
    Debug,
    /// 20
    Info,
    /// 30
    Warning,
    /// 40, and what a record without a level has.
    #[default]
    Error,
    /// 50
    Fatal,
}

impl Level {
    /// All levels, least first.
    pub const ALL: [Self; 5] = [
        Self::Debug,
        Self::Info,
        Self::Warning,
        Self::Error,
        Self::Fatal,
    ];

    /// The level that a number reaches: 35 is at least a warning, 0 and less is debug.
    pub fn from_number(number: i64) -> Self {
        match number {
            ..20 => Self::Debug,
            20..30 => Self::Info,
            30..40 => Self::Warning,
            40..50 => Self::Error,
            50.. => Self::Fatal,
        }
    }

    /// The number of this level in the first protocol and in the database: 10 to 50.
    pub fn number(self) -> i64 {
        match self {
            Self::Debug => 10,
            Self::Info => 20,
            Self::Warning => 30,
            Self::Error => 40,
            Self::Fatal => 50,
        }
    }

    /// The name, lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Level {
    type Err = IdError;

    /// Takes every name and number that clients use, of any case: `WARN`, `critical`, `30`.
    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.trim().to_ascii_lowercase().as_str() {
            "trace" | "debug" => Ok(Self::Debug),
            "info" | "log" | "notice" => Ok(Self::Info),
            "warning" | "warn" => Ok(Self::Warning),
            "error" | "err" => Ok(Self::Error),
            "fatal" | "critical" | "panic" => Ok(Self::Fatal),
            other => other.parse().map(Self::from_number).map_err(|_| IdError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        let cases = [
            ("debug", Level::Debug),
            ("log", Level::Info),
            ("WARN", Level::Warning),
            ("critical", Level::Fatal),
            ("30", Level::Warning),
            ("35", Level::Warning),
            ("0", Level::Debug),
            ("-1", Level::Debug),
            ("1000", Level::Fatal),
        ];
        for (text, expect) in cases {
            assert_eq!(text.parse(), Ok(expect), "{text}");
        }
        assert_eq!("loud".parse::<Level>(), Err(IdError));
        for level in Level::ALL {
            assert_eq!(Level::from_number(level.number()), level);
            assert_eq!(level.name().parse(), Ok(level));
        }
    }
}
