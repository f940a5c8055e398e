//! Keeping events: packed before the file is locked, inserted in one transaction, into the
//! partition that takes events.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};
use watchpost_model::{ProjectId, Timestamp};

use super::ArchiveOptions;
use super::body::DICTIONARY_ZERO;
use super::files::{Files, State};
use super::folder::Name;
use super::lookup::known;
use super::pack::{Packers, Parcel};
use super::part::{Part, Use};
use super::salvage::Doubt;
use super::train::Trainer;
use crate::archive::user_of;
use crate::sqlite::columns::{Columns, count_in};
use crate::sqlite::fault::Fault;
use crate::sqlite::pool::Pool;
use crate::{ArchivedEvent, StoreError};

/// So often a batch looks for the partition that takes it: others may end it meanwhile.
const TRY_COUNT_MAX: usize = 8;
/// What a row takes beside its texts and its body.
const ROW_BYTES: usize = 64;

/// Where one batch after the other is packed and kept.
pub(super) struct Desk {
    packers: Packers,
    /// What new partitions start with; empty: none yet.
    words: Vec<u8>,
    /// The partition that `packers` and `load` are of.
    at: Option<Name>,
    load: Load,
    trainer: Trainer,
    doubt: Doubt,
}

/// What became of a batch.
enum Kept {
    All,
    /// The partition takes no more events.
    Ended,
    /// Files appeared or went meanwhile.
    Changed,
}

/// How full a partition is.
#[derive(Clone, Copy, Default)]
struct Load {
    events: u64,
    bytes: u64,
    oldest: Option<Timestamp>,
}

impl Load {
    /// Whether the next partition should begin, at the moment `now`.
    fn is_full(&self, now: Timestamp, options: &ArchiveOptions) -> bool {
        let age_secs = self
            .oldest
            .map_or(0, |oldest| now.as_secs().saturating_sub(oldest.as_secs()));
        let is_old = match self.events {
            0 => return false,
            events if events < options.event_count_min => age_secs >= options.few_age_secs_max,
            _ => age_secs >= options.age_secs_max,
        };
        self.events >= options.event_count_max || self.bytes >= options.bytes_max || is_old
    }
}

impl Desk {
    pub(super) fn new() -> Result<Self, StoreError> {
        Ok(Self {
            packers: Packers::new()?,
            words: Vec::new(),
            at: None,
            load: Load::default(),
            trainer: Trainer::new(),
            doubt: Doubt::default(),
        })
    }

    /// Waits until a training that has begun is over.
    pub(super) fn finish_training(&mut self) {
        self.trainer.wait();
    }

