//! The quarantine in a folder, one file per entry. A file appears under its name when it is
//! complete and synced; what is in one is the work of [`head`].

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use watchpost_model::ProjectId;

use super::head::{self, read};
use super::name::Name;
use super::{
    Loss, Poison, QUARANTINE_PAGE_COUNT_MAX, Quarantine, QuarantineEntry, QuarantineId,
    QuarantineKind, QuarantinePage, QuarantineQuery, QuarantineUsage, Replayed,
};
use crate::StoreError;
use crate::disk::{Disk, DiskFile};

/// The folder.
pub struct FileQuarantine {
    dir: PathBuf,
    disk: Arc<dyn Disk>,
    /// Taken out to be digested again, and not back yet.
    taken: Mutex<Vec<Name>>,
}

/// A file, by the name that it has.
type Found = (Name, Arc<dyn DiskFile>);

impl FileQuarantine {
    /// A quarantine in `dir`, which is made when something has to be kept.
    pub fn new(dir: PathBuf, disk: Arc<dyn Disk>) -> Self {
        Self {
            dir,
            disk,
            taken: Mutex::default(),
        }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.dir.join(file)
    }

    /// What is there, in the order of lists, each entry once.
    fn names(&self) -> Result<Vec<Name>, StoreError> {
        let listed = match self.disk.list(&self.dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            listed => listed.map_err(failed("list the quarantine"))?,
        };
        let mut names: Vec<Name> = listed.iter().filter_map(|name| Name::parse(name)).collect();
        // The marked one first, which stays.
        names.sort_by_cached_key(|name| (name.order(), !name.is_marked));
        names.dedup_by(|second, first| second.id() == first.id());
        Ok(names)
    }

    /// The file of an entry.
    fn find(&self, id: &QuarantineId) -> Result<Option<Found>, StoreError> {
        for name in Name::both(id) {
            match self.disk.open(&self.path(&name.file())) {
                Ok(file) => return Ok(Some((name, file))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed("open an entry of the quarantine")(error)),
            }
        }
        Ok(None)
    }

    /// Writes a file under its name, complete and durable.
    fn write(&self, name: &Name, bytes: &[u8]) -> io::Result<()> {
        self.disk.create_dir(&self.dir)?;
        if let Some(parent) = self.dir.parent() {
            self.disk.sync_dir(parent)?;
        }
        let unfinished = self.path(&name.unfinished());
        let file = self.disk.create(&unfinished)?;
        file.write_at(0, bytes)?;
        file.sync()?;
        self.rename(&unfinished, &self.path(&name.file()))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)?;
        self.disk.sync_dir(&self.dir)
    }

    /// Removes a file; one that is gone already is fine.
    fn remove(&self, name: &Name) -> Result<bool, StoreError> {
        match self.disk.remove(&self.path(&name.file())) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(failed("drop an entry of the quarantine")(error)),
        }
    }

    /// How often a marked event has failed so far; 0 when there is none of that name.
    fn tries_so_far(&self, marked: &Name) -> Result<u32, StoreError> {
        let opened = self.disk.open(&self.path(&marked.file()));
        match opened {
            Ok(file) => Ok(read(marked, &*file, 0)?.0.tries),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(failed("open an entry of the quarantine")(error)),
        }
    }
}

impl Quarantine for FileQuarantine {
    fn keep(&self, poison: &Poison<'_>) -> Result<u32, StoreError> {
        let name = Name::of(poison.receipt, poison.body.len() as u64);
        let marked = name.marked(true);
        let tries = self.tries_so_far(&marked)?.saturating_add(1);
        let bytes = head::write(poison, tries);
        let written = self.write(&name, &bytes);
        written.map_err(failed("keep an event in quarantine"))?;
        if tries > 1 {
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            taken.retain(|taken| *taken != marked);
            drop(taken);
            self.remove(&marked)?;
        }
        Ok(tries)
    }

    fn note_loss(&self, loss: &Loss) -> Result<(), StoreError> {
        let text = format!("{loss}\n");
        let written = self.write(&Name::of_loss(loss), text.as_bytes());
        written.map_err(failed("note a loss in quarantine"))
    }

    fn list(&self, query: &QuarantineQuery) -> Result<QuarantinePage, StoreError> {
        let limit = query.limit.clamp(1, QUARANTINE_PAGE_COUNT_MAX);
        let after = query.after.as_ref().and_then(|id| Name::both(id).pop());
        let after = after.map(|name| name.order());
        let mut page = QuarantinePage::default();
        for name in self.names()? {
            let before = after.as_ref().is_some_and(|after| name.order() <= *after);
            let known = name.facts.map(|(project, _)| project);
            if before || known.is_some_and(|project| !query.wants(Some(project))) {
                continue;
            }
            let Some((name, file)) = self.find(&name.id())? else {
                continue;
            };
            let (entry, _) = read(&name, &*file, 0)?;
            let other_stage = query
                .stage
                .as_ref()
                .is_some_and(|stage| *stage != entry.stage);
            if other_stage || !query.wants(entry.project) {
                continue;
            }
            if page.rows.len() == limit {
                page.next = page.rows.last().map(|row: &QuarantineEntry| row.id.clone());
                break;
            }
            page.rows.push(entry);
        }
        Ok(page)
    }

