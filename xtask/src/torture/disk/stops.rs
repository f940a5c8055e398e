//! A disk on which no more files can be made (F05), and one that fails to sync a database (F03).

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail, ensure};

use super::super::Lab;
use super::super::shim::{Fault, Span, class};
use super::{Mount, Patient};
use crate::{poll, shell};

const TRIES: usize = 5;
const ALARM_LIMIT: Duration = Duration::from_secs(20);

/// Only root may mount. What is open can be written on, until a new file is needed.
pub(super) fn no_inodes(lab: &Lab, folder: &Path) -> anyhow::Result<()> {
    let data = folder.join("data");
    let Some(mount) = Mount::new(&data)? else {
        println!("SKIPPED a disk without inodes: not allowed to mount");
        return Ok(());
    };
    let mut patient = Patient::new(lab, folder)?;
    patient.site.small_files = true;
    let server = patient.site.start()?;
    for _ in 0..5 {
        patient.post(&server, 500)?;
    }
    patient.books.check(&patient.site, &server)?;
    mount.remount(&format!("nr_inodes={}", used_inodes(&data)?))?;
    patient.fill(&server, 5_000)?;
    patient.expect_pages(&server)?;
    mount.remount("nr_inodes=100000")?;
    patient.expect_healed(server)
}

fn used_inodes(place: &Path) -> anyhow::Result<u64> {
    let mut stat = shell::command("stat");
    let said = shell::output(stat.args(["-f", "-c", "%c %d"]).arg(place))?;
    let (all, free) = said.trim().split_once(' ').context("two numbers")?;
    let (all, free): (u64, u64) = (all.parse()?, free.parse()?);
    Ok(all - free)
}

/// The spool is synced and promises; then nothing more is synced. The database stops for good, says
/// so, and the spool keeps everything for the next start (decision 0012).
pub(super) fn failed_sync(lab: &Lab, folder: &Path) -> anyhow::Result<()> {
    for number in 0..TRIES {
        let mut patient = Patient::new(lab, &folder.join(number.to_string()))?;
        let server = patient.site.start()?;
        let control = &patient.site.control;
        control.arm(class::SYNC, 2, Fault::Io, Span::Forever)?;
        if patient.post(&server, 500)?.status != 200 {
            // Something else was synced first, and then the spool failed.
            continue;
        }
        let stopped = poll::until(ALARM_LIMIT, || {
            let mut connection = server.connect().ok()?;
            let answer = connection
                .get("/metrics", &patient.site.account.token)
                .ok()?;
            let raised = r#"watchpost_alarm{name="database_stopped"} 1"#;
            answer.text().contains(raised).then_some(())
        });
        let log = patient.site.log_tail();
        stopped.with_context(|| format!("no alarm: {log}"))?;
        ensure!(log.contains("no change until a restart"), "not told: {log}");
        patient.site.control.disarm()?;
        // The disk is well again, but nobody knows what it dropped.
        for _ in 0..5 {
            let answer = patient.post(&server, 500)?;
            ensure!(answer.status == 200, "the spool took no event");
        }
        patient.expect_pages(&server)?;
        server.kill();
        return patient.expect_after_restart();
    }
    bail!("in {TRIES} tries the spool was never the first to sync")
}
