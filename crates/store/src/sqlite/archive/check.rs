//! Finding damaged bodies: SQLite checks the structure of its pages, not the bytes inside.

use rusqlite::{Connection, params};
use watchpost_model::{EventId, ProjectId};

use super::body;
use crate::StoreError;
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::Fault;
use crate::sqlite::pool::Pool;

/// Bodies that are held in memory at a time.
const BODY_COUNT_STEP: u32 = 200;

/// Reads every body, and names those whose bytes changed (F07). Takes as long as reading the
/// file; events are kept meanwhile.
pub(super) fn bodies(pool: &Pool) -> Result<Vec<String>, StoreError> {
    let (mut found, mut after) = (Vec::new(), i64::MIN);
    loop {
        let step = pool.read("check events", |sql| read(sql, after))?;
        let Some(last) = step.last() else {
            return Ok(found);
        };
        after = last.seq;
        for row in &step {
            if let Err(error) = body::open(row.codec, &row.body) {
                let (event, project) = (row.event, row.project);
                found.push(format!("event {event} of project {project}: {error}"));
            }
        }
    }
}

struct Packed {
    seq: i64,
    project: ProjectId,
    event: EventId,
    codec: i64,
    body: Vec<u8>,
}

fn read(sql: &Connection, after: i64) -> Result<Vec<Packed>, Fault> {
    let mut statement = sql.prepare_cached(
        "SELECT seq, project, event, codec, body FROM event WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    )?;
    let rows = statement.query_map(params![after, BODY_COUNT_STEP], |row| {
        Ok(Packed {
            seq: row.column("seq")?,
            project: ProjectId(row.column("project")?),
            event: row.event_id("event")?,
            codec: row.column("codec")?,
            body: row.column("body")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
