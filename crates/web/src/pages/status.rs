//! How the server is, for people who are signed in: what needs them first, then the numbers.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use watchpost_model::{Alarm, Outcome, ProjectId, SpikeState, Timestamp, Vitals};
use watchpost_store::{NO_PROJECT, OutcomeField, OutcomeQuery};

use super::chart::Period;
use super::format::{When, bytes_in_words, grouped, plural};
use super::shell::{Scope, Shell, ask};
use super::{PageError, Visit};
use crate::App;

/// Reasons that are shown of items of no known project, the most frequent ones.
const STRANGER_COUNT_MAX: usize = 12;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/organizations/{org}/status/", get(show))
}

#[derive(Template)]
#[template(path = "status.html")]
struct StatusPage {
    shell: Shell,
    alarms: Vec<Alarm>,
    unclean: Option<Unclean>,
    groups: Vec<(&'static str, Vec<Fact>)>,
    spikes: Vec<Spike>,
    damage: Vec<String>,
    warnings: Vec<Line>,
}

/// The run before this one, which nobody stopped.
struct Unclean {
    started: When,
    waiting: String,
}

/// A project of this organization that gets far more events than usual.
struct Spike {
    project: String,
    quotas: String,
    since: When,
    seen: String,
    threshold: String,
    refused: String,
}

/// A name and a value; a moment is shown relative to now.
struct Fact {
    name: &'static str,
    value: String,
    when: Option<When>,
}

/// A line of the log.
struct Line {
    at: When,
    is_error: bool,
    text: String,
}

async fn show(
    State(app): State<App>,
    Path(org): Path<String>,
    visit: Visit,
) -> Result<Response, PageError> {
    let now = visit.now;
    let (scope, strangers) = ask(&app, move |app| {
        let scope = Scope::load(app, &org)?;
        Ok((scope, strangers(app, now)))
    })
    .await?;
    let vitals = Arc::clone(&visit.vitals);
    let mut groups = groups(&vitals, &visit);
    if let Some((_, intake)) = groups.first_mut() {
        intake.push(fact("Of no known project, last 24 hours", strangers));
    }
    let warnings = vitals.warnings.iter().map(|warning| Line {
        at: When::new(warning.at, visit.now),
        is_error: warning.is_error,
        text: warning.text.clone(),
    });
    let mut shell = visit.shell(&scope, "status", "System status");
    // This page says it at length.
    shell.alarms.clear();
    visit.answer(&StatusPage {
        shell,
        alarms: vitals.alarms(),
        unclean: vitals.unclean.as_ref().map(|end| Unclean {
            started: When::new(end.started, visit.now),
            waiting: plural(end.waiting, "event"),
        }),
        groups,
        spikes: spikes(&vitals, &scope, &visit),
        damage: damage(&vitals),
        warnings: warnings.collect(),
    })
}

fn fact(name: &'static str, value: String) -> Fact {
    let when = None;
    Fact { name, value, when }
}

fn groups(vitals: &Vitals, visit: &Visit) -> Vec<(&'static str, Vec<Fact>)> {
    let moment = |name, at: Option<Timestamp>, otherwise: &str| Fact {
        when: at.map(|at| When::new(at, visit.now)),
        ..fact(name, otherwise.to_owned())
    };
    let Vitals {
        spool,
        quarantine,
        disk,
        ..
    } = vitals;
    let of = |part, whole: u64, otherwise: String| match whole {
        0 => otherwise,
        whole => format!("{} of {}", bytes_in_words(part), bytes_in_words(whole)),
    };
    let why = vitals.intake.closed;
    let accepts = why.map_or_else(|| "yes".to_owned(), |why| format!("no: {why}"));
    let spikes = vitals.intake.spikes.len() as u64;
    let per_minute = plural(vitals.digested_last_minute, "event");
    let room = of(spool.bytes, spool.bytes_max, bytes_in_words(spool.bytes));
    let free = of(disk.free_bytes, disk.total_bytes, "unknown".to_owned());
    vec![
        (
            "Intake",
            vec![
                fact("Accepts events", accepts),
                fact("Projects with a spike", grouped(spikes)),
                fact("Waiting in the spool", plural(spool.events, "event")),
                fact("Bytes in the spool", room),
                moment("The oldest was accepted", spool.oldest, "nothing waits"),
                fact("Digested in the last minute", per_minute),
                fact("Digested since the start", grouped(vitals.digested)),
            ],
        ),
        (
            "Quarantine",
            vec![
                fact("Events", grouped(quarantine.events)),
                fact("To be replayed", grouped(quarantine.marked)),
                fact("Bytes", bytes_in_words(quarantine.bytes)),
                moment("The oldest was accepted", quarantine.oldest, "empty"),
            ],
        ),
        (
            "Disk",
            vec![
                fact("Ledger", bytes_in_words(disk.ledger_bytes)),
                fact("Archive", bytes_in_words(disk.archive_bytes)),
                fact("Spool", bytes_in_words(disk.spool_bytes)),
                fact("Free", free),
                fact("Kept free", kept_free(vitals)),
            ],
        ),
        (
            "Server",
            vec![
                fact("Version", vitals.version.clone()),
                moment("Started", Some(vitals.started), ""),
                moment("Measured", Some(vitals.at), ""),
            ],
        ),
    ]
}

fn spikes(vitals: &Vitals, scope: &Scope, visit: &Visit) -> Vec<Spike> {
    let row = |(id, spike): &(ProjectId, SpikeState)| {
        let project = scope.projects.iter().find(|project| project.id == *id)?;
        Some(Spike {
            project: project.name.clone(),
            quotas: visit.at.quotas(&scope.org.slug, &project.slug),
            since: When::new(spike.since, visit.now),
            seen: grouped(spike.seen),
            threshold: grouped(spike.threshold),
            refused: grouped(spike.refused),
        })
    };
    vitals.intake.spikes.iter().filter_map(row).collect()
}

/// Items that no project shows: of unknown keys and projects, and of damaged places in the spool.
fn strangers(app: &App, now: Timestamp) -> String {
    let query = OutcomeQuery {
        by: vec![OutcomeField::Outcome, OutcomeField::Reason],
        limit: STRANGER_COUNT_MAX,
        ..OutcomeQuery::new(vec![NO_PROJECT], Period::Day.since(now), now)
    };
    // The rest of the page is needed all the more.
    let Ok(sums) = app.ledger.outcome_sums(&query) else {
        return "cannot be read".to_owned();
    };
    let words = sums.iter().map(|sum| {
        let outcome = sum.outcome.map_or("", Outcome::name);
        let reason = sum.reason.as_deref().filter(|reason| !reason.is_empty());
        format!("{} {}", grouped(sum.quantity), reason.unwrap_or(outcome))
    });
    let words: Vec<String> = words.collect();
    if words.is_empty() {
        return "none".to_owned();
    }
    words.join(", ")
}

/// The bounds below which nothing is accepted.
fn kept_free(vitals: &Vitals) -> String {
    let Some(disk) = vitals.intake.disk else {
        return "not watched".to_owned();
    };
    let free = bytes_in_words(disk.free_bytes_min);
    match (disk.used_bytes, disk.used_bytes_max) {
        (Some(used), Some(max)) => {
            let (used, max) = (bytes_in_words(used), bytes_in_words(max));
            format!("{free}; the data takes {used} of {max}")
        }
        _ => free,
    }
}

/// What was found damaged, in sentences.
fn damage(vitals: &Vitals) -> Vec<String> {
    let mut found = vitals.damaged_databases.clone();
    found.extend_from_slice(&vitals.stopped_databases);
    let gone = vitals.lost_files.iter();
    found.extend(gone.map(|file| format!("{file} was deleted or moved away while it is open")));
    let spool = &vitals.spool;
    if spool.damaged > 0 {
        found.push(format!(
            "{} in the spool since the start",
            plural(spool.damaged, "damaged place")
        ));
    }
    if vitals.quarantine.damaged > 0 {
        let parts = plural(vitals.quarantine.damaged, "damaged part");
        found.push(format!("{parts} of the spool in quarantine"));
    }
    if vitals.digest_restarts > 0 {
        let times = plural(vitals.digest_restarts, "time");
        let reason = vitals.digest_restart_reason.as_deref().unwrap_or_default();
        found.push(format!(
            "the digest was restarted {times}; the last reason: {reason}"
        ));
    }
    if vitals.quarantine.losses > 0 {
        let notes = plural(vitals.quarantine.losses, "note");
        found.push(format!("{notes} of lost events in quarantine"));
    }
    let unmeasured = vitals.unmeasured.iter();
    found.extend(unmeasured.map(|what| format!("not measured: {what}")));
    found.extend(spool.failing.clone());
    found
}
