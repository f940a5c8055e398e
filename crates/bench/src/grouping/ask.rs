//! Asks every method for the issue of every event.

use watchpost_model::{Grouped, Grouping};

use super::labels::Labels;
use super::methods::{self, OTHERS, Words};
use super::recording::Sample;
use super::score::Filed;

/// What one method made of the samples, in their order.
pub(super) struct Answer {
    pub(super) name: &'static str,
    pub(super) issues: Vec<String>,
    /// Why; empty for the formulas of others.
    pub(super) reasons: Vec<Vec<String>>,
}

impl Answer {
    /// Fault and issue of the samples that `wanted` takes.
    pub(super) fn filed<'a>(
        &'a self,
        samples: &'a [Sample],
        wanted: impl Fn(&&Sample) -> bool,
    ) -> impl Iterator<Item = Filed<'a>> {
        let both = samples.iter().zip(&self.issues);
        let both = both.filter(move |(sample, _)| wanted(sample));
        both.map(|(sample, issue)| (sample.fault.as_str(), issue.as_str()))
    }
}

/// The answers of all methods.
pub(super) struct Asked {
    /// Ours with the default settings.
    pub(super) current: Answer,
    /// The formulas of others and our older versions.
    pub(super) others: Vec<Answer>,
}

impl Asked {
    pub(super) fn all(samples: &[Sample], _labels: &Labels) -> anyhow::Result<Self> {
        let grouped = group(samples, &Grouping::default());
        let current = ours("Watchpost", &grouped);
        let mut others = Vec::new();
        for (name, formula) in OTHERS {
            let issues = samples.iter().zip(&grouped).map(|(sample, grouped)| {
                let words = Words {
                    title: &grouped.title,
                    culprit: &grouped.culprit,
                };
                formula(&sample.event, &words)
            });
            others.push(Answer {
                name,
                issues: issues.collect(),
                reasons: Vec::new(),
            });
        }
        Ok(Self { current, others })
    }
}

fn group(samples: &[Sample], _settings: &Grouping) -> Vec<Grouped> {
    let group = |sample: &Sample| watchpost_group::event(sample.event.clone(), &sample.receipt);
    samples.iter().map(group).collect()
}

fn ours(name: &'static str, grouped: &[Grouped]) -> Answer {
    Answer {
        name,
        issues: methods::by_hashes(grouped.iter().map(|grouped| &*grouped.hashes)),
        reasons: grouped.iter().map(super::reasons).collect(),
    }
}
