//! Charts of events over time, as SVG without inline styles (the policy forbids them).
//!
//! The engine gives events per hour, the hours that have any; a chart fills the gaps, folds hours
//! into bars and draws. Pure: `now` is an argument.

use std::fmt::Write;

use askama::Template;
use askama::filters::HtmlSafe;
use watchpost_model::Timestamp;
use watchpost_store::Buckets;

use super::format::{When, absolute, grouped, plural};

#[cfg(test)]
mod tests;

const HOUR_SECS: i64 = 3600;

/// What a chart covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Period {
    #[default]
    Day,
    Week,
    Fortnight,
    Month,
    Quarter,
}

impl Period {
    /// Those of an issue.
    pub(crate) const ISSUE: [Self; 4] = [Self::Day, Self::Fortnight, Self::Month, Self::Quarter];
    /// Those of stats.
    pub(crate) const STATS: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Quarter];

    /// Those of the little charts of a list.
    pub(crate) const LIST: [Self; 2] = [Self::Day, Self::Fortnight];

    /// What the little charts of a list show by that name; a day otherwise.
    pub(crate) fn of_list(name: &str) -> Self {
        let mut periods = Self::LIST.into_iter();
        let named = periods.find(|period| period.name() == name);
        named.unwrap_or_default()
    }

    /// Its name in URLs and on buttons.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Fortnight => "14d",
            Self::Month => "30d",
            Self::Quarter => "90d",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let mut periods = Self::STATS.into_iter().chain(Self::ISSUE);
        periods.find(|period| period.name() == name)
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Day => "24 hours",
            Self::Week => "7 days",
            Self::Fortnight => "14 days",
            Self::Month => "30 days",
            Self::Quarter => "90 days",
        }
    }

    fn hours(self) -> i64 {
        match self {
            Self::Day => 24,
            Self::Week => 7 * 24,
            Self::Fortnight => 14 * 24,
            Self::Month => 30 * 24,
            Self::Quarter => 90 * 24,
        }
    }

    fn hours_per_bar(self) -> i64 {
        match self {
            Self::Day => 1,
            Self::Week => 3,
            // Whole days, UTC: as counts are kept for so long.
            Self::Fortnight | Self::Month | Self::Quarter => 24,
        }
    }

    /// The bars, as a question to the archive names them.
    pub(crate) fn buckets(self, now: Timestamp) -> Buckets {
        Buckets {
            since: self.since(now),
            secs: self.hours_per_bar() * HOUR_SECS,
            count: usize::try_from(self.hours() / self.hours_per_bar()).unwrap_or(1),
        }
    }

    /// The start of the first bar: bars are whole, and the last one holds `now`.
    pub(crate) fn since(self, now: Timestamp) -> Timestamp {
        let bar = self.hours_per_bar() * HOUR_SECS;
        let end = (now.as_secs().div_euclid(bar) + 1) * bar;
        Timestamp::from_secs(end - self.hours() * HOUR_SECS)
    }
}

/// One bar: when it starts, its count, its place in the drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bar {
    pub(crate) words: String,
    pub(crate) count: u64,
    pub(crate) exact: String,
    pub(crate) x: u64,
    pub(crate) y: u64,
    pub(crate) height: u64,
}

/// The chart of the issue page, with a table for who cannot see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chart {
    pub(crate) period: Period,
    pub(crate) bars: Vec<Bar>,
    pub(crate) width: u64,
    pub(crate) peak: String,
    pub(crate) summary: String,
    pub(crate) ticks: Vec<String>,
    /// Releases that began in it, the oldest first.
    pub(crate) markers: Vec<Marker>,
}

/// When a release began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    pub(crate) x: u64,
    pub(crate) release: String,
    pub(crate) href: String,
    pub(crate) when: When,
}

pub(crate) const BAR_WIDTH: u64 = 10;
pub(crate) const CHART_HEIGHT: u64 = 100;

/// The steps of time of a period: where each bar starts.
pub(crate) struct Steps {
    period: Period,
    since: Timestamp,
}

impl Steps {
    pub(crate) fn new(period: Period, now: Timestamp) -> Self {
        let since = period.since(now);
        Self { period, since }
    }

    pub(crate) fn count(&self) -> usize {
        self.period.buckets(self.since).count
    }

    /// How long each is.
    pub(crate) fn secs(&self) -> i64 {
        self.period.hours_per_bar() * HOUR_SECS
    }

    /// Where a moment is in the drawing; `None` outside of it.
    pub(crate) fn x(&self, at: Timestamp) -> Option<u64> {
        let secs = u64::try_from(at.secs_since(self.since)).ok()?;
        let width = self.count() as u64 * BAR_WIDTH;
        let x = secs * BAR_WIDTH / self.secs().unsigned_abs().max(1);
        (x <= width).then_some(x)
    }

