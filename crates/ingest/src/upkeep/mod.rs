//! What the house does by itself beside intake, in a thread of its own: after a start it settles
//! what a crash left behind, and every hour it forgets what is too old or too much.
//!
//! Nothing here waits for the digest, and the digest waits for nothing here but the moments of a
//! small transaction.

mod watch;

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use watchpost_model::{Clock, Project, Retention, Timestamp};
use watchpost_store::limits::{FILTERED_EVENT_SECS_MAX, TRASH_SECS};
use watchpost_store::{Archive, ClockWatch, EventFilter, Keep, Ledger, StoreError, carry_out};

use crate::digest::{Phase, Stop};
use crate::gate::chain;
use crate::limits::{
    CLOCK_HOLD_SECS, COUNT_DAYS_MAX, RETENTION_DAYS, SETTLE_COUNT_STEP, UPKEEP_PAUSE,
    UPKEEP_PAUSE_FIRST,
};

const DAY_SECS: i64 = 24 * 3600;

/// What the thread works with.
pub(crate) struct Upkeep {
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) archive: Arc<dyn Archive>,
    pub(crate) clock: Arc<dyn Clock>,
    /// For projects that say nothing themselves.
    pub(crate) retention: Retention,
    pub(crate) stop: Arc<Stop>,
}

impl Upkeep {
    /// Starts the thread. It ends when told to stop.
    pub(crate) fn start(self: Arc<Self>) -> io::Result<JoinHandle<()>> {
        let builder = thread::Builder::new().name("upkeep".to_owned());
        builder.spawn(move || {
            report("remember the clock", self.remember_clock());
            report("settle events", self.settle_leftovers());
            report("split issues", self.split_issues());
            let mut pause = UPKEEP_PAUSE_FIRST;
            loop {
                self.stop.pause(pause, Phase::Drain);
                if self.stop.phase() != Phase::Run {
                    return;
                }
                report("forget old events", self.pass());
                pause = UPKEEP_PAUSE;
            }
        })
    }

    /// Before the first events arrive: a clock that is wrong from the start is found out by the
    /// events of the time before.
    fn remember_clock(&self) -> Result<(), StoreError> {
        match self.ledger.clock_watch()? {
            Some(_) => Ok(()),
            None => self.ledger.set_clock_watch(&self.first_watch()?),
        }
    }

    fn first_watch(&self) -> Result<ClockWatch, StoreError> {
        let mut newest = None;
        for project in self.projects()? {
            let all = EventFilter::default();
            let page = self.archive.events(project.id, &all, None, 1)?;
            newest = newest.max(page.rows.first().map(|event| event.received));
        }
        Ok(watch::first(newest, self.clock.now()))
    }

    /// Takes note of what the archive has of the events that were counted before a crash.
    pub(crate) fn settle_leftovers(&self) -> Result<(), StoreError> {
        let mut after = None;
        while self.stop.phase() == Phase::Run {
            let step = self.ledger.unsettled(after, SETTLE_COUNT_STEP)?;
            let Some(last) = step.last() else { break };
            after = Some(*last);
            let known = self.archive.known(&step)?;
            let there = step.into_iter().zip(known);
            let there: Vec<_> = there
                .filter_map(|(event, issue)| issue.map(|_| event))
                .collect();
            self.ledger.settle(&there)?;
        }
        Ok(())
    }

    /// Goes on with issues that were being split when somebody stopped. One that cannot be split
    /// does not hold up the others.
    pub(crate) fn split_issues(&self) -> Result<(), StoreError> {
        let (stores, goes_on) = ((&*self.ledger, &*self.archive), || {
            self.stop.phase() == Phase::Run
        });
        for split in self.ledger.splits()? {
            let (project, issue) = (split.project, split.source);
            if let Err(error) = carry_out(stores, split, &watchpost_group::face, &goes_on) {
                tracing::warn!(
                    %project, %issue,
                    error = chain(&error),
                    "failed to split an issue"
                );
            }
        }
        Ok(())
    }

