//! The archive of a test, which fails when the test wants it to.

use super::*;

impl Archive for Stores {
    fn append(&self, batch: &[ArchivedEvent]) -> Result<(), StoreError> {
        let mut faults = self.faults();
        faults.write()?;
        if faults.archive_down {
            return Err(ill());
        }
        if let Some(left) = faults.full_appends.checked_sub(1) {
            faults.full_appends = left;
            return Err(ill());
        }
        let is_poison = |event: &ArchivedEvent| {
            let poison = &faults.archive_poison;
            poison.contains(&event.event.event_id)
        };
        assert!(!batch.iter().any(is_poison), "the archive chokes");
        faults.appends += 1;
        drop(faults);
        self.archive.append(batch)
    }

    fn known(&self, ids: &[(ProjectId, EventId)]) -> Result<Vec<Option<IssueId>>, StoreError> {
        let mut faults = self.faults();
        if let Some(left) = faults.panicking_looks.checked_sub(1) {
            faults.panicking_looks = left;
            panic!("the archive stumbles");
        }
        if ids.iter().any(|(_, id)| faults.unsought.contains(id)) {
            return Err(StoreError::Engine {
                operation: "look for events",
                source: "a broken index".into(),
            });
        }
        drop(faults);
        self.archive.known(ids)
    }

    hand_over! { archive:
        retain(keep: &[Keep]) -> Freed;
        usage() -> Vec<Usage>;
        event(project: ProjectId, id: EventId) -> Option<ArchivedEvent>;
        find(projects: &[ProjectId], id: EventId) -> Vec<(ProjectId, IssueId)>;
        events(
            project: ProjectId, filter: &EventFilter, cursor: Option<&Cursor>, limit: usize
        ) -> Page<EventSummary>;
        latest(project: ProjectId, issue: IssueId) -> Option<ArchivedEvent>;
        oldest(project: ProjectId, issue: IssueId) -> Option<ArchivedEvent>;
        neighbours(project: ProjectId, issues: &[IssueId], id: EventId) -> Neighbours;
        delete_before(
            project: ProjectId, before: Timestamp, logger: Option<&str>
        ) -> Freed;
        delete_issues(project: ProjectId, issues: &[IssueId]) -> Freed;
        count() -> u64;
        kept_to() -> Option<u64>;
    }

    fn check(&self) -> Result<Vec<String>, StoreError> {
        Archive::check(&self.archive)
    }
}
