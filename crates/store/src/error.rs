//! What can go wrong in the cellar, in words that know no SQL and no HTTP.

/// A failed question or change.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Something of that name exists already.
    #[error("{what} `{name}` exists already")]
    Exists {
        /// The noun: `project`, `user`.
        what: &'static str,
        /// The name that is taken.
        name: String,
    },
    /// What the change is about does not exist (any more).
    #[error("{what} does not exist")]
    Missing {
        /// The noun.
        what: &'static str,
    },
    /// A bound on what is kept is reached.
    #[error("there can be {max} {what} at most")]
    TooMany {
        /// The nouns: `releases`.
        what: &'static str,
        /// How many.
        max: u64,
    },
    /// Nobody would be left who may do everything.
    #[error("an organization keeps at least one owner who can sign in")]
    LastOwner,
    /// The files were written by a newer version of Watchpost.
    #[error("the data is of version {found}, this program knows up to {known}: use a newer one")]
    TooNew {
        /// The version found in the file.
        found: i64,
        /// The newest version that this program can read.
        known: i64,
    },
    /// Stored bytes cannot be read back.
    #[error("failed to read back {what}: {reason}")]
    Corrupt {
        /// The noun.
        what: &'static str,
        /// What was found.
        reason: String,
    },
    /// A sync of the database failed. What the disk holds of it is unknown from then on, so it
    /// takes no change until it is opened anew.
    #[error("the {database} takes no change since the disk failed to sync it: {reason}")]
    Stopped {
        /// Which one.
        database: &'static str,
        /// What the engine said.
        reason: String,
    },
    /// A search took too long.
    #[error(
        "the search took longer than {secs} seconds, which is the limit, because others wait for \
         their answers: ask for less, by naming a status, a level, a release or a shorter time"
    )]
    Slow {
        /// How long it may take.
        secs: u64,
    },
    /// What is asked for may have been in a part that is damaged or missing.
    #[error("the archive is not complete: {reason}")]
    Incomplete {
        /// What is damaged or missing.
        reason: String,
    },
    /// The engine failed.
    #[error("failed to {operation}")]
    Engine {
        /// What was being done.
        operation: &'static str,
        /// Why it failed.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
