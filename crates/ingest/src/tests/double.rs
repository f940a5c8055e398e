//! The stores in memory, for tests that need them to fail: only what ingest asks of them.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use watchpost_model::*;
use watchpost_store::*;

/// Ledger and archive.
#[derive(Default)]
pub(crate) struct MemoryStore(Mutex<State>);

#[derive(Default)]
pub(crate) struct State {
    pub(crate) orgs: Vec<Organization>,
    pub(crate) projects: Vec<Project>,
    pub(crate) keys: Vec<Key>,
    pub(crate) generation: u64,
    pub(crate) outcomes: Vec<OutcomeCount>,
    pub(crate) archived: Vec<ArchivedEvent>,
    /// How often each event was counted.
    pub(crate) times_seen: HashMap<(ProjectId, EventId), u64>,
    pub(crate) applied_batches: usize,
    /// So many writes fail from now on.
    pub(crate) failing_writes: usize,
    /// Events that the ledger can never take.
    pub(crate) poison: HashSet<EventId>,
    /// Events that the archive can never take.
    pub(crate) archive_poison: HashSet<EventId>,
}

fn ill() -> StoreError {
    StoreError::Engine {
        operation: "write",
        source: Box::new(std::io::Error::from(std::io::ErrorKind::StorageFull)),
    }
}

impl State {
    fn write(&mut self) -> Result<(), StoreError> {
        let Some(left) = self.failing_writes.checked_sub(1) else {
            return Ok(());
        };
        self.failing_writes = left;
        Err(ill())
    }
}

impl MemoryStore {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn apply_batch(&self, batch: &[Grouped]) -> Result<Vec<Applied>, StoreError> {
        let mut state = self.lock();
        state.write()?;
        if batch
            .iter()
            .any(|grouped| state.poison.contains(&grouped.event.event_id))
        {
            return Err(ill());
        }
        state.applied_batches += 1;
        let apply = |grouped: &Grouped| {
            let event = grouped.event.event_id;
            let known = state.times_seen.contains_key(&(grouped.project, event));
            let seen = state
                .times_seen
                .entry((grouped.project, event))
                .or_default();
            if !known {
                *seen += 1;
            }
            Applied {
                project: grouped.project,
                event,
                issue: IssueId(1),
                change: if known {
                    Change::Duplicate
                } else {
                    Change::New
                },
            }
        };
        Ok(batch.iter().map(apply).collect())
    }

    fn append_batch(&self, batch: &[ArchivedEvent]) -> Result<(), StoreError> {
        let mut state = self.lock();
        state.write()?;
        if batch
            .iter()
            .any(|event| state.archive_poison.contains(&event.event.event_id))
        {
            panic!("the archive chokes");
        }
        for event in batch {
            let same = |kept: &ArchivedEvent| {
                kept.project == event.project && kept.event.event_id == event.event.event_id
            };
            if !state.archived.iter().any(same) {
                state.archived.push(event.clone());
            }
        }
        Ok(())
    }

    fn add_counts(&self, counts: &[OutcomeCount]) -> Result<(), StoreError> {
        let mut state = self.lock();
        state.write()?;
        state.outcomes.extend_from_slice(counts);
        Ok(())
    }
}

impl OrgLedger for MemoryStore {
    fn create_org(
        &self,
        _slug: &str,
        _name: &str,
        _now: Timestamp,
    ) -> Result<Organization, StoreError> {
        unimplemented!()
    }

    fn orgs(&self) -> Result<Vec<Organization>, StoreError> {
        Ok(self.lock().orgs.clone())
    }

    fn org(&self, _slug: &str) -> Result<Option<Organization>, StoreError> {
        unimplemented!()
    }
}

impl ProjectLedger for MemoryStore {
    fn create_project(
        &self,
        _new: &NewProject<'_>,
        _now: Timestamp,
    ) -> Result<Project, StoreError> {
        unimplemented!()
    }

    fn projects(&self, org: OrgId) -> Result<Vec<Project>, StoreError> {
        let state = self.lock();
        let of_org = state.projects.iter().filter(|project| project.org == org);
        Ok(of_org.cloned().collect())
    }

    fn project(&self, _org: OrgId, _slug: &str) -> Result<Option<Project>, StoreError> {
        unimplemented!()
    }

    fn project_by_id(&self, _id: ProjectId) -> Result<Option<Project>, StoreError> {
        unimplemented!()
    }

    fn update_project(&self, _project: &Project) -> Result<(), StoreError> {
        unimplemented!()
    }
}

impl KeyLedger for MemoryStore {
    fn create_key(&self, _new: &NewKey<'_>, _now: Timestamp) -> Result<Key, StoreError> {
        unimplemented!()
    }

    fn keys(&self, _project: ProjectId) -> Result<Vec<Key>, StoreError> {
        unimplemented!()
    }

    fn all_keys(&self) -> Result<Vec<Key>, StoreError> {
        Ok(self.lock().keys.clone())
    }

    fn set_key_active(
        &self,
        _project: ProjectId,
        _key: KeyId,
        _active: bool,
    ) -> Result<(), StoreError> {
        unimplemented!()
    }

