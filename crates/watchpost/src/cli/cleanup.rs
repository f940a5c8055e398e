//! `watchpost cleanup`: forgetting by age and logger.

use anyhow::{Result, bail};
use serde::Serialize;
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
    /// Forget what is older than this many days.
    #[arg(long, default_value_t = 90, value_name = "N")]
    days: u32,
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
}

pub(crate) fn run(args: &Args, config: &Config) -> Result<()> {
    if args.days == 0 {
        bail!("--days 0 would forget everything: choose 1 or more");
    }
    let house = House::open_existing(config)?;
    let projects = house.projects(args.project.as_deref())?;
    let before = house.now().plus_secs(-i64::from(args.days) * 24 * 3600);
    let bar = progress::spinner("forgetting old issues and events");
    let reports: Result<Vec<Report>> = projects
        .into_iter()
        .map(|(_, project)| forget(&house, project, before, args.logger.as_deref()))
        .collect();
    bar.finish_and_clear();
    let reports = reports?;
    if args.json {
        return out::say_json(&reports);
    }
    reports.iter().try_for_each(|report| {
        out::say(&format!(
            "{}: forgot {} issues and {} events",
            report.project, report.issues, report.events
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
    })
}
