//! `bench size`: what a stored event takes on the disk, with everything in, by file.

use crate::disk;
use crate::events::Payload;
use crate::lab::{self, Lab, Options};
use crate::load::{self, Pace, Plan, Stop};
use crate::report::{Report, Row};
use crate::{proc, server};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    options: Options,
    /// After how many stored events the files are measured.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "10000,100000",
        value_name = "COUNTS"
    )]
    counts: Vec<u64>,
    /// Which payloads.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "5k,20k,64k")]
    payloads: Vec<Payload>,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let load_before = proc::load_average();
    let mut rows = Vec::new();
    for &payload in &args.payloads {
        for &count in &args.counts {
            let options = Options {
                payload,
                stored: 0,
                ..args.options.clone()
            };
            rows.push(measure(&options, count).await?);
        }
    }
    let section = "size";
    lab::publish(&args.options, load_before, &Report { section, rows })
}

/// Stores so many events in a fresh folder and measures it, stopped.
async fn measure(options: &Options, count: u64) -> anyhow::Result<Row> {
    let lab = Lab::open(options).await?;
    let data = lab.site.data();
    let before = disk::kept(&disk::sizes(&data)?);
    let mut left = count;
    while left > 0 {
        let plan = Plan {
            connections: options.connections,
            pace: Pace::Closed,
            stop: Stop::Count(left),
        };
        let sent = load::send(&lab.source, plan).await?;
        anyhow::ensure!(
            sent.count(200) > 0,
            "nothing is accepted: {:?}",
            sent.statuses
        );
        left -= sent.count(200);
        server::digested(lab.server.address).await?;
    }
    let running = disk::size(&data);
    let mut row = options
        .describe(Row::default())
        .count("stored", count)
        .count("event bytes", lab.source.mean_event_bytes())
        .count("wire bytes", lab.source.mean_wire_bytes());
    lab.verify()?;
    let sizes = disk::sizes(&data)?;
    row = row
        .count(
            "disk bytes/event",
            disk::kept(&sizes).saturating_sub(before) / count,
        )
        .count("while running, with spool", running / count);
    for (name, bytes) in sizes.iter().filter(|(_, bytes)| bytes / count > 0) {
        row = row.count(name, bytes / count);
    }
    Ok(row)
}
