//! Asks every method for the issue of every event.

use anyhow::ensure;
use watchpost_group::Grouper;
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
    /// Ours with the settings that some faults need.
    pub(super) with_settings: Answer,
    /// Our older versions and the formulas of others.
    pub(super) others: Vec<Answer>,
}

impl Asked {
    pub(super) fn all(samples: &[Sample], labels: &Labels) -> anyhow::Result<Self> {
        let of_version = |version| Grouping {
            version,
            ..Grouping::default()
        };
        let grouped = group(samples, &of_version(None))?;
        let first = group(samples, &of_version(Some(1)))?;
        let with_settings = group(samples, &labels.settings)?;
        let mut others = vec![ours("Watchpost, version 1", &first)];
        others.extend(OTHERS.map(|(name, formula)| {
            let issues = samples.iter().zip(&grouped).map(|(sample, grouped)| {
                let words = Words {
                    title: &grouped.title,
                    culprit: &grouped.culprit,
                };
                formula(&sample.event, &words)
            });
            Answer {
                name,
                issues: issues.collect(),
                reasons: Vec::new(),
            }
        }));
        Ok(Self {
            current: ours("Watchpost", &grouped),
            with_settings: ours("Watchpost, with settings", &with_settings),
            others,
        })
    }
}

fn group(samples: &[Sample], settings: &Grouping) -> anyhow::Result<Vec<Grouped>> {
    let (grouper, faults) = Grouper::new(settings);
    ensure!(faults.is_empty(), "settings that are wrong: {faults:?}");
    let grouper = grouper.without_previous();
    let group = |sample: &Sample| grouper.event(sample.event.clone(), &sample.receipt);
    Ok(samples.iter().map(group).collect())
}

fn ours(name: &'static str, grouped: &[Grouped]) -> Answer {
    Answer {
        name,
        issues: methods::by_hashes(grouped.iter().map(|grouped| &*grouped.hashes)),
        reasons: grouped.iter().map(super::reasons).collect(),
    }
}
