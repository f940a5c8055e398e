//! What the log hears of writes that fail, for the writer: a line with the first one and a line
//! with the first that succeeds again, however many requests are refused in between.

use std::time::Instant;

use super::SpoolError;
use crate::gate::chain;
use crate::limits::SPOOL_TELL_PAUSE;

/// How the last writes went.
#[derive(Default)]
pub(super) struct Trouble {
    /// That they fail was told.
    is_told: bool,
    /// When it was told last: a disk that is full for some writes only must not fill the log.
    told_at: Option<Instant>,
}

/// What there is to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    Failing,
    Stopped,
    Healed,
}

impl Trouble {
    /// Takes the end of a write, and tells it if it is news.
    pub(super) fn tell(&mut self, error: Option<&SpoolError>) {
        let news = self.note(error, Instant::now());
        let cause = error.map_or_else(String::new, |error| chain(error));
        match news {
            Some(News::Failing) => tracing::error!(
                error = cause,
                advice = error.map(advice),
                "events are refused: the spool cannot be written; clients are told to come again, \
                 and it heals by itself"
            ),
            Some(News::Stopped) => tracing::error!(
                error = cause,
                "no events are accepted until a restart: the disk failed to sync the spool. Look \
                 into the system's log for errors of the disk, then restart; what was \
                 acknowledged is safe"
            ),
            Some(News::Healed) => {
                tracing::info!("events are accepted: the spool can be written again");
            }
            None => {}
        }
    }

    fn note(&mut self, error: Option<&SpoolError>, now: Instant) -> Option<News> {
        let Some(error) = error else {
            return std::mem::take(&mut self.is_told).then_some(News::Healed);
        };
        // There is one at most: nothing is written after it.
        if matches!(error, SpoolError::Stopped { .. }) {
            return Some(News::Stopped);
        }
        let since = self.told_at.map(|at| now.saturating_duration_since(at));
        if self.is_told || since.is_some_and(|since| since < SPOOL_TELL_PAUSE) {
            return None;
        }
        self.is_told = true;
        self.told_at = Some(now);
        // The writer names a file that is gone where it finds out.
        (!matches!(error, SpoolError::Unnamed { .. })).then_some(News::Failing)
    }
}

/// What to do about a write that failed.
fn advice(error: &SpoolError) -> &'static str {
    if error.is_full() {
        return "free space or inodes, or raise the quota or the limit on file sizes";
    }
    if error.is_unwritable() {
        return "make the file system writable; the kernel's log says why it is not";
    }
    "look into the system's log for errors of the disk"
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::{Path, PathBuf};
    use std::sync::Arc;

    use super::*;
    use crate::spool::failed;

    fn write_failed(kind: io::ErrorKind) -> SpoolError {
        failed("write", Path::new("1.spool"))(kind.into())
    }

    #[test]
    fn f04_the_first_failure_and_the_first_success_are_told_and_nothing_between() {
        let full = write_failed(io::ErrorKind::StorageFull);
        let now = Instant::now();
        let mut trouble = Trouble::default();
        assert_eq!(trouble.note(None, now), None);
        assert_eq!(trouble.note(Some(&full), now), Some(News::Failing));
        for _ in 0..1_000 {
            let later = now + 2 * SPOOL_TELL_PAUSE;
            assert_eq!(trouble.note(Some(&full), later), None);
        }
        assert_eq!(trouble.note(None, now), Some(News::Healed));
        assert_eq!(trouble.note(None, now), None);
        // One that fails and succeeds in turn is told once per pause.
        assert_eq!(trouble.note(Some(&full), now), None);
        assert_eq!(trouble.note(None, now), None);
        let later = now + SPOOL_TELL_PAUSE;
        assert_eq!(trouble.note(Some(&full), later), Some(News::Failing));
    }

    #[test]
    fn f03_a_spool_that_stopped_is_told_and_a_lost_file_only_healed() {
        let now = Instant::now();
        let path = PathBuf::from("1.spool");
        let stopped = SpoolError::Stopped {
            path: path.clone(),
            source: Arc::new(io::ErrorKind::Other.into()),
        };
        let mut trouble = Trouble::default();
        let unnamed = SpoolError::Unnamed { path };
        assert_eq!(trouble.note(Some(&unnamed), now), None);
        assert_eq!(trouble.note(None, now), Some(News::Healed));
        let full = write_failed(io::ErrorKind::StorageFull);
        trouble.note(Some(&full), now);
        assert_eq!(trouble.note(Some(&stopped), now), Some(News::Stopped));
    }

    #[test]
    fn the_advice_fits_the_cause() {
        let check = |kind, expect: &str| {
            let said = advice(&write_failed(kind));
            assert!(said.contains(expect), "{kind}: {said}");
        };
        check(io::ErrorKind::StorageFull, "free space or inodes");
        check(io::ErrorKind::QuotaExceeded, "raise the quota");
        check(io::ErrorKind::FileTooLarge, "limit on file sizes");
        check(io::ErrorKind::ReadOnlyFilesystem, "writable");
        check(io::ErrorKind::Other, "errors of the disk");
    }
}
