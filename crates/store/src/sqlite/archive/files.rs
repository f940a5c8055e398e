//! The partitions of an archive as they are at this moment, in this process.
//!
//! Every question begins with [`Files::state`], which looks at the folder again when its
//! generation changed: nothing that another process replaced or deleted is asked for long.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use rusqlite::Connection;
use watchpost_model::{ProjectId, chain};

use super::ArchiveOptions;
use super::begin;
use super::folder::{Aside, Changing, Folder, Name};
use super::part::{Part, is_damage, tolerate};
use super::shelf::Shelf;
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::Fault;
use crate::sqlite::pool::Pool;
use crate::{Footing, StoreError};

/// So often a question is asked when files go again and again meanwhile.
const ASK_COUNT_MAX: u32 = 8;

/// How far beyond the other partitions one begins whose predecessor cannot say how far it came:
/// more than any has.
const SEQ_LEAP: i64 = 1 << 32;

/// See the file.
pub(super) struct Files {
    pub(super) folder: Folder,
    pub(super) shelf: Shelf,
    pub(super) options: ArchiveOptions,
    state: RwLock<Arc<State>>,
}

/// The partitions at one moment.
#[derive(Default)]
pub(super) struct State {
    generation: u64,
    /// By number.
    pub(super) parts: Vec<Arc<Part>>,
    /// Those that cannot be opened.
    damaged: Vec<Damaged>,
    /// Files of damaged ones that were replaced by what could be read of them.
    aside: Vec<Aside>,
}

struct Damaged {
    name: Name,
    reason: String,
}

impl State {
    /// Whether nothing appeared or went between the two.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        self.generation == other.generation
    }

    /// The one that takes events, if there is one.
    pub(super) fn active(&self) -> Option<&Arc<Part>> {
        self.parts.last().filter(|part| part.pool().is_some())
    }

    /// The one of a number, whatever became of it meanwhile.
    pub(super) fn part(&self, number: u32) -> Option<&Arc<Part>> {
        self.parts.iter().find(|part| part.name.number == number)
    }

    /// Whether this one may take events.
    pub(super) fn is_active(&self, part: &Part) -> bool {
        self.active().is_some_and(|active| active.name == part.name)
    }

    /// The highest number that a file has, damaged ones included; 0 without files.
    fn highest(&self) -> u32 {
        let parts = self.parts.last().map(|part| part.name.number);
        let damaged = self.damaged.iter().map(|damaged| damaged.name.number);
        damaged.chain(parts).max().unwrap_or(0)
    }

    /// The numbers of all files.
    pub(super) fn numbers(&self) -> Vec<u32> {
        let parts = self.parts.iter().map(|part| part.name.number);
        let damaged = self.damaged.iter().map(|damaged| damaged.name.number);
        parts.chain(damaged).collect()
    }

    /// Those that may have events of a project, the newest first.
    pub(super) fn newest_first(&self, project: ProjectId) -> Vec<&Arc<Part>> {
        let mut parts: Vec<_> = self.parts.iter().rev().collect();
        parts.sort_by_key(|part| std::cmp::Reverse(part.span(project).1));
        parts
    }
}

impl Files {
    /// Opens the folder, tidies it, and takes in the one file of older versions.
    pub(super) fn open(path: &Path, options: ArchiveOptions) -> Result<Self, StoreError> {
        let files = Self {
            folder: Folder::open(path)?,
            shelf: Shelf::default(),
            options,
            state: RwLock::default(),
        };
        files.folder.tidy()?;
        let changing = files.folder.change()?;
        begin::adopt(&files.folder)?;
        files.replace(files.load()?);
        drop(changing);
        for lost in files.lost()? {
            tracing::error!(lost, "the archive is not complete: restore a backup");
        }
        Ok(files)
    }

    /// The partitions as they are now.
    pub(super) fn state(&self) -> Result<Arc<State>, StoreError> {
        let state = self.current();
        if state.generation == self.folder.generation()? && !state.parts.is_empty() {
            return Ok(state);
        }
        let _looking = self.folder.look()?;
        Ok(self.replace(self.load()?))
    }

