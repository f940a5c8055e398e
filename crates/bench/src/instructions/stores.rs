//! What the stores do with a batch, on files of their own. The system's part of it (writing,
//! syncing) is not counted: instructions are those of the process.

use watchpost_model::{EventId, Grouped, IssueId, ProjectId, Timestamp};
use watchpost_protocol::event;
use watchpost_store::sqlite::{SqliteArchive, SqliteLedger};
use watchpost_store::{
    Archive, ArchivedEvent, Filing, IssueLedger, KeyLedger, NewKey, NewProject, OrgLedger,
    ProjectLedger,
};

use super::work::{EVENT_COUNT, MICROS, Work, spooled};
use crate::body::event_id;
use crate::events::Payload;

/// Events of a batch. All batches together stay below the number from which on the archive trains
/// a dictionary: that happens on a thread of its own, so its instructions fall anywhere.
const BATCH_COUNT: u64 = 40;

pub(super) fn apply() -> anyhow::Result<Work> {
    let folder = tempfile::tempdir()?;
    let now = Timestamp::from_micros(MICROS);
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite"))?;
    let org = ledger.create_org("bench", "Bench", now)?;
    let project = NewProject {
        org: org.id,
        slug: "bench",
        name: "Bench",
        platform: None,
    };
    let project = ledger.create_project(&project, now)?;
    let (public, secret) = ("1".repeat(32), "2".repeat(32));
    let key = NewKey {
        project: project.id,
        label: "bench",
        public: &public,
        secret: &secret,
    };
    ledger.create_key(&key, now)?;
    let examples = examples()?;
    Ok(Box::new(move |number| {
        // The folder goes when the work is done.
        let _ = &folder;
        let filings: Vec<_> = batch(&examples, number)
            .into_iter()
            .map(Filing::new)
            .collect();
        ledger.apply(&filings, &[])?;
        Ok(())
    }))
}

pub(super) fn append() -> anyhow::Result<Work> {
    let folder = tempfile::tempdir()?;
    let archive = SqliteArchive::open(&folder.path().join("archive"))?;
    let examples = examples()?;
    Ok(Box::new(move |number| {
        let _ = &folder;
        let events = batch(&examples, number)
            .into_iter()
            .map(|grouped| ArchivedEvent {
                project: ProjectId(1),
                issue: IssueId(1),
                title: grouped.title,
                explanation: grouped.explanation,
                event: grouped.event,
            });
        archive.append(&events.collect::<Vec<_>>())?;
        Ok(())
    }))
}

/// Events that differ in more than their id; a batch repeats them under new ids.
fn examples() -> anyhow::Result<Vec<Grouped>> {
    let numbers = 0..EVENT_COUNT;
    let grouped = numbers.map(|number| {
        let (receipt, bytes) = spooled(Payload::Small, number)?;
        let event = event::parse(&receipt, &bytes)?;
        let event = watchpost_normalize::tag(watchpost_normalize::event(event, &receipt));
        Ok(watchpost_group::event(event, &receipt))
    });
    grouped.collect()
}

/// Batch `number`: no two events have the same id.
fn batch(examples: &[Grouped], number: u64) -> Vec<Grouped> {
    let numbers = number * BATCH_COUNT..(number + 1) * BATCH_COUNT;
    let events = numbers.zip(examples.iter().cycle());
    let with_id = events.map(|(number, example)| {
        let mut grouped = example.clone();
        grouped.event.event_id = EventId(event_id(2, number));
        grouped
    });
    with_id.collect()
}
