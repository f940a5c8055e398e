//! `bench keys`: whether the time of a refusal tells which keys there are (I23). An unknown key,
//! one of another project and one that is switched off, in turn, on one connection.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, ensure};
use serde::Deserialize;

use crate::body::Target;
use crate::client::Connection;
use crate::load::float;
use crate::process::output;
use crate::server::Site;

/// Requests before the measured ones.
const WARM_UP_COUNT: usize = 500;
/// Slower samples than this share of all are the machine's, not the key's: left out of the test.
const KEPT_PERCENT: usize = 95;
/// Beyond, two means differ with less than one chance in a thousand of being alike.
const T_MAX: f64 = 3.29;
/// How far the medians may lie apart.
const MEDIAN_PERCENT_MAX: f64 = 5.0;
/// 32 hex digits that no key has.
const UNKNOWN: &str = "dddddddddddddddddddddddddddddddd";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Requests of each kind.
    #[arg(long, default_value_t = 10_000, value_name = "COUNT")]
    samples: usize,
    /// Where everything is put [default: bench in the cache folder].
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The server to measure [default: the one of this workspace, built for it].
    #[arg(long, value_name = "FILE")]
    binary: PathBuf,
}

#[derive(Deserialize)]
struct Created {
    dsn: String,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let site = Site::fresh(&args.binary, &args.dir.join("keys"))?;
    let watchpost = |words: &[&str]| {
        let mut command = Command::new(&site.binary);
        output(command.args(words).arg("--data").arg(site.data()))
    };
    let other = watchpost(&["project", "create", "other", "--json"])?;
    let off = watchpost(&["key", "create", "--project", "1", "--json"])?;
    let key = |text: &str| -> anyhow::Result<String> {
        // One object, or a list of one.
        let text = text.trim().trim_matches(['[', ']']);
        let created: Created = serde_json::from_str(text).context("what was created")?;
        Ok(Target::of_dsn(&created.dsn, ([127, 0, 0, 1], 0).into())?.key)
    };
    let (other, off) = (key(&other)?, key(&off)?);
    watchpost(&["key", "disable", &off, "--project", "1"])?;
    let server = site.start()?;
    let request = |key: &str| {
        let project = site.account.project_id;
        let host = server.address;
        let head = format!("POST /api/{project}/store/ HTTP/1.1\r\nHost: {host}\r\n");
        format!("{head}X-Sentry-Auth: Sentry sentry_key={key}\r\nContent-Length: 2\r\n\r\n{{}}")
    };
    let names = ["unknown", "of another project", "switched off"];
    let requests = [UNKNOWN, &other, &off].map(request);
    let samples = sample(server.address, &requests, args.samples).await?;
    server.stop()?;
    let [unknown, others @ ..] = samples.as_slice() else {
        return Ok(());
    };
    let mut differs = false;
    for (name, times) in names.iter().skip(1).zip(others) {
        let verdict = Verdict::of(unknown, times)?;
        println!("unknown key and one {name}: {}", verdict.text(args.samples));
        differs |= verdict.differs();
    }
    ensure!(!differs, "the time of a refusal tells which keys there are");
    Ok(())
}

/// Microseconds of each kind. The order turns from round to round, so that none is always first.
async fn sample(
    address: std::net::SocketAddr,
    requests: &[String],
    count: usize,
) -> anyhow::Result<Vec<Vec<f64>>> {
    let mut connection = Connection::new(address);
    let mut times = vec![Vec::with_capacity(count); requests.len()];
    for round in 0..count + WARM_UP_COUNT {
        for turn in 0..requests.len() {
            let kind = (round + turn) % requests.len();
            let request = requests.get(kind).context("a kind")?.as_bytes();
            let begun = Instant::now();
            let answer = connection.exchange(request).await?;
            let took = begun.elapsed();
            ensure!(answer.status == 403, "answered {}", answer.status);
            if round >= WARM_UP_COUNT {
                let times = times.get_mut(kind).context("a kind")?;
                times.push(took.as_secs_f64() * 1e6);
            }
        }
    }
    Ok(times)
}

/// How two lots of samples compare.
#[derive(Debug)]
struct Verdict {
    medians: [f64; 2],
    /// Welch's t of the samples that are kept.
    t: f64,
}

impl Verdict {
    fn of(one: &[f64], other: &[f64]) -> anyhow::Result<Self> {
        let mut all = [one, other].concat();
        all.sort_by(f64::total_cmp);
        let bound = *all
            .get((all.len() * KEPT_PERCENT / 100).min(all.len().saturating_sub(1)))
            .context("no samples")?;
        let [first, second] = [one, other].map(|times| Moments::of(times, bound));
        let error = (first.variance / first.count + second.variance / second.count).sqrt();
        Ok(Self {
            medians: [median(one)?, median(other)?],
            t: (first.mean - second.mean) / error,
        })
    }

    fn percent(&self) -> f64 {
        let [one, other] = self.medians;
        (other - one) / one * 100.0
    }

    fn differs(&self) -> bool {
        self.percent().abs() > MEDIAN_PERCENT_MAX || self.t.abs() > T_MAX
    }

    fn text(&self, count: usize) -> String {
        let [one, other] = self.medians;
        let (percent, t) = (self.percent(), self.t);
        format!(
            "p50 {one:.1} and {other:.1} µs, {percent:+.2} %; Welch's t {t:+.2} over the fastest \
             {KEPT_PERCENT} % of {count} samples each"
        )
    }
}

fn median(times: &[f64]) -> anyhow::Result<f64> {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().context("no samples")
}

/// Of the samples up to a bound.
struct Moments {
    count: f64,
    mean: f64,
    variance: f64,
}

impl Moments {
    fn of(times: &[f64], bound: f64) -> Self {
        let kept: Vec<f64> = times
            .iter()
            .copied()
            .filter(|time| *time <= bound)
            .collect();
        let count = float(kept.len() as u64);
        let mean = kept.iter().sum::<f64>() / count;
        let squares: f64 = kept.iter().map(|time| (time - mean).powi(2)).sum();
        Self {
            count,
            mean,
            variance: squares / (count - 1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples around a middle, some of them far out.
    fn around(middle: f64) -> Vec<f64> {
        let near = (0..1000).map(|number| middle + f64::from(number % 10));
        let far = (0..20).map(|number| middle * 50.0 + f64::from(number));
        near.chain(far).collect()
    }

    #[test]
    fn what_is_alike_does_not_differ() {
        let verdict = Verdict::of(&around(100.0), &around(100.0)).unwrap();
        assert!(!verdict.differs(), "{verdict:?}");
    }

    #[test]
    fn a_difference_of_one_percent_is_found() {
        let verdict = Verdict::of(&around(100.0), &around(101.0)).unwrap();
        assert!(verdict.differs() && verdict.percent() > 0.0, "{verdict:?}");
    }

    #[test]
    fn welch_by_hand() {
        let bound = f64::INFINITY;
        let moments = Moments::of(&[1.0, 2.0, 3.0, 4.0], bound);
        assert!((moments.mean - 2.5).abs() < 1e-9);
        assert!((moments.variance - 5.0 / 3.0).abs() < 1e-9);
        assert!((median(&[3.0, 1.0, 2.0]).unwrap() - 2.0).abs() < 1e-9);
    }
}
