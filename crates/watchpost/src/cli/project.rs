//! `watchpost project`: the applications that report.

use std::fmt;

use anyhow::{Context, Result};
use serde::Serialize;
use watchpost_store::{NewProject, OrgLedger, ProjectLedger};

use super::limit::{self, Limit};
use super::rules::{self, Switched, Switches};
use watchpost_web::audit::audited;

use crate::config::{Config, bytes_of, days_of};
use crate::first_start;
use crate::out;
use crate::wiring::House;

/// What takes a setting of a project back.
const DEFAULT: &str = "default";

/// Create, change and list projects.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Create a project with a key, and print its DSN.
    Create {
        /// Its name; the name in URLs is made from it.
        name: String,
        /// `python`, `javascript`, …
        #[arg(long)]
        platform: Option<String>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Change how long a project's events are kept, and which rules are on. Without options, say
    /// what is in force.
    Set {
        /// Its name in URLs or its number.
        project: String,
        /// Days that events are kept, or `default`.
        #[arg(long, value_name = "DAYS")]
        retention_days: Option<String>,
        /// Stored bytes beyond which the oldest events go, such as 10GB, or `default`.
        #[arg(long, value_name = "BYTES")]
        retention_bytes: Option<String>,
        #[command(flatten)]
        switches: Switches,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Write all rules of a project to a file, or read them from one.
    Rules(rules::Args),
    /// List all projects.
    List {
        /// Print one JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Show or set how much all keys of a project together may send.
    Limit {
        /// Its name in URLs or its number.
        project: String,
        #[command(flatten)]
        limit: Limit,
        /// Refuse nine of ten errors in an hour that has far more of them than usual.
        #[arg(long, value_name = "ON|OFF")]
        spike_protection: Option<Switch>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Switch {
    On,
    Off,
}

#[derive(Serialize)]
struct Row {
    org: String,
    project: String,
    project_id: i64,
    name: String,
    dsn: Option<String>,
}

pub(crate) fn run(args: &Args, config: &Config) -> Result<()> {
    let house = House::open_existing(config)?;
    audited(&*house.ledger, &*house.clock, || act(args, config, &house))
}

fn act(args: &Args, config: &Config, house: &House) -> Result<()> {
    match &args.verb {
        Verb::Create {
            name,
            platform,
            json,
        } => {
            let row = create(house, name, platform.as_deref())?;
            if *json {
                return out::say_json(&row);
            }
            out::say(&format!("created {}/{}", row.org, row.project))?;
            out::say(&format!("DSN {}", row.dsn.unwrap_or_default()))
        }
        Verb::Limit {
            project,
            limit,
            spike_protection,
        } => set_limit(house, project, limit, *spike_protection),
        Verb::Set {
            project,
            retention_days,
            retention_bytes,
            switches,
            json,
        } => {
            let limits = (retention_days.as_deref(), retention_bytes.as_deref());
            let kept = set(house, config, project, limits, *switches)?;
            if *json {
                return out::say_json(&kept);
            }
            out::say(&kept.to_string())
        }
        Verb::Rules(args) => rules::run(args, house),
        Verb::List { json: true } => out::say_json(&rows(house)?),
        Verb::List { json: false } => rows(house)?.iter().try_for_each(|row| {
            let name = format!("{}/{}", row.org, row.project);
            let dsn = row.dsn.as_deref().unwrap_or("no key");
            out::say(&format!("{name:32} {dsn}"))
        }),
    }
}

fn set_limit(house: &House, name: &str, limit: &Limit, spike: Option<Switch>) -> Result<()> {
    let (_, mut project) = house.project(Some(name))?;
    let quotas = limit.change(&project.quotas)?;
    let is_changed = quotas.is_some() || spike.is_some();
    project.quotas = quotas.unwrap_or(project.quotas);
    if let Some(switch) = spike {
        project.spike_protection = switch == Switch::On;
    }
    if is_changed {
        house.ledger.update_project(&project)?;
    }
    let is_on = if project.spike_protection {
        "on"
    } else {
        "off"
    };
    limit::say(&project.quotas)?;
    out::say(&format!("spike protection {is_on}"))
}

fn create(house: &House, name: &str, platform: Option<&str>) -> Result<Row> {
    first_start::check_name(name)?;
    let org = house.ledger.orgs()?.into_iter().next();
    let org = org.context("there is no organization yet: run `watchpost init`")?;
    let new = NewProject {
        org: org.id,
        slug: &first_start::slug(name),
        name,
        platform,
    };
    let now = house.now();
    let project = house.ledger.create_project(&new, now)?;
    let key = first_start::create_key(&*house.ledger, project.id, "default", now)?;
    Ok(Row {
        org: org.slug,
        project: project.slug,
        project_id: project.id.0,
        name: project.name,
        dsn: Some(key.dsn(&house.base_url)),
    })
}

/// What is in force for a project.
#[derive(Serialize)]
struct Kept {
    project: String,
    retention_days: u32,
    retention_bytes: Option<u64>,
    #[serde(flatten)]
    switched: Switched,
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            project,
            retention_days,
            ..
        } = self;
        write!(f, "{project}: events are kept for {retention_days} days")?;
        if let Some(bytes) = self.retention_bytes {
            write!(f, ", and up to {bytes} bytes of them")?;
        }
        for (name, is_on) in self.switched.named() {
            write!(f, "\n{name}: {}", if is_on { "yes" } else { "no" })?;
        }
        Ok(())
    }
}

fn set(
    house: &House,
    config: &Config,
    name: &str,
    (days, bytes): (Option<&str>, Option<&str>),
    switches: Switches,
) -> Result<Kept> {
    let (_, mut project) = house.project(Some(name))?;
    if let Some(days) = days {
        let days = Some(days).filter(|days| *days != DEFAULT);
        project.retention.days = days.map(days_of).transpose().context("--retention-days")?;
    }
    if let Some(bytes) = bytes {
        let bytes = Some(bytes).filter(|bytes| *bytes != DEFAULT);
        let bytes = bytes.map(bytes_of).transpose();
        project.retention.bytes = bytes.context("--retention-bytes")?;
    }
    if days.is_some() || bytes.is_some() {
        house.ledger.update_project(&project)?;
    }
    let rules = switches.set(house, project.id)?;
    let retention = config.keeping.retention_of(&project);
    Ok(Kept {
        project: project.slug,
        retention_days: retention.days.unwrap_or_default(),
        retention_bytes: retention.bytes,
        switched: Switched::of(&rules),
    })
}

fn rows(house: &House) -> Result<Vec<Row>> {
    use watchpost_store::KeyLedger;
    let mut rows = Vec::new();
    for org in house.ledger.orgs()? {
        for project in house.ledger.projects(org.id)? {
            let keys = house.ledger.keys(project.id)?;
            let key = keys.iter().find(|key| key.active);
            rows.push(Row {
                org: org.slug.clone(),
                project: project.slug,
                project_id: project.id.0,
                name: project.name,
                dsn: key.map(|key| key.dsn(&house.base_url)),
            });
        }
    }
    Ok(rows)
}
