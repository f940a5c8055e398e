//! What every handler of the parlour is given.

use std::sync::Arc;
use std::time::Duration;

use crate::audit;
use futures_util::future::BoxFuture;
use tokio::sync::{broadcast, watch};
use watchpost_model::{
    Change, Clock, Event, EventId, IssueChange, IssueId, Key, ProjectId, Rejection, Retention,
    Timestamp, UserId, Vitals, chain,
};
use watchpost_store::{Actor, Archive, Forget, Ledger, Quarantine, Split, StoreError, carry_out};

/// Pauses between looks for events that are on their way into the archive.
const SPLIT_PAUSE_MIN: Duration = Duration::from_millis(20);
const SPLIT_PAUSE_MAX: Duration = Duration::from_secs(2);

/// Issues that are deleted in one transaction: the digest goes on in between.
const TRASH_COUNT_STEP: usize = 250;

/// The stores, the clock and the news, cheap to clone.
#[derive(Clone)]
pub struct App {
    /// Projects, keys, issues, people.
    pub ledger: Arc<dyn Ledger>,
    /// Events.
    pub archive: Arc<dyn Archive>,
    /// What could not be digested.
    pub quarantine: Arc<dyn Quarantine>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// News of issues, sent by the digest and by changes that people make.
    pub news: broadcast::Sender<IssueChange>,
    /// Prints the server's own numbers for Prometheus.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// Reads what a client would send as the digest does, to try rules on it. The error is for
    /// people.
    pub read_event: Arc<ReadEvent>,
    /// What was refused of late of clients that meant a project, newest first.
    pub rejections: Arc<Rejections>,
    /// Hands an event in as a client with that key would, until it is on disk. The error is what
    /// the client would read.
    pub hand_in: Arc<HandIn>,
    /// How the server is, measured by the binary.
    pub vitals: watch::Receiver<Arc<Vitals>>,
    /// What the operator decided.
    pub config: Arc<WebConfig>,
}

/// See [`App::read_event`].
pub type ReadEvent = dyn Fn(&[u8], Timestamp) -> Result<Event, String> + Send + Sync;

/// See [`App::rejections`].
pub type Rejections = dyn Fn(ProjectId) -> Vec<Rejection> + Send + Sync;

/// See [`App::hand_in`].
pub type HandIn =
    dyn Fn(&Key, Vec<u8>) -> BoxFuture<'static, Result<EventId, String>> + Send + Sync;

/// What the operator decided about the web interface.
#[derive(Clone, Debug)]
pub struct WebConfig {
    /// Where people and clients reach this server: `https://errors.example`, without a slash at
    /// the end. Links, DSNs and redirects are made from it, never from a `Host` header.
    pub public_url: String,
    /// How long events of projects are kept that do not say so themselves.
    pub retention: Retention,
    /// Whether everything is made up and goes when the server stops: every page says so.
    pub is_demo: bool,
}

impl App {
    /// The issue that shows `issue`, and all whose events it shows: where the archive has them.
    /// Blocks.
    pub(crate) fn family(
        &self,
        project: ProjectId,
        issue: IssueId,
    ) -> Result<Vec<IssueId>, StoreError> {
        let family = self.ledger.family(project, issue)?;
        // The events of an issue that was just forgotten may still be there.
        Ok(if family.is_empty() {
            vec![issue]
        } else {
            family
        })
    }

    /// The issues of projects in the trash: nothing shows their events. Blocks.
    pub(crate) fn trashed(&self, projects: &[ProjectId]) -> Result<Vec<IssueId>, StoreError> {
        let mut all = Vec::new();
        for project in projects {
            all.extend(self.ledger.trashed(*project)?);
        }
        Ok(all)
    }

    /// Deletes issues, so that for some time it can be undone: see
    /// [`watchpost_store::TrashLedger`].
    pub(crate) async fn trash_issues(
        &self,
        project: ProjectId,
        issues: Vec<IssueId>,
        how: Forget,
        by: UserId,
    ) -> Result<Vec<IssueId>, StoreError> {
        let trashed = self.ask(move |app| {
            let (actor, now) = (Actor::User(by), app.clock.now());
            let mut trashed = Vec::new();
            for step in issues.chunks(TRASH_COUNT_STEP) {
                let done = app.ledger.trash_issues(project, step, how, actor, now)?;
                trashed.extend(done.changed);
            }
            Ok(trashed)
        });
        let trashed = trashed.await?;
        self.tell(project, &trashed);
        if !trashed.is_empty() {
            audit::issues_forgotten(self, project, &trashed, how, by).await;
        }
        Ok(trashed)
    }

    /// Whether an issue is there, and not in the trash. Blocks.
    pub(crate) fn has_issue(&self, project: ProjectId, issue: IssueId) -> Result<bool, StoreError> {
        Ok(self.ledger.issue_project(&[project], issue)?.is_some())
    }

    /// Tells open pages that issues are not as they were. Nobody listening is no error.
    pub(crate) fn tell(&self, project: ProjectId, changed: &[IssueId]) {
        for issue in changed {
            let news = IssueChange {
                project,
                issue: *issue,
                event: None,
                change: Change::Repeated,
            };
            let _ = self.news.send(news);
        }
    }

    /// Moves the events of issues that are being split, which may take a while: the caller does
    /// not wait for that. What is left when it fails, upkeep goes on with.
    pub(crate) fn split_issues(&self) {
        let app = self.clone();
        tokio::task::spawn_blocking(move || {
            let (mut pause, mut before) = (SPLIT_PAUSE_MIN, Vec::new());
            while pause < SPLIT_PAUSE_MAX {
                let left = match app.split_some() {
                    Ok(left) => left,
                    Err(error) => {
                        tracing::warn!(error = chain(&error), "failed to split an issue");
                        return;
                    }
                };
                if left.is_empty() || !app.goes_on() {
                    return;
                }
                if left == before {
                    // Events are on their way into the archive.
                    let pause_over = tokio::time::sleep(pause);
                    tokio::runtime::Handle::current().block_on(pause_over);
                    pause *= 2;
                }
                before = left;
            }
        });
    }

    /// Does some of it; what is left. Blocks.
    fn split_some(&self) -> Result<Vec<Split>, StoreError> {
        let stores = (&*self.ledger, &*self.archive);
        for split in self.ledger.splits()? {
            let (project, issues) = (split.project, [split.source, split.dest]);
            let goes_on = || self.goes_on();
            if !carry_out(stores, split, &watchpost_group::face, &goes_on)? {
                continue;
            }
            self.tell(project, &issues);
        }
        self.ledger.splits()
    }

    /// Whether the server runs: who measures it ends when it ends.
    fn goes_on(&self) -> bool {
        self.vitals.has_changed().is_ok()
    }

    /// Runs a question to the stores on a thread that may block.
    pub(crate) async fn ask<T, F>(&self, question: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Self) -> Result<T, StoreError> + Send + 'static,
    {
        let app = self.clone();
        let answer = tokio::task::spawn_blocking(move || question(&app)).await;
        answer.unwrap_or_else(|failed| {
            Err(StoreError::Engine {
                operation: "answer a question",
                source: Box::new(failed),
            })
        })
    }
}
