//! What every measurement has in common: its options, its folder, the pool of events, and a server
//! with as many stored events as wanted.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Context;
use watchpost_model::ProjectId;

use crate::body::{Encoding, Request, Target};
use crate::cores::Split;
use crate::events::Payload;
use crate::load::{self, Pace, Plan, Sent, Source, Stop, float};
use crate::proc::{Memory, Usage};
use crate::process::Process;
use crate::report::{Report, Row};
use crate::server::Site;
use crate::{proc, server, verify};

/// Different events in the pool, at least; never fewer than issues.
const VARIANT_COUNT_MIN: u64 = 2_000;
/// Unmeasured load before the measured one.
const WARM_UP: Duration = Duration::from_secs(2);
/// Connections that fill a server with events before it is measured.
const FILL_CONNECTIONS: usize = 64;
/// Events that a fill sends before it waits for the digest.
const FILL_COUNT_MAX: u64 = 200_000;
/// A filled folder is used again until it has grown by this share.
const FILL_SLACK_PERCENT: u64 = 50;

/// What every measurement can be told.
#[derive(clap::Args, Clone)]
pub(crate) struct Options {
    /// Size of the events.
    #[arg(long, value_enum, default_value = "5k")]
    pub(crate) payload: Payload,
    /// How bodies are compressed.
    #[arg(long, value_enum, default_value = "gzip")]
    pub(crate) encoding: Encoding,
    /// How many issues the events belong to.
    #[arg(long, default_value_t = 100, value_name = "COUNT")]
    pub(crate) issues: u64,
    /// Seconds of each measured load.
    #[arg(long, default_value_t = 20, value_name = "SECONDS")]
    pub(crate) seconds: u64,
    /// Stop each load after so many events instead.
    #[arg(long, value_name = "COUNT")]
    pub(crate) events: Option<u64>,
    /// Connections that send.
    #[arg(long, default_value_t = 64, value_name = "COUNT")]
    pub(crate) connections: usize,
    /// Events a second, evenly, whatever the answers do; without it as fast as answers come.
    #[arg(long, value_name = "PER_SECOND")]
    pub(crate) rate: Option<f64>,
    /// Give the server the first half of the processors and this program the others.
    #[arg(long)]
    pub(crate) split_cores: bool,
    /// Events that are stored before the measurement begins; such a folder is kept and reused.
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    pub(crate) stored: u64,
    /// Where everything is put [default: bench in the cache folder].
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// The server to measure [default: the one of this workspace, built for it].
    #[arg(long, value_name = "FILE")]
    pub(crate) binary: PathBuf,
    /// Write the results into this page, too.
    #[arg(long, value_name = "FILE")]
    pub(crate) page: Option<PathBuf>,
}

impl Options {
    pub(crate) fn plan(&self, pace: Pace) -> Plan {
        Plan {
            connections: self.connections,
            pace,
            stop: match self.events {
                Some(count) => Stop::Count(count),
                None => Stop::After(Duration::from_secs(self.seconds)),
            },
        }
    }

    pub(crate) fn pace(&self) -> Pace {
        self.rate.map_or(Pace::Closed, Pace::Open)
    }

    /// What was sent, as the next columns of a row.
    pub(crate) fn describe(&self, row: Row) -> Row {
        let issues = format!("{} issues", self.issues);
        let mut what = [self.payload.name(), self.encoding.name(), &issues].join(", ");
        if self.split_cores {
            what.push_str(", half of the cores for the server");
        }
        row.text("events", what)
    }

    /// The pool of requests for a server.
    pub(crate) fn pool(&self, target: &Target) -> anyhow::Result<Vec<Request>> {
        let count = self.issues.max(VARIANT_COUNT_MIN);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let per_thread = count.div_ceil(u64::try_from(threads)?);
        let kind = (self.payload, self.encoding);
        let make = |from: u64| -> anyhow::Result<Vec<Request>> {
            let numbers = from..count.min(from + per_thread);
            numbers
                .map(|number| Request::new(target, kind, self.issues, number))
                .collect()
        };
        std::thread::scope(|scope| {
            let starts = (0..count).step_by(usize::try_from(per_thread)?);
            let threads: Vec<_> = starts.map(|from| scope.spawn(move || make(from))).collect();
            let mut pool = Vec::new();
            for thread in threads {
                let part = thread.join();
                pool.extend(part.map_err(|_| anyhow::anyhow!("a thread of the pool panicked"))??);
            }
            Ok(pool)
        })
    }
}

/// A started server with a pool of events for it.
pub(crate) struct Lab {
    pub(crate) options: Options,
    pub(crate) site: Site,
    pub(crate) server: Process,
    pub(crate) source: Rc<Source>,
    /// Events that were stored when the measurement began.
    pub(crate) before: u64,
    /// How busy the machine was before we came.
    pub(crate) load_before: f64,
}

impl Lab {
    /// Starts the server on a folder with as many events as wanted.
    pub(crate) async fn open(options: &Options) -> anyhow::Result<Self> {
        let load_before = proc::load_average();
        let (site, before) = if options.stored == 0 {
            (Site::fresh(&options.binary, &options.dir.join("run"))?, 0)
        } else {
            filled(options).await?
        };
        let server = if options.split_cores {
            Split::in_half()?.start(|| site.start())?
        } else {
            site.start()?
        };
        let source = source(options, &site.target(server.address)?, server.address)?;
        Ok(Self {
            options: options.clone(),
            site,
            server,
            source,
            before,
            load_before,
        })
    }