    fn key_generation(&self) -> Result<u64, StoreError> {
        Ok(self.lock().generation)
    }
}

impl IssueLedger for MemoryStore {
    fn apply(&self, batch: &[Grouped]) -> Result<Vec<Applied>, StoreError> {
        self.apply_batch(batch)
    }

    fn find_issues(&self, _query: &IssueQuery) -> Result<Page<Issue>, StoreError> {
        unimplemented!()
    }

    fn issue(&self, _project: ProjectId, _id: IssueId) -> Result<Option<Issue>, StoreError> {
        unimplemented!()
    }

    fn issue_by_number(
        &self,
        _project: ProjectId,
        _number: u64,
    ) -> Result<Option<Issue>, StoreError> {
        unimplemented!()
    }

    fn issue_project(
        &self,
        _projects: &[ProjectId],
        _id: IssueId,
    ) -> Result<Option<ProjectId>, StoreError> {
        unimplemented!()
    }

    fn set_status(
        &self,
        _project: ProjectId,
        _issues: &[IssueId],
        _status: Status,
        _actor: Actor,
        _now: Timestamp,
    ) -> Result<Vec<IssueId>, StoreError> {
        unimplemented!()
    }

    fn status_counts(&self, _project: ProjectId) -> Result<StatusCounts, StoreError> {
        unimplemented!()
    }

    fn hourly(
        &self,
        _project: ProjectId,
        _issue: IssueId,
        _since: Timestamp,
    ) -> Result<Vec<(Timestamp, u64)>, StoreError> {
        unimplemented!()
    }

    fn hourly_many(
        &self,
        _project: ProjectId,
        _issues: &[IssueId],
        _since: Timestamp,
    ) -> Result<Vec<(IssueId, Timestamp, u64)>, StoreError> {
        unimplemented!()
    }

    fn issue_tags(
        &self,
        _project: ProjectId,
        _issue: IssueId,
        _limit: usize,
    ) -> Result<Vec<TagCount>, StoreError> {
        unimplemented!()
    }

    fn tag_values(
        &self,
        _project: ProjectId,
        _key: &str,
        _limit: usize,
    ) -> Result<Vec<TagCount>, StoreError> {
        unimplemented!()
    }

    fn value_counts(
        &self,
        _project: ProjectId,
        _issues: &[IssueId],
        _key: &str,
    ) -> Result<Vec<(IssueId, u64)>, StoreError> {
        unimplemented!()
    }

    fn cleanup(&self, _what: &Cleanup<'_>) -> Result<CleanupReport, StoreError> {
        unimplemented!()
    }
}

impl OutcomeLedger for MemoryStore {
    fn add_outcomes(&self, counts: &[OutcomeCount]) -> Result<(), StoreError> {
        self.add_counts(counts)
    }

    fn outcomes(
        &self,
        _project: Option<ProjectId>,
        _since: Timestamp,
    ) -> Result<Vec<OutcomeCount>, StoreError> {
        unimplemented!()
    }
}

impl Ledger for MemoryStore {
    fn check(&self) -> Result<Vec<String>, StoreError> {
        unimplemented!()
    }
}

impl Archive for MemoryStore {
    fn append(&self, batch: &[ArchivedEvent]) -> Result<(), StoreError> {
        self.append_batch(batch)
    }

    fn event(
        &self,
        _project: ProjectId,
        _id: EventId,
    ) -> Result<Option<ArchivedEvent>, StoreError> {
        unimplemented!()
    }

    fn find(
        &self,
        _projects: &[ProjectId],
        _id: EventId,
    ) -> Result<Vec<(ProjectId, IssueId)>, StoreError> {
        unimplemented!()
    }

    fn events(
        &self,
        _project: ProjectId,
        _filter: &EventFilter,
        _cursor: Option<&Cursor>,
        _limit: usize,
    ) -> Result<Page<EventSummary>, StoreError> {
        unimplemented!()
    }

    fn latest(
        &self,
        _project: ProjectId,
        _issue: IssueId,
    ) -> Result<Option<ArchivedEvent>, StoreError> {
        unimplemented!()
    }

    fn oldest(
        &self,
        _project: ProjectId,
        _issue: IssueId,
    ) -> Result<Option<ArchivedEvent>, StoreError> {
        unimplemented!()
    }

    fn neighbours(
        &self,
        _project: ProjectId,
        _issue: IssueId,
        _id: EventId,
    ) -> Result<Neighbours, StoreError> {
        unimplemented!()
    }

    fn delete_before(
        &self,
        _project: ProjectId,
        _before: Timestamp,
        _logger: Option<&str>,
    ) -> Result<u64, StoreError> {
        unimplemented!()
    }

    fn delete_issues(&self, _project: ProjectId, _issues: &[IssueId]) -> Result<u64, StoreError> {
        unimplemented!()
    }

    fn count(&self) -> Result<u64, StoreError> {
        Ok(self.lock().archived.len() as u64)
    }

    fn check(&self) -> Result<Vec<String>, StoreError> {
        unimplemented!()
    }
}
