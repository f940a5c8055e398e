//! A release that an event of an issue named: the first of them, or the last.

use rusqlite::Row;
use watchpost_model::Timestamp;

use crate::sqlite::columns::Columns;

/// A release, and when the event happened that named it: not each event names one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) release: String,
    pub(super) at: Timestamp,
}

impl Mention {
    /// Reads a name and its moment; of none the moment says nothing.
    pub(super) fn read(row: &Row<'_>, name: &str, at: &str) -> rusqlite::Result<Option<Self>> {
        let release: Option<String> = row.column(name)?;
        let at = row.moment(at)?;
        Ok(release.map(|release| Self { release, at }))
    }
}

/// The two columns of a mention.
pub(super) fn columns(mention: Option<&Mention>) -> (Option<&str>, i64) {
    mention.map_or((None, 0), |mention| {
        (Some(&*mention.release), mention.at.as_micros())
    })
}

/// Makes `mention` that of `release`, unless the one it is stays.
pub(super) fn replace(mention: &mut Option<Mention>, release: &str, at: Timestamp) {
    match mention {
        Some(known) if known.release == release => known.at = at,
        _ => {
            let release = release.to_owned();
            *mention = Some(Mention { release, at });
        }
    }
}
