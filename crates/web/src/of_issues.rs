//! What lists say of their issues beyond each row, for issues of several projects at once: events
//! per hour, and whether nobody caught the last one. Blocking.

use std::collections::{BTreeMap, HashSet};

use watchpost_model::{Event, Issue, IssueId, ProjectId, Timestamp};
use watchpost_store::StoreError;

use crate::App;

/// The issues of each project.
pub(crate) fn by_project(issues: &[Issue]) -> BTreeMap<ProjectId, Vec<IssueId>> {
    let mut ids: BTreeMap<ProjectId, Vec<IssueId>> = BTreeMap::new();
    for issue in issues {
        ids.entry(issue.project).or_default().push(issue.id);
    }
    ids
}

/// Events per hour since then, for every issue, oldest first.
pub(crate) fn hourly(
    app: &App,
    by_project: &BTreeMap<ProjectId, Vec<IssueId>>,
    since: Timestamp,
) -> Result<Vec<(IssueId, Timestamp, u64)>, StoreError> {
    let mut hours = Vec::new();
    for (project, ids) in by_project {
        hours.extend(app.ledger.hourly_many(*project, ids, since)?);
    }
    Ok(hours)
}

/// The issues whose latest event nobody caught.
pub(crate) fn unhandled(
    app: &App,
    by_project: &BTreeMap<ProjectId, Vec<IssueId>>,
) -> Result<HashSet<IssueId>, StoreError> {
    let mut unhandled = HashSet::new();
    for (project, ids) in by_project {
        let families = app.ledger.families(*project, ids)?;
        let latest = app.archive.latest_each(*project, &families)?;
        let latest = ids.iter().zip(latest);
        let escaped = latest.filter(|(_, stored)| {
            let event = stored.as_ref().map(|stored| &stored.event);
            event.is_some_and(escaped)
        });
        unhandled.extend(escaped.map(|(id, _)| *id));
    }
    Ok(unhandled)
}

/// Whether an exception of the event says that nobody caught it.
fn escaped(event: &Event) -> bool {
    let mut mechanisms = event
        .exceptions
        .iter()
        .filter_map(|one| one.mechanism.as_ref());
    mechanisms.any(|mechanism| mechanism.handled == Some(false))
}
