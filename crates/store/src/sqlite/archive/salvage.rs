//! A partition whose file is damaged: what of it can be read is sealed under its number, and the
//! file is kept beside it for people to look at.
//!
//! ```text
//! takes events ── damaged ─▶ ended, the next one takes events ── sealed from what can be read
//!                                                             └─ 000004.damaged-12.sqlite
//! ```

use std::path::Path;

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, ErrorCode, OpenFlags, params, params_from_iter};

use super::SCHEMA;
use super::begin::new_file;
use super::files::Files;
use super::folder::Name;
use super::part::{LOOK_COUNT_MAX, Part, is_damage};
use super::rewrite::{Source, replace, rewrite};
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::Fault;
use crate::{Freed, StoreError};

/// Failed reads after which what is left is given up: more than a partition has events, so it only
/// bounds the search for the ends of a table whose ends cannot be read.
const FAILURE_COUNT_MAX: u32 = 1_000_000;

/// What speaks against the partition that takes events.
#[derive(Default)]
pub(super) struct Doubt {
    /// Its file was looked through.
    looked: Option<Name>,
    /// Batches in a row that its damage kept out.
    refusals: usize,
}

impl Doubt {
    /// Whether the file of the partition is damaged, so that it shall take no more events. It is
    /// looked through when a question has met damage, and when damage kept a batch out: `refusal`.
    pub(super) fn is_spoilt(&mut self, part: &Part, refusal: Option<&StoreError>) -> bool {
        let is_doubtful = match refusal {
            Some(error) => matches!(error, StoreError::Engine { .. }) && is_damage(error),
            None => part.damage().is_some() && self.looked != Some(part.name),
        };
        if !is_doubtful || !part.is_in_place() {
            return false;
        }
        self.looked = Some(part.name);
        self.refusals += usize::from(refusal.is_some());
        // A file that takes nothing is of no use, whatever a look finds.
        let is_spoilt = self.refusals >= LOOK_COUNT_MAX || is_ill(part);
        if is_spoilt {
            tracing::error!(
                partition = %part.name,
                "the partition that takes events is damaged: the next one is begun"
            );
            self.refusals = 0;
        }
        is_spoilt
    }

    /// A batch was kept.
    pub(super) fn passed(&mut self) {
        self.refusals = 0;
    }
}

/// Whether the file itself is damaged. It is opened anew, and looked through more than once: after
/// a single failure of the disk SQLite may call a sound file malformed.
pub(super) fn is_ill(part: &Part) -> bool {
    let look = || -> Result<(), Fault> {
        let sql = open(part)?;
        let question = "PRAGMA quick_check(1)";
        let found: String = sql.query_row(question, [], |row| row.get(0))?;
        let (what, reason) = ("partition", found);
        match reason.as_str() {
            "ok" => Ok(()),
            _ => Err(StoreError::Corrupt { what, reason }.into()),
        }
    };
    let is_bad = |fault: Fault| is_damage(&fault.named("look through a partition"));
    (0..LOOK_COUNT_MAX).all(|_| look().is_err_and(is_bad))
}

/// Seals what can be read of an open partition, and keeps its file under a name that says so.
pub(super) fn salvage(files: &Files, part: &Part) -> Result<Freed, StoreError> {
    let path = files.folder.unfinished(part.name);
    let copied = copy(part, &path).map_err(|fault| fault.named("read a damaged partition"));
    let replaced = copied.and_then(|unread| {
        if unread != Some(0) && !is_ill(part) {
            // It was the disk, and is over.
            return rewrite(files, part, &[]);
        }
        let source = Source::Salvaged {
            path: &path,
            unread,
        };
        replace(files, part, &source, (&[], None))
    });
    // Also after a failure: a full disk needs the room more.
    std::fs::remove_file(&path).ok();
    replaced
}

fn open(part: &Part) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(&part.path, flags)?)
}

/// Copies what can be read to a new file at `path`. How many events could not be, if it is known
/// how many there were.
fn copy(part: &Part, path: &Path) -> Result<Option<u64>, Fault> {
    let from = open(part)?;
    let begin = from.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
    if let Err(error) = begin
        && error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
    {
        // A disk that gives nothing back may come back as a whole.
        return Err(error.into());
    }
    let to = new_file(path, SCHEMA.page_bytes)?;
    let transaction = to.unchecked_transaction()?;
    let mut salvage = Salvage {
        from,
        to: &to,
        failures: 0,
    };
    for table in ["dictionary", "expected"] {
        // Without its dictionary a body cannot be opened, but listed.
        readable(salvage.table(&format!("SELECT * FROM {table}"), table, []))?;
    }
    let ends = "SELECT coalesce(min(seq), 0), coalesce(max(seq), 0) FROM event";
    let ends = (salvage.from).query_row(ends, [], |row| Ok((row.get(0)?, row.get(1)?)));
    let (first, last) = readable(ends.map_err(Fault::from))?.unwrap_or((0, i64::MAX));
    salvage.events(first, last)?;
    let had = "SELECT sum(events) AS events FROM usage";
    let had = (salvage.from).query_row(had, [], |row| row.count("events"));
    let had = readable(had.map_err(Fault::from))?;
    let kept = to.query_row("SELECT count(*) AS kept FROM event", [], |row| {
        row.count("kept")
    })?;
    to.execute(
        "UPDATE partition SET number = ?1,
             first_seq = coalesce((SELECT min(seq) FROM event), first_seq)",
        [part.name.number],
    )?;
    transaction.commit()?;
    to.close().map_err(|(_, error)| error)?;
    Ok(had.map(|had| had.saturating_sub(kept)))
}

/// `None` when it cannot be read.
fn readable<T>(answer: Result<T, Fault>) -> Result<Option<T>, Fault> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(fault) if fault.damage().is_some() => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Whether bytes that were a row do not pass for one any more.
fn is_refused(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}

/// Row by row, where pages between them cannot be read.
struct Salvage<'a> {
    from: Connection,
    to: &'a Connection,
    failures: u32,
}

impl Salvage<'_> {
    /// The events of these numbers. Where one cannot be read, the halves are tried.
    fn events(&mut self, first: i64, last: i64) -> Result<(), Fault> {
        let question = "SELECT * FROM event NOT INDEXED WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq";
        let copied = self.table(question, "event", params![first, last]);
        if readable(copied)?.is_some() {
            return Ok(());
        }
        self.failures += 1;
        if first == last || self.failures > FAILURE_COUNT_MAX {
            return Ok(());
        }
        let middle = first + (last - first) / 2;
        self.events(first, middle)?;
        self.events(middle + 1, last)
    }

    /// The rows that `question` finds, up to the first that cannot be read.
    fn table(
        &self,
        question: &str,
        table: &str,
        values: impl rusqlite::Params,
    ) -> Result<(), Fault> {
        let mut select = self.from.prepare_cached(question)?;
        let places = vec!["?"; select.column_count()].join(", ");
        let insert = format!("INSERT OR IGNORE INTO {table} VALUES ({places})");
        let mut insert = self.to.prepare_cached(&insert)?;
        let columns = 0..select.column_count();
        let mut rows = select.query(values)?;
        while let Some(row) = rows.next()? {
            let fields = columns.clone().map(|column| row.get_ref(column));
            let fields: Vec<_> = fields.collect::<Result<_, _>>()?;
            match insert.execute(params_from_iter(
                fields.into_iter().map(ToSqlOutput::Borrowed),
            )) {
                Err(error) if is_refused(&error) => {}
                inserted => drop(inserted?),
            }
        }
        Ok(())
    }
}
