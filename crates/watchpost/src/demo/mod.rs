//! A month of an invented company, lived through in seconds: `cli::demo` asks for it.
//!
//! Nothing is written by hand. Programs send what they would send through the doors of the gates,
//! the digest files it, people act through the functions of the pages; only the clock is our own,
//! and runs from step to step of the plan.

mod clock;
mod deeds;
mod furnish;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use axum::Router;
use axum::body::{Body, to_bytes};
use futures_util::future::try_join_all;
use tokio::sync::broadcast;
use tower::ServiceExt;
use watchpost_demo::{Deed, Plan, Request, Step};
use watchpost_ingest::{Ingest, fold_paths, trust_clock};
use watchpost_model::{Clock, Timestamp};
use watchpost_store::LifeLedger;

use crate::config::Config;
use crate::wiring::{self, House};

use clock::MonthClock;
use deeds::Doing;
use furnish::Company;

/// Requests that are under way together: as many share one sync.
const REQUEST_COUNT: usize = 200;
/// The doors would begin to refuse if the digest fell far behind.
const BEHIND_COUNT_MAX: u64 = 1_000;
/// Bytes of an answer that are read, to say what was refused.
const ANSWER_BYTES_MAX: usize = 10_000;
/// How often it is asked whether the digest is through.
const DIGEST_LOOK: Duration = Duration::from_millis(1);
/// It is stuck when nothing moves for so long.
const DIGEST_STUCK: Duration = Duration::from_mins(1);

/// Lives through the month in the empty folder of `config`. The stores are closed when it returns.
pub(crate) async fn live(config: &Config, plan: &Plan, password: &str) -> Result<()> {
    let clock = Arc::new(MonthClock::at(plan.since()));
    let house = House {
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ..House::open(config)?
    };
    let company = Company::found(&house, plan, password)?;
    let (news, _) = broadcast::channel(1);
    let ingest = Arc::new(wiring::ingest(&house, config, news)?);
    ingest.start().context("failed to start the digest")?;
    let month = Running {
        plan,
        house,
        company,
        router: fold_paths(ingest.router()),
        ingest,
        clock,
    };
    month.run().await?;
    month.close().await
}

/// A month under way.
struct Running<'a> {
    plan: &'a Plan,
    house: House,
    company: Company,
    router: Router,
    ingest: Arc<Ingest>,
    clock: Arc<MonthClock>,
}

impl Running<'_> {
    async fn run(&self) -> Result<()> {
        let mut waiting = Vec::new();
        for step in self.plan.steps() {
            if let Some(request) = self.request(step)? {
                waiting.push((step.at, request));
                if waiting.len() == REQUEST_COUNT {
                    self.send(std::mem::take(&mut waiting)).await?;
                    self.digested(BEHIND_COUNT_MAX).await?;
                }
                continue;
            }
            if !matches!(step.deed, Deed::Release(..)) {
                self.send(std::mem::take(&mut waiting)).await?;
                self.digested(0).await?;
                self.clock.turn(step.at);
            }
            self.act(step)?;
        }
        self.send(waiting).await?;
        self.digested(0).await
    }

    /// What a program sends in a step, if it does.
    fn request(&self, step: &Step) -> Result<Option<Request>> {
        let (Deed::Send(watchpost_demo::Sending { program, .. }) | Deed::ClientReport(program, _)) =
            &step.deed
        else {
            return Ok(None);
        };
        let (_, door) = self.company.project(*program)?;
        let request = match &step.deed {
            Deed::Send(sending) => self.plan.request(sending, step.at, door),
            Deed::ClientReport(_, count) => Some(self.plan.client_report(*count, step.at, door)),
            Deed::Release(..) | Deed::Act { .. } | Deed::Day => None,
        };
        request.context("the plan sends nothing").map(Some)
    }

    /// Sends requests through the doors, in order, each at its time.
    async fn send(&self, requests: Vec<(Timestamp, Request)>) -> Result<()> {
        let sends = requests.into_iter().map(|(at, request)| async move {
            // A door reads the clock before it waits for anything.
            self.clock.turn(at);
            self.post(request).await
        });
        try_join_all(sends).await.map(drop)
    }

    async fn post(&self, request: Request) -> Result<()> {
        let mut builder = axum::http::Request::post(&request.path);
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        let built = builder.body(Body::from(request.body));
        let answer = self.router.clone().oneshot(built?).await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let status = answer.status();
        if !status.is_success() {
            let said = to_bytes(answer.into_body(), ANSWER_BYTES_MAX).await?;
            bail!(
                "{} answered {status}: {}",
                request.path,
                said.escape_ascii()
            );
        }
        Ok(())
    }

    /// Waits until all that was sent is filed, but for so many events.
    async fn digested(&self, behind: u64) -> Result<()> {
        let (mut moved, mut before) = (Instant::now(), None);
        loop {
            let status = self.ingest.status();
            if status.committed.saturating_add(behind) >= status.appended {
                return Ok(());
            }
            if before.replace(status.committed) != Some(status.committed) {
                moved = Instant::now();
            }
            ensure!(moved.elapsed() < DIGEST_STUCK, "the digest does not go on");
            tokio::time::sleep(DIGEST_LOOK).await;
        }
    }

    /// What people and time do in a step.
    fn act(&self, step: &Step) -> Result<()> {
        match &step.deed {
            Deed::Send(_) | Deed::ClientReport(..) => {}
            Deed::Release(program, version) => {
                let project = self.company.project(*program)?.0.id;
                deeds::release(&self.house, project, version, step.at)?;
            }
            Deed::Act {
                program,
                event,
                person,
                act,
            } => {
                let doing = Doing {
                    at: step.at,
                    program: *program,
                    event: *event,
                    person: *person,
                    act,
                };
                deeds::carry_out(&self.house, self.plan, &self.company, &doing)?;
            }
            Deed::Day => {
                self.house.ledger.age(step.at)?;
            }
        }
        Ok(())
    }

    /// Closes the stores, as after any stop.
    async fn close(self) -> Result<()> {
        let Self {
            house,
            router,
            ingest,
            ..
        } = self;
        trust_clock(&*house.ledger, house.now())?;
        drop(router);
        let stopped = tokio::task::spawn_blocking(move || ingest.shutdown(DIGEST_STUCK)).await?;
        ensure!(stopped, "the digest did not finish");
        // The upkeep goes when it has heard of the stop.
        let since = Instant::now();
        while Arc::strong_count(&house.ledger) > 1 {
            ensure!(since.elapsed() < DIGEST_STUCK, "the stores are in use");
            tokio::time::sleep(DIGEST_LOOK).await;
        }
        Ok(())
    }
}
