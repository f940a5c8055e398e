//! `watchpost quarantine`: what was accepted and could not be digested.

use anyhow::{Context, Result, anyhow, bail};
use serde::Serialize;
use watchpost_model::Receipt;
use watchpost_store::{
    QUARANTINE_PAGE_COUNT_MAX, Quarantine, QuarantineEntry, QuarantineId, QuarantineKind,
    QuarantineQuery,
};

use crate::config::Config;
use crate::out;
use crate::wiring::House;

/// Look at events that were accepted and could not be digested; digest them again, or drop them.
///
/// Works with and without a running server. A replay is a mark: the running server digests a
/// marked event within a second, and one that is started later does so at its start.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// What is there, the newest first.
    List(Which),
    /// One entry: why it is here, how it came, and the bytes.
    Show {
        /// Its name, as `list` prints it.
        id: String,
        /// Print one JSON object; bytes that are no text are replaced in it.
        #[arg(long)]
        json: bool,
    },
    /// Have entries digested again, for example after an update.
    Replay(Chosen),
    /// Delete entries for good.
    Drop(Chosen),
}

#[derive(clap::Args)]
struct Which {
    /// Only of this project, by name in URLs or number.
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// Only what failed at this stage: parse, normalize, group, ledger, archive, damaged.
    #[arg(long, value_name = "STAGE")]
    stage: Option<String>,
    /// Print one JSON array.
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct Chosen {
    /// Entries, as `list` prints them.
    #[arg(
        value_name = "ID",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    ids: Vec<String>,
    /// All entries, or all of `--project` and `--stage`.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    which: Which,
}

#[derive(Serialize)]
struct Row {
    id: String,
    kind: QuarantineKind,
    received: Option<String>,
    project: Option<String>,
    event: Option<String>,
    stage: String,
    reason: String,
    bytes: u64,
    tries: u32,
    marked: bool,
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    row: Row,
    receipt: Option<Receipt>,
    raw: String,
}

#[derive(Serialize)]
struct Done {
    done: usize,
    left: usize,
}

pub(crate) fn run(args: &Args, config: &Config) -> Result<()> {
    let house = House::open_existing(config)?;
    match &args.verb {
        Verb::List(which) => list(&house, which),
        Verb::Show { id, json } => show(&house, id, *json),
        Verb::Replay(chosen) => change(&house, chosen, "marked", |id| house.quarantine.replay(id)),
        Verb::Drop(chosen) => change(&house, chosen, "dropped", |id| {
            house.quarantine.drop_entry(id)
        }),
    }
}

fn list(house: &House, which: &Which) -> Result<()> {
    let entries = find(house, which)?;
    let rows: Vec<Row> = entries.iter().map(row).collect();
    if which.json {
        return out::say_json(&rows);
    }
    if rows.is_empty() {
        return out::say("the quarantine is empty");
    }
    for row in rows {
        let mark = if row.marked { " (to be replayed)" } else { "" };
        out::say(&format!(
            "{}  {}  project {}  {:9}  {} bytes, {} tries{mark}  {}",
            row.id,
            row.received.as_deref().unwrap_or("-"),
            row.project.as_deref().unwrap_or("-"),
            row.stage,
            row.bytes,
            row.tries,
            row.reason.lines().next().unwrap_or_default(),
        ))?;
    }
    Ok(())
}

fn show(house: &House, id: &str, json: bool) -> Result<()> {
    let found = house.quarantine.entry(&parse(id)?, usize::MAX)?;
    let (entry, bytes) = found.with_context(|| format!("there is no entry `{id}`"))?;
    let raw = String::from_utf8_lossy(&bytes).into_owned();
    let shown = Shown {
        row: row(&entry),
        receipt: entry.receipt,
        raw,
    };
    if json {
        return out::say_json(&shown);
    }
    let Row {
        stage,
        reason,
        tries,
        ..
    } = &shown.row;
    out::say(&format!(
        "stage:   {stage}\nreason:  {reason}\ntries:   {tries}"
    ))?;
    if let Some(receipt) = &shown.receipt {
        out::say(&format!("receipt: {}", serde_json::to_string(receipt)?))?;
    }
    out::say(&format!("\n{}", printable(&shown.raw)))
}

/// What a client sent must not steer the operator's terminal.
fn printable(text: &str) -> String {
    let shown = |char: char| match char {
        '\n' | '\t' => char,
        char if char.is_control() => '\u{fffd}',
        char => char,
    };
    text.chars().map(shown).collect()
}

fn change(
    house: &House,
    chosen: &Chosen,
    word: &str,
    act: impl Fn(&QuarantineId) -> Result<bool, watchpost_store::StoreError>,
) -> Result<()> {
    let ids = if chosen.all {
        let entries = find(house, &chosen.which)?;
        entries.into_iter().map(|entry| entry.id).collect()
    } else {
        let ids: Result<Vec<QuarantineId>> = chosen.ids.iter().map(|id| parse(id)).collect();
        ids?
    };
    let mut done = 0;
    for id in &ids {
        if act(id)? {
            done += 1;
        } else if !chosen.all {
            bail!("`{id}` cannot be {word}: it is not there, damaged, or marked already");
        }
    }
    let left = ids.len() - done;
    if chosen.which.json {
        return out::say_json(&Done { done, left });
    }
    let left = match left {
        0 => String::new(),
        left => format!("; {left} cannot be"),
    };
    out::say(&format!("{done} entries {word}{left}"))
}

fn parse(id: &str) -> Result<QuarantineId> {
    id.parse()
        .map_err(|_| anyhow!("`{id}` is no entry: see watchpost quarantine list"))
}

/// All entries that are meant.
fn find(house: &House, which: &Which) -> Result<Vec<QuarantineEntry>> {
    let projects = match &which.project {
        Some(name) => {
            let projects = house.projects(Some(name))?;
            Some(
                projects
                    .into_iter()
                    .map(|(_, project)| Some(project.id))
                    .collect(),
            )
        }
        None => None,
    };
    let mut query = QuarantineQuery {
        projects,
        stage: which.stage.clone(),
        after: None,
        limit: QUARANTINE_PAGE_COUNT_MAX,
    };
    let mut entries = Vec::new();
    loop {
        let page = house.quarantine.list(&query)?;
        entries.extend(page.rows);
        query.after = page.next;
        if query.after.is_none() {
            return Ok(entries);
        }
    }
}

fn row(entry: &QuarantineEntry) -> Row {
    Row {
        id: entry.id.to_string(),
        kind: entry.kind,
        received: entry.received().map(|at| at.to_string()),
        project: entry.project.map(|id| id.to_string()),
        event: entry.event().map(|id| id.to_string()),
        stage: entry.stage.clone(),
        reason: printable(&entry.reason),
        bytes: entry.bytes,
        tries: entry.tries,
        marked: entry.is_marked,
    }
}