    /// See [`crate::Archive::append`].
    pub(super) fn append(
        &mut self,
        files: &Files,
        batch: &[ArchivedEvent],
    ) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        for _ in 0..TRY_COUNT_MAX {
            let state = files.state()?;
            let Some((part, pool)) = state.active().and_then(|part| Some((part, part.pool()?)))
            else {
                files.advance(None, &self.words)?;
                continue;
            };
            if !part.is_in_place() {
                if files.state()?.is_of(&state) {
                    return Err(deleted(part));
                }
                continue;
            }
            let kept = self.keep_in(files, &state, (part, pool), batch);
            match kept {
                Ok(Kept::All) => {
                    self.doubt.passed();
                    return Ok(());
                }
                Ok(Kept::Changed) => continue,
                Ok(Kept::Ended) => {}
                Err(error) if self.doubt.is_spoilt(part, Some(&error)) => {}
                Err(error) => return Err(error),
            }
            files.advance(Some(part.name), &self.words)?;
        }
        let (what, reason) = ("archive", "no partition takes events".to_owned());
        Err(StoreError::Corrupt { what, reason })
    }

    /// Keeps a batch in the partition that takes events, if it still does.
    fn keep_in(
        &mut self,
        files: &Files,
        state: &State,
        (part, pool): (&Part, &Pool),
        batch: &[ArchivedEvent],
    ) -> Result<Kept, StoreError> {
        self.sit_down(part, pool)?;
        let now = batch.iter().map(|archived| archived.event.received).max();
        let is_full = now.is_some_and(|now| self.load.is_full(now, &files.options));
        if is_full || self.doubt.is_spoilt(part, None) {
            return Ok(Kept::Ended);
        }
        let fresh = fresh(files, state, batch)?;
        if !files.state()?.is_of(state) {
            return Ok(Kept::Changed);
        }
        let is_kept = self.keep(pool, &fresh)?;
        Ok(if is_kept { Kept::All } else { Kept::Ended })
    }

    /// Takes the dictionary and the load of the partition.
    fn sit_down(&mut self, part: &Part, pool: &Pool) -> Result<(), StoreError> {
        if self.at == Some(part.name) {
            return Ok(());
        }
        let (dictionary, load) = pool.read("read a partition", |sql| {
            let newest = "SELECT id, trained, bytes FROM dictionary ORDER BY id DESC LIMIT 1";
            let dictionary = sql.query_row(newest, [], |row| {
                let (id, words): (i64, Vec<u8>) = (row.column("id")?, row.column("bytes")?);
                Ok((id, row.column("trained")?, words))
            });
            Ok((dictionary.optional()?, load(sql)?))
        })?;
        let (mut is_trained, before) = (false, self.at);
        match dictionary {
            Some((id, trained, words)) => {
                self.packers = Packers::with(DICTIONARY_ZERO + id, &words)?;
                self.words = words;
                is_trained = trained;
            }
            None => self.packers = Packers::new()?,
        }
        // Of the first events of all, more may be needed than the first partition has.
        let is_learning = matches!(self.trainer, Trainer::Collecting(_)) && self.words.is_empty();
        self.trainer = match std::mem::replace(&mut self.trainer, Trainer::Done) {
            trainer if is_learning && before.is_some() => trainer,
            _ if is_trained => Trainer::Done,
            _ => Trainer::new(),
        };
        self.load = load;
        self.at = Some(part.name);
        Ok(())
    }

    /// Packs and inserts; `false` when the partition takes no more events.
    fn keep(&mut self, pool: &Pool, fresh: &[&ArchivedEvent]) -> Result<bool, StoreError> {
        if fresh.is_empty() {
            return Ok(true);
        }
        if let Some(words) = self.trainer.finished() {
            self.learn(pool, words)?;
        }
        let parcels = self.packers.pack(fresh, self.trainer.is_collecting())?;
        for json in parcels.iter().filter_map(|parcel| parcel.json.as_deref()) {
            self.trainer.offer(json, &self.words);
        }
        let codec = self.packers.codec();
        let load = pool.write("keep events", |sql| {
            let question = "SELECT closed, max(first_seq, 1 + (SELECT coalesce(max(seq), 0)
                 FROM event)) AS next FROM partition";
            let (closed, next): (bool, i64) = sql
                .prepare_cached(question)?
                .query_row([], |row| Ok((row.column("closed")?, row.column("next")?)))?;
            if closed {
                return Ok(None);
            }
            let used = insert(sql, next, codec, fresh, &parcels)?;
            count(sql, &used)?;
            Ok(Some(load(sql)?))
        })?;
        self.load = load.unwrap_or(self.load);
        Ok(load.is_some())
    }

    /// Packs with a new dictionary from here on. What was packed before keeps its own.
    fn learn(&mut self, pool: &Pool, words: Vec<u8>) -> Result<(), StoreError> {
        let id: i64 = pool.write("keep a dictionary", |sql| {
            let insert = "INSERT INTO dictionary (id, trained, bytes)
                 SELECT coalesce(max(id), 0) + 1, 1, ?1 FROM dictionary RETURNING id";
            Ok(sql.query_row(insert, [&words], |row| row.column("id"))?)
        })?;
        self.packers = Packers::with(DICTIONARY_ZERO + id, &words)?;
        tracing::info!(
            id,
            bytes = words.len(),
            "events are compressed with a new dictionary"
        );
        self.words = words;
        Ok(())
    }
}

fn deleted(part: &Part) -> StoreError {
    let reason = format!("{} was deleted or replaced while it was in use", part.name);
    let what = "archive";
    StoreError::Corrupt { what, reason }
}

