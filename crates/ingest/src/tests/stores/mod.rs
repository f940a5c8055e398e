//! The real stores, in the files of a test's folder, which fail when a test wants them to. What
//! the digest writes can fail; everything else goes straight through.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use watchpost_model::*;
use watchpost_store::search::ast::Expr;
use watchpost_store::sqlite::{SqliteArchive, SqliteLedger};
use watchpost_store::*;

/// Ledger and archive.
pub(crate) struct Stores {
    ledger: SqliteLedger,
    archive: SqliteArchive,
    faults: Mutex<Faults>,
}

/// What goes wrong, and what was seen.
#[expect(clippy::struct_excessive_bools, reason = "a switch per fault")]
#[derive(Default)]
pub(crate) struct Faults {
    /// So many writes fail from now on.
    pub(crate) failing_writes: usize,
    /// Events that the ledger can never take.
    pub(crate) poison: HashSet<EventId>,
    /// Events that the archive can never take.
    pub(crate) archive_poison: HashSet<EventId>,
    /// Events that the archive cannot even look for.
    pub(crate) unsought: HashSet<EventId>,
    /// So many questions for known events panic from now on.
    pub(crate) panicking_looks: usize,
    /// Nothing reaches the archive.
    pub(crate) archive_down: bool,
    /// So many appends find no room, while the ledger still has some.
    pub(crate) full_appends: usize,
    /// The rules of project 1 cannot be read.
    pub(crate) damaged_rules: bool,
    /// The CODEOWNERS files cannot be read.
    pub(crate) owners_down: bool,
    /// The issue that cannot be split.
    pub(crate) unsplittable: Option<IssueId>,
    /// The trash cannot be looked into.
    pub(crate) trash_down: bool,
    /// What the archive refused cannot be counted.
    pub(crate) unkept_down: bool,
    /// Replayed events cannot be settled.
    pub(crate) settling_down: bool,
    /// How many batches the ledger was given.
    pub(crate) batches: usize,
    /// How many the archive was given.
    pub(crate) appends: usize,
    /// How often the ledger was asked whether keys have changed.
    pub(crate) key_looks: usize,
}

impl Faults {
    fn write(&mut self) -> Result<(), StoreError> {
        let Some(left) = self.failing_writes.checked_sub(1) else {
            return Ok(());
        };
        self.failing_writes = left;
        Err(ill())
    }
}

fn ill() -> StoreError {
    StoreError::Engine {
        operation: "write",
        source: Box::new(std::io::Error::from(std::io::ErrorKind::StorageFull)),
    }
}

