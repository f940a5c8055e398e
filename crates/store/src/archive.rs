//! The append-only half: bodies of events, and the columns by which events are found.

use watchpost_model::{Event, EventId, Explanation, IssueId, Level, ProjectId, Timestamp};

use crate::{
    Asker, Buckets, Cursor, EventGroups, EventsAsked, Footing, GroupQuery, Histogram, Page, Search,
    StoreError,
};

/// An event on its way into the archive, or back out of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ArchivedEvent {
    /// Where it belongs.
    pub project: ProjectId,
    /// The issue that the ledger gave it to.
    pub issue: IssueId,
    /// The event.
    pub event: Event,
    /// One line for lists; see `Issue::title`.
    pub title: String,
    /// Why it is in that issue.
    pub explanation: Explanation,
}

/// An event as lists show it, without opening its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSummary {
    /// Where it belongs.
    pub project: ProjectId,
    /// Its issue.
    pub issue: IssueId,
    /// Its id.
    pub event: EventId,
    /// When it happened.
    pub timestamp: Timestamp,
    /// When it was accepted.
    pub received: Timestamp,
    /// How bad.
    pub level: Level,
    /// One line.
    pub title: String,
    /// Who reported it; empty when nobody was named.
    pub logger: String,
    /// The machine, empty when unknown.
    pub server_name: String,
    /// The site, empty when unknown.
    pub site: String,
    /// The request's URL, empty when there was none.
    pub url: String,
    /// The user: the first of e-mail, name, id, address; empty when unknown.
    pub user: String,
    /// The release, empty when unknown.
    pub release: String,
    /// The environment, empty when unknown.
    pub environment: String,
}

/// Which events of a project; everything unset means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only of this issue.
    pub issue: Option<IssueId>,
    /// And of these, which were merged into it.
    pub merged: Vec<IssueId>,
    /// None of these, which are in the trash: see [`crate::TrashLedger::trashed`].
    pub without: Vec<IssueId>,
    /// At least this bad.
    pub level_at_least: Option<Level>,
    /// Only from this logger.
    pub logger: Option<String>,
    /// Only from this machine.
    pub server_name: Option<String>,
    /// Only from this site.
    pub site: Option<String>,
    /// Only from these environments, when any is named.
    pub environments: Vec<String>,
    /// Only received then or later.
    pub since: Option<Timestamp>,
    /// Only received before.
    pub until: Option<Timestamp>,
    /// Only what the search text asks for. See [`Search::check_events`].
    pub search: Search,
    /// Who asks, and when.
    pub asker: Asker,
}

/// Events of one partition, by their places in the order of arrival.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrivals {
    /// The number of the partition.
    pub partition: u32,
    /// The places, in order.
    pub places: Vec<i64>,
}

impl EventFilter {
    /// Of one issue and what was merged into it: see [`crate::LifeLedger::family`].
    pub fn of_issues(issues: &[IssueId]) -> Self {
        let (issue, merged) = match issues.split_first() {
            Some((issue, merged)) => (Some(*issue), merged.to_vec()),
            None => (None, Vec::new()),
        };
        Self {
            issue,
            merged,
            ..Self::default()
        }
    }

    /// The same for each issue alone.
    pub(crate) fn each(&self) -> Vec<Self> {
        let alone = |issue: Option<IssueId>| Self {
            issue,
            merged: Vec::new(),
            ..self.clone()
        };
        let issues = self.issue.iter().chain(&self.merged);
        let mut all: Vec<Self> = issues.map(|issue| alone(Some(*issue))).collect();
        if all.is_empty() {
            all.push(alone(None));
        }
        all
    }
}

/// The newest stored event of several issues, body and all.
///
/// # Errors
///
/// [`StoreError`] of the archive.
pub fn latest_of(
    archive: &dyn Archive,
    project: ProjectId,
    issues: &[IssueId],
) -> Result<Option<ArchivedEvent>, StoreError> {
    let mut found: Option<ArchivedEvent> = None;
    for issue in issues {
        let one = archive.latest(project, *issue)?;
        let received = |event: &Option<ArchivedEvent>| event.as_ref().map(|at| at.event.received);
        if received(&one) > received(&found) {
            found = one;
        }
    }
    Ok(found)
}