    /// Watchpost as one of several programs under the same load.
    pub(crate) async fn row(&self, name: &str) -> anyhow::Result<Row> {
        warm_up(&self.options, &self.source).await?;
        server::digested(self.server.address).await?;
        let (before, begun) = (self.server.usage(), Instant::now());
        let sent = load::send(&self.source, self.options.plan(self.options.pace())).await?;
        server::digested(self.server.address).await?;
        let drained = begun.elapsed();
        let cost = self.server.usage().since(before);
        let row = subject_row(&self.options, name, &sent, &cost, self.server.memory()?);
        Ok(row.figure("digested/s", load::per_second(sent.count(200), drained)))
    }

    /// Stops the server and looks every acknowledged event up.
    pub(crate) fn verify(self) -> anyhow::Result<verify::Stored> {
        self.server.stop()?;
        let project = ProjectId(self.site.account.project_id);
        let stored = verify::all_stored(&self.site.data(), project, &self.source, self.before)?;
        let acked = self.source.acked_count();
        println!("all {acked} acknowledged events are stored, each once");
        Ok(stored)
    }
}

/// Prints and keeps a result, and writes it into the page if there is one.
pub(crate) fn publish(options: &Options, load: f64, report: &Report) -> anyhow::Result<()> {
    report.publish(&options.dir.join("results.jsonl"))?;
    match &options.page {
        Some(page) => report.document(page, load),
        None => Ok(()),
    }
}

/// Events for that address.
pub(crate) fn source(
    options: &Options,
    target: &Target,
    address: SocketAddr,
) -> anyhow::Result<Rc<Source>> {
    Ok(Rc::new(Source::new(address, options.pool(target)?)))
}

/// A folder with at least as many stored events as wanted, and how many there are. What is missing
/// is sent; what an interrupted run has sent already counts.
async fn filled(options: &Options) -> anyhow::Result<(Site, u64)> {
    let wanted = options.stored;
    let (payload, issues) = (options.payload.name(), options.issues);
    let home = options
        .dir
        .join(format!("stored-{payload}-{issues}-{wanted}"));
    let mut site = Site::open(&options.binary, &home)?;
    let mut there = count(&site)?;
    if there > wanted + wanted * FILL_SLACK_PERCENT / 100 {
        site = Site::fresh(&options.binary, &home)?;
        there = 0;
    }
    if there < wanted {
        println!(
            "storing {} events in {} first",
            wanted - there,
            home.display()
        );
        fill(options, &site, wanted - there).await?;
        there = count(&site)?;
    }
    Ok((site, there))
}

/// What is stored, the spool's rest of a killed run included.
fn count(site: &Site) -> anyhow::Result<u64> {
    if !Path::new(&site.data()).join("ledger.sqlite").exists() {
        return Ok(0);
    }
    let stored = verify::stored(&site.data()).context("failed to count what is stored")?;
    Ok(stored.events)
}

async fn fill(options: &Options, site: &Site, events: u64) -> anyhow::Result<()> {
    let server = site.start()?;
    let source = source(options, &site.target(server.address)?, server.address)?;
    let mut left = events;
    while left > 0 {
        let plan = Plan {
            connections: FILL_CONNECTIONS,
            pace: Pace::Closed,
            stop: Stop::Count(left.min(FILL_COUNT_MAX)),
        };
        let sent = load::send(&source, plan).await?;
        anyhow::ensure!(
            sent.count(200) > 0,
            "nothing was accepted: {:?}",
            sent.statuses
        );
        left = left.saturating_sub(sent.count(200));
        println!("  {:.0} a second, {left} to go", sent.rate());
        // The spool is bounded, and refusals would only slow this down.
        server::digested(server.address).await?;
    }
    server.stop()
}

/// Files exist and caches are warm after it.
pub(crate) async fn warm_up(options: &Options, source: &Rc<Source>) -> anyhow::Result<()> {
    let plan = Plan {
        connections: options.connections,
        pace: Pace::Closed,
        stop: Stop::After(WARM_UP),
    };
    load::send(source, plan).await.map(drop)
}

/// Rate and latencies of a load.
pub(crate) fn latencies(row: Row, sent: &Sent) -> Row {
    let at = |quantile| sent.accepted.value_at_quantile(quantile);
    let others = sent.total() - sent.count(200);
    let row = row
        .figure("accepted/s", sent.rate())
        .milliseconds("p50 ms", at(0.5))
        .milliseconds("p90 ms", at(0.9))
        .milliseconds("p99 ms", at(0.99))
        .milliseconds("p99.9 ms", at(0.999))
        .milliseconds("max ms", sent.accepted.max())
        .count("200", sent.count(200));
    if others == 0 {
        return row;
    }
    let refusals = sent.statuses.iter().filter(|(status, _)| **status != 200);
    let refusals: Vec<_> = refusals
        .map(|(status, count)| format!("{status}: {count}"))
        .collect();
    row.text("not 200", refusals.join(", "))
}

/// The row of one of several programs under the same load.
pub(crate) fn subject_row(
    options: &Options,
    name: &str,
    sent: &Sent,
    cost: &Usage,
    memory: Memory,
) -> Row {
    let acked = sent.count(200).max(1);
    let row = Row::default().text("program", name);
    latencies(options.describe(row), sent)
        .figure("CPU ms/event", cost.cpu.as_secs_f64() * 1e3 / float(acked))
        .count("written bytes/event", cost.written_bytes / acked)
        .megabytes("RSS peak MB", memory.peak)
}
