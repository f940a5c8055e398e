//! What the databases said they had, noted outside of them.
//!
//! SQLite takes a damaged frame of its write-ahead log for the end of the log, and a missing log
//! for an empty one: what was committed behind it is gone without a word (F07, F08). So after each
//! batch both databases are asked how far they are, and the answers noted in a file of their own;
//! one that has less at the next start has lost something. Decision 0011.

use std::path::Path;

use watchpost_store::disk::Disk;
use watchpost_store::{Archive, Ledger, Loss, LostFrom, Quarantine, StoreError};

use crate::gate::chain;
use crate::spool::{Slots, SpoolError};

/// The name of the file in the spool's folder. A copy is taken without it: it may be newer than
/// the copied databases.
pub const WITNESS_FILE: &str = "witness";

/// How far the databases are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Stand {
    /// The greatest number of the spool that the ledger filed.
    ledger: u64,
    /// Events that the archive ever kept; `None` if it cannot say.
    archive: Option<u64>,
}

impl Stand {
    fn of(ledger: &dyn Ledger, archive: &dyn Archive) -> Result<Self, StoreError> {
        Ok(Self {
            ledger: ledger.filed_to()?,
            archive: archive.kept_to()?,
        })
    }

    /// What is missing of `self` when a later look finds `now`.
    fn losses(self, now: Self) -> Vec<Loss> {
        let (had, has) = (self.ledger, now.ledger);
        let store = LostFrom::Ledger;
        let ledger = (has < had).then_some(Loss { store, had, has });
        // An archive whose newest partition is gone says so itself.
        let store = LostFrom::Archive;
        let both = self.archive.zip(now.archive);
        let archive = both.filter(|(had, has)| has < had);
        let archive = archive.map(|(had, has)| Loss { store, had, has });
        ledger.into_iter().chain(archive).collect()
    }
}

/// The open file: a number that grows, what the ledger had, what the archive had and 1, or 0.
pub(crate) struct Witness {
    slots: Slots<3>,
    turn: u64,
    noted: Option<Stand>,
}

impl Witness {
    /// Opens or makes the file in the spool's folder.
    pub(crate) fn open(disk: &dyn Disk, dir: &Path) -> Result<Self, SpoolError> {
        disk.create_dir(dir)
            .map_err(crate::spool::failed("create", dir))?;
        let (slots, found) = Slots::open(disk, dir, WITNESS_FILE)?;
        let noted = found.map(|[_, ledger, archive]| Stand {
            ledger,
            archive: archive.checked_sub(1),
        });
        let turn = found.map_or(0, |[turn, ..]| turn);
        Ok(Self { slots, turn, noted })
    }

    /// Compares the databases with what was noted of them; what they lost is told, kept as a note
    /// in quarantine, and from then on taken as it is.
    pub(crate) fn question(
        &mut self,
        ledger: &dyn Ledger,
        archive: &dyn Archive,
        quarantine: &dyn Quarantine,
    ) -> Result<Vec<Loss>, StoreError> {
        let now = Stand::of(ledger, archive)?;
        let losses = self.noted.map_or_else(Vec::new, |noted| noted.losses(now));
        for loss in &losses {
            tracing::error!(%loss, "events are lost: check the disk, and restore a backup");
            quarantine.note_loss(loss)?;
        }
        if !losses.is_empty() {
            self.write(now);
        }
        Ok(losses)
    }

    /// Notes how far the databases are. One that cannot be asked or noted is tried with the next
    /// batch: an older note finds less, but nothing that is not so.
    pub(crate) fn note(&mut self, ledger: &dyn Ledger, archive: &dyn Archive) {
        match Stand::of(ledger, archive) {
            Ok(stand) if self.noted == Some(stand) => {}
            Ok(stand) => self.write(stand),
            Err(error) => {
                tracing::warn!(
                    error = chain(&error),
                    "failed to ask how far the databases are"
                );
            }
        }
    }

    fn write(&mut self, stand: Stand) {
        self.turn = self.turn.saturating_add(1);
        let archive = stand.archive.map_or(0, |kept| kept.saturating_add(1));
        match self.slots.write([self.turn, stand.ledger, archive]) {
            Ok(()) => self.noted = Some(stand),
            Err(error) => {
                tracing::warn!(
                    error = chain(&error),
                    "failed to note how far the databases are"
                );
            }
        }
    }
}

/// What the databases have lost since the server ran last, for who only looks. The server may run
/// meanwhile: what it notes is not more than the databases have when they are asked.
///
/// # Errors
///
/// When the file or a database cannot be read.
pub fn losses(
    disk: &dyn Disk,
    dir: &Path,
    ledger: &dyn Ledger,
    archive: &dyn Archive,
) -> Result<Vec<Loss>, LossError> {
    let is_there = |names: Vec<String>| names.iter().any(|name| name == WITNESS_FILE);
    if !disk.list(dir).is_ok_and(is_there) {
        return Ok(Vec::new());
    }
    let witness = Witness::open(disk, dir)?;
    let now = Stand::of(ledger, archive)?;
    Ok(witness
        .noted
        .map_or_else(Vec::new, |noted| noted.losses(now)))
}

/// Why nothing can be said about losses.
#[derive(Debug, thiserror::Error)]
pub enum LossError {
    /// The note.
    #[error("failed to read what the databases had")]
    Note(#[from] SpoolError),
    /// A database.
    #[error("failed to ask what the databases have")]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn stand(ledger: u64, archive: Option<u64>) -> Stand {
        Stand { ledger, archive }
    }

    fn check(had: Stand, has: Stand, expect: &[(LostFrom, u64)]) {
        let losses = had.losses(has);
        let found: Vec<_> = losses
            .iter()
            .map(|loss| (loss.store, loss.had - loss.has))
            .collect();
        assert_eq!(found, expect, "{had:?} then {has:?}");
    }

    #[test]
    fn f07_who_has_less_than_before_has_lost_it() {
        let had = stand(40, Some(30));
        check(had, had, &[]);
        check(had, stand(41, Some(31)), &[]);
        check(had, stand(38, Some(31)), &[(LostFrom::Ledger, 2)]);
        check(had, stand(40, Some(25)), &[(LostFrom::Archive, 5)]);
        let both = [(LostFrom::Ledger, 40), (LostFrom::Archive, 30)];
        check(had, stand(0, Some(0)), &both);
        check(had, stand(40, None), &[]);
        check(stand(40, None), had, &[]);
    }
}
