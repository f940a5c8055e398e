//! The result as tables of Markdown.

use std::collections::BTreeSet;

use super::ask::{Answer, Asked};
use super::labels::{Labels, platform};
use super::recording::Sample;
use super::score::Score;
use crate::report::{Report, Row};

/// All tables, with a line above each.
pub(super) fn all(samples: &[Sample], asked: &Asked, labels: &Labels) -> String {
    let decided = |sample: &&Sample| labels.needs_nothing(&sample.fault);
    let answers = || std::iter::once(&asked.current).chain(&asked.others);
    let by_method = answers().map(|answer| row(answer.name, samples, answer, decided));
    let platforms: BTreeSet<&str> = samples.iter().map(|it| platform(&it.fault)).collect();
    let by_platform = platforms.into_iter().map(|name| {
        let wanted = |sample: &&Sample| decided(sample) && platform(&sample.fault) == name;
        row(name, samples, &asked.current, wanted)
    });
    let undecided = |sample: &&Sample| !decided(sample);
    let by_settings = [("default settings", &asked.current), ("with settings", &asked.with_settings)];
    let by_settings = by_settings.map(|(name, answer)| row(name, samples, answer, undecided));
    let everything = row("with settings", samples, &asked.with_settings, |_| true);
    let mut text = String::new();
    for (line, rows) in [
        (
            "Faults that the default settings decide:",
            by_method.collect(),
        ),
        ("Watchpost, by platform:", by_platform.collect()),
        (
            "Faults that need a setting:",
            by_settings.to_vec(),
        ),
    ] {
        let table = Report {
            section: "grouping",
            rows,
        };
        text.push_str(&format!("{line}\n\n{}\n", table.markdown()));
    }
    text.truncate(text.trim_end().len() + 1);
    text
}

fn row(name: &str, samples: &[Sample], answer: &Answer, wanted: impl Fn(&&Sample) -> bool) -> Row {
    let score = Score::of(answer.filed(samples, wanted));
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    Row::default()
        .text("", name)
        .count("faults", count(score.faults))
        .count("events", count(score.events))
        .count("issues", count(score.issues))
        .figure("precision", score.precision)
        .figure("recall", score.recall)
        .figure("issues per fault", score.issues_per_fault)
        .figure("faults per issue", score.faults_per_issue)
}