    /// Asks a question of all partitions. When files went meanwhile (sealed ones take the place of
    /// open ones), a part of the answer may be missing, so it is asked again.
    pub(super) fn ask<T>(
        &self,
        mut question: impl FnMut(&State) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut tries = 0;
        loop {
            let state = self.state()?;
            let answer = question(&state);
            tries += 1;
            if tries == ASK_COUNT_MAX || state.generation == self.folder.generation()? {
                return answer;
            }
        }
    }

    /// Says so when nothing was found because a part is damaged or missing.
    pub(super) fn or_incomplete<T>(
        &self,
        answer: Result<T, StoreError>,
        is_nothing: impl FnOnce(&T) -> bool,
    ) -> Result<T, StoreError> {
        let reason = match &answer {
            Ok(found) if is_nothing(found) => self.damage(),
            Err(error) if is_damage(error) => Some(chain(error)),
            Ok(_) | Err(_) => None,
        };
        match reason {
            Some(reason) => Err(StoreError::Incomplete { reason }),
            None => answer,
        }
    }

    /// Changes which files there are, alone: `work` sees the partitions as they are. Others look
    /// again when it is done, and whoever asks meanwhile asks again.
    pub(super) fn change<T>(
        &self,
        work: impl FnOnce(&State) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let changing: Changing = self.folder.change()?;
        let state = self.replace(self.load()?);
        // Also before: what is gone already must not be taken for an event that nobody knows, and
        // who dies in the middle tells nobody.
        changing.changed(state.generation)?;
        let done = work(&state);
        // Also after a failure: who knows how far it came.
        changing.changed(self.folder.generation()?)?;
        self.replace(self.load()?);
        done
    }

    /// Ends the partition `from` and begins the next one, unless somebody did.
    pub(super) fn advance(&self, from: Option<Name>, words: &[u8]) -> Result<(), StoreError> {
        self.change(|state| {
            if state.active().map(|part| part.name) != from {
                return Ok(());
            }
            let first_seq = match state.active().and_then(|part| part.pool()) {
                Some(pool) => self.close(state, pool)?,
                None => self.seq_after(state)?,
            };
            // After a loss, the lost number stays free, so that it is still missed.
            let lost = u32::from(from.is_none() && !state.numbers().is_empty());
            let next = begin::Next {
                number: state.highest() + 1 + lost,
                first_seq,
                expected: &[state.numbers(), self.missed(state)?].concat(),
                dictionary: words,
            };
            begin::begin(&self.folder, &next)
        })
    }

    /// Ends the partition that takes events, as far as its file lets us: it is the next one that
    /// makes everybody pass it by. With which `seq` that begins.
    fn close(&self, state: &State, pool: &Pool) -> Result<i64, StoreError> {
        let closed = match begin::close(pool) {
            Err(error) if is_damage(&error) => begin::next_seq(pool),
            closed => closed,
        };
        match closed {
            Err(error) if is_damage(&error) => Ok(self.seq_after(state)?.saturating_add(SEQ_LEAP)),
            closed => closed,
        }
    }

    /// One more than the highest `seq` of all partitions that can be read.
    fn seq_after(&self, state: &State) -> Result<i64, StoreError> {
        let mut next = 1;
        for part in &state.parts {
            let seq = part.read(&self.shelf, "continue the archive", |sql| {
                let question = "SELECT coalesce(max(seq), 0) FROM event";
                Ok(sql.query_row(question, [], |row| row.get(0))?)
            });
            let seq: i64 = tolerate(part, seq)?.unwrap_or(0);
            next = next.max(seq.saturating_add(1));
        }
        Ok(next)
    }

    /// What is damaged or missing, in words.
    pub(super) fn lost(&self) -> Result<Vec<String>, StoreError> {
        let (state, gone) = self.gone()?;
        let damaged = state.damaged.iter().map(|damaged| {
            let Damaged { name, reason } = damaged;
            format!("archive/{name} cannot be read, its events are not served: {reason}")
        });
        let gone = gone.iter().map(|name| format!("archive/{name} is missing"));
        let missing = self.missed(&state)?.into_iter();
        let missing = missing.map(|number| format!("partition {number:06} is missing"));
        // People remove them without telling.
        let aside = state.aside.iter().filter(|aside| aside.path.exists());
        let aside = aside.map(ToString::to_string);
        Ok(damaged.chain(gone).chain(missing).chain(aside).collect())
    }

