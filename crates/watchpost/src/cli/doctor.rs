//! `watchpost doctor`: is this installation well?

use std::os::unix::fs::PermissionsExt;

use anyhow::{Result, bail};
use serde::Serialize;
use watchpost_store::disk::RealDisk;
use watchpost_store::{Archive, Ledger, Quarantine, StoreError, UpkeepLedger};

use crate::cli::progress;
use crate::config::Config;
use crate::out;
use crate::wiring::House;

/// Below this much free space, accepting events is about to end.
const FREE_BYTES_MIN: u64 = 1024 * 1024 * 1024;
/// 2026-01-01, before this program was written: a clock that shows less is wrong.
const CLOCK_SECS_MIN: i64 = 1_767_225_600;

/// Check the databases, the disk, the clock and the permissions, and say what to do.
///
/// Exits with 1 when something is wrong. The server may run meanwhile.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print one JSON array.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    detail: String,
}

pub(crate) fn run(args: &Args, config: &Config) -> Result<()> {
    let house = House::open_existing(config)?;
    let bar = progress::spinner("checking");
    let checks = [
        database("ledger", Ledger::check(&*house.ledger)),
        database("archive", Archive::check(&*house.archive)),
        events(&house),
        losses(&house),
        quarantine(&house),
        free_space(&house)?,
        permissions(&house)?,
        clock(&house),
    ];
    bar.finish_and_clear();
    if args.json {
        out::say_json(&checks)?;
    } else {
        for check in &checks {
            let mark = if check.ok { "ok  " } else { "FAIL" };
            out::say(&format!("{mark} {:12} {}", check.name, check.detail))?;
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
        Ok(damage) if damage.is_empty() => Check {
            name,
            ok: true,
            detail: "every page is readable and consistent".to_owned(),
        },
        Ok(damage) => Check {
            name,
            ok: false,
            detail: format!("damaged, restore a backup: {}", damage.join("; ")),
        },
        Err(error) => Check {
            name,
            ok: false,
            detail: format!(
                "cannot be read, restore a backup: {:#}",
                anyhow::Error::new(error)
            ),
        },
    }
}

fn events(house: &House) -> Check {
    let (ok, detail) = match house.archive.count() {
        Ok(count) => (true, format!("{count} stored")),
        Err(error) => (false, error.to_string()),
    };
    Check {
        name: "events",
        ok,
        detail,
    }
}

/// Whether the databases have what they had when the server ran last.
fn losses(house: &House) -> Check {
    let spool = house.dir.spool();
    let found = watchpost_ingest::losses(&RealDisk, &spool, &*house.ledger, &*house.archive);
    let (ok, detail) = match found {
        Ok(losses) if losses.is_empty() => (true, "the databases have all that was filed".into()),
        Ok(losses) => {
            let losses: Vec<_> = losses.iter().map(ToString::to_string).collect();
            (false, format!("restore a backup: {}", losses.join("; ")))
        }
        Err(error) => (false, format!("{:#}", anyhow::Error::new(error))),
    };
    let name = "losses";
    Check { name, ok, detail }
}

fn quarantine(house: &House) -> Check {
    let name = "quarantine";
    let usage = match house.quarantine.usage() {
        Ok(usage) => usage,
        Err(error) => {
            let detail = format!("cannot be read: {:#}", anyhow::Error::new(error));
            let ok = false;
            return Check { name, ok, detail };
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
    Check { name, ok, detail }
}

fn free_space(house: &House) -> Result<Check> {
    let stat = rustix::fs::statvfs(house.dir.path())?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let megabytes = free / (1024 * 1024);
    Ok(Check {
        name: "free space",
        ok: free >= FREE_BYTES_MIN,
        detail: format!("{megabytes} MiB free; events are refused when the disk is full"),
    })
}

fn permissions(house: &House) -> Result<Check> {
    let mode = std::fs::metadata(house.dir.path())?.permissions().mode() & 0o777;
    let others = mode & 0o077;
    let closed = others == 0;
    let detail = if closed {
        format!("{mode:03o}: only the owner reads the data")
    } else {
        format!("{mode:03o}: others can read the data, run chmod 700 on the data directory")
    };
    Ok(Check {
        name: "permissions",
        ok: closed,
        detail,
    })
}

fn clock(house: &House) -> Check {
    let now = house.now();
    let watch = house.ledger.clock_watch().ok().flatten();
    let leapt = watch.and_then(|watch| watch.leapt);
    let detail = match leapt {
        Some(leapt) => format!(
            "{now}: it leapt ahead at {leapt}, and old events are not forgotten yet; set it \
             right, or run `watchpost cleanup` if it is"
        ),
        None => format!("{now}"),
    };
    Check {
        name: "clock",
        ok: now.as_secs() >= CLOCK_SECS_MIN && leapt.is_none(),
        detail,
    }
}