    fn entry(
        &self,
        id: &QuarantineId,
        bytes_max: usize,
    ) -> Result<Option<(QuarantineEntry, Vec<u8>)>, StoreError> {
        let found = self.find(id)?;
        found
            .map(|(name, file)| read(&name, &*file, bytes_max))
            .transpose()
    }

    fn replay(&self, id: &QuarantineId) -> Result<bool, StoreError> {
        let Some((name, file)) = self.find(id)? else {
            return Ok(false);
        };
        let (entry, _) = read(&name, &*file, usize::MAX)?;
        if !entry.is_replayable() {
            return Ok(false);
        }
        let (from, to) = (name.file(), name.marked(true).file());
        match self.rename(&self.path(&from), &self.path(&to)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(failed("mark an entry of the quarantine")(error)),
        }
    }

    fn drop_entry(&self, id: &QuarantineId) -> Result<bool, StoreError> {
        let mut dropped = false;
        for name in Name::both(id) {
            dropped |= self.remove(&name)?;
        }
        Ok(dropped)
    }

    fn usage(&self) -> Result<QuarantineUsage, StoreError> {
        let mut usage = QuarantineUsage::default();
        let mut projects: BTreeMap<Option<ProjectId>, (u64, u64)> = BTreeMap::new();
        for name in self.names()? {
            let (project, bytes) = match name.facts {
                Some((project, bytes)) => (Some(project), bytes),
                None => (None, self.size(&name)?),
            };
            usage.bytes = usage.bytes.saturating_add(bytes);
            match name.kind {
                QuarantineKind::Damage => usage.damaged += 1,
                QuarantineKind::Torn => usage.torn += 1,
                QuarantineKind::Loss => usage.losses += 1,
                QuarantineKind::Event => {
                    usage.events += 1;
                    usage.marked += u64::from(name.is_marked);
                    // The newest come first.
                    usage.oldest = name.received;
                    let sums = projects.entry(project).or_default();
                    *sums = (sums.0 + 1, sums.1.saturating_add(bytes));
                }
            }
        }
        let projects = projects.into_iter();
        usage.projects = projects
            .map(|(project, (events, bytes))| (project, events, bytes))
            .collect();
        Ok(usage)
    }

    fn take(&self, count_max: usize, bytes_max: usize) -> Result<Vec<Replayed>, StoreError> {
        // A digest that takes again has not digested what it took before.
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.clear();
        drop(taken);
        let mut names = self.names()?;
        names.retain(|name| name.is_marked);
        let (mut replayed, mut bytes) = (Vec::new(), 0);
        for name in names.into_iter().rev().take(count_max) {
            if bytes >= bytes_max {
                break;
            }
            let path = self.path(&name.file());
            let Ok(file) = self.disk.open(&path) else {
                // Dropped in this moment, or not readable: seen again with the next look.
                continue;
            };
            let (entry, body) = read(&name, &*file, usize::MAX)?;
            let Some(receipt) = entry.receipt else {
                // It was damaged after it was marked.
                let kept = self.path(&name.marked(false).file());
                self.rename(&path, &kept)
                    .map_err(failed("put back an entry of the quarantine"))?;
                continue;
            };
            // Files of the first release get the name that `keep` looks for.
            let named = Name::of(&receipt, body.len() as u64).marked(true);
            if named != name {
                self.rename(&path, &self.path(&named.file()))
                    .map_err(failed("name an entry of the quarantine"))?;
            }
            self.taken
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(named);
            bytes = bytes.saturating_add(body.len());
            replayed.push(Replayed {
                receipt,
                remarks: entry.remarks,
                body,
            });
        }
        Ok(replayed)
    }

    fn settle(&self) -> Result<(), StoreError> {
        loop {
            let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(name) = taken.last().cloned() else {
                return Ok(());
            };
            drop(taken);
            self.remove(&name)?;
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            taken.retain(|other| *other != name);
        }
    }
}

impl FileQuarantine {
    fn size(&self, name: &Name) -> Result<u64, StoreError> {
        match self.disk.open(&self.path(&name.file())) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            file => file
                .and_then(|file| file.size())
                .map_err(failed("measure the quarantine")),
        }
    }
}

impl QuarantineQuery {
    fn wants(&self, project: Option<ProjectId>) -> bool {
        let projects = self.projects.as_ref();
        projects.is_none_or(|projects| projects.contains(&project))
    }
}

pub(super) fn failed(operation: &'static str) -> impl FnOnce(io::Error) -> StoreError {
    move |error| {
        let source = Box::new(error);
        StoreError::Engine { operation, source }
    }
}