    /// The partitions, and which of them have no file.
    fn gone(&self) -> Result<(Arc<State>, Vec<Name>), StoreError> {
        let of = |state: &State| {
            let gone = state.parts.iter().filter(|part| !part.is_in_place());
            gone.map(|part| part.name).collect::<Vec<_>>()
        };
        let mut state = self.current();
        if of(&state).is_empty() {
            return Ok((state, Vec::new()));
        }
        // A sealed one may be taking its place: look while nobody changes anything.
        let _looking = self.folder.look()?;
        if state.generation != self.folder.generation()? {
            state = self.replace(self.load()?);
        }
        let gone = of(&state);
        Ok((state, gone))
    }

    /// The first damage that was met, or is plain to see.
    pub(super) fn damage(&self) -> Option<String> {
        let lost = self.lost().unwrap_or_else(|error| vec![chain(&error)]);
        let met = || self.current().parts.iter().find_map(|part| part.damage());
        lost.into_iter().next().or_else(met)
    }

    /// What became of the files that take events since they were opened.
    pub(super) fn footing(&self) -> Footing {
        let ask = |state: &State| {
            let pools = state.parts.iter().filter_map(|part| part.pool());
            pools
                .map(Pool::footing)
                .fold(Footing::default(), Footing::and)
        };
        let footing = ask(&self.current());
        if footing.lost.is_empty() {
            return footing;
        }
        // Once more, while nothing may go: a file that was sealed meanwhile went for good reason.
        let Ok(_looking) = self.folder.look() else {
            return footing;
        };
        let state = self.current();
        if self.folder.generation().ok() == Some(state.generation) {
            return ask(&state);
        }
        match self.load() {
            Ok(state) => ask(&self.replace(state)),
            Err(_) => footing,
        }
    }

    /// Partitions that should be there and are not, as far as that can be read.
    fn missed(&self, state: &State) -> Result<Vec<u32>, StoreError> {
        match self.lost_numbers(state) {
            Err(error) if is_damage(&error) => Ok(Vec::new()),
            missed => missed,
        }
    }

    fn lost_numbers(&self, state: &State) -> Result<Vec<u32>, StoreError> {
        let Some(last) = state.parts.last() else {
            return Ok(Vec::new());
        };
        let highest = state.highest();
        if last.pool().is_none() && last.name.number == highest {
            // It was sealed after the next one was made.
            return Ok(vec![highest + 1]);
        }
        let expected = match last.read(&self.shelf, "list partitions", expected) {
            // Sealed while it was opened; whoever looks after its file tells when it is lost.
            Err(_) if !last.is_in_place() => return Ok(Vec::new()),
            expected => expected?,
        };
        let numbers = state.numbers();
        let missing = expected.into_iter();
        Ok(missing.filter(|number| !numbers.contains(number)).collect())
    }

    fn current(&self) -> Arc<State> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&state)
    }

    fn replace(&self, state: State) -> Arc<State> {
        let state = Arc::new(state);
        let mut current = self.state.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::clone(&state);
        drop(current);
        let is_live = |name| state.parts.iter().any(|part| part.name == name);
        self.shelf.keep(is_live);
        state
    }

    /// Reads the folder; what is open already stays open. The caller holds its lock.
    fn load(&self) -> Result<State, StoreError> {
        let old = self.current();
        let mut state = State {
            generation: self.folder.generation()?,
            ..State::default()
        };
        let listing = self.folder.list()?;
        state.aside = listing.aside;
        for name in listing.names {
            let open = old.parts.iter().find(|part| part.name == name);
            if let Some(part) = open.filter(|part| part.is_in_place()) {
                state.parts.push(Arc::clone(part));
                continue;
            }
            match Part::open(&self.folder, name, &self.shelf) {
                Ok(part) => state.parts.push(Arc::new(part)),
                Err(error) if is_damage(&error) => {
                    let reason = chain(&error);
                    if !old.damaged.iter().any(|old| old.name == name) {
                        tracing::error!(partition = %name, reason, "a partition is damaged");
                    }
                    state.damaged.push(Damaged { name, reason });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(state)
    }
}

fn expected(sql: &Connection) -> Result<Vec<u32>, Fault> {
    let mut statement = sql.prepare_cached("SELECT number FROM expected ORDER BY number")?;
    let rows = statement.query_map([], |row| row.column("number"))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