    /// One look: forgets events by age and bytes, and counts that nobody asks for any more.
    pub(crate) fn pass(&self) -> Result<(), StoreError> {
        let projects = self.projects()?;
        let watch = self.look_at_clock(&projects)?;
        let keeps: Vec<_> = projects
            .iter()
            .map(|project| Keep {
                project: project.id,
                since: watch.trusted.plus_secs(-self.age_secs(project)),
                bytes_max: project.retention.bytes.or(self.retention.bytes),
            })
            .collect();
        let freed = self.archive.retain(&keeps)?;
        if freed.events > 0 {
            let (events, bytes) = (freed.events, freed.bytes);
            tracing::info!(events, bytes, "forgot events that were too old or too much");
        }
        let before = watch.trusted.plus_secs(-COUNT_DAYS_MAX * DAY_SECS);
        let glimpses = watch.trusted.plus_secs(-FILTERED_EVENT_SECS_MAX);
        self.ledger.forget_filtered(glimpses)?;
        let trimmed = self.ledger.trim(before)?;
        tracing::debug!(
            outcomes = trimmed.outcomes,
            hours = trimmed.hours,
            unsettled = trimmed.unsettled,
            "forgot old counts"
        );
        let emptied = self.empty_trash();
        let aged = self.age();
        self.split_issues()?;
        emptied.and(aged)
    }

    /// Forgets deleted issues that nobody can bring back any more: their events first, so that a
    /// crash in between leaves them to the next look.
    fn empty_trash(&self) -> Result<(), StoreError> {
        let before = self.clock.now().plus_secs(-2 * TRASH_SECS);
        while self.stop.phase() == Phase::Run {
            let all = self.ledger.trash(before)?;
            for of in &all {
                self.archive.delete_issues(of.project, &of.issues)?;
                self.ledger.empty_trash(of)?;
            }
            if all.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// Lets issues grow old, by the clock: nothing is forgotten by it.
    fn age(&self) -> Result<(), StoreError> {
        let aged = self.ledger.age(self.clock.now())?;
        tracing::debug!(
            ongoing = aged.ongoing,
            opened = aged.opened,
            judged = aged.judged,
            "let issues grow old"
        );
        Ok(())
    }

    /// Decides what time it is for events to grow old by.
    fn look_at_clock(&self, projects: &[Project]) -> Result<ClockWatch, StoreError> {
        let now = self.clock.now();
        let before = match self.ledger.clock_watch()? {
            Some(watch) => watch,
            None => self.first_watch()?,
        };
        let usage = self.archive.usage()?;
        let is_much = projects.iter().any(|project| {
            let stored = usage.iter().find(|usage| usage.project == project.id);
            let since = now.plus_secs(-self.age_secs(project));
            stored.is_some_and(|stored| watch::is_much(stored.oldest, before.trusted, since))
        });
        let watch = watch::step(before, now, is_much);
        self.ledger.set_clock_watch(&watch)?;
        if let Some(leapt) = watch.leapt {
            let until = leapt.plus_secs(CLOCK_HOLD_SECS);
            tracing::error!(
                clock = %now, trusted = %watch.trusted, %until,
                "the clock leapt ahead, and much of what is stored would be too old: nothing is \
                 forgotten for its age yet. Set the clock right; if it is right, run `watchpost \
                 cleanup`, or wait"
            );
        }
        Ok(watch)
    }

    fn age_secs(&self, project: &Project) -> i64 {
        let days = project.retention.days.or(self.retention.days);
        i64::from(days.unwrap_or(RETENTION_DAYS)) * DAY_SECS
    }

    fn projects(&self) -> Result<Vec<Project>, StoreError> {
        let mut projects = Vec::new();
        for org in self.ledger.orgs()? {
            projects.extend(self.ledger.projects(org.id)?);
        }
        Ok(projects)
    }
}

/// It is tried again in an hour, or after the next start.
fn report(what: &str, done: Result<(), StoreError>) {
    if let Err(error) = done {
        tracing::warn!(error = chain(&error), "failed to {what}");
    }
}

/// What a person decided: the clock is right, and old events may go. For `watchpost cleanup`.
pub fn trust_clock(ledger: &dyn Ledger, now: Timestamp) -> Result<(), StoreError> {
    ledger.set_clock_watch(&ClockWatch {
        trusted: now,
        seen: now,
        leapt: None,
    })
}
