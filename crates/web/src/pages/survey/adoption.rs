//! How much of what arrives is of a release: its share in lists, and over time.

use std::collections::HashMap;

use watchpost_model::{ProjectId, Timestamp};
use watchpost_store::{
    Asker, Buckets, EventFilter, EventGroups, EventsAsked, GroupField, GroupQuery, Histogram,
    StoreError,
};

use super::asked::Asked;
use super::{search_of, term};
use crate::App;
use crate::pages::PageError;
use crate::pages::chart::{BAR_WIDTH, CHART_HEIGHT, Period, Steps, height_of};
use crate::pages::format::{grouped, plural};

/// Events that are looked at for the shares of a list.
const SHARE_EVENT_COUNT_MAX: u64 = 100_000;

/// The shares of releases in the events of a time.
#[derive(Default)]
pub(super) struct Shares {
    events: HashMap<(ProjectId, String), u64>,
    totals: HashMap<ProjectId, u64>,
    /// Nothing was counted.
    is_slow: bool,
    /// What was left out.
    pub(super) cut: Option<String>,
}

impl Shares {
    /// What there was no time for.
    fn slow(secs: u64, environment: &str) -> Self {
        let all = match environment {
            "" => "",
            _ => " The releases of all environments are shown.",
        };
        Self {
            is_slow: true,
            cut: Some(format!(
                "The shares were not counted within {secs} seconds.{all}"
            )),
            ..Self::default()
        }
    }

    fn of(groups: &EventGroups) -> Self {
        let mut shares = Self::default();
        for group in &groups.rows {
            let [project, version] = &*group.values else {
                continue;
            };
            let Ok(project) = project.parse::<ProjectId>() else {
                continue;
            };
            *shares.totals.entry(project).or_default() += group.events;
            let release = (project, version.clone());
            shares.events.insert(release, group.events);
        }
        let shown = groups.rows.len() as u64;
        if groups.extent.cut.is_some() {
            let events = plural(groups.extent.events, "event");
            shares.cut = Some(format!(
                "Shares are of the newest {events}, as many as this list looks at."
            ));
        } else if groups.group_count > shown {
            shares.cut = Some(format!(
                "Shares are of the events of the {} releases that had most.",
                grouped(shown)
            ));
        }
        shares
    }

    /// The releases that had events; none when they were not counted.
    pub(super) fn releases(&self) -> Option<Vec<(ProjectId, String)>> {
        let named = self.events.keys();
        let named = named.filter(|(_, version)| !version.is_empty());
        (!self.is_slow).then(|| named.cloned().collect())
    }

    /// The share of a release in its project.
    pub(super) fn words(&self, project: ProjectId, version: &str) -> String {
        if self.is_slow {
            return "not counted".to_owned();
        }
        let events = self.events.get(&(project, version.to_owned()));
        let total = self.totals.get(&project).copied().unwrap_or(0);
        percent(events.copied().unwrap_or(0), total)
    }
}

/// `<1 %` is more than nothing.
pub(super) fn percent(part: u64, whole: u64) -> String {
    if part == 0 {
        return "0 %".to_owned();
    }
    match u128::from(part) * 100 / u128::from(whole.max(part)) {
        0 => "<1 %".to_owned(),
        percent => format!("{percent} %"),
    }
}

/// The events of what is asked for, in its time and environment, without the trash.
pub(super) fn filter(
    app: &App,
    projects: &[ProjectId],
    (asked, now): (&Asked, Timestamp),
) -> Result<EventFilter, StoreError> {
    let environment = Some(asked.environment.clone()).filter(|name| !name.is_empty());
    Ok(EventFilter {
        environments: environment.into_iter().collect(),
        since: Some(asked.period.since(now)),
        without: app.trashed(projects)?,
        asker: Asker::at(now),
        ..EventFilter::default()
    })
}

/// The shares of all releases of projects. Without time for it, a list has none.
pub(super) fn shares(
    app: &App,
    projects: &[ProjectId],
    asked: &Asked,
    now: Timestamp,
) -> Result<Shares, PageError> {
    let question = EventsAsked {
        row_count_max: SHARE_EVENT_COUNT_MAX,
        ..EventsAsked::new(projects, filter(app, projects, (asked, now))?)
    };
    let release =
        GroupField::parse("release").map_err(|error| PageError::Invalid(error.message))?;
    let query = GroupQuery::by(vec![GroupField::Project, release]);
    let groups = match app.archive.group_by(&question, &query) {
        Err(StoreError::Slow { secs }) => return Ok(Shares::slow(secs, &asked.environment)),
        other => other?,
    };
    Ok(Shares::of(&groups))
}

/// The events of a release over time beside all others.
pub(super) struct Adoption {
    pub(super) bars: Vec<Bar>,
    pub(super) width: u64,
    pub(super) peak: String,
    pub(super) summary: String,
    pub(super) ticks: Vec<String>,
    /// What was left out.
    pub(super) cut: Option<String>,
}

