//! Whether the clock may be believed when it says that events are old (F10). Pure.
//!
//! Events grow old by a trusted time, which follows the clock from pass to pass. A clock that is
//! suddenly far ahead, because it was set wrong or the machine stood still, is followed at once
//! when little would be forgotten for it, otherwise only after it has gone on for days. Set back,
//! it is always followed: that forgets nothing.

use watchpost_model::Timestamp;
use watchpost_store::ClockWatch;

use crate::limits::{CLOCK_HOLD_SECS, CLOCK_LEAP_SECS_MAX, RETENTION_SHARE_PERCENT_MAX};

/// What is known at the first pass: the newest event is the last that the clock was seen to do.
pub(super) fn first(newest: Option<Timestamp>, now: Timestamp) -> ClockWatch {
    let seen = newest.unwrap_or(now).min(now);
    ClockWatch {
        trusted: seen,
        seen,
        leapt: None,
    }
}

/// The next state, at `now`. `is_much`: whether believing the clock would forget much.
pub(super) fn step(watch: ClockWatch, now: Timestamp, is_much: bool) -> ClockWatch {
    let believed = ClockWatch {
        trusted: now,
        seen: now,
        leapt: None,
    };
    let is_far_from = |earlier: Timestamp| now.secs_since(earlier) > CLOCK_LEAP_SECS_MAX;
    if !is_far_from(watch.trusted) || !is_much {
        return believed;
    }
    let leapt = match watch.leapt {
        Some(leapt) if now.secs_since(leapt) >= CLOCK_HOLD_SECS && !is_far_from(watch.seen) => {
            return believed;
        }
        // It goes on from where it leapt to.
        Some(leapt) if now >= leapt && !is_far_from(watch.seen) => leapt,
        _ => now,
    };
    ClockWatch {
        trusted: watch.trusted,
        seen: now,
        leapt: Some(leapt),
    }
}

/// Whether more than a part of a project's stored time would go: it reaches from `oldest` to
/// `trusted`, and everything before `since` would be forgotten.
pub(super) fn is_much(oldest: Timestamp, trusted: Timestamp, since: Timestamp) -> bool {
    let gone = since.secs_since(oldest);
    let stored = trusted.secs_since(oldest).max(1);
    gone > 0 && gone.saturating_mul(100) / RETENTION_SHARE_PERCENT_MAX > stored
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 3600;
    const NOW: i64 = 20_000 * DAY;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(secs)
    }

    fn well(secs: i64) -> ClockWatch {
        ClockWatch {
            trusted: at(secs),
            seen: at(secs),
            leapt: None,
        }
    }

    #[test]
    fn a_clock_that_ticks_is_followed() {
        assert_eq!(step(well(NOW), at(NOW + 3600), true), well(NOW + 3600));
        assert_eq!(step(well(NOW), at(NOW + DAY), true), well(NOW + DAY));
    }

    #[test]
    fn f10_a_clock_that_is_set_back_is_followed() {
        for back in [1, 3600, 400 * DAY] {
            assert_eq!(step(well(NOW), at(NOW - back), true), well(NOW - back));
        }
    }

    #[test]
    fn a_machine_that_stood_still_for_a_week_forgets_little() {
        let later = NOW + 7 * DAY;
        assert_eq!(step(well(NOW), at(later), false), well(later));
    }

    #[test]
    fn f10_a_leap_is_held_until_it_has_lasted() {
        let leap = NOW + 365 * DAY;
        let mut watch = step(well(NOW), at(leap), true);
        let mut hours = 0;
        while watch.leapt.is_some() {
            assert_eq!((watch.trusted, watch.leapt), (at(NOW), Some(at(leap))));
            hours += 1;
            watch = step(watch, at(leap + hours * 3600), true);
        }
        assert_eq!(hours * 3600, CLOCK_HOLD_SECS);
        assert_eq!(watch, well(leap + CLOCK_HOLD_SECS));
    }

    #[test]
    fn f10_a_leap_that_is_mended_leaves_no_trace() {
        let held = step(well(NOW), at(NOW + 365 * DAY), true);
        assert_eq!(step(held, at(NOW + 7200), true), well(NOW + 7200));
    }

    #[test]
    fn f10_a_clock_that_leaps_on_is_held_on() {
        let mut watch = well(NOW);
        for leap in 1..100 {
            let now = at(NOW + leap * 10 * DAY);
            watch = step(watch, now, true);
            assert_eq!((watch.trusted, watch.leapt), (at(NOW), Some(now)));
        }
        // Back, but not all the way: that is another leap.
        let now = at(NOW + 50 * DAY);
        assert_eq!(step(watch, now, true).leapt, Some(now));
    }

    #[test]
    fn much_is_more_than_a_fifth_of_what_is_stored() {
        let check = |oldest, trusted, since, expect| {
            assert_eq!(is_much(at(oldest), at(trusted), at(since)), expect);
        };
        check(0, 90 * DAY, 7 * DAY, false);
        check(0, 100 * DAY, 20 * DAY, false);
        check(0, 100 * DAY, 21 * DAY, true);
        check(0, 90 * DAY, 275 * DAY, true);
        check(DAY, DAY, 0, false);
        check(DAY, DAY, DAY + 60, true);
        check(i64::MIN / 2_000_000, 0, i64::MAX / 2_000_000, true);
    }

    #[test]
    fn the_first_pass_begins_at_the_newest_event() {
        assert_eq!(first(None, at(NOW)), well(NOW));
        assert_eq!(first(Some(at(NOW - DAY)), at(NOW)), well(NOW - DAY));
        assert_eq!(first(Some(at(NOW + DAY)), at(NOW)), well(NOW));
    }
}
