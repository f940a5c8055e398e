//! Where the scrubber is in an event: the way from the root to a value, and how careful it has to
//! be there.

use std::fmt::Write;

use crate::text::head;

/// More of a client's key is not repeated in a remark.
const KEY_BYTES_MAX: usize = 100;

/// How much the default rules may do to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Care {
    /// Data of the application: every rule applies, a suspicious word hides the whole text.
    Open,
    /// Sentences that people read as the title of an issue: only the secret itself is hidden.
    Text,
    /// Short names that events are found by: as `Text`, but without e-mail addresses, and out of
    /// reach for selectors that name no field.
    Line,
    /// Code, files and versions: only what cannot be anything but a secret.
    Code,
    /// As `Code`, but data for selectors: the user agent.
    Agent,
}

impl Care {
    /// Whether only selectors that name a field reach it.
    pub(super) fn is_guarded(self) -> bool {
        matches!(self, Self::Line | Self::Code)
    }
}

/// Kinds of values, as `$name` in a selector asks for them. A value may be of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds(u32);

impl Kinds {
    pub(super) const NONE: Self = Self(0);
    pub(super) const STRING: Self = Self(1);
    pub(super) const NUMBER: Self = Self(1 << 1);
    pub(super) const BOOLEAN: Self = Self(1 << 2);
    pub(super) const ARRAY: Self = Self(1 << 3);
    pub(super) const OBJECT: Self = Self(1 << 4);
    pub(super) const EVENT: Self = Self(1 << 5);
    pub(super) const ERROR: Self = Self(1 << 6);
    pub(super) const STACKTRACE: Self = Self(1 << 7);
    pub(super) const FRAME: Self = Self(1 << 8);
    pub(super) const REQUEST: Self = Self(1 << 9);
    pub(super) const USER: Self = Self(1 << 10);
    pub(super) const LOGENTRY: Self = Self(1 << 11);
    pub(super) const THREAD: Self = Self(1 << 12);
    pub(super) const BREADCRUMB: Self = Self(1 << 13);
    pub(super) const SDK: Self = Self(1 << 14);

    /// What may follow a `$`. Some name things that no error event has: nothing is of them.
    pub(super) const NAMES: [(&'static str, Self); 28] = [
        ("string", Self::STRING),
        ("number", Self::NUMBER),
        ("boolean", Self::BOOLEAN),
        ("array", Self::ARRAY),
        ("object", Self::OBJECT),
        ("event", Self::EVENT),
        ("error", Self::ERROR),
        ("exception", Self::ERROR),
        ("stacktrace", Self::STACKTRACE),
        ("frame", Self::FRAME),
        ("http", Self::REQUEST),
        ("request", Self::REQUEST),
        ("user", Self::USER),
        ("logentry", Self::LOGENTRY),
        ("message", Self::LOGENTRY),
        ("thread", Self::THREAD),
        ("breadcrumb", Self::BREADCRUMB),
        ("sdk", Self::SDK),
        ("binary", Self::NONE),
        ("datetime", Self::NONE),
        ("attachments", Self::NONE),
        ("replay", Self::NONE),
        ("span", Self::NONE),
        ("minidump", Self::NONE),
        ("heap_memory", Self::NONE),
        ("stack_memory", Self::NONE),
        ("log", Self::NONE),
        ("trace_metric", Self::NONE),
    ];

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// The last step of a way.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key<'a> {
    Root,
    Name(&'a str),
    /// A name, and what of it may be shown.
    Renamed(&'a (&'a str, &'a str)),
    Index(usize),
}

/// A value's place; lives on the stack of the walk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    up: Option<&'a Place<'a>>,
    key: Key<'a>,
    kinds: Kinds,
    care: Care,
}

impl Place<'static> {
    pub(super) const ROOT: Self = Self {
        up: None,
        key: Key::Root,
        kinds: Kinds::EVENT,
        care: Care::Code,
    };
}

impl<'a> Place<'a> {
    /// A part of a thing whose shape we know.
    pub(super) fn part(&'a self, name: &'a str, kinds: Kinds, care: Care) -> Place<'a> {
        Place {
            up: Some(self),
            key: Key::Name(name),
            kinds,
            care,
        }
    }

    /// A text in a thing whose shape we know.
    pub(super) fn text(&'a self, name: &'a str, care: Care) -> Place<'a> {
        self.part(name, Kinds::STRING, care)
    }

    /// The entry of a map: as careful as the map.
    pub(super) fn entry(&'a self, name: &'a str, kinds: Kinds) -> Place<'a> {
        self.part(name, kinds, self.care)
    }

    /// As [`Self::entry`], for a name that is hidden itself, wholly or in part.
    pub(super) fn renamed(&'a self, names: &'a (&'a str, &'a str), kinds: Kinds) -> Place<'a> {
        Place {
            key: Key::Renamed(names),
            ..self.entry(names.0, kinds)
        }
    }

    /// The entry of a list.
    pub(super) fn item(&'a self, index: usize, kinds: Kinds) -> Place<'a> {
        Place {
            up: Some(self),
            key: Key::Index(index),
            kinds,
            care: self.care,
        }
    }

    pub(super) fn up(&self) -> Option<&'a Place<'a>> {
        self.up
    }

    pub(super) fn key(&self) -> Key<'a> {
        self.key
    }

    /// The name that the value has in its map.
    pub(super) fn name(&self) -> Option<&'a str> {
        match self.key {
            Key::Name(name) | Key::Renamed(&(name, _)) => Some(name),
            Key::Root | Key::Index(_) => None,
        }
    }

    pub(super) fn kinds(&self) -> Kinds {
        self.kinds
    }

    pub(super) fn care(&self) -> Care {
        self.care
    }

    /// The dotted path of a remark.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        self.write_path(&mut path);
        path
    }

    fn write_path(&self, path: &mut String) {
        if let Some(up) = self.up {
            up.write_path(path);
        }
        if !path.is_empty() {
            path.push('.');
        }
        match self.key {
            Key::Root => {}
            Key::Name(name) | Key::Renamed(&(_, name)) => {
                path.push_str(head(name, KEY_BYTES_MAX));
            }
            // Writing into a text cannot fail.
            Key::Index(index) => {
                let _ = write!(path, "{index}");
            }
        }
    }
}
