//! How much happens with an issue these days.
//!
//! Each event weighs 1 in its hour and half as much for every twelve hours that have passed since.
//! All weights shrink at the same pace, so the order of issues does not depend on when somebody
//! asks: a trend is the logarithm of the sum as of a fixed moment, and only changes with an event.

use crate::Timestamp;

/// See the file. What is larger happens more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Trend(pub i64);

/// After so many hours an event weighs half as much.
const HALF_LIFE_HOURS: f64 = 12.0;
/// Of one doubling. A single event more than a million within twelve hours still shows.
const STEPS: f64 = 1e9;
/// Doublings beyond which the smaller of two sums adds nothing.
const DOUBLING_COUNT_MAX: f64 = 50.0;

impl Default for Trend {
    fn default() -> Self {
        Self::NONE
    }
}

impl Trend {
    /// Without any event.
    pub const NONE: Self = Self(-1_000_000_000_000_000_000);

    /// Of so many events within the hour of `moment`.
    pub fn of(moment: Timestamp, events: u64) -> Self {
        if events == 0 {
            return Self::NONE;
        }
        let hour = moment.as_secs().div_euclid(3600);
        #[expect(
            clippy::cast_precision_loss,
            reason = "hours and counts are far below 2^52"
        )]
        let doublings = hour as f64 / HALF_LIFE_HOURS + (events as f64).log2();
        Self::from_doublings(doublings)
    }

    /// Of the events of both.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let (more, less) = (self.max(other), self.min(other));
        #[expect(clippy::cast_precision_loss, reason = "what matters of it is small")]
        let apart = more.0.saturating_sub(less.0) as f64 / STEPS;
        if less == Self::NONE || apart > DOUBLING_COUNT_MAX {
            return more;
        }
        let added = Self::from_doublings((1.0 + (-apart).exp2()).log2());
        Self(more.0.saturating_add(added.0))
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast of a float saturates"
    )]
    fn from_doublings(doublings: f64) -> Self {
        Self((doublings * STEPS).round() as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64, events: u64) -> Trend {
        Trend::of(Timestamp::from_secs(1_800_000_000 + hour * 3600), events)
    }

    #[test]
    fn an_event_weighs_half_as_much_after_twelve_hours() {
        assert_eq!(at(0, 2), at(12, 1));
        assert_eq!(at(0, 1).plus(at(0, 1)), at(0, 2));
        assert_eq!(at(0, 2).plus(at(12, 1)), at(12, 2));
        assert!(at(0, 1000) > at(24, 249));
        assert!(at(0, 1000) < at(24, 251));
    }

    #[test]
    fn nothing_adds_nothing_and_one_event_always_counts() {
        assert_eq!(Trend::NONE.plus(at(0, 3)), at(0, 3));
        assert_eq!(
            at(0, 3).plus(Trend::of(Timestamp::from_secs(0), 0)),
            at(0, 3)
        );
        assert!(at(0, 1_000_000).plus(at(0, 1)) > at(0, 1_000_000));
        assert!(Trend::of(Timestamp::MIN, 1) > Trend::NONE);
        assert!(Trend::of(Timestamp::MAX, u64::MAX) > at(0, 1));
        assert_eq!(at(100_000, 1).plus(at(0, 5)), at(100_000, 1));
    }

    #[test]
    fn the_order_in_which_events_arrive_plays_no_part() {
        let hours = [(0, 4), (7, 1), (30, 12), (31, 3)];
        let forth = hours.iter().fold(Trend::NONE, |sum, (hour, count)| {
            sum.plus(at(*hour, *count))
        });
        let back = hours.iter().rev().fold(Trend::NONE, |sum, (hour, count)| {
            sum.plus(at(*hour, *count))
        });
        assert!((forth.0 - back.0).abs() < 10, "{forth:?} {back:?}");
    }
}
