//! `bench instructions`: how many instructions the hot functions take, counted by valgrind and
//! compared with the counts in `crates/bench/instructions.txt`. Unlike times, counts are the same
//! on a busy machine, so that a test may judge them.
//!
//! Each workload runs twice in a process of its own, once longer; the difference is free of start
//! and preparation.

mod stores;
mod work;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail, ensure};

pub(crate) use self::work::spooled;
use self::work::{ALL, EVENT_COUNT};

/// How often a workload runs at least, and how often for the difference.
const SHORT_COUNT: u64 = EVENT_COUNT;
const LONG_COUNT: u64 = 3 * EVENT_COUNT;
/// More than this is a regression; less than minus this has to be accepted, too, or the next
/// regression would hide below it.
const TOLERANCE_PERCENT: u64 = 5;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The stored counts.
    #[arg(long, value_name = "FILE")]
    stored: PathBuf,
    /// Fail when a count differs by more than 5 % from its stored one.
    #[arg(long)]
    check: bool,
    /// Store today's counts: they are the measure from now on.
    #[arg(long, conflicts_with = "check")]
    accept: bool,
    /// Only workloads whose name contains this text.
    #[arg(long, value_name = "TEXT", conflicts_with = "accept")]
    only: Option<String>,
}

#[derive(clap::Args)]
pub(crate) struct WorkloadArgs {
    name: String,
    count: u64,
}

/// Instructions by name of the workload.
type Counts = BTreeMap<String, u64>;

/// Counts, prints, and judges or stores.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let stored = read(&args.stored)?;
    let wanted = |name: &str| args.only.as_ref().is_none_or(|only| name.contains(only));
    let mut counts = Counts::new();
    let mut faults = Vec::new();
    for (name, _) in ALL.iter().filter(|(name, _)| wanted(name)) {
        let count = count(name)?;
        let verdict = judge(count, stored.get(*name).copied());
        println!("{name:<28} {count:>12} {}", verdict.text);
        if verdict.is_fault {
            faults.push(*name);
        }
        counts.insert((*name).to_owned(), count);
    }
    if args.accept {
        return write(&args.stored, &counts);
    }
    let gone = stored
        .keys()
        .filter(|name| ALL.iter().all(|(known, _)| known != name));
    let gone: Vec<_> = gone.collect();
    ensure!(
        !args.check || gone.is_empty(),
        "no longer counted: {gone:?}"
    );
    if !args.check || faults.is_empty() {
        return Ok(());
    }
    bail!(
        "{} of {} counts differ by more than {TOLERANCE_PERCENT} % from {}: {}.\n\
         If that is meant, run `cargo xtask bench instructions --accept`, commit the file and say \
         why in the commit. A new compiler changes all of them a little.",
        faults.len(),
        counts.len(),
        args.stored.display(),
        faults.join(", ")
    )
}

/// Runs one workload; valgrind looks on.
pub(crate) fn work(args: &WorkloadArgs) -> anyhow::Result<()> {
    let found = ALL.iter().find(|(name, _)| *name == args.name);
    let (_, prepare) = found.context("no workload has that name")?;
    let mut work = prepare()?;
    for number in 0..args.count {
        work(number)?;
    }
    Ok(())
}

/// Instructions of one run of a workload.
fn count(name: &str) -> anyhow::Result<u64> {
    let (short, long) = (counted(name, SHORT_COUNT)?, counted(name, LONG_COUNT)?);
    Ok(long.saturating_sub(short) / (LONG_COUNT - SHORT_COUNT))
}

/// Instructions of a process that runs a workload so many times.
fn counted(name: &str, times: u64) -> anyhow::Result<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args([
        "--tool=cachegrind",
        "--cache-sim=no",
        "--cachegrind-out-file=/dev/null",
    ]);
    valgrind.arg(std::env::current_exe()?);
    let out = valgrind
        .args(["workload", name, &times.to_string()])
        .output()
        .context("failed to start valgrind: the Debian package is called the same")?;
    let said = String::from_utf8_lossy(&out.stderr);
    ensure!(out.status.success(), "`{name}` failed: {said}");
    total(&said).with_context(|| format!("valgrind gave no count: {said}"))
}

/// The number in valgrind's line `==7== I refs:  1,234`.
fn total(said: &str) -> Option<u64> {
    let line = said
        .lines()
        .find(|line| line.contains("I ") && line.contains("refs:"))?;
    let (_, number) = line.rsplit_once(':')?;
    number.trim().replace(',', "").parse().ok()
}

struct Verdict {
    text: String,
    is_fault: bool,
}

fn judge(count: u64, stored: Option<u64>) -> Verdict {
    let Some(stored) = stored else {
        return Verdict {
            text: "new: not stored yet".to_owned(),
            is_fault: true,
        };
    };
    let is_fault = count.abs_diff(stored) * 100 > stored * TOLERANCE_PERCENT;
    let thousandths = count.abs_diff(stored) * 1000 / stored.max(1);
    let sign = if count < stored { '-' } else { '+' };
    Verdict {
        text: format!("{sign}{}.{} %", thousandths / 10, thousandths % 10),
        is_fault,
    }
}

/// Lines of `count name`; what starts with # is for people.
fn read(path: &Path) -> anyhow::Result<Counts> {
    // Before the first `--accept` there is no file.
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter(|line| !line.trim().is_empty()).map(|line| {
        let (count, name) = line.trim().split_once(' ').context("`count name`")?;
        Ok((name.to_owned(), count.parse()?))
    });
    pairs
        .collect::<anyhow::Result<_>>()
        .context("in the stored counts")
}

fn write(path: &Path, counts: &Counts) -> anyhow::Result<()> {
    let head = "# Instructions of one run of each workload of `cargo xtask bench instructions`.\n\
                # `--check` compares, `--accept` writes this file anew.\n";
    let lines = counts
        .iter()
        .map(|(name, count)| format!("{count} {name}\n"));
    let text: String = lines.collect();
    std::fs::write(path, format!("{head}{text}")).context("failed to store the counts")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(count: u64, stored: Option<u64>, text: &str, is_fault: bool) {
        let verdict = judge(count, stored);
        assert_eq!(
            (verdict.text.as_str(), verdict.is_fault),
            (text, is_fault),
            "{count}"
        );
    }

    #[test]
    fn more_than_five_percent_either_way_is_a_fault() {
        check(1000, Some(1000), "+0.0 %", false);
        check(1050, Some(1000), "+5.0 %", false);
        check(1051, Some(1000), "+5.1 %", true);
        check(949, Some(1000), "-5.1 %", true);
        check(7, None, "new: not stored yet", true);
    }

    #[test]
    fn the_count_of_valgrind_is_read() {
        let said = "==12== Cachegrind\n==12== \n==12== I   refs:      1,234,567\n";
        assert_eq!(total(said), Some(1_234_567));
        assert_eq!(total("==12== I refs:        89\n"), Some(89));
        assert_eq!(total("==12== nothing\n"), None);
    }

    #[test]
    fn stored_counts_read_back() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let counts = Counts::from([("parse event 5k".to_owned(), 7), ("group".to_owned(), 9)]);
        write(file.path(), &counts).unwrap();
        assert_eq!(read(file.path()).unwrap(), counts);
    }

    #[test]
    fn every_workload_runs() {
        for (name, _) in ALL {
            let name = (*name).to_owned();
            work(&WorkloadArgs { name, count: 2 }).unwrap();
        }
    }
}
