//! Finding damage: SQLite checks the structure of its pages, not the bytes inside.

use rusqlite::{Connection, params};
use watchpost_model::{ProjectId, chain};

use super::body::Packed;
use super::dictionary::Dictionaries;
use super::files::Files;
use super::part::{Part, is_damage};
use crate::StoreError;
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::Fault;
use crate::sqlite::pool::damage_of;

/// Bodies that are held in memory at a time.
const BODY_COUNT_STEP: u32 = 200;

/// See [`crate::Archive::check`]: missing and damaged files, pages and bodies.
pub(super) fn check(files: &Files, words: &Dictionaries) -> Result<Vec<String>, StoreError> {
    let state = files.state()?;
    let mut found = files.lost()?;
    for part in &state.parts {
        let pages = part.read(&files.shelf, "check a partition", |sql| {
            damage_of(sql, &format!("archive/{}", part.name))
        });
        let damage = pages.and_then(|pages| Ok((pages, bodies(files, words, part)?)));
        match damage {
            Ok((pages, bodies)) => found.extend(pages.into_iter().chain(bodies)),
            // Named already.
            Err(_) if !part.is_in_place() => {}
            Err(error) if is_damage(&error) => {
                found.push(format!("archive/{}: {}", part.name, chain(&error)));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Reads every body, and names those whose bytes changed (F07). Takes as long as reading the
/// file; events are kept meanwhile.
fn bodies(files: &Files, words: &Dictionaries, part: &Part) -> Result<Vec<String>, StoreError> {
    let (mut found, mut after) = (Vec::new(), i64::MIN);
    loop {
        let step = part.read(&files.shelf, "check events", |sql| {
            read(sql, words, part, after)
        })?;
        let Some(last) = step.last() else {
            return Ok(found);
        };
        after = last.seq;
        for row in &step {
            if let Err(error) = row.packed.open() {
                let (event, project) = (row.packed.event, row.project);
                found.push(format!("event {event} of project {project}: {error}"));
            }
        }
    }
}

struct Checked {
    seq: i64,
    project: ProjectId,
    packed: Packed,
}

fn read(
    sql: &Connection,
    words: &Dictionaries,
    part: &Part,
    after: i64,
) -> Result<Vec<Checked>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT seq, project, event, timestamp, received, codec, body FROM event
         WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    )?;
    let mut rows = statement.query(params![after, BODY_COUNT_STEP])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Checked {
            seq: row.column("seq")?,
            project: ProjectId(row.column("project")?),
            packed: Packed::read((sql, words, part), row)?,
        });
    }
    Ok(found)
}
