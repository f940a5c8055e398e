//! `watchpost doctor`: is this installation well?

mod machine;

use std::fmt::Display;

use anyhow::{Result, bail};
use serde::Serialize;
use watchpost_ingest::spool::check as spool_check;
use watchpost_model::Timestamp;
use watchpost_store::disk::RealDisk;
use watchpost_store::{Archive, Ledger, Quarantine, StoreError, UpkeepLedger};

use crate::cli::progress;
use crate::config::Config;
use crate::out;
use crate::wiring::House;

/// Check the databases, the spool, the disk, the clock and the permissions, and say what to do.
///
/// Exits with 1 when something is wrong; a warning is no failure. The server may run meanwhile.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print one JSON array.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Check {
    name: &'static str,
    /// Nothing has to be done, or not at once.
    ok: bool,
    /// Somebody should look at it all the same.
    warning: bool,
    detail: String,
}

impl Check {
    fn new(name: &'static str, ok: bool, detail: impl Into<String>) -> Self {
        Self {
            name,
            ok,
            warning: false,
            detail: detail.into(),
        }
    }

    fn warned(self, warning: bool) -> Self {
        Self { warning, ..self }
    }

    fn mark(&self) -> &'static str {
        match (self.ok, self.warning) {
            (false, _) => "FAIL",
            (true, true) => "warn",
            (true, false) => "ok  ",
        }
    }
}

pub(crate) fn run(args: &Args, config: &Config) -> Result<()> {
    let house = House::open_existing(config)?;
    let bar = progress::spinner("checking");
    let (spool, spooled) = spool(&house);
    let checks = [
        machine::server(&house),
        database("ledger", Ledger::check(&*house.ledger)),
        database("archive", Archive::check(&*house.archive)),
        events(&house),
        losses(&house),
        spool,
        quarantine(&house),
        machine::free_space(&house)?,
        machine::free_inodes(&house)?,
        machine::permissions(&house)?,
        machine::clock(&house, spooled),
    ];
    bar.finish_and_clear();
    if args.json {
        out::say_json(&checks)?;
    } else {
        for check in &checks {
            out::say(&format!(
                "{} {:12} {}",
                check.mark(),
                check.name,
                check.detail
            ))?;
        }
    }
    let failed = checks.iter().filter(|check| !check.ok).count();
    if failed > 0 {
        bail!("{failed} of {} checks failed", checks.len());
    }
    Ok(())
}

fn database(name: &'static str, damage: Result<Vec<String>, StoreError>) -> Check {
    match damage {
        Ok(damage) if damage.is_empty() => {
            Check::new(name, true, "every page is readable and consistent")
        }
        Ok(damage) => {
            let detail = format!("damaged, restore a backup: {}", damage.join("; "));
            Check::new(name, false, detail)
        }
        Err(error) => {
            let error = anyhow::Error::new(error);
            let detail = format!("cannot be read, restore a backup: {error:#}");
            Check::new(name, false, detail)
        }
    }
}

fn events(house: &House) -> Check {
    let (ok, detail) = match house.archive.count() {
        Ok(count) => (true, format!("{count} stored")),
        Err(error) => (false, error.to_string()),
    };
    Check::new("events", ok, detail)
}

/// Whether the databases have what they had when the server ran last.
fn losses(house: &House) -> Check {
    let spool = house.dir.spool();
    let found = watchpost_ingest::losses(&RealDisk, &spool, &*house.ledger, &*house.archive);
    let (ok, detail) = match found {
        Ok(losses) if losses.is_empty() => (true, "the databases have all that was filed".into()),
        Ok(losses) => (false, format!("restore a backup: {}", listed(&losses))),
        Err(error) => (false, format!("{:#}", anyhow::Error::new(error))),
    };
    Check::new("losses", ok, detail)
}

/// Accepted events that wait, and when the newest of them was accepted.
fn spool(house: &House) -> (Check, Option<Timestamp>) {
    let name = "spool";
    if !house.dir.spool().exists() {
        return (Check::new(name, true, "no server has run here yet"), None);
    }
    let (dir, aside) = (house.dir.spool(), house.dir.quarantine());
    // A ledger that cannot be asked has a check of its own.
    let filed_to = house.ledger.filed_to().unwrap_or(0);
    let report = match spool_check::check(&RealDisk, &dir, &aside, filed_to) {
        Ok(report) => report,
        Err(error) => {
            let detail = format!("cannot be read: {:#}", anyhow::Error::new(error));
            return (Check::new(name, false, detail), None);
        }
    };
    let (files, records) = (report.segments, report.records);
    let counted = format!("{files} files, {records} records, {} wait", report.waiting);
    let ok = !report.findings.iter().any(spool_check::Finding::is_loss);
    let detail = match (report.findings.as_slice(), ok) {
        ([], _) => counted,
        (found, true) => format!("{counted}; nothing is lost: {}", listed(found)),
        (found, false) => {
            let advice = "check the disk and the memory of this machine";
            format!(
                "{counted}; accepted events are lost, {advice}: {}",
                listed(found)
            )
        }
    };
    let check = Check::new(name, ok, detail);
    (check.warned(!report.findings.is_empty()), report.newest)
}

fn listed(found: &[impl Display]) -> String {
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    found.join("; ")
}

fn quarantine(house: &House) -> Check {
    let name = "quarantine";
    let usage = match house.quarantine.usage() {
        Ok(usage) => usage,
        Err(error) => {
            let detail = format!("cannot be read: {:#}", anyhow::Error::new(error));
            return Check::new(name, false, detail);
        }
    };
    let (events, damaged, torn) = (usage.events, usage.damaged, usage.torn);
    let losses = usage.losses;
    let detail = match (events, damaged, losses, torn) {
        (0, 0, 0, 0) => "empty".to_owned(),
        (0, 0, 0, torn) => {
            format!("no event; {torn} rests of writes that were cut short, no loss")
        }
        _ => format!(
            "{events} events that could not be digested, {damaged} damaged parts of the spool and \
             {losses} notes of lost events: see watchpost quarantine list"
        ),
    };
    let ok = events == 0 && damaged == 0 && losses == 0;
    Check::new(name, ok, detail)
}
