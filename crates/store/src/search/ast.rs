//! What a search text means, as a tree. It prints as a text that reads back as the same tree.

use watchpost_model::{Level, Timestamp};

use super::{Field, Pattern};

/// Where something stands in the text, in characters from 0. Two trees that differ in places only
/// mean the same and are equal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place(pub usize);

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Place {}

/// A part of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// Each of them; without any, everything.
    All(Vec<Expr>),
    /// At least one of them.
    Any(Vec<Expr>),
    /// Whatever it is not.
    Not(Box<Expr>),
    /// `key:value`.
    Filter(Filter),
    /// A text that title or place contain, upper or lower case.
    Word(Pattern),
}

/// `key:value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// What is looked at.
    pub key: Key,
    /// What it has to be.
    pub test: Test,
    /// Where the term begins.
    pub at: Place,
    /// Where its value begins.
    pub value_at: Place,
}

/// What stands before the colon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A key with a meaning of its own.
    Field(Field),
    /// A tag.
    Tag(String),
    /// A feature flag: `flags["new-cart"]`.
    Flag(String),
}

/// What stands behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// Fits a text with wildcards.
    Like(Pattern),
    /// Is one of several texts.
    OneOf(Vec<String>),
    /// There is none.
    Absent,
    /// Is in a state.
    State(State),
    /// Compares with a level.
    Level(Op, Level),
    /// Compares with a number.
    Number(Op, i64),
    /// Compares with a moment.
    Moment(Op, Timestamp),
    /// Is younger or older than a time.
    Age(Age),
    /// Compares with a version.
    Version(Op, String),
    /// Is the newest release.
    Latest,
    /// Is so, or not.
    Truth(bool),
    /// Is a person.
    Person(Person),
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `x`
    Equal,
    /// `>x`
    More,
    /// `>=x`
    AtLeast,
    /// `<x`
    Less,
    /// `<=x`
    AtMost,
}

/// A time before now: `-24h` is younger, `+12h` is older.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    /// Whether what is looked for is younger.
    pub is_younger: bool,
    /// How many of the unit.
    pub count: u32,
    /// `m`, `h`, `d` or `w`.
    pub unit: char,
}

/// A state of an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words that people write")]
pub enum State {
    Unresolved,
    Resolved,
    Archived,
    New,
    Ongoing,
    Escalating,
    Regressed,
    Assigned,
    Unassigned,
    ForReview,
    Linked,
    Unlinked,
}

/// A person, or a group of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Person {
    /// Who asks.
    Me,
    /// Nobody.
    None,
    /// The teams of who asks.
    MyTeams,
    /// `#team`
    Team(String),
    /// A user, by e-mail.
    User(String),
}

impl Op {
    /// The signs, longer ones first.
    pub(super) const SIGNS: [(&'static str, Self); 4] = [
        (">=", Self::AtLeast),
        ("<=", Self::AtMost),
        (">", Self::More),
        ("<", Self::Less),
    ];

    /// How it is written; nothing for [`Op::Equal`].
    pub fn sign(self) -> &'static str {
        let known = Self::SIGNS.iter().find(|(_, op)| *op == self);
        known.map_or("", |(sign, _)| sign)
    }

    /// Whether two values that compare so are what is looked for.
    pub fn fits(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::More => order.is_gt(),
            Self::AtLeast => order.is_ge(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
        }
    }
}

impl Age {
    /// The moment that long before `now`.
    pub fn before(self, now: Timestamp) -> Timestamp {
        let unit = match self.unit {
            'm' => 60,
            'h' => 3600,
            'd' => 24 * 3600,
            _ => 7 * 24 * 3600,
        };
        now.plus_secs(-(i64::from(self.count).saturating_mul(unit)))
    }

    /// The same as a comparison with a moment.
    pub fn as_comparison(self, now: Timestamp) -> (Op, Timestamp) {
        let op = if self.is_younger { Op::More } else { Op::Less };
        (op, self.before(now))
    }
}

