//! How values of the model look in a column, and back.

use rusqlite::Row;
use rusqlite::types::{FromSql, Type};
use serde::Serialize;
use serde::de::DeserializeOwned;
use watchpost_model::{EventId, Level, Quota, Timestamp};

/// Counts are never negative and never near 2^63.
pub(super) fn count_in(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The reverse of [`count_in`]; a damaged, negative count reads as 0.
pub(super) fn count_out(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// A limit of a caller as SQLite wants it, at most `max`.
pub(super) fn limit_in(limit: usize, max: usize) -> i64 {
    i64::try_from(limit.min(max)).unwrap_or(i64::MAX)
}

/// Hours since the epoch: what counters per hour are keyed by.
pub(super) fn hour_in(moment: Timestamp) -> i64 {
    moment.as_secs().div_euclid(3600)
}

/// The reverse of [`hour_in`]: the start of the hour.
pub(super) fn hour_out(hour: i64) -> Timestamp {
    Timestamp::from_secs(hour.saturating_mul(3600))
}

/// Columns of a row as values of the model.
pub(super) trait Columns {
    /// A column by its name.
    fn column<T: FromSql>(&self, name: &str) -> rusqlite::Result<T>;

    /// A moment, stored in microseconds.
    fn moment(&self, name: &str) -> rusqlite::Result<Timestamp> {
        Ok(Timestamp::from_micros(self.column(name)?))
    }

    /// A moment that may be missing.
    fn moment_if_any(&self, name: &str) -> rusqlite::Result<Option<Timestamp>> {
        let micros: Option<i64> = self.column(name)?;
        Ok(micros.map(Timestamp::from_micros))
    }

    /// A count.
    fn count(&self, name: &str) -> rusqlite::Result<u64> {
        Ok(count_out(self.column(name)?))
    }

    /// A level, stored as its number.
    fn level(&self, name: &str) -> rusqlite::Result<Level> {
        Ok(Level::from_number(self.column(name)?))
    }

    /// The id of an event, stored as 16 bytes.
    fn event_id(&self, name: &str) -> rusqlite::Result<EventId> {
        Ok(EventId::from_bytes(self.column(name)?))
    }

    /// A count that may be missing.
    fn count_if_any(&self, name: &str) -> rusqlite::Result<Option<u64>> {
        let count: Option<i64> = self.column(name)?;
        Ok(count.map(count_out))
    }

    /// A list of texts, stored as JSON.
    fn texts(&self, name: &str) -> rusqlite::Result<Vec<String>> {
        json_out(&self.column::<String>(name)?)
    }

    /// A list of quotas, stored as JSON.
    fn quotas(&self, name: &str) -> rusqlite::Result<Vec<Quota>> {
        self.json(name)
    }

    /// Whatever is stored as JSON.
    fn json<T: DeserializeOwned>(&self, name: &str) -> rusqlite::Result<T> {
        json_out(&self.column::<String>(name)?)
    }
}

pub(super) fn json_out<T: DeserializeOwned>(json: &str) -> rusqlite::Result<T> {
    serde_json::from_str(json)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, error.into()))
}

/// A value that is stored as JSON, and may be missing.
pub(super) fn json_if_any<T: DeserializeOwned>(
    json: Option<String>,
) -> rusqlite::Result<Option<T>> {
    json.map(|json| json_out(&json)).transpose()
}

/// A value as one column. For types of numbers and texts, which always serialise.
pub(super) fn json_in<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

impl Columns for Row<'_> {
    fn column<T: FromSql>(&self, name: &str) -> rusqlite::Result<T> {
        self.get(name)
    }
}

/// A list of texts as one column.
pub(super) fn texts_in(texts: &[String]) -> String {
    serde_json::Value::from(texts.to_vec()).to_string()
}

/// A list of quotas as one column. Made of numbers and texts, which always serialise.
pub(super) fn quotas_in(quotas: &[Quota]) -> String {
    serde_json::to_string(quotas).unwrap_or_default()
}