    /// Sums hours or days into bars. What is outside is left out.
    pub(crate) fn fold(&self, counts: impl Iterator<Item = (Timestamp, u64)>) -> Vec<u64> {
        let mut bars = vec![0_u64; self.count()];
        for (time, count) in counts {
            let place = time.secs_since(self.since).div_euclid(self.secs());
            let bar = usize::try_from(place).ok();
            if let Some(bar) = bar.and_then(|place| bars.get_mut(place)) {
                *bar = bar.saturating_add(count);
            }
        }
        bars
    }

    /// The start of a bar, for programs and for people.
    pub(crate) fn words(&self, place: usize) -> (String, String) {
        let steps = i64::try_from(place).unwrap_or(0);
        let start = self.since.plus_secs(steps * self.secs());
        (
            start.to_string(),
            absolute(start).replace(":00 UTC", " UTC"),
        )
    }

    /// Labels below the chart: the time for a day, the date for longer.
    pub(crate) fn ticks(&self) -> Vec<String> {
        let label = |place| {
            let (_, words) = self.words(place);
            let (date, time) = words.split_once(' ').unwrap_or((&words, ""));
            match self.period {
                Period::Day => time.replace(" UTC", ""),
                _ => date.get(5..).unwrap_or(date).to_owned(),
            }
        };
        let places = (0..self.count()).step_by(self.count().div_ceil(4));
        places.map(label).collect()
    }
}

impl Chart {
    pub(crate) fn new(period: Period, hours: &[(Timestamp, u64)], now: Timestamp) -> Self {
        let steps = Steps::new(period, now);
        let counts = steps.fold(hours.iter().copied());
        let peak = counts.iter().copied().max().unwrap_or(0);
        let bars = counts.iter().enumerate().map(|(place, count)| {
            let (_, words) = steps.words(place);
            let height = height_of(*count, peak, CHART_HEIGHT);
            Bar {
                words,
                count: *count,
                exact: grouped(*count),
                x: place as u64 * BAR_WIDTH,
                y: CHART_HEIGHT - height,
                height,
            }
        });
        let bars: Vec<Bar> = bars.collect();
        let total = counts.iter().sum::<u64>();
        Self {
            period,
            width: bars.len() as u64 * BAR_WIDTH,
            peak: grouped(peak),
            summary: format!("{} in {}", plural(total, "event"), period.words()),
            ticks: steps.ticks(),
            bars,
            markers: Vec::new(),
        }
    }

    /// Marks where releases began, the newest first as the store gives them.
    pub(crate) fn with_releases(
        mut self,
        releases: Vec<(String, Timestamp)>,
        now: Timestamp,
        link: impl Fn(&str) -> String,
    ) -> Self {
        let steps = Steps::new(self.period, now);
        let marker = |(release, began): (String, Timestamp)| {
            Some(Marker {
                x: steps.x(began)?,
                href: link(&release),
                when: When::new(began, now),
                release,
            })
        };
        self.markers = releases.into_iter().rev().filter_map(marker).collect();
        self
    }
}

/// The little chart of a list row: 24 hours or 14 days, one path.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "components/spark.html")]
pub(crate) struct Spark {
    pub(crate) summary: String,
    pub(crate) path: String,
    pub(crate) base: String,
}

/// The template escapes what it prints.
impl HtmlSafe for Spark {}

const SPARK_HEIGHT: u64 = 22;
const SPARK_WIDTH: u64 = 96;

impl Spark {
    pub(crate) fn new(
        period: Period,
        hours: impl Iterator<Item = (Timestamp, u64)>,
        now: Timestamp,
    ) -> Self {
        let counts = Steps::new(period, now).fold(hours);
        let step = SPARK_WIDTH / (counts.len() as u64).max(1);
        let width = step - 1;
        let peak = counts.iter().copied().max().unwrap_or(0);
        let (mut path, mut base) = (String::new(), String::new());
        for (place, count) in counts.iter().enumerate() {
            let x = place as u64 * step;
            let height = height_of(*count, peak, SPARK_HEIGHT);
            let target = if height == 0 { &mut base } else { &mut path };
            let height = height.max(1);
            // Writing to a String cannot fail.
            let top = SPARK_HEIGHT + 1 - height;
            let _ = write!(target, "M{x} {top}h{width}v{height}h-{width}z");
        }
        let total = plural(counts.iter().sum(), "event");
        let (of, peak) = (period.words(), grouped(peak));
        let each = if period == Period::Day {
            "an hour"
        } else {
            "a day"
        };
        let summary = format!("{total} in {of}, at most {peak} {each}");
        Self {
            summary,
            path,
            base,
        }
    }
}

/// A bar is at least 2 high when there is anything to show.
pub(crate) fn height_of(count: u64, peak: u64, full: u64) -> u64 {
    if count == 0 || peak == 0 {
        return 0;
    }
    let exact = u128::from(count) * u128::from(full) / u128::from(peak);
    u64::try_from(exact).unwrap_or(full).clamp(2, full)
}
