//! A new issue, made of its first event.

use rusqlite::{Connection, params};
use watchpost_model::{Grouped, Issue, IssueId, Priority, Status, Substatus};

use super::folder::{Folder, Span, Stand};
use super::overflow::{self, Face};
use crate::archive::user_of;
use crate::sqlite::fault::Fault;

impl Folder {
    /// Makes an issue of its first event, which decides what it is called for good.
    pub(super) fn insert(
        sql: &Connection,
        number: i64,
        face: &Face<'_>,
        grouped: &Grouped,
    ) -> Result<(IssueId, Self), Fault> {
        let event = &grouped.event;
        let mut span = Span::at(event.timestamp);
        span.add(event);
        let haystack = overflow::haystack(&face.title, face.culprit);
        let mut statement = sql.prepare_cached(
            "INSERT INTO issue (project, number, title, kind, value, culprit, level, logger,
                 platform, status, first_seen, last_seen, times_seen, score, haystack,
                 substatus, since, priority, user_count, first_release, last_release,
                 first_release_seen, last_release_seen, trend)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, 1, ?12, ?13, ?14, ?15,
                 ?16, ?17, ?18, ?18, ?11, ?11, ?19)",
        )?;
        span.user_count = u64::from(user_of(event).is_some());
        let id = statement.insert(params![
            grouped.project.0,
            number,
            face.title,
            face.kind,
            face.value,
            face.culprit,
            event.level.number(),
            event.logger.as_deref().unwrap_or_default(),
            event.platform,
            Status::Unresolved.number(),
            event.timestamp.as_micros(),
            Issue::score_of(1, event.timestamp),
            haystack,
            Substatus::New.number(),
            event.received.as_micros(),
            Priority::of(event.level).number(),
            i64::from(user_of(event).is_some()),
            event
                .release
                .as_deref()
                .filter(|release| !release.is_empty()),
            span.trend.0,
        ])?;
        Ok((IssueId(id), Self::inserted(Stand::new(event), span)))
    }
}
