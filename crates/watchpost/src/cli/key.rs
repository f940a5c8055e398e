//! `watchpost key`: with what clients report.

use anyhow::{Context, Result};
use serde::Serialize;
use watchpost_model::{Key, ProjectId};
use watchpost_store::KeyLedger;

use super::limit::{self, Limit};
use watchpost_web::audit::audited;

use crate::config::Config;
use crate::wiring::House;
use crate::{first_start, out};

/// Create, list, disable and enable the keys with which clients report.
///
/// A running server notices in about a second.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Project, by name in URLs or number; not needed if there is only one.
    #[arg(long, global = true, value_name = "PROJECT")]
    project: Option<String>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Create a key.
    Create {
        /// What to call it.
        #[arg(long, default_value = "default")]
        label: String,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// List the keys of a project.
    List {
        /// Print one JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Refuse clients that use this key.
    Disable {
        /// The public half, as in the DSN.
        public: String,
    },
    /// Accept clients that use this key again.
    Enable {
        /// The public half, as in the DSN.
        public: String,
    },
    /// Show or set how much may be sent with a key.
    Limit {
        /// The public half, as in the DSN.
        public: String,
        #[command(flatten)]
        limit: Limit,
    },
}

#[derive(Serialize)]
struct Row {
    label: String,
    active: bool,
    dsn: String,
    dsn_with_secret: String,
    store_path: &'static str,
    store_key: String,
}

pub(crate) fn run(args: &Args, config: &Config) -> Result<()> {
    let house = House::open_existing(config)?;
    audited(&*house.ledger, &*house.clock, || act(args, &house))
}

fn act(args: &Args, house: &House) -> Result<()> {
    let (_, project) = house.project(args.project.as_deref())?;
    match &args.verb {
        Verb::Create { label, json } => {
            let key = first_start::create_key(&*house.ledger, project.id, label, house.now())?;
            say(&[key], house, *json)
        }
        Verb::List { json } => say(&house.ledger.keys(project.id)?, house, *json),
        Verb::Disable { public } => switch(house, project.id, public, false),
        Verb::Enable { public } => switch(house, project.id, public, true),
        Verb::Limit { public, limit } => set_limit(house, project.id, public, limit),
    }
}

fn switch(house: &House, project: ProjectId, public: &str, active: bool) -> Result<()> {
    let key = find(house, project, public)?;
    house.ledger.set_key_active(project, key.id, active)?;
    let state = if active { "enabled" } else { "disabled" };
    out::say(&format!("{state} {} ({})", key.public, key.label))
}

fn find(house: &House, project: ProjectId, public: &str) -> Result<Key> {
    let mut keys = house.ledger.keys(project)?.into_iter();
    let key = keys.find(|key| key.public == public);
    key.context("there is no such key: `watchpost key list` shows all")
}

fn set_limit(house: &House, project: ProjectId, public: &str, limit: &Limit) -> Result<()> {
    let key = find(house, project, public)?;
    let Some(quotas) = limit.change(&key.quotas)? else {
        return limit::say(&key.quotas);
    };
    house.ledger.set_key_quotas(project, key.id, &quotas)?;
    limit::say(&quotas)
}

fn say(keys: &[Key], house: &House, json: bool) -> Result<()> {
    let base = &house.base_url;
    let row = |key: &Key| Row {
        label: key.label.clone(),
        active: key.active,
        dsn: key.dsn(base),
        dsn_with_secret: key.dsn_with_secret(base),
        store_path: "/store/",
        store_key: key.secret.clone(),
    };
    let rows: Vec<Row> = keys.iter().map(row).collect();
    if json {
        return out::say_json(&rows);
    }
    for row in rows {
        let state = if row.active { "" } else { " (disabled)" };
        out::say(&format!("{}{state}", row.label))?;
        out::say(&format!("  DSN            {}", row.dsn))?;
        out::say(&format!("  old SDKs       {}", row.dsn_with_secret))?;
        out::say(&format!("  seed protocol  {base}{}", row.store_path))?;
        out::say(&format!("            key  {}", row.store_key))?;
    }
    Ok(())
}
