//! The digest's side of the quarantine: why an event goes there, and whose events are refused
//! while too many of theirs are in it.
//!
//! The digest keeps what it cannot digest, however much is there already: it was acknowledged.
//! What is bounded is the intake. A project that fills its share is answered 429 until somebody
//! has replayed or dropped entries, and everybody is when the whole is full; the spool bounds what
//! may still come behind it.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use watchpost_model::ProjectId;
use watchpost_store::QuarantineUsage;

use crate::limits::{
    QUARANTINE_BYTES_MAX, QUARANTINE_COUNT_MAX, QUARANTINE_PROJECT_BYTES_MAX,
    QUARANTINE_PROJECT_COUNT_MAX,
};
use crate::sync::lock;

/// Why an event could not be digested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Where it happened: one word, also the reason that is counted.
    pub(crate) stage: &'static str,
    /// What happened, with all causes.
    pub(crate) reason: String,
}

/// Whose events are refused because of what is in quarantine. The digest says, the gates ask.
#[derive(Default)]
pub(crate) struct Fill {
    /// Whether anybody's are: what the gates look at with every event.
    any: AtomicBool,
    full: Mutex<Full>,
}

#[derive(Default, PartialEq, Eq)]
struct Full {
    whole: bool,
    projects: HashSet<ProjectId>,
}

impl Fill {
    /// Takes note of what there is.
    pub(crate) fn note(&self, usage: &QuarantineUsage) {
        let projects = usage
            .projects
            .iter()
            .filter_map(|(project, events, bytes)| {
                let full = *events >= QUARANTINE_PROJECT_COUNT_MAX
                    || *bytes >= QUARANTINE_PROJECT_BYTES_MAX;
                project.filter(|_| full)
            });
        let full = Full {
            whole: usage.events >= QUARANTINE_COUNT_MAX || usage.bytes >= QUARANTINE_BYTES_MAX,
            projects: projects.collect(),
        };
        let mut known = lock(&self.full);
        if *known == full {
            return;
        }
        if full.whole || full.projects.len() > known.projects.len() {
            tracing::error!(
                events = usage.events,
                bytes = usage.bytes,
                "the quarantine is full: events are refused until entries are replayed or dropped"
            );
        }
        self.any
            .store(full.whole || !full.projects.is_empty(), Ordering::Relaxed);
        *known = full;
    }

    /// Whether an event of that project is refused.
    pub(crate) fn refuses(&self, project: ProjectId) -> bool {
        if !self.any.load(Ordering::Relaxed) {
            return false;
        }
        let full = lock(&self.full);
        full.whole || full.projects.contains(&project)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_that_fills_its_share_is_refused_alone() {
        let fill = Fill::default();
        let check = |usage: &QuarantineUsage, expect: [bool; 2]| {
            fill.note(usage);
            assert_eq!(
                [1, 2].map(|id| fill.refuses(ProjectId(id))),
                expect,
                "{usage:?}"
            );
        };
        let of = |events, bytes| QuarantineUsage {
            projects: vec![(Some(ProjectId(1)), events, bytes), (None, u64::MAX, 0)],
            events,
            bytes,
            ..QuarantineUsage::default()
        };
        check(&of(QUARANTINE_PROJECT_COUNT_MAX - 1, 0), [false, false]);
        check(&of(QUARANTINE_PROJECT_COUNT_MAX, 0), [true, false]);
        check(&of(1, QUARANTINE_PROJECT_BYTES_MAX), [true, false]);
        check(&of(QUARANTINE_COUNT_MAX, 0), [true, true]);
        check(&of(1, QUARANTINE_BYTES_MAX), [true, true]);
        check(&of(1, 1), [false, false]);
    }
}
