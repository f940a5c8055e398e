//! `bench recipe`: processor time of the pure stages between spool and store, one event after the
//! other on one core, with the system's allocator.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::ensure;
use watchpost_group::Grouper;
use watchpost_model::{Filters, Grouping, Receipt, Rules, Scrubbing};
use watchpost_normalize::filter::Filter;
use watchpost_normalize::scrub::Scrubber;
use watchpost_protocol::event;

use crate::events::Payload;
use crate::instructions::spooled;
use crate::lab::{self, Options};
use crate::load::float;
use crate::proc;
use crate::report::{Report, Row};

/// The stages, in their order.
const STAGES: [&str; 5] = ["parse", "normalize", "filter", "scrub", "group"];
/// Different events of each kind.
const EVENT_COUNT: u32 = 200;
/// Rules of each kind in a project that has many.
const RULE_COUNT: usize = 20;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    options: Options,
    /// How often all events are worked on; the median is told.
    #[arg(long, default_value_t = 41, value_name = "COUNT")]
    rounds: usize,
}

/// The rules of a project, compiled.
struct Compiled {
    filter: Filter,
    scrubber: Scrubber,
    grouper: Grouper,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    ensure!(args.rounds > 0, "say at least one round");
    let load_before = proc::load_average();
    let mut rows = Vec::new();
    for payload in [Payload::Small, Payload::Medium, Payload::Large] {
        let inputs = (0..EVENT_COUNT.into()).map(|number| spooled(payload, number));
        let inputs: Vec<_> = inputs.collect::<anyhow::Result<_>>()?;
        for (name, rules) in [("none", Rules::default()), ("20 of each kind", many())] {
            let row = Row::default()
                .text("events", payload.name())
                .text("rules of the project", name);
            rows.push(measure(row, &inputs, &compile(&rules)?, args.rounds)?);
        }
    }
    let section = "recipe";
    lab::publish(&args.options, load_before, &Report { section, rows })
}

/// Rules that look at everything and nearly always find nothing.
fn many() -> Rules {
    let lines = |line: fn(usize) -> String| -> Vec<String> { (0..RULE_COUNT).map(line).collect() };
    Rules {
        filters: Filters {
            error_messages: lines(|number| format!("*never said {number}*")),
            releases: lines(|number| format!("never-{number}@*")),
            ..Filters::default()
        },
        scrubbing: Scrubbing {
            ip_addresses: true,
            sensitive_fields: lines(|number| format!("never_named_{number}")),
            ..Scrubbing::default()
        },
        grouping: Grouping {
            fingerprint_rules: lines(|number| format!("value:\"*never {number}*\" -> {number}"))
                .join("\n"),
            stack_rules: lines(|number| format!("function:never_{number}_* -app")).join("\n"),
            ..Grouping::default()
        },
        // Owners are looked for while events are filed, and for few of them.
        ..Rules::default()
    }
}

fn compile(rules: &Rules) -> anyhow::Result<Compiled> {
    let (filter, mut faults) = Filter::new(&rules.filters);
    let (scrubber, more) = Scrubber::new(&rules.scrubbing);
    faults.extend(more);
    let (grouper, more) = Grouper::new(&rules.grouping);
    faults.extend(more);
    ensure!(faults.is_empty(), "{faults:?}");
    Ok(Compiled {
        filter,
        scrubber,
        // As in a project that has no issues of the first release.
        grouper: grouper.without_previous(),
    })
}

fn measure(
    row: Row,
    inputs: &[(Receipt, Vec<u8>)],
    rules: &Compiled,
    rounds: usize,
) -> anyhow::Result<Row> {
    let mut times: [Vec<Duration>; STAGES.len()] = Default::default();
    for _ in 0..rounds {
        for (all, time) in times.iter_mut().zip(round(inputs, rules)?) {
            all.push(time);
        }
    }
    let mut row = row;
    let mut whole = 0.0;
    for (name, all) in STAGES.iter().zip(&mut times) {
        all.sort();
        let median = all.get(rounds / 2).copied().unwrap_or_default();
        let micros = median.as_secs_f64() * 1e6 / float(EVENT_COUNT.into());
        whole += micros;
        row = row.figure(&format!("{name} µs"), micros);
    }
    Ok(row.figure("whole µs", whole))
}

/// What each stage takes for all events.
fn round(
    inputs: &[(Receipt, Vec<u8>)],
    rules: &Compiled,
) -> anyhow::Result<[Duration; STAGES.len()]> {
    let mut times = [Duration::ZERO; STAGES.len()];
    for (receipt, bytes) in inputs {
        let begun = Instant::now();
        let event = event::parse(receipt, bytes)?;
        let parsed = Instant::now();
        let event = watchpost_normalize::event(event, receipt);
        let whole = Instant::now();
        let reason = rules.filter.check(&event, receipt);
        let filtered = Instant::now();
        ensure!(reason.is_none(), "a rule filters an event: {reason:?}");
        let event = rules.scrubber.event(event);
        let scrubbed = Instant::now();
        black_box(rules.grouper.event(event, receipt));
        let marks = [begun, parsed, whole, filtered, scrubbed, Instant::now()];
        for (time, pair) in times.iter_mut().zip(marks.windows(2)) {
            if let [from, to] = pair {
                *time += *to - *from;
            }
        }
    }
    Ok(times)
}
