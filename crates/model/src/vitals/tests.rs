//! Which trouble raises which alarm.

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
