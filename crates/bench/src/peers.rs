//! `bench peers`: Watchpost, the floor and the peers that install from a registry, under the same
//! load in one run. Today that is Bugsink; docs/benchmarks.md says what others could not be had.

use std::time::Instant;

use crate::bugsink::{Bugsink, Place};
use crate::lab::{self, Lab, Options};
use crate::load::{self, per_second};
use crate::report::{Report, Row};
use crate::{disk, floor};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    place: Place,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let options = &args.options;
    let bugsink = Bugsink::prepare(&args.place, options)?;
    let lab = Lab::open(options).await?;
    let load_before = lab.load_before;
    let mut rows = vec![lab.row("Watchpost").await?];
    lab.verify()?;
    rows.push(floor::measure(options, false).await?);
    rows.push(floor::measure(options, true).await?);
    rows.push(measure(&bugsink, options).await?);
    let rows = floor::ratios(rows);
    let section = "peers";
    lab::publish(options, load_before, &Report { section, rows })
}

async fn measure(bugsink: &Bugsink, options: &Options) -> anyhow::Result<Row> {
    let running = bugsink.start()?;
    let source = bugsink.source(options)?;
    lab::warm_up(options, &source).await?;
    let warm = bugsink.drained(source.acked_count()).await?;
    let (before, begun) = (running.usage(), Instant::now());
    let sent = load::send(&source, options.plan(options.pace())).await?;
    let stored = bugsink.drained(source.acked_count()).await?;
    let (drained, cost) = (begun.elapsed(), running.usage().since(before));
    let memory = running.memory()?;
    let bytes = disk::size(&bugsink.data()) / stored.max(1);
    Ok(
        lab::subject_row(options, "Bugsink 2.6.2", &sent, &cost, memory)
            .figure(
                "digested/s",
                per_second(stored.saturating_sub(warm), drained),
            )
            .count("disk bytes/event", bytes)
            .count("acknowledged, not stored", source.acked_count() - stored),
    )
}
