//! `watchpost issues`: the question of 2010, on the command line.

use anyhow::{Result, anyhow};
use clap::ValueEnum;
use serde::Serialize;
use watchpost_model::{Clock, Issue};
use watchpost_store::{Asker, SearchText, Sort};

use crate::clock::SystemClock;
use crate::config::Config;
use crate::out;
use crate::wiring::House;

/// List issues: `watchpost issues --unresolved --limit 10` are the last ten unresolved ones.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Project, by name in URLs or number; not needed if there is only one.
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// Only issues that somebody still has to look at; short for the query `is:unresolved`.
    #[arg(long)]
    unresolved: bool,
    /// Only issues that match, as in the search bar: `level:error logger:shop.orders timeout`.
    #[arg(long, default_value = "", value_name = "TEXT")]
    query: String,
    /// The order.
    #[arg(long, value_enum, default_value_t = Order::Date)]
    sort: Order,
    /// How many at most, up to 100.
    #[arg(long, default_value_t = 25, value_name = "N", value_parser = 1..=100)]
    limit: i64,
    /// Print one JSON array.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Order {
    /// The latest event first.
    Date,
    /// The newest issue first.
    New,
    /// The most events first.
    Freq,
    /// The most users first.
    User,
    /// What happens most these days first.
    Trends,
    /// The original score: frequent and recent first.
    Priority,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: String,
    short_id: String,
    title: String,
    culprit: String,
    level: String,
    logger: String,
    status: String,
    count: String,
    first_seen: String,
    last_seen: String,
}

pub(crate) fn run(args: &Args, config: &Config) -> Result<()> {
    let house = House::open_existing(config)?;
    let (_, project) = house.project(args.project.as_deref())?;
    let sort = match args.sort {
        Order::Date => Sort::LastSeen,
        Order::New => Sort::FirstSeen,
        Order::Freq => Sort::Frequency,
        Order::User => Sort::Users,
        Order::Trends => Sort::Trends,
        Order::Priority => Sort::Priority,
    };
    let text = SearchText::parse(&args.query);
    let projects = std::slice::from_ref(&project);
    let mut query = text
        .query(projects, sort, Asker::at(SystemClock.now()))
        .map_err(|error| anyhow!("--query: {error}"))?;
    if args.unresolved {
        query.status = Some(watchpost_model::Status::Unresolved);
    }
    query.limit = usize::try_from(args.limit)?;
    let (page, cut) = text.page(&*house.ledger, &*house.archive, projects, &query)?;
    let rows: Vec<Row> = page
        .rows
        .iter()
        .map(|issue| row(issue, &project.slug))
        .collect();
    if let Some(cut) = cut {
        // Beside the rows, which may be read by a program.
        out::complain(&format!("warning: {cut}"));
    }
    if args.json {
        return out::say_json(&rows);
    }
    for row in rows {
        out::say(&format!(
            "{:10} {:8} {:>7}x  {}  {}",
            row.short_id, row.level, row.count, row.last_seen, row.title
        ))?;
    }
    Ok(())
}

fn row(issue: &Issue, slug: &str) -> Row {
    Row {
        id: issue.id.to_string(),
        short_id: issue.short_id(slug).to_string(),
        title: issue.title.clone(),
        culprit: issue.culprit.clone(),
        level: issue.level.to_string(),
        logger: issue.logger.clone(),
        status: issue.status.name().to_owned(),
        count: issue.times_seen.to_string(),
        first_seen: issue.first_seen.to_string(),
        last_seen: issue.last_seen.to_string(),
    }
}
