//! What needs a person: its name, what happened, and what to do about it.

/// Something that needs a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alarm {
    /// A sync failed; nothing is accepted until a restart.
    SpoolStopped,
    /// Files were deleted or moved away while they are open.
    FilesLost,
    /// The last event could not be written; clients are told to come again.
    IntakeRefused,
    /// The disk has reached the bound that is kept free; clients are told to come again.
    DiskFull,
    /// The gates are closed for another reason; clients are told to come again.
    IntakeClosed,
    /// A sync of a database failed; nothing is digested until a restart.
    DatabaseStopped,
    /// A database has damaged pages.
    DatabaseDamaged,
    /// A database or the spool has lost what it had taken.
    EventsLost,
    /// Events come faster than they are digested.
    SpoolFull,
    /// Accepted events wait for minutes.
    DigestLate,
    /// The digest panicked and was started again.
    DigestRestarted,
    /// A part of the server cannot be measured; other alarms may be missing.
    Unmeasured,
    /// Little space is left.
    DiskLow,
    /// A project gets far more events than usual, and most are refused.
    Spike,
    /// A part of the spool was damaged; events may be lost in it.
    SpoolDamaged,
    /// Events could not be digested.
    Quarantined,
}

impl Alarm {
    /// All alarms.
    pub const ALL: [Self; 16] = [
        Self::SpoolStopped,
        Self::FilesLost,
        Self::IntakeRefused,
        Self::DiskFull,
        Self::IntakeClosed,
        Self::DatabaseStopped,
        Self::DatabaseDamaged,
        Self::EventsLost,
        Self::SpoolFull,
        Self::DigestLate,
        Self::DigestRestarted,
        Self::Unmeasured,
        Self::DiskLow,
        Self::Spike,
        Self::SpoolDamaged,
        Self::Quarantined,
    ];

    /// The name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::SpoolStopped => "spool_stopped",
            Self::FilesLost => "files_lost",
            Self::DatabaseStopped => "database_stopped",
            Self::IntakeRefused => "intake_refused",
            Self::DiskFull => "disk_full",
            Self::IntakeClosed => "intake_closed",
            Self::Spike => "spike",
            Self::DatabaseDamaged => "database_damaged",
            Self::EventsLost => "events_lost",
            Self::SpoolFull => "spool_full",
            Self::DigestLate => "digest_late",
            Self::DigestRestarted => "digest_restarted",
            Self::Unmeasured => "unmeasured",
            Self::DiskLow => "disk_low",
            Self::SpoolDamaged => "spool_damaged",
            Self::Quarantined => "quarantined",
        }
    }

    /// What happened.
    pub fn happened(self) -> &'static str {
        match self {
            Self::SpoolStopped => "No events are accepted: the disk failed to sync.",
            Self::FilesLost => "Files of the data directory were deleted or moved away.",
            Self::DatabaseStopped => "Nothing is digested: the disk failed to sync a database.",
            Self::IntakeRefused => "Events are refused: they cannot be written to the disk.",
            Self::DiskFull => "Events are refused: the disk is almost full.",
            Self::IntakeClosed => "Events are refused for now: too many wait to be digested.",
            Self::Spike => "A project gets far more events than usual: most are refused.",
            Self::DatabaseDamaged => "A database is damaged.",
            Self::EventsLost => {
                "Accepted events are lost: a file was damaged, cut short or deleted."
            }
            Self::DigestRestarted => {
                "The digest failed in an unexpected way, and was started again."
            }
            Self::Unmeasured => "The server cannot see how all of its parts are.",
            Self::SpoolFull => "The spool is almost full: events are about to be refused.",
            Self::DigestLate => "Accepted events wait for more than 5 minutes to be shown.",
            Self::DiskLow => "Less than 1 GiB is free on the disk of the data directory.",
            Self::SpoolDamaged => "Damaged bytes were found in the spool: events may be lost.",
            Self::Quarantined => "Accepted events could not be digested. They are kept.",
        }
    }

    /// What to do.
    pub fn advice(self) -> &'static str {
        match self {
            Self::SpoolStopped => {
                "Look into the system's log for errors of the disk, then restart Watchpost. What \
                 was accepted is safe."
            }
            Self::FilesLost => {
                "Put the directory, or the disk that it is on, back in its place: it goes on by \
                 itself. If files were deleted, stop Watchpost and restore a backup; keep the \
                 folder spool, in which accepted events wait."
            }
            Self::DatabaseStopped => {
                "Look into the system's log for errors of the disk, then restart Watchpost. \
                 Accepted events wait in the spool meanwhile."
            }
            Self::IntakeRefused => {
                "See below why: free space or inodes, raise the quota or the limit on file sizes, \
                 or make the disk writable again. Clients are told to come again; it heals by \
                 itself."
            }
            Self::DiskFull => {
                "Delete old events with watchpost cleanup, or make the disk larger. A reserve was \
                 given up so that deleting works; events are accepted again once there is room."
            }
            Self::IntakeClosed => {
                "See below whether the digest moves. It opens by itself when the digest has caught \
                 up; quotas keep one project from closing it for all."
            }
            Self::Spike => {
                "See its stats. Switch the spike protection off in the project's settings to take \
                 everything."
            }
            Self::DatabaseDamaged => {
                "Run watchpost doctor, and restore the last backup beside it with watchpost \
                 restore."
            }
            Self::EventsLost => {
                "See in quarantine what has lost how many. Check the disk, put a file of the spool \
                 back if you have it, or restore the last backup beside it with watchpost restore. \
                 Drop the note when you have seen it."
            }
            Self::DigestRestarted => {
                "Nothing is lost: it goes on at the same events, and puts one that it cannot get \
                 past in quarantine. Report the reason below; an update may mend it."
            }
            Self::Unmeasured => {
                "See below what cannot be read, and make it readable. The numbers shown for it \
                 are old, and other trouble may go unnoticed meanwhile."
            }
            Self::SpoolFull => {
                "See below whether the digest moves. If it does, allow more with spool_bytes_max, \
                 or give projects quotas."
            }
            Self::DigestLate => {
                "See the warnings below: a locked or full database holds the digest up. Nothing \
                 is lost meanwhile."
            }
            Self::DiskLow => "Delete old events with watchpost cleanup, or make the disk larger.",
            Self::SpoolDamaged => {
                "Check the disk and the memory of this machine. The bytes are kept in quarantine."
            }
            Self::Quarantined => {
                "See why, then replay them, after an update perhaps, or drop them."
            }
        }
    }
}
