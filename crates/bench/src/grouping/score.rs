//! How well a grouping agrees with the labels: counted over pairs of events.

use std::collections::{BTreeMap, BTreeSet};

use crate::load::float;

/// Two names for each event: what it is, and where it was put.
pub(super) type Filed<'a> = (&'a str, &'a str);

/// How well issues agree with faults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Score {
    pub(super) events: usize,
    pub(super) faults: usize,
    pub(super) issues: usize,
    /// Of the pairs that are in one issue, how many are of one fault.
    pub(super) precision: f64,
    /// Of the pairs that are of one fault, how many are in one issue.
    pub(super) recall: f64,
    /// Mean over faults; 1 when none is split.
    pub(super) issues_per_fault: f64,
    /// Mean over issues; 1 when none joins two faults.
    pub(super) faults_per_issue: f64,
}

impl Score {
    pub(super) fn of<'a>(filed: impl IntoIterator<Item = Filed<'a>>) -> Self {
        let mut cells: BTreeMap<Filed<'a>, u64> = BTreeMap::new();
        for cell in filed {
            *cells.entry(cell).or_default() += 1;
        }
        let mut by_fault: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        let mut by_issue: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for (&(fault, issue), &count) in &cells {
            for (events, parts) in [
                by_fault.entry(fault).or_default(),
                by_issue.entry(issue).or_default(),
            ] {
                *events += count;
                *parts += 1;
            }
        }
        let right: u64 = cells.values().map(|&count| pairs(count)).sum();
        let all_pairs = |sums: &BTreeMap<&str, (u64, u64)>| -> u64 {
            sums.values().map(|&(events, _)| pairs(events)).sum()
        };
        let parts = |sums: &BTreeMap<&str, (u64, u64)>| -> u64 {
            sums.values().map(|&(_, parts)| parts).sum()
        };
        Self {
            events: usize::try_from(cells.values().sum::<u64>()).unwrap_or(usize::MAX),
            faults: by_fault.len(),
            issues: by_issue.len(),
            precision: share(right, all_pairs(&by_issue)),
            recall: share(right, all_pairs(&by_fault)),
            issues_per_fault: share(parts(&by_fault), count(by_fault.len())),
            faults_per_issue: share(parts(&by_issue), count(by_issue.len())),
        }
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn pairs(events: u64) -> u64 {
    events * events.saturating_sub(1) / 2
}

/// Nothing of nothing is all of it.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 1.0;
    }
    float(part) / float(whole)
}

/// Faults that are in more than one issue, and issues with more than one fault.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Mistakes<'a> {
    pub(super) split: BTreeMap<&'a str, BTreeSet<&'a str>>,
    pub(super) joined: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Mistakes<'a> {
    pub(super) fn of(filed: impl IntoIterator<Item = Filed<'a>>) -> Self {
        let mut mistakes = Self::default();
        for (fault, issue) in filed {
            mistakes.split.entry(fault).or_default().insert(issue);
            mistakes.joined.entry(issue).or_default().insert(fault);
        }
        mistakes.split.retain(|_, issues| issues.len() > 1);
        mistakes.joined.retain(|_, faults| faults.len() > 1);
        mistakes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Faults and issues of events, one letter and one digit each.
    fn filed(text: &str) -> impl Iterator<Item = Filed<'_>> {
        text.split(' ').map(|word| word.split_at(1))
    }

    fn check(text: &str, expect: [f64; 4]) {
        let score = Score::of(filed(text));
        let Score {
            precision,
            recall,
            issues_per_fault,
            faults_per_issue,
            ..
        } = score;
        let got = [precision, recall, issues_per_fault, faults_per_issue];
        let is_near = got
            .iter()
            .zip(expect)
            .all(|(got, it)| (got - it).abs() < 1e-9);
        assert!(is_near, "{text}: {got:?}, not {expect:?}");
    }

    #[test]
    fn pairs_are_counted() {
        check("a1 a1 b2 b2", [1.0, 1.0, 1.0, 1.0]);
        // One pair of each fault, and four wrong ones.
        check("a1 a1 b1 b1", [2.0 / 6.0, 1.0, 1.0, 2.0]);
        // Three of the six pairs of `a` are together.
        check("a1 a1 a1 a2", [1.0, 0.5, 2.0, 1.0]);
        check("a1 a2 b1 b2", [0.0, 0.0, 2.0, 2.0]);
        check("a1 b2", [1.0, 1.0, 1.0, 1.0]);
    }

    #[test]
    fn mistakes_have_names() {
        let mistakes = Mistakes::of(filed("a1 a2 b2 c3"));
        assert_eq!(mistakes.split, [("a", ["1", "2"].into())].into());
        assert_eq!(mistakes.joined, [("2", ["a", "b"].into())].into());
        assert_eq!(Mistakes::of(filed("a1 a1 b2")), Mistakes::default());
    }
}
