//! Filing events: each finds or makes its issue, what they count is added up per batch.
//!
//! Called inside one transaction. Nothing here looks at a clock: the same batch gives the same
//! rows, and a batch that was filed before changes nothing.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rusqlite::{Connection, OptionalExtension, params};
use watchpost_model::regression::Verdict;
use watchpost_model::{
    Applied, Change, Event, Found, Grouped, GroupingHash, IssueId, Outcome, ProjectId, Status,
    Timestamp,
};

use super::counted::Counted;
use super::folder::Folder;
use super::judge::{self, Dates};
use super::overflow::{self, Face};
use super::tally::Tally;
use super::{joined, merge, owned, users};
use crate::sqlite::columns::Columns;
use crate::sqlite::fault::Fault;
use crate::{DISCARDED_REASON, Filing, Owners};

/// See [`crate::IssueLedger::apply`]. `new_issues_max`: how many issues a project may open in an
/// hour.
pub(super) fn apply(
    sql: &Connection,
    filings: &[Filing],
    (new_issues_max, owners): (u64, &dyn Owners),
) -> Result<Vec<Applied>, Fault> {
    let mut desk = Desk::open(sql, (new_issues_max, owners))?;
    let mut filed = Vec::with_capacity(filings.len());
    for filing in filings {
        filed.push(desk.file(filing)?);
    }
    for woken in desk.close()? {
        // What brought it back was the last event, or those before it: one is enough to tell.
        let mut of_issue = filed.iter_mut().rev();
        let last = of_issue.find(|applied: &&mut Applied| {
            applied.issue == woken && applied.change == Change::Repeated
        });
        if let Some(last) = last {
            last.change = Change::Reopened;
        }
    }
    Ok(filed)
}

/// What is known of a batch so far. Rows of issues are read once and written once.
struct Desk<'a> {
    sql: &'a Connection,
    new_issues_max: u64,
    rules: &'a dyn Owners,
    counted: Counted<'a>,
    owners: HashMap<(ProjectId, GroupingHash), IssueId>,
    rooms: joined::Rooms,
    /// The issue for too many issues of each project, if it has one.
    overflows: HashMap<ProjectId, Option<IssueId>>,
    issues: HashMap<IssueId, Folder>,
    first_events: HashMap<ProjectId, Timestamp>,
    /// Of archived issues, the latest event of the batch.
    sleepers: HashMap<IssueId, &'a Event>,
    dates: Dates,
    tally: Tally<'a>,
}

/// Where an event was filed.
struct Place {
    /// The issue that owns its key.
    home: IssueId,
    /// The one that shows it: `home`, or what that was merged into.
    issue: IssueId,
    change: Change,
    note: Option<String>,
}