impl State {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Unresolved,
        Self::Resolved,
        Self::Archived,
        Self::New,
        Self::Ongoing,
        Self::Escalating,
        Self::Regressed,
        Self::Assigned,
        Self::Unassigned,
        Self::ForReview,
        Self::Linked,
        Self::Unlinked,
    ];

    /// The word that people write.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unresolved => "unresolved",
            Self::Resolved => "resolved",
            Self::Archived => "archived",
            Self::New => "new",
            Self::Ongoing => "ongoing",
            Self::Escalating => "escalating",
            Self::Regressed => "regressed",
            Self::Assigned => "assigned",
            Self::Unassigned => "unassigned",
            Self::ForReview => "for_review",
            Self::Linked => "linked",
            Self::Unlinked => "unlinked",
        }
    }

    /// What it means, for people.
    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Unresolved => "still open",
            Self::Resolved => "done",
            Self::Archived => "put aside",
            Self::New => "first seen within a week",
            Self::Ongoing => "open for longer",
            Self::Escalating => "far more events than before",
            Self::Regressed => "came back after it was resolved",
            Self::Assigned => "somebody looks after it",
            Self::Unassigned => "nobody does",
            Self::ForReview => "nobody has marked it reviewed",
            Self::Linked => "has a ticket elsewhere",
            Self::Unlinked => "has none",
        }
    }

    /// Whether an issue can be in it today.
    pub(super) fn is_kept(self) -> bool {
        !matches!(self, Self::Linked | Self::Unlinked)
    }
}

impl Filter {
    /// A filter that nobody typed.
    pub fn new(key: Key, test: Test) -> Self {
        let (at, value_at) = (Place::default(), Place::default());
        Self {
            key,
            test,
            at,
            value_at,
        }
    }
}

impl Expr {
    /// What everything fits.
    pub(crate) const EVERYTHING: Self = Self::All(Vec::new());
    /// What nothing fits.
    pub(crate) const NOTHING: Self = Self::Any(Vec::new());

    /// Both, as flat and without repetitions as it gets.
    pub(super) fn all(parts: Vec<Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            let parts = match part {
                Self::All(parts) => parts,
                part => vec![part],
            };
            for part in parts {
                if !flat.contains(&part) {
                    flat.push(part);
                }
            }
        }
        match flat.len() {
            1 => flat.remove(0),
            _ => Self::All(flat),
        }
    }

    /// One of them, likewise.
    pub(super) fn any(parts: Vec<Self>) -> Self {
        let mut flat = Vec::new();
        for part in parts {
            let parts = match part {
                Self::Any(parts) => parts,
                part => vec![part],
            };
            for part in parts {
                if !flat.contains(&part) {
                    flat.push(part);
                }
            }
        }
        match flat.len() {
            1 => flat.remove(0),
            _ => Self::Any(flat),
        }
    }

    /// The opposite.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Whether something may fit of which only that much is known: `known` says what a filter
    /// makes of it, `None` when that cannot be said.
    pub(super) fn may(&self, known: &dyn Fn(&Filter) -> Option<bool>) -> Option<bool> {
        match self {
            Self::All(parts) => {
                let mut result = Some(true);
                for part in parts {
                    match part.may(known) {
                        Some(false) => return Some(false),
                        None => result = None,
                        Some(true) => {}
                    }
                }
                result
            }
            Self::Any(parts) => {
                let mut result = Some(false);
                for part in parts {
                    match part.may(known) {
                        Some(true) => return Some(true),
                        None => result = None,
                        Some(false) => {}
                    }
                }
                result
            }
            Self::Not(part) => part.may(known).map(|fits| !fits),
            Self::Filter(filter) => known(filter),
            Self::Word(_) => None,
        }
    }

    /// All filters in it.
    pub fn filters(&self) -> Vec<&Filter> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::filters).collect(),
            Self::Not(part) => part.filters(),
            Self::Filter(filter) => vec![filter],
            Self::Word(_) => Vec::new(),
        }
    }
}
