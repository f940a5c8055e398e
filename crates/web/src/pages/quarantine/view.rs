//! Entries of the quarantine as pages show them. Pure.

use watchpost_model::{ProjectId, Timestamp, WireFormat};
use watchpost_store::{QuarantineEntry, QuarantineKind};

use crate::pages::format::{When, bytes_in_words};
use crate::pages::shell::Scope;

/// A line of the list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) what: &'static str,
    pub(super) received: Option<When>,
    pub(super) project: String,
    pub(super) stage: String,
    pub(super) reason: String,
    pub(super) size: String,
    pub(super) tries: u32,
    pub(super) is_marked: bool,
    pub(super) is_replayable: bool,
}

impl Row {
    pub(super) fn new(entry: &QuarantineEntry, scope: &Scope, now: Timestamp) -> Self {
        let first_line = entry.reason.lines().next().unwrap_or_default();
        Self {
            id: entry.id.to_string(),
            what: what(entry),
            received: entry.received().map(|at| When::new(at, now)),
            project: name_of(entry.project, scope),
            stage: entry.stage.clone(),
            reason: first_line.chars().take(300).collect(),
            size: bytes_in_words(entry.bytes),
            tries: entry.tries,
            is_marked: entry.is_marked,
            is_replayable: entry.is_replayable(),
        }
    }
}

/// One entry with everything.
pub(super) struct EntryView {
    pub(super) row: Row,
    pub(super) reason: String,
    pub(super) advice: &'static str,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) remarks: Vec<(String, String)>,
    /// `None` when the bytes are not for this organization alone.
    pub(super) raw: Option<String>,
    pub(super) is_cut: bool,
}

impl EntryView {
    pub(super) fn new(
        entry: &QuarantineEntry,
        bytes: &[u8],
        scope: &Scope,
        now: Timestamp,
    ) -> Self {
        let is_own = entry.kind == QuarantineKind::Event && entry.project.is_some();
        let remarks = entry.remarks.iter();
        Self {
            row: Row::new(entry, scope, now),
            reason: entry.reason.clone(),
            advice: advice(entry),
            facts: facts(entry),
            remarks: remarks
                .map(|remark| (remark.path.clone(), remark.reason.clone()))
                .collect(),
            raw: is_own.then(|| readable(bytes)),
            is_cut: (bytes.len() as u64) < entry.bytes,
        }
    }
}

fn what(entry: &QuarantineEntry) -> &'static str {
    match entry.kind {
        QuarantineKind::Event => "Event",
        QuarantineKind::Damage => "Damaged part of the spool",
        QuarantineKind::Torn => "Rest of a write",
        QuarantineKind::Loss => "Lost events",
    }
}

fn name_of(project: Option<ProjectId>, scope: &Scope) -> String {
    let Some(id) = project else {
        return String::new();
    };
    let found = scope.projects.iter().find(|project| project.id == id);
    found.map_or_else(|| id.to_string(), |project| project.name.clone())
}

/// What to do, said to the person who looks at it.
fn advice(entry: &QuarantineEntry) -> &'static str {
    match (entry.kind, entry.stage.as_str()) {
        (QuarantineKind::Damage, _) => {
            "The disk gave back other bytes than were written. Check the disk and the memory of \
             the machine; watchpost doctor checks the databases. Drop it when you have seen it: \
             it cannot be replayed."
        }
        (QuarantineKind::Loss, _) => {
            "Check the disk of the machine. Restore the last backup beside this installation with \
             watchpost restore to see what it had; put a file of the spool back, if you find it, \
             as the handbook says. Drop this note when you have seen it."
        }
        (QuarantineKind::Torn, _) => {
            "Nothing is lost: a write was cut short before it was acknowledged. Drop it."
        }
        (_, "ledger" | "archive") => {
            "The database refused this event several times while it took others. Look into the \
             server's log for the time below, then replay it; after an update it may go in."
        }
        (_, "damaged") => {
            "The disk changed this file. Its bytes are shown as they are now; they cannot be \
             replayed, because they are not what was accepted. Drop it, and check the disk."
        }
        _ => {
            "The client did nothing wrong that it could know: the event was accepted, and this \
             version of Watchpost failed at it. Replay it after an update. If it fails again, \
             report the reason above."
        }
    }
}

fn facts(entry: &QuarantineEntry) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Name", entry.id.to_string())];
    let Some(receipt) = &entry.receipt else {
        return facts;
    };
    let format = match receipt.format {
        WireFormat::Seed => "a record of 2010",
        WireFormat::Event => "an event",
    };
    facts.push(("Event id", receipt.event.to_string()));
    facts.push(("Accepted", receipt.received.to_string()));
    facts.push(("Sent as", format.to_owned()));
    facts.push(("Key number", receipt.key.to_string()));
    let more = [
        ("Client", &receipt.sdk),
        ("User agent", &receipt.user_agent),
        ("Address", &receipt.client_ip),
    ];
    for (name, value) in more {
        facts.extend(value.clone().map(|value| (name, value)));
    }
    facts
}

/// JSON with its lines broken where it is whole, else the bytes as text.
fn readable(bytes: &[u8]) -> String {
    let json = serde_json::from_slice::<serde_json::Value>(bytes).ok();
    let pretty = json.and_then(|json| serde_json::to_string_pretty(&json).ok());
    pretty.unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned())
}
