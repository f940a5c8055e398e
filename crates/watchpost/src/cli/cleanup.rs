//! `watchpost cleanup`: forgetting by age and logger.

use anyhow::{Result, bail};
use serde::Serialize;
use watchpost_ingest::limits::RETENTION_DAYS;
use watchpost_ingest::trust_clock;
use watchpost_model::{Project, Timestamp};
use watchpost_store::{Archive, Cleanup, IssueLedger};

use crate::cli::progress;
use crate::config::Config;
use crate::out;
use crate::wiring::House;

/// Forget issues that were last seen long ago, and events that arrived long ago.
///
/// Works while the server runs. `watchpost cleanup --days 30 --logger http404` forgets what that
/// logger reported more than 30 days ago.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Forget what is older than this many days [default: as long as the project keeps events].
    #[arg(long, value_name = "N")]
    days: Option<u32>,
    /// Only what this logger reported.
    #[arg(long)]
    logger: Option<String>,
    /// Only this project, by name in URLs or number [default: all].
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// Print one JSON array, an object per project.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    project: String,
    issues: usize,
    events: u64,
    /// What the archive holds less than before. Events that arrive meanwhile make it smaller.
    bytes: u64,
}

pub(crate) fn run(args: &Args, config: &Config) -> Result<()> {
    if args.days == Some(0) {
        bail!("--days 0 would forget everything: choose 1 or more");
    }
    let house = House::open_existing(config)?;
    let projects = house.projects(args.project.as_deref())?;
    let bar = progress::spinner("forgetting old issues and events");
    let reports: Result<Vec<Report>> = projects
        .into_iter()
        .map(|(_, project)| {
            let kept = config.keeping.retention_of(&project).days;
            let days = args.days.or(kept).unwrap_or(RETENTION_DAYS);
            let before = house.now().plus_secs(-i64::from(days) * 24 * 3600);
            forget(&house, project, before, args.logger.as_deref())
        })
        .collect();
    bar.finish_and_clear();
    let reports = reports?;
    if args.logger.is_none() && args.project.is_none() {
        // Somebody looked at what is old by this clock, so the server may believe it, too.
        trust_clock(&*house.ledger, house.now())?;
    }
    if args.json {
        return out::say_json(&reports);
    }
    reports.iter().try_for_each(|report| {
        out::say(&format!(
            "{}: forgot {} issues and {} events, {} bytes",
            report.project, report.issues, report.events, report.bytes
        ))
    })
}

fn forget(
    house: &House,
    project: Project,
    before: Timestamp,
    logger: Option<&str>,
) -> Result<Report> {
    let what = Cleanup {
        project: project.id,
        before,
        logger,
    };
    let issues = house.ledger.cleanup(&what)?.issues;
    let of_issues = house.archive.delete_issues(project.id, &issues)?;
    let of_age = house.archive.delete_before(project.id, before, logger)?;
    Ok(Report {
        project: project.slug,
        issues: issues.len(),
        events: of_issues.events + of_age.events,
        bytes: of_issues.bytes + of_age.bytes,
    })
}
