//! When things happen: office hours, nights, weekends, and one week in which nobody buys tea.

use crate::dice::Dice;

const HOUR_SECS: i64 = 3600;
const DAY_SECS: i64 = 24 * HOUR_SECS;

/// How much is going on in each hour of a day (UTC), in percent of the busiest.
const HOURS: [usize; 24] = [
    14, 9, 6, 5, 6, 12, 25, 45, 66, 82, 90, 92, 86, 84, 88, 90, 85, 80, 84, 95, 100, 82, 52, 28,
];
/// Saturdays and Sundays, in percent of other days.
const WEEKEND_PERCENT: usize = 48;
/// The quiet week, in hours before the end and in percent of other weeks.
const QUIET_HOURS: std::ops::Range<i64> = 264..432;
const QUIET_PERCENT: usize = 22;
/// Tries to find a busy moment before any is good enough.
const TRY_COUNT_MAX: usize = 40;

/// How the events of a phase lie in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rhythm {
    /// With the customers.
    Day,
    /// In a job of the night.
    Night,
    /// Most of them soon after its begin.
    Burst,
    /// Never many at a time.
    Even,
}

/// The moments of `count` events between two times (seconds since 1970), in order. By day and in a
/// burst, the first one is at `from`.
pub(crate) fn moments(
    rhythm: Rhythm,
    (from, to): (i64, i64),
    count: u64,
    until: i64,
    dice: &mut Dice,
) -> Vec<i64> {
    let span = (to - from).max(1);
    let one = |nth: u64, dice: &mut Dice| match rhythm {
        Rhythm::Even => {
            let slot = scaled(span, 1, count);
            from + scaled(span, nth, count) + within(dice, slot / 2)
        }
        Rhythm::Burst if nth > 0 => from + scaled(within(dice, span), draw(dice), 1 << 16),
        Rhythm::Day if nth > 0 => busy(from, span, until, dice),
        Rhythm::Night => night(from, span, dice).clamp(from, to),
        Rhythm::Burst | Rhythm::Day => from,
    };
    let mut moments: Vec<i64> = (0..count).map(|nth| one(nth, dice)).collect();
    moments.sort_unstable();
    moments
}

/// A moment at which much is going on, rather than one of the night.
fn busy(from: i64, span: i64, until: i64, dice: &mut Dice) -> i64 {
    let mut at = from + within(dice, span);
    for _ in 0..TRY_COUNT_MAX {
        if dice.below(10_000) < height(at, until) {
            break;
        }
        at = from + within(dice, span);
    }
    at
}

/// How much is going on at a moment, of ten thousand.
fn height(at: i64, until: i64) -> usize {
    let hour = usize::try_from(at.rem_euclid(DAY_SECS) / HOUR_SECS).unwrap_or(0);
    let of_day = HOURS.get(hour).copied().unwrap_or(50);
    // The first of January 1970 was a Thursday.
    let is_weekend = (at.div_euclid(DAY_SECS) + 3).rem_euclid(7) >= 5;
    let of_week = if is_weekend { WEEKEND_PERCENT } else { 100 };
    let is_quiet = QUIET_HOURS.contains(&((until - at) / HOUR_SECS));
    let of_month = if is_quiet { QUIET_PERCENT } else { 100 };
    of_day * of_week * of_month / 100
}

/// A moment in the job that runs from 2:10 on, of some day.
fn night(from: i64, span: i64, dice: &mut Dice) -> i64 {
    let days = usize::try_from(span / DAY_SECS).unwrap_or(0).max(1);
    let day = i64::try_from(dice.below(days)).unwrap_or(0);
    let midnight = from.div_euclid(DAY_SECS) * DAY_SECS + day * DAY_SECS;
    // The first night may be over when the phase begins.
    let first = midnight + 2 * HOUR_SECS + 600 + within(dice, 1500);
    if first < from {
        first + DAY_SECS
    } else {
        first
    }
}

fn within(dice: &mut Dice, span: i64) -> i64 {
    let bound = usize::try_from(span).unwrap_or(1);
    i64::try_from(dice.below(bound)).unwrap_or(0)
}

/// A number of sixteen bits.
fn draw(dice: &mut Dice) -> u64 {
    dice.next() >> 48
}

/// `part` of `whole` of a span of seconds.
fn scaled(span: i64, part: u64, whole: u64) -> i64 {
    let (part, whole) = (i128::from(part), i128::from(whole.max(1)));
    i64::try_from(i128::from(span) * part / whole).unwrap_or(span)
}