/// A piece of time.
pub(super) struct Bar {
    pub(super) start: String,
    pub(super) words: String,
    pub(super) x: u64,
    pub(super) own: String,
    pub(super) all: String,
    pub(super) share: String,
    pub(super) is_empty: bool,
    pub(super) own_height: u64,
    pub(super) all_height: u64,
}

/// What the archive says of both.
pub(super) fn look(
    app: &App,
    project: ProjectId,
    version: &str,
    (asked, now): (&Asked, Timestamp),
) -> Result<[Histogram; 2], PageError> {
    let steps = Steps::new(asked.period, now);
    let buckets = Buckets {
        since: asked.period.since(now),
        secs: steps.secs(),
        count: steps.count(),
    };
    let projects = [project];
    let all = filter(app, &projects, (asked, now))?;
    let own = EventFilter {
        search: search_of(vec![term("release", version)]),
        ..all.clone()
    };
    let ask = |filter| match app
        .archive
        .histogram(&EventsAsked::new(&projects, filter), buckets)
    {
        // The rest of the page is worth showing.
        Err(StoreError::Slow { .. }) => Ok(Histogram::default()),
        other => other,
    };
    Ok([ask(own)?, ask(all)?])
}

impl Adoption {
    pub(super) fn new(period: Period, [own, all]: &[Histogram; 2], now: Timestamp) -> Self {
        let steps = Steps::new(period, now);
        let peak = all.counts.iter().copied().max().unwrap_or(0);
        let count =
            |counts: &Histogram, place: usize| counts.counts.get(place).copied().unwrap_or(0);
        let bars = (0..steps.count()).map(|place| {
            let (own, all) = (count(own, place), count(all, place));
            let (start, words) = steps.words(place);
            Bar {
                start,
                words,
                x: place as u64 * BAR_WIDTH,
                own: grouped(own),
                all: grouped(all),
                share: percent(own, all),
                is_empty: all == 0,
                own_height: height_of(own, peak, CHART_HEIGHT),
                all_height: height_of(all, peak, CHART_HEIGHT),
            }
        });
        let bars: Vec<Bar> = bars.collect();
        let sum = |counts: &Histogram| counts.counts.iter().sum::<u64>();
        let (own_sum, all_sum) = (sum(own), sum(all));
        let share = percent(own_sum, all_sum);
        let cuts = [own, all].into_iter().find(|one| one.extent.cut.is_some());
        Self {
            width: bars.len() as u64 * BAR_WIDTH,
            peak: grouped(peak),
            summary: format!(
                "{} of {} in {}: {share}",
                grouped(own_sum),
                plural(all_sum, "event"),
                period.words()
            ),
            ticks: steps.ticks(),
            cut: cuts.map(|one| one.extent.to_string()),
            bars,
        }
    }
}

#[cfg(test)]
mod tests {
    use watchpost_store::EventGroup;

    use super::*;

    #[test]
    fn shares_are_never_nothing_nor_more_than_all() {
        let check = |part, whole, words: &str| assert_eq!(percent(part, whole), words);
        check(0, 0, "0 %");
        check(0, 9, "0 %");
        check(1, 1000, "<1 %");
        check(1, 3, "33 %");
        check(9, 9, "100 %");
        check(9, 3, "100 %");
    }

    #[test]
    fn shares_that_were_not_counted_leave_no_release_out() {
        let slow = Shares::slow(5, "production");
        assert_eq!(slow.releases(), None);
        assert_eq!(slow.words(ProjectId(1), "1.0"), "not counted");
        let cut = slow.cut.unwrap();
        assert!(cut.contains("releases of all environments"), "{cut}");
        assert_eq!(Shares::default().releases(), Some(Vec::new()));
    }

    #[test]
    fn shares_of_some_releases_say_so() {
        let now = Timestamp::from_secs(1);
        let row = EventGroup {
            values: vec!["1".to_owned(), "1.0".to_owned()],
            events: 3,
            users: 0,
            first: now,
            last: now,
        };
        let mut groups = EventGroups {
            rows: vec![row],
            group_count: 1,
            ..EventGroups::default()
        };
        assert_eq!(Shares::of(&groups).cut, None);
        groups.group_count = 2;
        assert!(Shares::of(&groups).cut.is_some());
    }

    #[test]
    fn a_release_is_drawn_within_all() {
        let now = Timestamp::from_secs(1_800_000_000);
        let of = |last: u64| {
            let mut counts = vec![0; 24];
            counts[23] = last;
            Histogram {
                counts,
                ..Histogram::default()
            }
        };
        let adoption = Adoption::new(Period::Day, &[of(5), of(20)], now);
        assert_eq!(adoption.summary, "5 of 20 events in 24 hours: 25 %");
        let last = adoption.bars.last().unwrap();
        assert_eq!(
            (last.own_height, last.all_height, &*last.share),
            (25, 100, "25 %")
        );
        assert!(adoption.bars[0].is_empty);
        let none = Adoption::new(
            Period::Day,
            &[Histogram::default(), Histogram::default()],
            now,
        );
        assert_eq!((none.bars.len(), none.bars[0].own_height), (24, 0));
    }
}
