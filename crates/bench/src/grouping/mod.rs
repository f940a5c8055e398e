//! How well grouping finds planted faults: real programs with labelled faults, scored beside the
//! formulas of others. `cargo xtask grouping-score` runs it; docs/GROUPING.md shows the result.

mod ask;
mod labels;
mod live;
mod methods;
mod recording;
mod score;
mod tables;
mod why;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::ensure;
use watchpost_model::Grouped;

use self::ask::Asked;
use self::labels::{Labels, platform};
use self::live::Places;
use self::recording::Sample;
use self::score::Score;

/// What the default settings must reach.
const PRECISION_MIN: f64 = 0.98;
const RECALL_MIN: f64 = 0.98;
const ISSUES_PER_FAULT_MAX: f64 = 1.05;
/// Fewer events of a fault say little.
const EVENTS_PER_FAULT_MIN: usize = 20;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Score this recording instead of running the programs.
    #[arg(long, value_name = "FILE")]
    recorded: Option<PathBuf>,
    /// Keep the events of the run as a recording.
    #[arg(long, value_name = "FILE", conflicts_with = "recorded")]
    record: Option<PathBuf>,
    /// Only the programs of this platform.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// The server.
    #[arg(long, value_name = "FILE")]
    binary: PathBuf,
    /// The programs and their labels.
    #[arg(long, value_name = "FOLDER")]
    programs: PathBuf,
    /// Where packages are installed, kept between runs.
    #[arg(long, value_name = "FOLDER")]
    packages: PathBuf,
    /// A folder for this run.
    #[arg(long, value_name = "FOLDER")]
    home: PathBuf,
    /// A folder that has another name in a recording: that of whoever runs this.
    #[arg(long, value_name = "FOLDER")]
    hide: Option<PathBuf>,
    /// Put the tables into this page.
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let labels = Labels::read(&args.programs.join("faults.toml"))?;
    let only = args.only.as_deref();
    let (lines, server) = if let Some(path) = &args.recorded {
        (recording::read(path)?, None)
    } else {
        let run = live::run(&places(args), only).await?;
        (run.lines, Some(run.issues))
    };
    if let Some(path) = &args.record {
        recording::write(path, &lines)?;
    }
    let mut samples = recording::samples(&lines)?;
    samples.retain(|sample| only.is_none_or(|only| platform(&sample.fault) == only));
    let asked = Asked::all(&samples, &labels)?;
    let mut checks = Checks::default();
    checks.corpus(&samples, &labels, only);
    if let Some(server) = &server {
        checks.server(&samples, &asked.current.issues, server);
    }
    let text = tables::all(&samples, &asked, &labels);
    println!("{text}");
    println!("{}", why::mistakes(&samples, &asked.current, &labels));
    if let Some(page) = &args.page {
        crate::report::fill(page, "grouping", &text)?;
    }
    let decided = |sample: &&Sample| labels.needs_nothing(&sample.fault);
    checks.score(&Score::of(asked.current.filed(&samples, decided)));
    checks.finish()
}

fn places(args: &Args) -> Places<'_> {
    Places {
        binary: &args.binary,
        programs: &args.programs,
        packages: &args.packages,
        home: &args.home,
        hidden: args.hide.as_deref(),
    }
}

/// What must hold, printed in the form that `cargo xtask test` counts.
#[derive(Default)]
struct Checks {
    failed: usize,
}

impl Checks {
    fn check(&mut self, holds: bool, what: &str) {
        let word = if holds { "ok  " } else { "FAIL" };
        println!("{word} {what}");
        self.failed += usize::from(!holds);
    }

    /// Every fault happened often enough, in both releases, and every event has a known label.
    fn corpus(&mut self, samples: &[Sample], labels: &Labels, only: Option<&str>) {
        let mut seen: BTreeMap<&str, (usize, BTreeSet<Option<&str>>)> = BTreeMap::new();
        for sample in samples {
            let (count, releases) = seen.entry(&sample.fault).or_default();
            *count += 1;
            releases.insert(sample.event.release.as_deref());
        }
        let wanted = labels.faults.keys().map(String::as_str);
        let wanted = wanted.filter(|fault| only.is_none_or(|only| platform(fault) == only));
        let wanted: BTreeSet<&str> = wanted.collect();
        let unknown: Vec<_> = seen
            .keys()
            .filter(|fault| !wanted.contains(*fault))
            .collect();
        self.check(
            unknown.is_empty(),
            &format!("labels that are known; others: {unknown:?}"),
        );
        let is_rare = |fault: &&&str| {
            let seen = seen.get(**fault);
            seen.is_none_or(|(count, it)| *count < EVENTS_PER_FAULT_MIN || it.len() < 2)
        };
        let rare: Vec<_> = wanted.iter().filter(is_rare).collect();
        let (count, least) = (wanted.len(), EVENTS_PER_FAULT_MIN);
        let what = format!("{count} faults with {least} events in two releases; others: {rare:?}");
        self.check(rare.is_empty(), &what);
    }

    /// The server has every event, and put them where the recipe alone puts them.
    fn server(
        &mut self,
        samples: &[Sample],
        issues: &[String],
        server: &BTreeMap<String, live::Filed>,
    ) {
        let of = |sample: &Sample| server.get(&sample.receipt.event.to_string());
        let missing = samples.iter().filter(|sample| of(sample).is_none()).count();
        let what = format!("{} events and no other in the server", samples.len());
        self.check(missing == 0 && server.len() == samples.len(), &what);
        let mut pairs: BTreeSet<(&str, &str)> = BTreeSet::new();
        let mut relabelled = 0;
        for (sample, issue) in samples.iter().zip(issues) {
            let Some(filed) = of(sample) else { continue };
            pairs.insert((issue, &filed.issue));
            relabelled += usize::from(filed.fault != sample.fault);
        }
        self.check(relabelled == 0, "every event kept its label");
        let left: BTreeSet<_> = pairs.iter().map(|(ours, _)| ours).collect();
        let right: BTreeSet<_> = pairs.iter().map(|(_, theirs)| theirs).collect();
        let same = pairs.len() == left.len() && pairs.len() == right.len();
        self.check(same, "the server's issues are those of the recipe alone");
    }

    fn score(&mut self, score: &Score) {
        let Score {
            precision,
            recall,
            issues_per_fault,
            ..
        } = *score;
        let what = format!("precision {precision:.4}, at least {PRECISION_MIN}");
        self.check(precision >= PRECISION_MIN, &what);
        let what = format!("recall {recall:.4}, at least {RECALL_MIN}");
        self.check(recall >= RECALL_MIN, &what);
        let what =
            format!("issues per fault {issues_per_fault:.3}, at most {ISSUES_PER_FAULT_MAX}");
        self.check(issues_per_fault <= ISSUES_PER_FAULT_MAX, &what);
    }

    fn finish(self) -> anyhow::Result<()> {
        ensure!(self.failed == 0, "{} checks failed", self.failed);
        Ok(())
    }
}

/// Why an event is where it is, as lines: whatever says that it counted.
fn reasons(grouped: &Grouped) -> Vec<String> {
    let mut lines = Vec::new();
    // The form of an explanation belongs to the version that made it; its texts are for people.
    let explanation = serde_json::to_value(&grouped.explanation).unwrap_or_default();
    why::flatten(&explanation, &mut lines);
    lines
}
