//! How bad an event is: the five levels of 2010, which every later protocol kept.

use std::fmt;

/// Severity, least first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// 10 in the first protocol, which uses the numbers of Python's `logging`.
    Debug,
    /// 20
    Info,
    /// 30
    Warning,
    /// 40
    #[default]
    Error,
    /// 50
    Fatal,
}

impl Level {
    /// The number in the first protocol: 10 to 50.
    pub fn number(self) -> u8 {
        match self {
            Self::Debug => 10,
            Self::Info => 20,
            Self::Warning => 30,
            Self::Error => 40,
            Self::Fatal => 50,
        }
    }

    /// The name in the protocols since, lower case.
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
