//! Dictionaries: what bodies of one instance have in common, kept in the files that use them.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension};
use zstd::dict::DecoderDictionary;

use super::body::DICTIONARY_ZERO;
use super::folder::Name;
use crate::StoreError;
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::Fault;

/// Dictionaries that are kept ready for reading.
const READY_COUNT_MAX: usize = 8;

/// Ready for reading: those that were used last.
#[derive(Default)]
pub(super) struct Dictionaries(Mutex<Vec<Ready>>);

struct Ready {
    name: Name,
    codec: i64,
    dictionary: Arc<DecoderDictionary<'static>>,
}

impl Dictionaries {
    /// What a body of this codec in the file `name`, which `sql` asks, was compressed with.
    pub(super) fn of(
        &self,
        sql: &Connection,
        name: Name,
        codec: i64,
    ) -> Result<Option<Arc<DecoderDictionary<'static>>>, Fault> {
        if codec < DICTIONARY_ZERO {
            return Ok(None);
        }
        let mut ready = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = ready
            .iter()
            .position(|ready| ready.name == name && ready.codec == codec);
        if let Some(place) = held {
            let held = ready.remove(place);
            let dictionary = Arc::clone(&held.dictionary);
            ready.push(held);
            return Ok(Some(dictionary));
        }
        let bytes: Option<Vec<u8>> = sql
            .prepare_cached("SELECT bytes FROM dictionary WHERE id = ?1")?
            .query_row([codec - DICTIONARY_ZERO], |row| row.column("bytes"))
            .optional()?;
        let Some(bytes) = bytes else {
            return Ok(None);
        };
        let made = DecoderDictionary::try_copy(&bytes).map_err(|error| StoreError::Corrupt {
            what: "dictionary",
            reason: error.to_string(),
        })?;
        let dictionary = Arc::new(made);
        if ready.len() >= READY_COUNT_MAX {
            ready.remove(0);
        }
        ready.push(Ready {
            name,
            codec,
            dictionary: Arc::clone(&dictionary),
        });
        Ok(Some(dictionary))
    }
}