impl Stores {
    /// Opens the files of a folder, or makes them.
    pub(crate) fn open(dir: &Path) -> Self {
        Self {
            ledger: SqliteLedger::open(&dir.join("ledger.db")).unwrap(),
            archive: SqliteArchive::open(&dir.join("archive")).unwrap(),
            faults: Mutex::default(),
        }
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn projects_of_all(&self) -> Vec<ProjectId> {
        let orgs = self.ledger.orgs().unwrap();
        let projects = orgs
            .iter()
            .flat_map(|org| self.ledger.projects(org.id).unwrap());
        projects.map(|project| project.id).collect()
    }

    /// The ids of all archived events, project by project, in the order of arrival.
    pub(crate) fn archived(&self) -> Vec<EventId> {
        let filter = EventFilter::default();
        let mut ids = Vec::new();
        for project in self.projects_of_all() {
            let (mut newest_first, mut cursor) = (Vec::new(), None);
            loop {
                let page = self.archive.events(project, &filter, cursor.as_ref(), 100);
                let page = page.unwrap();
                newest_first.extend(page.rows.iter().map(|row| row.event));
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            ids.extend(newest_first.into_iter().rev());
        }
        ids
    }

    /// How often events were counted, in all issues together.
    pub(crate) fn times_seen(&self) -> u64 {
        let projects = self.projects_of_all();
        let pages = projects
            .into_iter()
            .map(|project| self.ledger.find_issues(&IssueQuery::all(project)).unwrap());
        let issues = pages.flat_map(|page| page.rows);
        issues.map(|issue| issue.times_seen).sum()
    }

    /// All counts of outcomes.
    pub(crate) fn all_outcomes(&self) -> Vec<OutcomeCount> {
        self.ledger.outcomes(None, Timestamp::default()).unwrap()
    }
}

/// Methods that hand over to one of the real stores.
macro_rules! hand_over {
    ($field:ident: $($name:ident($($arg:ident: $kind:ty),*) -> $out:ty;)*) => {
        $(fn $name(&self, $($arg: $kind),*) -> Result<$out, StoreError> {
            self.$field.$name($($arg),*)
        })*
    };
}

mod life;
mod outside;
mod people;
mod survey;

impl OrgLedger for Stores {
    hand_over! { ledger:
        create_org(slug: &str, name: &str, now: Timestamp) -> Organization;
        orgs() -> Vec<Organization>;
        update_org(org: &Organization) -> ();
        org(slug: &str) -> Option<Organization>;
    }
}

impl ProjectLedger for Stores {
    hand_over! { ledger:
        create_project(new: &NewProject<'_>, now: Timestamp) -> Project;
        projects(org: OrgId) -> Vec<Project>;
        project(org: OrgId, slug: &str) -> Option<Project>;
        project_by_id(id: ProjectId) -> Option<Project>;
        update_project(project: &Project) -> ();
    }
}

impl KeyLedger for Stores {
    hand_over! { ledger:
        create_key(new: &NewKey<'_>, now: Timestamp) -> Key;
        keys(project: ProjectId) -> Vec<Key>;
        all_keys() -> Vec<Key>;
        set_key_active(project: ProjectId, key: KeyId, active: bool) -> ();
        set_key_quotas(project: ProjectId, key: KeyId, quotas: &[Quota]) -> ();
        delete_key(project: ProjectId, key: KeyId) -> ();
    }

    fn key_generation(&self) -> Result<u64, StoreError> {
        self.faults().key_looks += 1;
        self.ledger.key_generation()
    }
}

impl IssueLedger for Stores {
    fn apply_owned(
        &self,
        filings: &[Filing],
        settled: &[(ProjectId, EventId)],
        owners: &dyn Owners,
    ) -> Result<Vec<Applied>, StoreError> {
        let mut faults = self.faults();
        faults.write()?;
        let is_poison = |filing: &Filing| faults.poison.contains(&filing.grouped.event.event_id);
        if filings.iter().any(is_poison) {
            return Err(StoreError::Engine {
                operation: "write",
                source: "a broken row".into(),
            });
        }
        faults.batches += 1;
        drop(faults);
        self.ledger.apply_owned(filings, settled, owners)
    }

    fn count_unkept(&self, unkept: &[Unkept]) -> Result<(), StoreError> {
        if self.faults().unkept_down {
            return Err(ill());
        }
        self.ledger.count_unkept(unkept)
    }

    hand_over! { ledger:
        projects_of_version(version: u16) -> Vec<ProjectId>;
        find_issues(query: &IssueQuery) -> Page<Issue>;
        candidates(query: &IssueQuery, asked: &[Expr]) -> Page<Candidate>;
        issue(project: ProjectId, id: IssueId) -> Option<Issue>;
        issue_by_number(project: ProjectId, number: u64) -> Option<Issue>;
        issue_project(projects: &[ProjectId], id: IssueId) -> Option<ProjectId>;
        set_status(
            project: ProjectId, issues: &[IssueId], status: Status, actor: Actor, now: Timestamp
        ) -> Vec<IssueId>;
        status_counts(project: ProjectId) -> StatusCounts;
        count_tabs(query: &IssueQuery) -> TabCounts;
        hourly(
            project: ProjectId, issue: IssueId, since: Timestamp
        ) -> Vec<(Timestamp, u64)>;
        hourly_many(
            project: ProjectId, issues: &[IssueId], since: Timestamp
        ) -> Vec<(IssueId, Timestamp, u64)>;
        issue_tags(project: ProjectId, issue: IssueId, limit: usize) -> Vec<TagCount>;
        tag_keys(project: ProjectId) -> Vec<TagCount>;
        value_counts(
            project: ProjectId, issues: &[IssueId], key: &str
        ) -> Vec<(IssueId, u64)>;
        tag_values(project: ProjectId, key: &str, limit: usize) -> Vec<TagCount>;
        cleanup(what: &Cleanup<'_>) -> CleanupReport;
    }
}

impl OutcomeLedger for Stores {
    fn add_outcomes(&self, counts: &[OutcomeCount]) -> Result<(), StoreError> {
        self.faults().write()?;
        self.ledger.add_outcomes(counts)
    }

    hand_over! { ledger:
        count_set_aside(ends: &[(u64, OutcomeCount)]) -> ();
        outcome_sums(query: &OutcomeQuery) -> Vec<OutcomeSum>;
        outcomes(project: Option<ProjectId>, since: Timestamp) -> Vec<OutcomeCount>;
    }
}

impl UpkeepLedger for Stores {
    fn settle(&self, events: &[(ProjectId, EventId)]) -> Result<u64, StoreError> {
        if self.faults().settling_down && !events.is_empty() {
            return Err(ill());
        }
        self.ledger.settle(events)
    }

    hand_over! { ledger:
        unsettled(
            after: Option<(ProjectId, EventId)>, limit: usize
        ) -> Vec<(ProjectId, EventId)>;
        spool_reaches(appended: u64) -> ();
        filed_to() -> u64;
        trim(before: Timestamp) -> Trimmed;
        clock_watch() -> Option<ClockWatch>;
        set_clock_watch(watch: &ClockWatch) -> ();
    }
}

impl RulesLedger for Stores {
    fn count_filtered(
        &self,
        unwanted: &[FilteredUnsettled],
        committed: u64,
    ) -> Result<Vec<Shown>, StoreError> {
        self.faults().write()?;
        self.ledger.count_filtered(unwanted, committed)
    }

    fn all_rules(&self) -> Result<Vec<StoredRules>, StoreError> {
        if self.faults().damaged_rules {
            return Ok(vec![(ProjectId(1), Err(ill()))]);
        }
        self.ledger.all_rules()
    }

    hand_over! { ledger:
        rules(project: ProjectId) -> Rules;
        change_rules(
            project: ProjectId, change: &dyn Fn(&mut Rules), actor: Actor, now: Timestamp
        ) -> Rules;
        rules_changes(project: ProjectId) -> Vec<RulesChange>;
        filtered_unsettled() -> Vec<(u64, ProjectId, EventId)>;
        settle_filtered_replays() -> ();
        filtered_events(project: ProjectId, since: Timestamp) -> Vec<FilteredEvent>;
        forget_filtered(before: Timestamp) -> u64;
    }
}

impl Ledger for Stores {
    fn probe(&self) -> Result<(), StoreError> {
        self.faults().write()?;
        self.ledger.probe()
    }

    fn check(&self) -> Result<Vec<String>, StoreError> {
        Ledger::check(&self.ledger)
    }
}

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
        events_of(
            projects: &[ProjectId], filter: &EventFilter, cursor: Option<&Cursor>, limit: usize
        ) -> Page<EventSummary>;
        histogram(asked: &EventsAsked<'_>, buckets: Buckets) -> Histogram;
        group_by(asked: &EventsAsked<'_>, query: &GroupQuery) -> EventGroups;
        open_newest(
            project: ProjectId, issues: &[IssueId], limit: usize,
            has_enough: &mut dyn FnMut(&ArchivedEvent) -> bool
        ) -> usize;
        latest(project: ProjectId, issue: IssueId) -> Option<ArchivedEvent>;
        latest_each(
            project: ProjectId, families: &[Vec<IssueId>]
        ) -> Vec<Option<ArchivedEvent>>;
        oldest(project: ProjectId, issue: IssueId) -> Option<ArchivedEvent>;
        neighbours(project: ProjectId, issues: &[IssueId], id: EventId) -> Neighbours;
        delete_before(
            project: ProjectId, before: Timestamp, logger: Option<&str>
        ) -> Freed;
        delete_issues(project: ProjectId, issues: &[IssueId]) -> Freed;
        arrivals(project: ProjectId, issue: IssueId, after: i64) -> Arrivals;
        arrived(partition: u32, places: &[i64]) -> Vec<(i64, ArchivedEvent)>;
        rehome(project: ProjectId, issues: (IssueId, IssueId), events: &Arrivals) -> u64;
        count() -> u64;
        kept_to() -> Option<u64>;
    }

    fn check(&self) -> Result<Vec<String>, StoreError> {
        Archive::check(&self.archive)
    }
}
