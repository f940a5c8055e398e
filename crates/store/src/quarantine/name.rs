//! Names of files in quarantine. No part of one is a text of a client, and no other text is ever
//! taken for a name, so that none leads out of the folder.
//!
//! ```text
//! 1800000000000000-7-512-0123456789abcdef.event    accepted, project, bytes, which event
//! 1800000000000000-42.event                        the same, as the first release wrote it
//! spool-00000000000000000042-4096.bin              a damaged part of the spool; .torn: a rest
//! archive-4096-4000.lost                           a note: what a store had and has
//! ```
//! An event that is marked ends in `.replay`. Sizes and projects are in the names, so that counting
//! opens no file.

use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use watchpost_model::{IdError, ProjectId, Receipt, Timestamp};

use super::{Loss, LostFrom, QuarantineKind};

/// The name of an entry, the same whether it is marked or not. Only what [`FromStr`] has looked at
/// becomes one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QuarantineId(String);

impl fmt::Display for QuarantineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for QuarantineId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let name = Name::parse(text).or_else(|| Name::parse(&format!("{text}{KEPT}")));
        let id = name.map(|name| name.id()).ok_or(IdError)?;
        // One spelling per entry.
        (id.0 == text).then_some(id).ok_or(IdError)
    }
}

const KEPT: &str = ".event";
const LEDGER: &str = "ledger";
const ARCHIVE: &str = "archive";
const SPOOL: &str = "spool";
const MARKED: &str = ".replay";

/// What a file's name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    stem: String,
    pub(super) kind: QuarantineKind,
    pub(super) is_marked: bool,
    pub(super) received: Option<Timestamp>,
    /// Project and size; the first release did not write them.
    pub(super) facts: Option<(ProjectId, u64)>,
}

impl Name {
    /// The name for an event.
    pub(super) fn of(receipt: &Receipt, bytes: u64) -> Self {
        let project = receipt.project.0.to_le_bytes();
        let hash = short_hash(&[&project, receipt.event.to_string().as_bytes()]);
        let micros = receipt.received.as_micros().max(0);
        Self {
            stem: format!("{micros}-{}-{bytes}-{hash}", receipt.project),
            kind: QuarantineKind::Event,
            is_marked: false,
            received: Some(Timestamp::from_micros(micros)),
            facts: Some((receipt.project, bytes)),
        }
    }

    /// The name for the note of a loss.
    pub(super) fn of_loss(loss: &Loss) -> Self {
        let store = match loss.store {
            LostFrom::Ledger => LEDGER,
            LostFrom::Archive => ARCHIVE,
            LostFrom::Spool => SPOOL,
        };
        Self {
            stem: format!("{store}-{}-{}", loss.had, loss.has),
            kind: QuarantineKind::Loss,
            is_marked: false,
            received: None,
            facts: None,
        }
    }

    /// What the note of a loss says.
    pub(super) fn loss(&self) -> Option<Loss> {
        let parts: Vec<&str> = self.stem.split('-').collect();
        let [store, had, has] = parts.as_slice() else {
            return None;
        };
        let store = match *store {
            LEDGER => LostFrom::Ledger,
            ARCHIVE => LostFrom::Archive,
            SPOOL => LostFrom::Spool,
            _ => return None,
        };
        Some(Loss {
            store,
            had: u64::try_from(number(had)?).ok()?,
            has: u64::try_from(number(has)?).ok()?,
        })
    }

    /// Whether it is the name for that event.
    pub(super) fn is_of(&self, receipt: &Receipt, bytes: u64) -> bool {
        self.stem == Self::of(receipt, bytes).stem
    }

    /// Reads a name; `None` for files that are none of ours.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (stem, end) = name.rsplit_once('.')?;
        let (kind, is_marked) = match end {
            "event" => (QuarantineKind::Event, false),
            "replay" => (QuarantineKind::Event, true),
            "bin" => (QuarantineKind::Damage, false),
            "torn" => (QuarantineKind::Torn, false),
            "lost" => (QuarantineKind::Loss, false),
            _ => return None,
        };
        let parts: Vec<&str> = stem.split('-').collect();
        let (received, facts) = match (kind, parts.as_slice()) {
            (QuarantineKind::Event, [micros, project, bytes, hash]) => {
                let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
                if hash.len() != 16 || !hash.bytes().all(is_hex) {
                    return None;
                }
                let project = ProjectId(number(project)?);
                let bytes = u64::try_from(number(bytes)?).ok()?;
                (Some(number(micros)?), Some((project, bytes)))
            }
            (QuarantineKind::Event, [micros, seq]) => {
                number(seq)?;
                (Some(number(micros)?), None)
            }
            (QuarantineKind::Damage | QuarantineKind::Torn, [SPOOL, seq, start]) => {
                number(seq)?;
                number(start)?;
                (None, None)
            }
            (QuarantineKind::Loss, _) => (None, None),
            _ => return None,
        };
        let name = Self {
            stem: stem.to_owned(),
            kind,
            is_marked,
            received: received.map(Timestamp::from_micros),
            facts,
        };
        (kind != QuarantineKind::Loss || name.loss().is_some()).then_some(name)
    }

    /// The name of the entry.
    pub(super) fn id(&self) -> QuarantineId {
        match self.kind {
            QuarantineKind::Event => QuarantineId(self.stem.clone()),
            QuarantineKind::Damage => QuarantineId(format!("{}.bin", self.stem)),
            QuarantineKind::Torn => QuarantineId(format!("{}.torn", self.stem)),
            QuarantineKind::Loss => QuarantineId(format!("{}.lost", self.stem)),
        }
    }

    /// The name of the file.
    pub(super) fn file(&self) -> String {
        match (self.kind, self.is_marked) {
            (QuarantineKind::Event, false) => format!("{}{KEPT}", self.stem),
            (QuarantineKind::Event, true) => format!("{}{MARKED}", self.stem),
            _ => self.id().0,
        }
    }

    /// The name that the entry has as long as its file is not complete.
    pub(super) fn unfinished(&self) -> String {
        format!("{}.tmp", self.stem)
    }

    /// The same entry, marked or not.
    pub(super) fn marked(&self, is_marked: bool) -> Self {
        Self {
            is_marked,
            ..self.clone()
        }
    }

    /// The names that an entry's file may have, the marked one first: should a crash have left
    /// both, the mark is what somebody asked for.
    pub(super) fn both(id: &QuarantineId) -> Vec<Self> {
        let text = id.to_string();
        let names = [format!("{text}{MARKED}"), format!("{text}{KEPT}"), text];
        names.iter().filter_map(|name| Self::parse(name)).collect()
    }

    /// By what lists are ordered: the newest event first, what has no time last.
    pub(super) fn order(&self) -> (bool, Reverse<i64>, Reverse<String>) {
        let micros = self.received.map_or(0, Timestamp::as_micros);
        let no_time = self.received.is_none();
        (no_time, Reverse(micros), Reverse(self.stem.clone()))
    }
}

/// The name that the file of an event gets when it is marked, or had before: for whoever copies the
/// folder while entries are marked. `None` for other files.
pub fn quarantine_twin(file: &str) -> Option<String> {
    let name = Name::parse(file).filter(|name| name.kind == QuarantineKind::Event)?;
    Some(name.marked(!name.is_marked).file())
}

/// 16 hex digits of the SHA-256 of these parts.
pub(super) fn short_hash(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    let hash = hash.finalize();
    let first = hash.first_chunk().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(first))
}

/// Digits and nothing else: no sign, no blank.
fn number(text: &str) -> Option<i64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}