impl<'a> Desk<'a> {
    fn open(
        sql: &'a Connection,
        (new_issues_max, rules): (u64, &'a dyn Owners),
    ) -> Result<Self, Fault> {
        Ok(Self {
            sql,
            new_issues_max,
            rules,
            counted: Counted::open(sql)?,
            owners: HashMap::new(),
            rooms: joined::Rooms::default(),
            overflows: HashMap::new(),
            issues: HashMap::new(),
            first_events: HashMap::new(),
            sleepers: HashMap::new(),
            dates: Dates::default(),
            tally: Tally::default(),
        })
    }

    /// Files one event.
    fn file(&mut self, filing: &'a Filing) -> Result<Applied, Fault> {
        let grouped = &filing.grouped;
        self.counted.pass(filing);
        let (mut place, mut found) = match self.counted.issue_of(filing)? {
            Some(home) => {
                if !self.counted.is_replay(filing) {
                    self.tally.end(Outcome::Duplicate, "", grouped);
                }
                let place = Place {
                    home,
                    issue: self.shown(home)?,
                    change: Change::Duplicate,
                    note: None,
                };
                (place, None)
            }
            None => self.count(filing)?,
        };
        if self.overflow_of(grouped.project)? == Some(place.home) {
            found = found.map(|_| Found::Overflow);
            place.note = Some(overflow::note(grouped.event.received, self.new_issues_max));
        }
        Ok(Applied {
            project: grouped.project,
            event: grouped.event.event_id,
            issue: place.issue,
            home: place.home,
            change: place.change,
            found,
            note: place.note,
        })
    }

    /// Counts an event for the first time.
    fn count(&mut self, filing: &'a Filing) -> Result<(Place, Option<Found>), Fault> {
        let grouped = &filing.grouped;
        let (place, found) = match self.owner(grouped)? {
            Some((owner, found)) if owner.0 < 0 => {
                if !self.counted.is_replay(filing) {
                    self.tally.end(Outcome::Filtered, DISCARDED_REASON, grouped);
                    let thrown = self.tally.discarded.entry(owner.0).or_default();
                    thrown.add(1, grouped.event.received);
                }
                let place = Place {
                    home: owner,
                    issue: owner,
                    change: Change::Discarded,
                    note: None,
                };
                return Ok((place, Some(found)));
            }
            Some((home, found)) => {
                let is_news = self.own_hashes(home, &grouped.hashes, grouped.project)?;
                let place = self.add(home, grouped)?;
                if is_news {
                    joined::tell(self.sql, place.issue, grouped, &found)?;
                }
                (place, found)
            }
            None => (self.open_issue(grouped)?, Found::New),
        };
        self.look_for_owners(place.issue, grouped)?;
        self.counted.remember(place.home, filing)?;
        self.tally.count(place.home, grouped);
        self.tally.end(Outcome::Accepted, "", grouped);
        let received = grouped.event.received;
        self.first_events.entry(grouped.project).or_insert(received);
        Ok((place, Some(found)))
    }

    /// Asks whose an issue is, once per version of the rules. That of too many issues is nobody's.
    fn look_for_owners(&mut self, issue: IssueId, grouped: &Grouped) -> Result<(), Fault> {
        let (sql, project, rules) = (self.sql, grouped.project, self.rules);
        let version = rules.version(project);
        if version == 0 {
            return Ok(());
        }
        let folder = self.folder(issue)?;
        if std::mem::replace(&mut folder.owners_version, version) == version
            || self.overflow_of(project)? == Some(issue)
        {
            return Ok(());
        }
        owned::judge(sql, (project, issue), rules, &grouped.event)
    }

    /// Opens an issue for an event whose keys nobody owns. When the project has opened too many
    /// within the hour, the event goes into the one issue for that, and its keys stay free: once
    /// the flood is over, the next event of its kind gets an issue of its own.
    fn open_issue(&mut self, grouped: &'a Grouped) -> Result<Place, Fault> {
        let project = grouped.project;
        let hour = grouped.event.received;
        if let Some(number) = overflow::next_number(self.sql, project, hour, self.new_issues_max)? {
            let place = self.create(number, &Face::of(grouped), grouped)?;
            self.own_hashes(place.home, &grouped.hashes, project)?;
            return Ok(place);
        }
        if let Some(issue) = self.overflow_of(project)? {
            return self.add(issue, grouped);
        }
        let number = overflow::own_number(self.sql, project)?;
        let value = overflow::value(self.new_issues_max);
        let place = self.create(number, &Face::of_overflow(&value), grouped)?;
        self.own_hashes(place.home, &[overflow::HASH], project)?;
        self.overflows.insert(project, Some(place.home));
        Ok(place)
    }

    fn overflow_of(&mut self, project: ProjectId) -> Result<Option<IssueId>, Fault> {
        if let Some(issue) = self.overflows.get(&project) {
            return Ok(*issue);
        }
        let issue = self.owner_of(project, overflow::HASH)?;
        self.overflows.insert(project, issue);
        Ok(issue)
    }

    /// The issue that owns one of the event's keys: the most specific key that is known decides,
    /// then what a version before would have said.
    fn owner(&mut self, grouped: &Grouped) -> Result<Option<(IssueId, Found)>, Fault> {
        for key in grouped.hashes.iter().chain(&grouped.previous) {
            if let Some(issue) = self.owner_of(grouped.project, *key)? {
                return Ok(Some((issue, grouped.found_by(key))));
            }
        }
        Ok(None)
    }

    fn owner_of(
        &mut self,
        project: ProjectId,
        hash: GroupingHash,
    ) -> Result<Option<IssueId>, Fault> {
        if let Some(issue) = self.owners.get(&(project, hash)) {
            return Ok(Some(*issue));
        }
        let mut statement = self.sql.prepare_cached(
            "SELECT issue FROM issue_hash WHERE project = ?1 AND version = ?2 AND digest = ?3",
        )?;
        let issue: Option<i64> = statement
            .query_row(params![project.0, hash.version, hash.digest], |row| {
                row.column("issue")
            })
            .optional()?;
        let issue = issue.map(IssueId);
        if let Some(issue) = issue {
            self.owners.insert((project, hash), issue);
        }
        Ok(issue)
    }

    /// Gives the keys that nobody owns to `issue`, as long as it has room for them. Returns whether
    /// the most specific one is of them.
    fn own_hashes(
        &mut self,
        issue: IssueId,
        hashes: &[GroupingHash],
        project: ProjectId,
    ) -> Result<bool, Fault> {
        let mut is_news = false;
        for (place, hash) in hashes.iter().enumerate() {
            if self.owner_of(project, *hash)?.is_none() && self.rooms.take(self.sql, issue)? {
                joined::own(self.sql, (project, *hash), issue)?;
                self.owners.insert((project, *hash), issue);
                is_news |= place == 0;
            }
        }
        Ok(is_news)
    }

    /// Makes an issue of its first event, which decides what it is called for good.
    fn create(&mut self, number: i64, face: &Face<'_>, grouped: &Grouped) -> Result<Place, Fault> {
        let (issue, folder) = Folder::insert(self.sql, number, face, grouped)?;
        self.issues.insert(issue, folder);
        Ok(Place {
            home: issue,
            issue,
            change: Change::New,
            note: None,
        })
    }

    /// The issue that shows the events of `home`.
    fn shown(&mut self, home: IssueId) -> Result<IssueId, Fault> {
        Ok(self.folder(home)?.merged_into.unwrap_or(home))
    }

    fn folder(&mut self, issue: IssueId) -> Result<&mut Folder, Fault> {
        match self.issues.entry(issue) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => Ok(entry.insert(Folder::read(self.sql, issue)?)),
        }
    }

