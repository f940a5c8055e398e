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
    let undecided = |sample: &&Sample| !decided(sample);
    let (default, set) = (&asked.current, &asked.with_settings);
    let methods = std::iter::once(default).chain(&asked.others);
    let methods = methods.map(|answer| row(answer.name, samples, answer, decided));
    let platforms: BTreeSet<&str> = samples.iter().map(|it| platform(&it.fault)).collect();
    let platforms = platforms.into_iter().map(|name| {
        let wanted = |sample: &&Sample| decided(sample) && platform(&sample.fault) == name;
        row(name, samples, default, wanted)
    });
    let cases: BTreeSet<u32> = labels
        .faults
        .values()
        .flat_map(|it| it.cases.clone())
        .collect();
    let cases = cases.into_iter().map(|case| {
        let wanted = |sample: &&Sample| labels.stands_for(&sample.fault, case);
        row(&case.to_string(), samples, set, wanted)
    });
    let tables: [(&str, Vec<Row>); 5] = [
        (
            "Faults that the default settings decide:",
            methods.collect(),
        ),
        (
            "The same, Watchpost with default settings, by platform:",
            platforms.collect(),
        ),
        (
            "Faults that need a setting, without and with it:",
            vec![
                row("default settings", samples, default, undecided),
                row("with settings", samples, set, undecided),
            ],
        ),
        (
            "All faults, with these settings:",
            vec![row("with settings", samples, set, |_| true)],
        ),
        (
            "The same by complaint, numbered as the tests `case_…` of `crates/group`:",
            cases.collect(),
        ),
    ];
    let section = "grouping";
    let text = tables.map(|(line, rows)| {
        let table = Report { section, rows };
        format!("{line}\n\n{}", table.markdown())
    });
    text.join("\n")
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
