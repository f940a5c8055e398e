//! Keeping events: packed before the file is locked, inserted in one transaction.

use rusqlite::params;

use super::body::{Packer, ZSTD_JSON};
use crate::archive::user_of;
use crate::sqlite::pool::Pool;
use crate::{ArchivedEvent, StoreError};

/// See [`crate::Archive::append`].
pub(super) fn append(pool: &Pool, batch: &[ArchivedEvent]) -> Result<(), StoreError> {
    if batch.is_empty() {
        return Ok(());
    }
    let mut packer = Packer::new()?;
    let mut bodies = Vec::with_capacity(batch.len());
    for archived in batch {
        bodies.push(packer.pack(&archived.event, &archived.explanation)?);
    }
    pool.write("keep events", |sql| {
        let mut statement = sql.prepare_cached(
            "INSERT INTO event (project, issue, event, timestamp, received, level, title, logger,
                 server_name, site, url, user, release, environment, codec, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
             ON CONFLICT (event, project) DO NOTHING",
        )?;
        for (archived, body) in batch.iter().zip(&bodies) {
            let event = &archived.event;
            let request = event.request.as_ref();
            let url = request.and_then(|request| request.url.as_deref());
            statement.execute(params![
                archived.project.0,
                archived.issue.0,
                event.event_id.to_bytes(),
                event.timestamp.as_micros(),
                event.received.as_micros(),
                event.level.number(),
                archived.title,
                event.logger.as_deref().unwrap_or_default(),
                event.server_name.as_deref().unwrap_or_default(),
                event.site.as_deref().unwrap_or_default(),
                url.unwrap_or_default(),
                user_of(event).unwrap_or_default(),
                event.release.as_deref().unwrap_or_default(),
                event.environment.as_deref().unwrap_or_default(),
                ZSTD_JSON,
                body,
            ])?;
        }
        Ok(())
    })
}
