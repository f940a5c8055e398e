//! `bench intake`: a load on a fresh or filled server, and everything that it costs.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::body::event_id;
use crate::client::Connection;
use crate::disk;
use crate::lab::{self, Lab, Options};
use crate::load::{self, Pace, Plan, Sent, Stop, float, per_second};
use crate::report::{Report, Row};
use crate::server::{self, get};

/// Long enough for a p99 of what is seen.
const HALF_LOAD_SECONDS_MAX: u64 = 30;
/// Between two questions for an event that is not shown yet.
const PROBE_PAUSE: Duration = Duration::from_millis(1);
/// Later than that, something is broken.
const VISIBLE_LIMIT: Duration = Duration::from_mins(1);

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    options: Options,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let options = &args.options;
    let lab = Lab::open(options).await?;
    let load_before = lab.load_before;
    let row = measure(&lab).await?;
    let row = add_stored(row, lab)?;
    let report = Report {
        section: "intake",
        rows: vec![row],
    };
    lab::publish(options, load_before, &report)
}

/// One load with everything that it cost the server.
pub(crate) async fn measure(lab: &Lab) -> anyhow::Result<Row> {
    let options = &lab.options;
    let idle = lab.server.memory()?;
    let syncs = disk::sync_times(&options.dir)?;
    lab::warm_up(options, &lab.source).await?;
    let before = lab.server.usage();
    let begun = Instant::now();
    let sent = load::send(&lab.source, options.plan(options.pace())).await?;
    server::digested(lab.server.address).await?;
    let drained = begun.elapsed();
    let cost = lab.server.usage().since(before);
    let acked = sent.count(200).max(1);
    let row = options
        .describe(Row::default())
        .count("connections", u64::try_from(options.connections)?);
    let row = lab::latencies(row, &sent)
        .figure("digested/s", per_second(acked, drained))
        .figure(
            "server CPU ms/event",
            cost.cpu.as_secs_f64() * 1e3 / float(acked),
        )
        .figure("client CPU ms/event", sent.client_cpu_us() / 1e3)
        .count("written bytes/event", cost.written_bytes / acked)
        .megabytes("RSS idle MB", idle.now)
        .megabytes("RSS peak MB", lab.server.memory()?.peak)
        .milliseconds("fsync p50 ms", syncs.value_at_quantile(0.5))
        .milliseconds("fsync p99 ms", syncs.value_at_quantile(0.99))
        .milliseconds(
            "start ms",
            u64::try_from(lab.server.started_in.as_micros())?,
        )
        .count("event bytes", lab.source.mean_event_bytes())
        .count("wire bytes", lab.source.mean_wire_bytes())
        .megabytes("binary MB", std::fs::metadata(&options.binary)?.len())
        .count("stored before", lab.before);
    half_load(lab, &sent, row).await
}

/// The same at half of the rate that was reached: latency, and how soon an event is seen.
async fn half_load(lab: &Lab, sent: &Sent, row: Row) -> anyhow::Result<Row> {
    let time = Duration::from_secs(lab.options.seconds.min(HALF_LOAD_SECONDS_MAX));
    let plan = Plan {
        connections: lab.options.connections,
        pace: Pace::Open(sent.rate() / 2.0),
        stop: Stop::After(time),
    };
    let (half, seen) = tokio::join!(load::send(&lab.source, plan), probe(lab, time));
    server::digested(lab.server.address).await?;
    let (half, seen) = (half?, seen?);
    Ok(row
        .figure("half load/s", half.rate())
        .milliseconds("half p50 ms", half.accepted.value_at_quantile(0.5))
        .milliseconds("half p99 ms", half.accepted.value_at_quantile(0.99))
        .milliseconds("visible p50 ms", seen.value_at_quantile(0.5))
        .milliseconds("visible p99 ms", seen.value_at_quantile(0.99)))
}

/// Sends one event after the other and asks for each until the API shows it: microseconds from
/// its 200.
async fn probe(lab: &Lab, time: Duration) -> anyhow::Result<Histogram<u64>> {
    let mut seen = load::histogram()?;
    let mut connection = Connection::new(lab.server.address);
    let mut request = Vec::new();
    let account = &lab.site.account;
    let begun = Instant::now();
    while begun.elapsed() < time {
        let number = lab.source.take();
        lab.source.write(number, &mut request);
        if connection.exchange(&request).await?.status != 200 {
            continue;
        }
        let acked = Instant::now();
        lab.source.acked.borrow_mut().insert(number);
        let id = event_id(lab.source.run, number);
        let path = format!(
            "/api/0/projects/{}/{}/events/{id:032x}/",
            account.org, account.project
        );
        let token = format!("Authorization: Bearer {}", account.token);
        let question = get(&path, lab.server.address, Some(&token));
        while connection.exchange(&question).await?.status != 200 {
            anyhow::ensure!(acked.elapsed() < VISIBLE_LIMIT, "{id:032x} is not shown");
            tokio::time::sleep(PROBE_PAUSE).await;
        }
        seen.saturating_record(u64::try_from(acked.elapsed().as_micros())?);
    }
    Ok(seen)
}

/// Stops, verifies, and adds what an event takes on the disk.
pub(crate) fn add_stored(row: Row, lab: Lab) -> anyhow::Result<Row> {
    let data = lab.site.data();
    let stored = lab.verify()?;
    let sizes = disk::sizes(&data)?;
    for (name, bytes) in &sizes {
        println!(
            "  {name}: {bytes} bytes, {} an event",
            bytes / stored.events.max(1)
        );
    }
    Ok(row
        .count(
            "disk bytes/event",
            disk::kept(&sizes) / stored.events.max(1),
        )
        .count("issues found", stored.issues))
}
