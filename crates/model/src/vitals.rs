//! How this installation is: measured by the binary once a second, shown by the status page, told
//! by metrics and health checks. And what of it needs a person.

use crate::{Alarm, IntakeState, Timestamp};

/// One measurement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vitals {
    /// When it was taken.
    pub at: Timestamp,
    /// When the server was started.
    pub started: Timestamp,
    /// How the run before it ended, as long as that is news and was no stop.
    pub unclean: Option<UncleanEnd>,
    /// The version that runs.
    pub version: String,
    /// Whether the gates accept, and what they hold back.
    pub intake: IntakeState,
    /// What was accepted and waits.
    pub spool: SpoolVitals,
    /// Events that left the spool since the start.
    pub digested: u64,
    /// Events that left it in the last minute.
    pub digested_last_minute: u64,
    /// How often the digest panicked and was started again since the start.
    pub digest_restarts: u64,
    /// What the last panic said.
    pub digest_restart_reason: Option<String>,
    /// What could not be digested.
    pub quarantine: QuarantineVitals,
    /// What is on the disk.
    pub disk: DiskVitals,
    /// Databases in which damage was met, in words.
    pub damaged_databases: Vec<String>,
    /// Databases that take no change until a restart, in words.
    pub stopped_databases: Vec<String>,
    /// Files that were deleted or moved away while they are open.
    pub lost_files: Vec<String>,
    /// What cannot be measured at the moment, and why. The last values stand.
    pub unmeasured: Vec<String>,
    /// The last warnings and errors of the log, the newest first.
    pub warnings: Vec<Warning>,
}

/// A run of the server that nobody stopped: it was killed, crashed, or lost its power.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UncleanEnd {
    /// When that run was started.
    pub started: Timestamp,
    /// Events that it had accepted and the next run had to digest.
    pub waiting: u64,
}

/// Events that were accepted and are not digested yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpoolVitals {
    /// How many.
    pub events: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The bound on them.
    pub bytes_max: u64,
    /// When the oldest was accepted; `None` when nothing waits.
    pub oldest: Option<Timestamp>,
    /// Damaged places met since the start.
    pub damaged: u64,
    /// Why the last write failed, if it did.
    pub failing: Option<String>,
    /// Why nothing is taken any more, if so.
    pub stopped: Option<String>,
}

/// Events that could not be digested.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuarantineVitals {
    /// How many.
    pub events: u64,
    /// How many of them wait to be digested again.
    pub marked: u64,
    /// Damaged parts of the spool beside them.
    pub damaged: u64,
    /// Notes that a database or the spool has lost events.
    pub losses: u64,
    /// Bytes of all.
    pub bytes: u64,
    /// When the oldest was accepted.
    pub oldest: Option<Timestamp>,
}

/// Bytes on the disk of the data directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiskVitals {
    /// Projects, issues, counters.
    pub ledger_bytes: u64,
    /// Events.
    pub archive_bytes: u64,
    /// Segments of the spool, digested ones that are not deleted yet included.
    pub spool_bytes: u64,
    /// Still free.
    pub free_bytes: u64,
    /// The size of the disk; 0 when it could not be asked.
    pub total_bytes: u64,
}

/// A line of the log that somebody should see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// When.
    pub at: Timestamp,
    /// Whether it was an error.
    pub is_error: bool,
    /// What it said.
    pub text: String,
}

/// An event that waits longer than this is late.
pub const DIGEST_LATE_SECS: i64 = 5 * 60;
/// How long the end of the run before is news.
pub const UNCLEAN_NEWS_SECS: i64 = 24 * 3600;
/// Below this much free space, accepting events is about to end.
pub const DISK_FREE_BYTES_MIN: u64 = 1024 * 1024 * 1024;
/// Percent of the spool's bound from which on it is almost full.
pub const SPOOL_PERCENT_MAX: u64 = 95;