/// The oldest stored event of several issues, body and all.
///
/// # Errors
///
/// [`StoreError`] of the archive.
pub fn oldest_of(
    archive: &dyn Archive,
    project: ProjectId,
    issues: &[IssueId],
) -> Result<Option<ArchivedEvent>, StoreError> {
    let mut found: Option<ArchivedEvent> = None;
    for issue in issues {
        let Some(one) = archive.oldest(project, *issue)? else {
            continue;
        };
        let is_older = |known: &ArchivedEvent| one.event.received < known.event.received;
        if found.as_ref().is_none_or(is_older) {
            found = Some(one);
        }
    }
    Ok(found)
}

/// The events around one event within its issue, by time of receipt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// The issue's first stored event.
    pub oldest: Option<EventId>,
    /// The one before.
    pub previous: Option<EventId>,
    /// The one after.
    pub next: Option<EventId>,
    /// The issue's last stored event.
    pub latest: Option<EventId>,
    /// Which one this is, from 1, the oldest first.
    pub position: u64,
    /// How many events of the issue are stored.
    pub stored: u64,
}

/// Which events of a project are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// The project.
    pub project: ProjectId,
    /// Events received before this go.
    pub since: Timestamp,
    /// Of what remains, the oldest go until the project takes no more than this; `None`: no bound.
    pub bytes_max: Option<u64>,
}

/// What forgetting gave back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freed {
    /// Events that were forgotten.
    pub events: u64,
    /// Bytes that they took: of files where files shrank or went, of rows and bodies where the
    /// place is used again.
    pub bytes: u64,
}

impl std::ops::AddAssign for Freed {
    fn add_assign(&mut self, more: Self) {
        self.events += more.events;
        self.bytes += more.bytes;
    }
}

/// What a project has in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The project.
    pub project: ProjectId,
    /// Stored events.
    pub events: u64,
    /// Bytes of their bodies and rows, as stored; indexes are not counted.
    pub bytes: u64,
    /// When the oldest was received.
    pub oldest: Timestamp,
    /// When the newest was.
    pub newest: Timestamp,
}

/// Keeps events. Every question names the project: an id alone opens nothing.
pub trait Archive: Send + Sync {
    /// Keeps a batch, in one transaction, synced before it returns. An event whose
    /// (project, id) is there already is skipped, so a replay is harmless. One that is there in
    /// another issue belongs to this one from here on; engines may keep it twice until what is
    /// left of the other issue is forgotten.
    fn append(&self, batch: &[ArchivedEvent]) -> Result<(), StoreError>;

    /// For each of `ids` the issue in which it is stored, in order; `None` for an unknown one.
    /// Called by the digest with every batch, so it must stay cheap however much is stored.
    fn known(&self, ids: &[(ProjectId, EventId)]) -> Result<Vec<Option<IssueId>>, StoreError>;

    /// Forgets what is too old or too much. Digesting goes on meanwhile. Engines may work in
    /// whole partitions: an event goes when all that share its partition and project may go.
    fn retain(&self, keep: &[Keep]) -> Result<Freed, StoreError>;

    /// What each project has stored, by project.
    fn usage(&self) -> Result<Vec<Usage>, StoreError>;

    /// One event, body and all.
    fn event(&self, project: ProjectId, id: EventId) -> Result<Option<ArchivedEvent>, StoreError>;

    /// In which of `projects` the event is, and in which issue. Newest first if in several.
    fn find(
        &self,
        projects: &[ProjectId],
        id: EventId,
    ) -> Result<Vec<(ProjectId, IssueId)>, StoreError>;