    /// Adds an event to a known issue, and brings back what shows it, if that was resolved and the
    /// event is news.
    fn add(&mut self, home: IssueId, grouped: &'a Grouped) -> Result<Place, Fault> {
        let event = &grouped.event;
        let folder = self.folder(home)?;
        let issue = folder.merged_into.unwrap_or(home);
        folder.span.add(event);
        if let Some(own) = &mut folder.own {
            own.add(event);
        }
        if issue != home {
            self.folder(issue)?.span.add(event);
        }
        let (sql, project) = (self.sql, grouped.project);
        let Some(folder) = self.issues.get_mut(&issue) else {
            return Err(Fault::missing("issue"));
        };
        let (mut change, mut note) = (Change::Repeated, None);
        match folder.stand.status {
            Status::Unresolved => {}
            Status::Archived => {
                self.sleepers.insert(issue, event);
            }
            Status::Resolved => {
                let stand = &mut folder.stand;
                match judge::regress(sql, &mut self.dates, (project, stand), event)? {
                    Verdict::Regressed(reason) => {
                        judge::reopen(sql, issue, stand, (event, &reason))?;
                        folder.is_moved = true;
                        change = Change::Reopened;
                    }
                    Verdict::Stays(reason) => {
                        note = Some(format!("the issue stays resolved: {reason}"));
                    }
                }
            }
        }
        Ok(Place {
            home,
            issue,
            change,
            note,
        })
    }

    /// Writes what was added up; the archived issues that came back by it.
    fn close(mut self) -> Result<Vec<IssueId>, Fault> {
        let tally = std::mem::take(&mut self.tally);
        for (home, added) in tally.write(self.sql)? {
            self.add_users(home, added)?;
        }
        let mut woken = Vec::new();
        for (issue, event) in std::mem::take(&mut self.sleepers) {
            let sql = self.sql;
            let Some(folder) = self.issues.get_mut(&issue) else {
                continue;
            };
            let family = match folder.own {
                Some(_) => merge::family(sql, issue)?,
                None => vec![issue],
            };
            if judge::wake(sql, issue, folder, (event, &family))? {
                woken.push(issue);
            }
        }
        for (issue, folder) in &self.issues {
            folder.write(self.sql, *issue)?;
        }
        let mut first = self.sql.prepare_cached(
            "UPDATE project SET first_event = ?2 WHERE id = ?1 AND first_event IS NULL",
        )?;
        for (project, received) in &self.first_events {
            first.execute(params![project.0, received.as_micros()])?;
        }
        self.counted.close()?;
        Ok(woken)
    }

    /// An issue has so many users more; what it was merged into may know some of them already.
    fn add_users(&mut self, home: IssueId, added: u64) -> Result<(), Fault> {
        let sql = self.sql;
        let folder = self.folder(home)?;
        let (merged_into, is_whole) = (folder.merged_into, folder.own.is_some());
        match &mut folder.own {
            Some(own) => own.user_count += added,
            None => folder.span.user_count += added,
        }
        if merged_into.is_some() || is_whole {
            let issue = merged_into.unwrap_or(home);
            let together = users::together(sql, &merge::family(sql, issue)?)?;
            let shown = &mut self.folder(issue)?.span;
            shown.user_count = together.max(shown.user_count);
        }
        Ok(())
    }
}
