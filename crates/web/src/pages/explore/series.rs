//! The chart of events over time: one bar a step, one part of it for each value. Pure.

use watchpost_model::Timestamp;
use watchpost_store::{Buckets, Series};

use crate::pages::chart::{BAR_WIDTH, CHART_HEIGHT, height_of};
use crate::pages::format::{Count, absolute, grouped, plural};

const DAY_SECS: i64 = 24 * 3600;

/// See the file; `components/series.html` draws it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SeriesChart {
    pub(crate) bars: Vec<Bar>,
    pub(crate) width: u64,
    pub(crate) peak: String,
    pub(crate) summary: String,
    pub(crate) ticks: Vec<String>,
    /// The values, with their sums.
    pub(crate) legend: Vec<Legend>,
}

/// A value, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Legend {
    pub(crate) label: String,
    pub(crate) tone: usize,
    pub(crate) total: Count,
}

/// A step of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bar {
    pub(crate) start: String,
    pub(crate) words: String,
    pub(crate) x: u64,
    pub(crate) total: u64,
    /// For who hovers: `3 1.0, 1 2.0`.
    pub(crate) details: String,
    pub(crate) parts: Vec<Part>,
    /// In the order of the legend.
    pub(crate) counts: Vec<String>,
}

/// A piece of a bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) tone: usize,
    pub(crate) y: u64,
    pub(crate) height: u64,
}

/// The place of the colour of all others together.
const OTHERS: usize = 5;

impl SeriesChart {
    /// `label` says what a value is called; `total` counts events, each once.
    pub(crate) fn new(
        buckets: Buckets,
        series: &[Series],
        total: u64,
        (period, label): (&str, &dyn Fn(&str) -> String),
    ) -> Self {
        let is_whole = matches!(series, [one] if one.value.is_none());
        let legend = series.iter().enumerate().map(|(place, one)| Legend {
            label: match &one.value {
                Some(value) if value.is_empty() => "none".to_owned(),
                Some(value) => label(value),
                None if is_whole => "events".to_owned(),
                None => "others".to_owned(),
            },
            tone: match one.value {
                None if !is_whole => OTHERS,
                _ => place.min(OTHERS),
            },
            total: Count::new(one.counts.iter().sum()),
        });
        let legend: Vec<Legend> = legend.collect();
        let at = |place: usize| -> Vec<u64> {
            let counts = series.iter().map(|one| one.counts.get(place).copied());
            counts.map(Option::unwrap_or_default).collect()
        };
        let steps: Vec<Vec<u64>> = (0..buckets.len()).map(at).collect();
        let sums = steps.iter().map(|counts| counts.iter().sum::<u64>());
        let peak = sums.max().unwrap_or_default();
        let bars = steps.iter().enumerate();
        let bars: Vec<Bar> = bars
            .map(|(place, counts)| Bar::new(buckets.start(place), place, (counts, peak), &legend))
            .collect();
        Self {
            width: bars.len() as u64 * BAR_WIDTH,
            peak: grouped(peak),
            summary: format!("{} in {period}", plural(total, "event")),
            ticks: ticks(buckets),
            bars,
            legend,
        }
    }

    /// Whether there is but one value, all events: no legend is needed.
    pub(crate) fn is_plain(&self) -> bool {
        self.legend.len() < 2
    }
}

impl Bar {
    fn new(
        start: Timestamp,
        place: usize,
        (counts, peak): (&[u64], u64),
        legend: &[Legend],
    ) -> Self {
        let (mut parts, mut details) = (Vec::new(), Vec::new());
        let (mut total, mut top) = (0_u64, 0);
        for (count, one) in counts.iter().zip(legend) {
            total += count;
            let height = height_of(total, peak, CHART_HEIGHT);
            if height > top {
                parts.push(Part {
                    tone: one.tone,
                    y: CHART_HEIGHT - height,
                    height: height - top,
                });
                top = height;
            }
            if *count > 0 {
                details.push(format!("{} {}", grouped(*count), one.label));
            }
        }
        Self {
            start: start.to_string(),
            words: words(start),
            x: place as u64 * BAR_WIDTH,
            total,
            details: details.join(", "),
            parts,
            counts: counts.iter().map(|count| grouped(*count)).collect(),
        }
    }
}

fn words(start: Timestamp) -> String {
    absolute(start).replace(":00 UTC", " UTC")
}

/// Labels below the chart: the time for a day, the date for longer.
fn ticks(buckets: Buckets) -> Vec<String> {
    let is_short = buckets.end().secs_since(buckets.since) <= DAY_SECS;
    let label = |place| {
        let words = words(buckets.start(place));
        let (date, time) = words.split_once(' ').unwrap_or((&words, ""));
        if is_short {
            time.replace(" UTC", "")
        } else {
            date.get(5..).unwrap_or(date).to_owned()
        }
    };
    let step = buckets.len().div_ceil(4);
    (0..buckets.len()).step_by(step).map(label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_lie_on_each_other_and_others_have_a_colour_of_their_own() {
        let buckets = Buckets::until(Timestamp::from_secs(3600), 1800, 3);
        let series = |value: Option<&str>, counts: [u64; 3]| Series {
            value: value.map(str::to_owned),
            counts: counts.to_vec(),
        };
        let all = [
            series(Some("1.0"), [3, 0, 30]),
            series(Some(""), [0, 0, 10]),
            series(None, [1, 0, 0]),
        ];
        let upper = |value: &str| format!("v{value}");
        let chart = SeriesChart::new(buckets, &all, 44, ("1 hour", &upper));
        let legend: Vec<_> = chart
            .legend
            .iter()
            .map(|one| (&*one.label, one.tone))
            .collect();
        assert_eq!(legend, [("v1.0", 0), ("none", 1), ("others", OTHERS)]);
        assert_eq!(
            (&*chart.summary, &*chart.peak),
            ("44 events in 1 hour", "40")
        );
        let last = chart.bars.last().unwrap();
        let parts: Vec<_> = last
            .parts
            .iter()
            .map(|part| (part.y, part.height))
            .collect();
        assert_eq!(parts, [(25, 75), (0, 25)]);
        assert_eq!(last.details, "30 v1.0, 10 none");
        assert_eq!(last.counts, ["30", "10", "0"]);
        let plain = SeriesChart::new(buckets, &[series(None, [1, 2, 3])], 6, ("1 hour", &upper));
        assert!(plain.is_plain());
        assert_eq!(plain.bars[2].details, "3 events");
    }
}