impl Vitals {
    /// What needs a person, the worst first.
    pub fn alarms(&self) -> Vec<Alarm> {
        let spool = &self.spool;
        let held = u128::from(spool.bytes) * 100;
        let full = u128::from(spool.bytes_max) * u128::from(SPOOL_PERCENT_MAX);
        let waits_secs = spool.oldest.map_or(0, |oldest| self.at.secs_since(oldest));
        let disk = &self.disk;
        let disk_full = self.intake.disk.is_some_and(|disk| disk.is_full);
        let alarms = [
            (Alarm::SpoolStopped, spool.stopped.is_some()),
            (Alarm::FilesLost, !self.lost_files.is_empty()),
            (
                Alarm::IntakeRefused,
                spool.failing.is_some() && spool.stopped.is_none() && self.lost_files.is_empty(),
            ),
            (Alarm::DiskFull, disk_full),
            (
                Alarm::IntakeClosed,
                self.intake.closed.is_some() && !disk_full,
            ),
            (Alarm::DatabaseStopped, !self.stopped_databases.is_empty()),
            (Alarm::DatabaseDamaged, !self.damaged_databases.is_empty()),
            (Alarm::EventsLost, self.quarantine.losses > 0),
            (Alarm::SpoolFull, spool.bytes_max > 0 && held >= full),
            (Alarm::DigestLate, waits_secs > DIGEST_LATE_SECS),
            (Alarm::DigestRestarted, self.digest_restarts > 0),
            (Alarm::Unmeasured, !self.unmeasured.is_empty()),
            (
                Alarm::DiskLow,
                !disk_full && disk.total_bytes > 0 && disk.free_bytes < DISK_FREE_BYTES_MIN,
            ),
            (Alarm::Spike, !self.intake.spikes.is_empty()),
            (
                Alarm::SpoolDamaged,
                spool.damaged > 0 || self.quarantine.damaged > 0,
            ),
            (Alarm::Quarantined, self.quarantine.events > 0),
        ];
        let raised = alarms.into_iter().filter(|(_, is_raised)| *is_raised);
        raised.map(|(alarm, _)| alarm).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DiskState, ProjectId, SpikeState};

    fn check(change: impl FnOnce(&mut Vitals), expect: &[Alarm]) {
        let mut vitals = Vitals {
            at: Timestamp::from_secs(10_000),
            disk: DiskVitals {
                free_bytes: DISK_FREE_BYTES_MIN,
                total_bytes: 1 << 40,
                ..DiskVitals::default()
            },
            ..Vitals::default()
        };
        vitals.spool.bytes_max = 1000;
        change(&mut vitals);
        assert_eq!(vitals.alarms(), expect);
    }

    #[test]
    fn f08_lost_files_and_stopped_databases_raise_their_alarms() {
        check(
            |now| now.stopped_databases.push("ledger".into()),
            &[Alarm::DatabaseStopped],
        );
        check(
            |now| {
                now.lost_files.push("spool/1.spool".into());
                now.spool.failing = Some("gone".into());
            },
            &[Alarm::FilesLost],
        );
    }

    #[test]
    fn each_trouble_raises_its_alarm_and_a_healthy_house_none() {
        check(|_| {}, &[]);
        check(
            |now| now.spool.failing = Some("full".into()),
            &[Alarm::IntakeRefused],
        );
        check(
            |now| {
                now.spool.failing = Some("broken".into());
                now.spool.stopped = Some("broken".into());
            },
            &[Alarm::SpoolStopped],
        );
        check(
            |now| now.damaged_databases.push("ledger".into()),
            &[Alarm::DatabaseDamaged],
        );
        check(|now| now.spool.bytes = 949, &[]);
        check(|now| now.spool.bytes = 950, &[Alarm::SpoolFull]);
        let at = |secs| Some(Timestamp::from_secs(secs));
        check(|now| now.spool.oldest = at(10_000 - DIGEST_LATE_SECS), &[]);
        check(
            |now| now.spool.oldest = at(10_000 - DIGEST_LATE_SECS - 1),
            &[Alarm::DigestLate],
        );
        check(|now| now.digest_restarts = 1, &[Alarm::DigestRestarted]);
        check(
            |now| now.unmeasured.push("quarantine: not readable".into()),
            &[Alarm::Unmeasured],
        );
        check(|now| now.quarantine.losses = 1, &[Alarm::EventsLost]);
        check(|now| now.disk.free_bytes -= 1, &[Alarm::DiskLow]);
        let full = DiskState {
            is_full: true,
            ..DiskState::default()
        };
        check(
            |now| {
                now.intake.disk = Some(full);
                now.intake.closed = Some("full");
                now.disk.free_bytes = 0;
            },
            &[Alarm::DiskFull],
        );
        check(
            |now| now.intake.closed = Some("behind"),
            &[Alarm::IntakeClosed],
        );
        let spike = SpikeState {
            since: Timestamp::default(),
            threshold: 1,
            seen: 2,
            refused: 1,
        };
        check(
            |now| now.intake.spikes.push((ProjectId(1), spike)),
            &[Alarm::Spike],
        );
        check(|now| now.spool.damaged = 1, &[Alarm::SpoolDamaged]);
        check(|now| now.quarantine.damaged = 1, &[Alarm::SpoolDamaged]);
        check(|now| now.quarantine.events = 1, &[Alarm::Quarantined]);
        check(
            |now| {
                now.quarantine.events = 1;
                now.spool.stopped = Some("x".into());
            },
            &[Alarm::SpoolStopped, Alarm::Quarantined],
        );
    }
}
