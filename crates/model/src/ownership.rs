//! What ownership rules say about an event: who might look after it, and by which rule.

use std::fmt;

/// Whom a rule names. Whether there is somebody of that name, the ledger knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// A person, by e-mail, lower case.
    Person(String),
    /// A team, by slug, lower case.
    Team(String),
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(email) => f.write_str(email),
            Self::Team(slug) => write!(f, "#{slug}"),
        }
    }
}

/// In which text a rule stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnerSource {
    /// In the CODEOWNERS file.
    Codeowners,
    /// Among the rules of the project. They come after the file, and the last match decides.
    Rules,
}

impl OwnerSource {
    /// The name in the database, and in the activity of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Codeowners => "codeowners",
            Self::Rules => "projectOwnership",
        }
    }

    /// The source of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Codeowners, Self::Rules]
            .into_iter()
            .find(|source| source.name() == name)
    }
}

/// A rule that an event fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerMatch {
    /// Where the rule stands.
    pub source: OwnerSource,
    /// In which line of it, from 1.
    pub line: usize,
    /// What it looks for: `path:src/pay/*`, or the pattern of the file.
    pub pattern: String,
    /// Whom it names, the most responsible first.
    pub owners: Vec<Owner>,
}

impl fmt::Display for OwnerMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.pattern)?;
        self.owners
            .iter()
            .try_for_each(|owner| write!(f, " {owner}"))
    }
}
