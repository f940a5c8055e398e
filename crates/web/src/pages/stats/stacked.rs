//! The chart of outcomes: one bar a step of time, one part of it per outcome. Pure.

use watchpost_model::{Outcome, Timestamp};
use watchpost_store::OutcomeSum;

use super::label;
use crate::pages::chart::{BAR_WIDTH, CHART_HEIGHT, Period, Steps, height_of};
use crate::pages::format::{Count, grouped, plural};

/// See the file.
pub(super) struct Stacked {
    pub(super) period: Period,
    pub(super) bars: Vec<Bar>,
    pub(super) width: u64,
    pub(super) peak: String,
    pub(super) summary: String,
    pub(super) ticks: Vec<String>,
    /// The outcomes that there are, with their sums.
    pub(super) legend: Vec<Legend>,
}

/// An outcome, and how often.
pub(super) struct Legend {
    pub(super) outcome: Outcome,
    pub(super) label: &'static str,
    pub(super) total: Count,
}

/// A step of time.
pub(super) struct Bar {
    pub(super) start: String,
    pub(super) words: String,
    pub(super) x: u64,
    pub(super) total: u64,
    /// For who hovers: `3 accepted, 1 invalid`.
    pub(super) details: String,
    pub(super) parts: Vec<Part>,
    /// In the order of the legend.
    pub(super) counts: Vec<String>,
}

/// A piece of a bar.
pub(super) struct Part {
    pub(super) outcome: Outcome,
    pub(super) y: u64,
    pub(super) height: u64,
}

impl Stacked {
    pub(super) fn new(period: Period, series: &[OutcomeSum], now: Timestamp) -> Self {
        let steps = Steps::new(period, now);
        let columns = Outcome::ALL.into_iter().filter_map(|outcome| {
            let of_it = series.iter().filter(|sum| sum.outcome == Some(outcome));
            let timed = of_it.filter_map(|sum| Some((sum.time?, sum.quantity)));
            let counts = steps.fold(timed);
            let total = counts
                .iter()
                .fold(0_u64, |sum, count| sum.saturating_add(*count));
            (total > 0).then_some((outcome, total, counts))
        });
        let columns: Vec<(Outcome, u64, Vec<u64>)> = columns.collect();
        let at = |place: usize| {
            let counts = columns.iter();
            let counts = counts.map(move |(outcome, _, counts)| {
                (*outcome, counts.get(place).copied().unwrap_or(0))
            });
            counts.collect::<Vec<_>>()
        };
        let sum = |counts: &[(Outcome, u64)]| {
            let counts = counts.iter();
            counts.fold(0_u64, |sum, (_, count)| sum.saturating_add(*count))
        };
        let places: Vec<Vec<(Outcome, u64)>> = (0..steps.count()).map(at).collect();
        let peak = places.iter().map(|counts| sum(counts)).max().unwrap_or(0);
        let bars = places.iter().enumerate();
        let bars: Vec<Bar> = bars
            .map(|(place, counts)| Bar::new(&steps, place, counts, peak))
            .collect();
        let total = columns
            .iter()
            .fold(0_u64, |sum, (_, total, _)| sum.saturating_add(*total));
        Self {
            period,
            width: bars.len() as u64 * BAR_WIDTH,
            peak: grouped(peak),
            summary: format!("{} in {}", plural(total, "item"), period.words()),
            ticks: steps.ticks(),
            bars,
            legend: columns
                .into_iter()
                .map(|(outcome, total, _)| Legend {
                    outcome,
                    label: label(outcome),
                    total: Count::new(total),
                })
                .collect(),
        }
    }
}

impl Bar {
    fn new(steps: &Steps, place: usize, counts: &[(Outcome, u64)], peak: u64) -> Self {
        let (mut parts, mut details) = (Vec::new(), Vec::new());
        let (mut total, mut top) = (0_u64, 0);
        for (outcome, count) in counts {
            total = total.saturating_add(*count);
            let height = height_of(total, peak, CHART_HEIGHT);
            if height > top {
                parts.push(Part {
                    outcome: *outcome,
                    y: CHART_HEIGHT - height,
                    height: height - top,
                });
                top = height;
            }
            if *count > 0 {
                details.push(format!(
                    "{} {}",
                    grouped(*count),
                    label(*outcome).to_lowercase()
                ));
            }
        }
        let (start, words) = steps.words(place);
        Self {
            start,
            words,
            x: place as u64 * BAR_WIDTH,
            total,
            details: details.join(", "),
            parts,
            counts: counts.iter().map(|(_, count)| grouped(*count)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_lie_on_each_other_and_add_up() {
        let now = Timestamp::from_secs(1_800_000_000);
        let sum = |hours_ago: i64, outcome, quantity| OutcomeSum {
            time: Some(now.floor_to_hour().plus_secs(-hours_ago * 3600)),
            outcome: Some(outcome),
            quantity,
            ..OutcomeSum::default()
        };
        let series = [
            sum(0, Outcome::Accepted, 30),
            sum(0, Outcome::Invalid, 10),
            sum(1, Outcome::Accepted, 20),
            sum(30, Outcome::Filtered, 99),
        ];
        let chart = Stacked::new(Period::Day, &series, now);
        assert_eq!((chart.bars.len(), chart.peak.as_str()), (24, "40"));
        assert_eq!(chart.summary, "60 items in 24 hours");
        let legend: Vec<_> = chart
            .legend
            .iter()
            .map(|one| (one.label, &*one.total.exact))
            .collect();
        assert_eq!(legend, [("Accepted", "50"), ("Invalid", "10")]);
        let last = chart.bars.last().unwrap();
        let parts: Vec<_> = last
            .parts
            .iter()
            .map(|part| (part.y, part.height))
            .collect();
        assert_eq!(parts, [(25, 75), (0, 25)]);
        assert_eq!(last.details, "30 accepted, 10 invalid");
        assert_eq!(last.counts, ["30", "10"]);
    }
}
