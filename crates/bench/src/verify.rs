//! After a run: is every acknowledged event in the stores, and each exactly once? Asked of the
//! stores themselves, after the server has stopped.

use std::path::Path;

use anyhow::{Context, ensure};
use watchpost_model::{EventId, ProjectId};
use watchpost_store::sqlite::{SqliteArchive, SqliteLedger};
use watchpost_store::{Archive, IssueLedger, IssueQuery, OrgLedger, ProjectLedger};

use crate::body::event_id;
use crate::load::Source;

/// Ids that are looked up together.
const LOOKUP_COUNT: usize = 10_000;
/// Issues that are read together; engines give no more.
const PAGE_COUNT: usize = 100;

/// What the stores say.
pub(crate) struct Stored {
    /// Events in the archive.
    pub(crate) events: u64,
    /// Sum of the counters of all issues.
    pub(crate) counted: u64,
    pub(crate) issues: u64,
}

/// Opens the stores of a data folder that nobody serves.
pub(crate) fn stored(data: &Path) -> anyhow::Result<Stored> {
    let (ledger, archive) = open(data)?;
    let (mut counted, mut issues) = (0, 0);
    for org in ledger.orgs()? {
        for project in ledger.projects(org.id)? {
            let (count, events) = issue_totals(&ledger, project.id)?;
            issues += count;
            counted += events;
        }
    }
    Ok(Stored {
        events: archive.count()?,
        counted,
        issues,
    })
}

/// Fails unless all that was acknowledged since `before` is stored, and nothing twice.
pub(crate) fn all_stored(
    data: &Path,
    project: ProjectId,
    source: &Source,
    before: u64,
) -> anyhow::Result<Stored> {
    let (_, archive) = open(data)?;
    let acked = source.acked.borrow();
    let mut numbers = acked.within(0..source.next.get());
    let mut lost: Vec<u128> = Vec::new();
    loop {
        let ids: Vec<_> = (numbers.by_ref().take(LOOKUP_COUNT))
            .map(|number| (project, EventId(event_id(source.run, number))))
            .collect();
        if ids.is_empty() {
            break;
        }
        let known = archive.known(&ids)?;
        let missing = ids.iter().zip(known).filter(|(_, issue)| issue.is_none());
        lost.extend(missing.map(|((_, id), _)| id.0));
    }
    drop(archive);
    ensure!(
        lost.is_empty(),
        "{} of {} acknowledged events are lost, for example {:032x}",
        lost.len(),
        acked.count(),
        lost.first().copied().unwrap_or(0)
    );
    let stored = stored(data)?;
    // Whether a request without an answer was taken is open; everything else is exact.
    let least = before + acked.count();
    let most = least + source.unanswered.get();
    for (what, count) in [("stored", stored.events), ("counted", stored.counted)] {
        ensure!(
            (least..=most).contains(&count),
            "{count} events are {what}, expected {least} to {most}"
        );
    }
    Ok(stored)
}

fn open(data: &Path) -> anyhow::Result<(SqliteLedger, SqliteArchive)> {
    let folder = data.join("archive");
    let file = data.join("archive.sqlite");
    let archive = if folder.is_dir() { folder } else { file };
    let ledger = SqliteLedger::open(&data.join("ledger.sqlite")).context("the ledger")?;
    let archive = SqliteArchive::open(&archive).context("the archive")?;
    Ok((ledger, archive))
}

/// Issues of a project, and the sum of their counters.
fn issue_totals(ledger: &SqliteLedger, project: ProjectId) -> anyhow::Result<(u64, u64)> {
    let (mut count, mut events) = (0, 0);
    let mut query = IssueQuery {
        limit: PAGE_COUNT,
        ..IssueQuery::all(project)
    };
    loop {
        let page = ledger.find_issues(&query)?;
        count += u64::try_from(page.rows.len())?;
        events += page.rows.iter().map(|issue| issue.times_seen).sum::<u64>();
        if page.next.is_none() {
            return Ok((count, events));
        }
        query.cursor = page.next;
    }
}
