//! How long a search may take: a question that goes through all rows of a large project must not
//! hold one of the few readers for minutes.

use std::cell::Cell;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};

use super::fault::Fault;
use crate::StoreError;
use crate::limits::SEARCH_TIME_MAX;

/// Steps of the engine between two looks at the clock, some microseconds.
const STEP_COUNT: i32 = 1000;

thread_local! {
    /// When the question that this thread asks must end.
    static END: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Lets searches over this connection be interrupted.
pub(super) fn watch(connection: &mut Connection) -> Result<(), Fault> {
    let is_over = || END.get().is_some_and(|end| now() >= end);
    Ok(connection.progress_handler(STEP_COUNT, Some(is_over))?)
}

fn now() -> Instant {
    #[cfg(test)]
    return Instant::now() + tests::AHEAD.get();
    #[cfg(not(test))]
    Instant::now()
}

/// Takes the end of a question back when it is over, also by a panic: the thread is used again.
struct Deadline {
    before: Option<Instant>,
}

impl Deadline {
    fn set(end: Option<Instant>) -> Self {
        let before = END.replace(end);
        Self { before }
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        END.set(self.before);
    }
}

/// The time that a search has left. All questions for one page share it.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    end: Option<Instant>,
    limit: Duration,
}

impl Patience {
    /// For a search that begins now.
    pub(super) fn new() -> Self {
        Self::of(SEARCH_TIME_MAX)
    }

    /// The same with less time.
    pub(super) fn of(limit: Duration) -> Self {
        let limit = limit.min(SEARCH_TIME_MAX);
        #[cfg(test)]
        let end = now().checked_add(tests::LIMIT.get().unwrap_or(limit));
        #[cfg(not(test))]
        let end = now().checked_add(limit);
        Self { end, limit }
    }

    /// Whether nothing is left.
    pub(super) fn is_over(self) -> bool {
        self.end.is_some_and(|end| now() >= end)
    }

    /// What to say then.
    pub(super) fn slow(self) -> StoreError {
        let secs = self.limit.as_secs();
        StoreError::Slow { secs }
    }

    /// Asks something that is interrupted when the time is over.
    pub(super) fn ask<T>(self, question: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
        #[cfg(test)]
        tests::AHEAD.set(tests::AHEAD.get() + tests::PACE.get());
        let deadline = Deadline::set(self.end);
        let answer = question();
        drop(deadline);
        answer.map_err(|fault| match fault {
            Fault::Sql(error) if is_interrupted(&error) => self.slow().into(),
            other => other,
        })
    }
}

fn is_interrupted(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    thread_local! {
        /// What a search may take, in place of the limit.
        pub(in crate::sqlite) static LIMIT: Cell<Option<Duration>> = const { Cell::new(None) };
        /// What each question takes on the clock of this thread.
        pub(in crate::sqlite) static PACE: Cell<Duration> = const { Cell::new(Duration::ZERO) };
        /// How far that clock is ahead by now.
        pub(super) static AHEAD: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    }

    #[test]
    fn a_question_ends_when_its_time_is_over_and_the_next_one_does_not() {
        let mut sql = Connection::open_in_memory().unwrap();
        watch(&mut sql).unwrap();
        let count = |to: i64| {
            let count =
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
                 SELECT count(*) FROM n";
            let found = sql.query_row(count, [to], |row| row.get::<_, i64>(0));
            found.map_err(Fault::from)
        };
        let end = Some(Instant::now());
        let limit = SEARCH_TIME_MAX;
        let Err(Fault::Store(error)) = (Patience { end, limit }).ask(|| count(1 << 40)) else {
            panic!("a question without time was answered");
        };
        let told = error.to_string();
        let expect = "the search took longer than 10 seconds, which is the limit, because";
        assert!(told.starts_with(expect), "{told}");
        assert_eq!(
            (Patience { end: None, limit })
                .ask(|| count(100_000))
                .unwrap(),
            100_000
        );
        assert_eq!(count(100_000).unwrap(), 100_000);
    }

    #[test]
    fn a_question_that_panics_leaves_no_deadline_to_its_thread() {
        let (end, limit) = (Some(Instant::now()), SEARCH_TIME_MAX);
        let patience = Patience { end, limit };
        let asked = std::panic::catch_unwind(|| patience.ask::<()>(|| panic!("as a bug would")));
        assert!(asked.is_err());
        assert_eq!(END.get(), None);
    }
}
