//! Charts: their bars, their words, and where releases stand.

use super::*;

fn now() -> Timestamp {
    Timestamp::from_secs(1_800_000_000)
}

#[test]
fn the_last_bar_holds_now_and_old_hours_are_left_out() {
    let hours = [
        (now().floor_to_hour(), 5),
        (now().floor_to_hour().plus_secs(-HOUR_SECS), 10),
        (now().floor_to_hour().plus_secs(-30 * HOUR_SECS), 99),
    ];
    let chart = Chart::new(Period::Day, &hours, now());
    let counts: Vec<u64> = chart.bars.iter().map(|bar| bar.count).collect();
    assert_eq!(counts.len(), 24);
    assert_eq!(counts.last_chunk(), Some(&[10, 5]));
    assert_eq!(counts.iter().sum::<u64>(), 15);
    assert_eq!(
        chart.bars.last().map(|bar| (bar.y, bar.height)),
        Some((50, 50))
    );
    assert_eq!(chart.summary, "15 events in 24 hours");
}

#[test]
fn longer_periods_fold_hours_into_bars() {
    let hours: Vec<_> = (0..720)
        .map(|ago| (now().floor_to_hour().plus_secs(-ago * HOUR_SECS), 1))
        .collect();
    for (period, bars) in [
        (Period::Week, 56),
        (Period::Fortnight, 14),
        (Period::Month, 30),
    ] {
        let chart = Chart::new(period, &hours, now());
        assert_eq!(chart.bars.len(), bars);
        let second = chart.bars.get(1).map(|bar| bar.count);
        assert_eq!(second, Some(period.hours_per_bar().unsigned_abs()));
        assert_eq!(chart.ticks.len(), 4);
    }
}

#[test]
fn releases_stand_where_they_began() {
    let start = Period::Day.since(now());
    let releases = [
        ("2.1", start.plus_secs(90 * 60)),
        ("2.0", start),
        ("1.9", start.plus_secs(-1)),
    ];
    let releases = releases.map(|(name, began)| (name.to_owned(), began));
    let chart = Chart::new(Period::Day, &[], now());
    let chart = chart.with_releases(releases.to_vec(), now(), |name| format!("/{name}"));
    let marks: Vec<_> = chart
        .markers
        .iter()
        .map(|mark| (mark.x, mark.href.as_str()))
        .collect();
    assert_eq!(marks, [(0, "/2.0"), (15, "/2.1")]);
}

#[test]
fn a_single_event_among_millions_is_visible() {
    assert_eq!(height_of(1, 10_000_000, 100), 2);
    assert_eq!(height_of(u64::MAX, u64::MAX, 100), 100);
    assert_eq!(height_of(0, 0, 100), 0);
}

#[test]
fn a_spark_says_in_words_what_it_draws() {
    let hours = [(now().floor_to_hour(), 3)];
    let days = Spark::new(Period::Fortnight, hours.into_iter(), now());
    assert_eq!(days.summary, "3 events in 14 days, at most 3 a day");
    assert_eq!(days.path, "M78 1h5v22h-5z");
    let spark = Spark::new(Period::Day, hours.into_iter(), now());
    assert_eq!(spark.summary, "3 events in 24 hours, at most 3 an hour");
    assert_eq!(spark.path, "M92 1h3v22h-3z");
}