    /// Events of a project: see [`Archive::events_of`].
    fn events(
        &self,
        project: ProjectId,
        filter: &EventFilter,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<EventSummary>, StoreError> {
        self.events_of(&[project], filter, cursor, limit)
    }

    /// Events of projects, newest received first. Engines bound how many events one page of a
    /// search looks at: it may be shorter than asked for, or empty, and still go on.
    fn events_of(
        &self,
        projects: &[ProjectId],
        filter: &EventFilter,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<EventSummary>, StoreError>;

    /// How many events were received in each piece of time. A filter that an index answers counts
    /// all; of others the newest events are looked at, and [`crate::Extent`] says how far.
    fn histogram(&self, asked: &EventsAsked<'_>, buckets: Buckets)
    -> Result<Histogram, StoreError>;

    /// Events by what they have in common: of the newest, as many as one question may look at.
    fn group_by(
        &self,
        asked: &EventsAsked<'_>,
        query: &GroupQuery,
    ) -> Result<EventGroups, StoreError>;

    /// Opens the newest events of an issue, which is all of `issues` together, or of the project
    /// when none is named: at most `limit`, until `has_enough` says of one that it was the last.
    /// What is damaged is passed over. Returns how many were opened.
    fn open_newest(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        limit: usize,
        has_enough: &mut dyn FnMut(&ArchivedEvent) -> bool,
    ) -> Result<usize, StoreError>;

    /// The newest stored event of an issue, body and all.
    fn latest(
        &self,
        project: ProjectId,
        issue: IssueId,
    ) -> Result<Option<ArchivedEvent>, StoreError>;

    /// The newest stored event of each of several families of issues, in order, for lists: what is
    /// damaged is left out. See [`crate::LifeLedger::families`].
    fn latest_each(
        &self,
        project: ProjectId,
        families: &[Vec<IssueId>],
    ) -> Result<Vec<Option<ArchivedEvent>>, StoreError>;

    /// The oldest stored event of an issue, body and all.
    fn oldest(
        &self,
        project: ProjectId,
        issue: IssueId,
    ) -> Result<Option<ArchivedEvent>, StoreError>;

    /// What is around an event in its issue, which is all of `issues` together: see
    /// [`crate::LifeLedger::family`].
    fn neighbours(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        id: EventId,
    ) -> Result<Neighbours, StoreError>;

    /// Forgets events received before `before`, of this logger only if one is named. Digesting
    /// goes on meanwhile.
    fn delete_before(
        &self,
        project: ProjectId,
        before: Timestamp,
        logger: Option<&str>,
    ) -> Result<Freed, StoreError>;

    /// Forgets all events of these issues.
    fn delete_issues(&self, project: ProjectId, issues: &[IssueId]) -> Result<Freed, StoreError>;

    /// Where events of one issue are, in the order of their arrival and behind the place `after`,
    /// which is 0 for the first: those of the first partition that has some. Empty: no more.
    fn arrivals(
        &self,
        project: ProjectId,
        issue: IssueId,
        after: i64,
    ) -> Result<Arrivals, StoreError>;

    /// The events at some of these places, bodies and all. What is damaged or gone is left out.
    fn arrived(
        &self,
        partition: u32,
        places: &[i64],
    ) -> Result<Vec<(i64, ArchivedEvent)>, StoreError>;

    /// Gives events of one issue to another, the second of `issues`. Digesting goes on meanwhile.
    /// Returns how many were not given before: when it is cut off, it can be done again.
    fn rehome(
        &self,
        project: ProjectId,
        issues: (IssueId, IssueId),
        events: &Arrivals,
    ) -> Result<u64, StoreError>;

    /// How many events are stored in all.
    fn count(&self) -> Result<u64, StoreError>;

    /// How many events were ever kept, forgotten ones included: it never falls. `None` when that
    /// cannot be said: before the first, and when the newest of them are lost.
    fn kept_to(&self) -> Result<Option<u64>, StoreError>;

    /// Checks the files as far as the engine can; the list names every damage and every file
    /// that is missing.
    fn check(&self) -> Result<Vec<String>, StoreError>;

    /// The first damage that was met since the start, without looking for more. Cheap.
    fn damage(&self) -> Option<String> {
        None
    }

    /// Whether it still stands on its files. Cheap: asked before the digest lets go of anything.
    fn footing(&self) -> Footing {
        Footing::default()
    }
}

/// Who was using the application, in one word: see [`EventSummary::user`].
pub(crate) fn user_of(event: &Event) -> Option<&str> {
    let user = event.user.as_ref()?;
    let names = [&user.email, &user.username, &user.id, &user.ip_address];
    let mut names = names.into_iter().filter_map(|name| name.as_deref());
    names.find(|name| !name.is_empty())
}