/// Those of a batch that no earlier partition has, or only in another issue, which is forgotten.
fn fresh<'a>(
    files: &Files,
    state: &State,
    batch: &'a [ArchivedEvent],
) -> Result<Vec<&'a ArchivedEvent>, StoreError> {
    let ids = batch.iter();
    let ids: Vec<_> = ids
        .map(|archived| (archived.project, archived.event.event_id))
        .collect();
    // The last one refuses them itself.
    let earlier = state.parts.iter().rev().skip(1);
    let known = known(files, earlier.map(AsRef::as_ref), &ids)?;
    let fresh = batch.iter().zip(known);
    let fresh = fresh.filter(|(archived, known)| *known != Some(archived.issue));
    Ok(fresh.map(|(archived, _)| archived).collect())
}

/// Inserts what is not there yet, and moves what is in another issue; what each project has more.
fn insert(
    sql: &Connection,
    first_seq: i64,
    codec: i64,
    fresh: &[&ArchivedEvent],
    parcels: &[Parcel],
) -> Result<BTreeMap<ProjectId, Use>, Fault> {
    let mut statement = sql.prepare_cached(
        "INSERT INTO event (seq, project, issue, event, timestamp, received, level, title, logger,
             server_name, site, url, user, release, environment, codec, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
         ON CONFLICT (event, project) DO NOTHING",
    )?;
    let (mut seq, mut used) = (first_seq, BTreeMap::new());
    for (archived, parcel) in fresh.iter().zip(parcels) {
        let event = &archived.event;
        let texts = texts(archived);
        let [logger, server_name, site, url, user, release, environment] = texts;
        let inserted = statement.execute(params![
            seq,
            archived.project.0,
            archived.issue.0,
            event.event_id.to_bytes(),
            event.timestamp.as_micros(),
            event.received.as_micros(),
            event.level.number(),
            archived.title,
            logger,
            server_name,
            site,
            url,
            user,
            release,
            environment,
            codec,
            parcel.body,
        ])?;
        if inserted == 0 {
            rehome(sql, archived)?;
            continue;
        }
        seq += 1;
        let texts: usize = texts.iter().map(|text| text.len()).sum();
        let bytes = (ROW_BYTES + parcel.body.len() + archived.title.len() + texts) as u64;
        let received = event.received;
        let of_project = used.entry(archived.project).or_insert(Use {
            events: 0,
            bytes: 0,
            oldest: received,
            newest: received,
        });
        of_project.events += 1;
        of_project.bytes += bytes;
        of_project.oldest = of_project.oldest.min(received);
        of_project.newest = of_project.newest.max(received);
    }
    Ok(used)
}

/// Its issue was forgotten: from here on the event is in another one.
fn rehome(sql: &Connection, archived: &ArchivedEvent) -> Result<(), Fault> {
    let id = archived.event.event_id.to_bytes();
    sql.prepare_cached("UPDATE event SET issue = ?3 WHERE event = ?1 AND project = ?2")?
        .execute(params![id, archived.project.0, archived.issue.0])?;
    Ok(())
}

/// Logger, server name, site, URL, user, release, environment; empty when unknown.
fn texts(archived: &ArchivedEvent) -> [&str; 7] {
    let event = &archived.event;
    let url = event
        .request
        .as_ref()
        .and_then(|request| request.url.as_deref());
    let texts = [
        event.logger.as_deref(),
        event.server_name.as_deref(),
        event.site.as_deref(),
        url,
        user_of(event),
        event.release.as_deref(),
        event.environment.as_deref(),
    ];
    texts.map(Option::unwrap_or_default)
}

fn count(sql: &Connection, used: &BTreeMap<ProjectId, Use>) -> Result<(), Fault> {
    let mut statement = sql.prepare_cached(
        "INSERT INTO usage (project, events, bytes, oldest, newest) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (project) DO UPDATE SET
             events = events + excluded.events, bytes = bytes + excluded.bytes,
             oldest = min(oldest, excluded.oldest), newest = max(newest, excluded.newest)",
    )?;
    for (project, more) in used {
        statement.execute(params![
            project.0,
            count_in(more.events),
            count_in(more.bytes),
            more.oldest.as_micros(),
            more.newest.as_micros(),
        ])?;
    }
    Ok(())
}

fn load(sql: &Connection) -> Result<Load, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT coalesce(sum(events), 0) AS events, coalesce(sum(bytes), 0) AS bytes,
             min(oldest) AS oldest FROM usage",
    )?;
    Ok(statement.query_row([], |row| {
        Ok(Load {
            events: row.count("events")?,
            bytes: row.count("bytes")?,
            oldest: row.moment_if_any("oldest")?,
        })
    })?)
}
