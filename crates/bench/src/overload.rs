//! `bench limits`: more than the server can do, for minutes. What is accepted must be fast and
//! kept, the rest refused; afterwards everything must be as before.

use std::time::{Duration, Instant};

use crate::client::Connection;
use crate::lab::{self, Lab, Options};
use crate::load::{self, Pace, Plan, Stop, float, per_second};
use crate::report::{Report, Row};
use crate::server;

/// Clients that do not wait for each other; fewer connections would slow the load down by itself.
const CONNECTIONS_MIN: usize = 512;
/// How many lines the course of the run has.
const SAMPLE_COUNT: u32 = 10;
/// How long the server may take to answer again.
const RECOVERY_LIMIT: Duration = Duration::from_mins(5);

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    options: Options,
    /// Minutes of overload.
    #[arg(long, default_value_t = 10.0, value_name = "MINUTES")]
    minutes: f64,
    /// Events a second that the server can do [default: measured first].
    #[arg(long, value_name = "PER_SECOND")]
    capacity: Option<f64>,
    /// How many times the capacity is sent.
    #[arg(long, default_value_t = 2.0, value_name = "FACTOR")]
    times: f64,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let options = &args.options;
    let lab = Lab::open(options).await?;
    let load_before = lab.load_before;
    let capacity = match args.capacity {
        Some(capacity) => capacity,
        None => capacity(&lab).await?,
    };
    let rate = options.rate.unwrap_or(capacity * args.times);
    println!(
        "capacity {capacity:.0} a second; now {rate:.0} for {} minutes",
        args.minutes
    );
    let time = Duration::from_secs_f64(args.minutes * 60.0);
    let plan = Plan {
        connections: options.connections.max(CONNECTIONS_MIN),
        pace: Pace::Open(rate),
        stop: Stop::After(time),
    };
    let before = lab.server.usage();
    let (sent, course) = tokio::join!(load::send(&lab.source, plan), watch(&lab, time));
    let (sent, course) = (sent?, course?);
    let cores = |cpu: Duration| cpu.as_secs_f64() / sent.took.as_secs_f64();
    let server_cores = cores(lab.server.usage().since(before).cpu);
    let (answers, empty) = recovered(&lab).await?;
    let row = options
        .describe(Row::default())
        .figure("capacity/s", capacity)
        .figure("sent/s", per_second(sent.total(), sent.took));
    let row = lab::latencies(row, &sent)
        .figure("goodput ÷ capacity", sent.rate() / capacity)
        .milliseconds("refusal p99 ms", sent.refused.value_at_quantile(0.99))
        .figure("cores of the server", server_cores)
        .figure("cores of the client", cores(sent.client_cpu))
        .megabytes("RSS peak MB", lab.server.memory()?.peak)
        .figure("answers again after s", answers.as_secs_f64())
        .figure("spool empty after s", empty.as_secs_f64());
    let acked = lab.source.acked_count();
    lab.verify()?;
    let rows = vec![row.count("acknowledged", acked).count("lost", 0)];
    let (section, course_section) = if options.split_cores {
        ("limits-split", "limits-split-course")
    } else {
        ("limits", "limits-course")
    };
    lab::publish(options, load_before, &Report { section, rows })?;
    let section = course_section;
    let rows = course;
    lab::publish(options, load_before, &Report { section, rows })
}

/// What the server accepts and digests in the long run.
async fn capacity(lab: &Lab) -> anyhow::Result<f64> {
    lab::warm_up(&lab.options, &lab.source).await?;
    server::digested(lab.server.address).await?;
    let begun = Instant::now();
    let sent = load::send(&lab.source, lab.options.plan(Pace::Closed)).await?;
    server::digested(lab.server.address).await?;
    Ok(per_second(sent.count(200), begun.elapsed()))
}

/// Looks at the server while it is loaded.
async fn watch(lab: &Lab, time: Duration) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    let begun = Instant::now();
    let mut acked = lab.source.acked_count();
    for part in 1..=SAMPLE_COUNT {
        tokio::time::sleep_until((begun + time * part / SAMPLE_COUNT).into()).await;
        let now = lab.source.acked_count();
        let mut connection = Connection::new(lab.server.address);
        // Under overload even this may be refused: that is a finding, not an end.
        let waiting = server::waiting(&mut connection).await;
        let row = Row::default()
            .figure("after s", begun.elapsed().as_secs_f64())
            .figure(
                "accepted/s",
                float(now - acked) / (time / SAMPLE_COUNT).as_secs_f64(),
            )
            .megabytes("RSS MB", lab.server.memory()?.now);
        rows.push(match waiting {
            Ok(waiting) => row.count("waiting for the digest", waiting),
            Err(error) => row.text("waiting for the digest", error.to_string()),
        });
        acked = now;
    }
    Ok(rows)
}

/// How long until an event is accepted again, and until the spool is empty.
async fn recovered(lab: &Lab) -> anyhow::Result<(Duration, Duration)> {
    let begun = Instant::now();
    let mut connection = Connection::new(lab.server.address);
    let mut request = Vec::new();
    loop {
        let number = lab.source.take();
        lab.source.write(number, &mut request);
        if connection.exchange(&request).await?.status == 200 {
            lab.source.acked.borrow_mut().insert(number);
            break;
        }
        anyhow::ensure!(
            begun.elapsed() < RECOVERY_LIMIT,
            "nothing is accepted any more"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let answers = begun.elapsed();
    server::digested(lab.server.address).await?;
    Ok((answers, begun.elapsed()))
}
