//! The grouping keys of an issue, for pages and programs: which events they lead here.

use std::collections::{BTreeSet, HashMap};

use watchpost_model::{GroupingHash, IssueId, ProjectId};
use watchpost_store::{EventFilter, EventSummary, StoreError};

use crate::App;

/// The latest events of an issue that are opened to find out what keys they have.
const EVENT_COUNT_MAX: usize = 100;

/// A key of an issue.
#[derive(Clone, Debug)]
pub(crate) struct IssueKey {
    pub(crate) hash: GroupingHash,
    /// The issue that had it before that was merged, or the issue itself.
    pub(crate) home: IssueId,
    /// Whether it is on its way into an issue of its own.
    pub(crate) is_leaving: bool,
    /// What it is made of: `app`, `system`, `message`; empty when no event says so.
    pub(crate) variant: String,
    /// Of the latest events, the last one that has it.
    pub(crate) latest: Option<EventSummary>,
    /// How many of the latest events it led here, before any other.
    pub(crate) leads: usize,
    /// The other keys of these events.
    pub(crate) beside: BTreeSet<GroupingHash>,
}

/// The keys of `issue` and of what was merged into it. Blocks.
pub(crate) fn of_issue(
    app: &App,
    project: ProjectId,
    issue: IssueId,
) -> Result<Vec<IssueKey>, StoreError> {
    let splits = app.ledger.splits()?;
    let owners = app.ledger.hashes(project, issue)?.into_iter();
    let mut keys: Vec<IssueKey> = owners
        .map(|owner| IssueKey {
            hash: owner.hash,
            home: owner.home,
            is_leaving: splits.iter().any(|split| split.dest == owner.home),
            variant: String::new(),
            latest: None,
            leads: 0,
            beside: BTreeSet::new(),
        })
        .collect();
    let places = keys.iter().enumerate();
    let places: HashMap<GroupingHash, usize> =
        places.map(|(place, key)| (key.hash, place)).collect();
    let family = app.family(project, issue)?;
    let of = EventFilter::of_issues(&family);
    let page = app.archive.events(project, &of, None, EVENT_COUNT_MAX)?;
    for summary in page.rows {
        let Some(event) = app.archive.event(project, summary.event)? else {
            continue;
        };
        let explanation = event.explanation;
        let here: Vec<_> = explanation
            .named_keys()
            .filter_map(|(hash, name)| Some((*places.get(&hash)?, hash, name)))
            .collect();
        for (nth, (place, hash, name)) in here.iter().enumerate() {
            let Some(key) = keys.get_mut(*place) else {
                continue;
            };
            if key.latest.is_none() {
                key.latest = Some(summary.clone());
                (*name).clone_into(&mut key.variant);
            }
            if nth == 0 {
                key.leads += 1;
                let others = here.iter().map(|(_, other, _)| *other);
                key.beside.extend(others.filter(|other| other != hash));
            }
        }
    }
    Ok(keys)
}
