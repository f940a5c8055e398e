//! When the event happened, within bounds (case I19).

use watchpost_model::Event;

use crate::remarks::Remarks;

/// A clock may be so far ahead of ours.
const AHEAD_SECS_MAX: i64 = 60;

/// Older events than this would be deleted on arrival: the usual retention, as at Sentry. With the
/// 30 days of the catalogue, phones that were off for a month would report the wrong day.
const BEHIND_SECS_MAX: i64 = 90 * 24 * 3600;

/// Replaces an impossible time by that of receipt, and moves the breadcrumbs along with it.
pub(crate) fn settle(event: &mut Event, remarks: &mut Remarks) {
    let behind_secs = event.received.secs_since(event.timestamp);
    let what = if behind_secs > BEHIND_SECS_MAX {
        "is more than 90 days ago"
    } else if behind_secs < -AHEAD_SECS_MAX {
        "is in the future"
    } else {
        return;
    };
    let reason = format!("{} {what}; the time of receipt is used", event.timestamp);
    remarks.corrected(&"timestamp", &reason);
    event.timestamp = event.received;
    let times = event.breadcrumbs.iter_mut();
    for time in times.filter_map(|crumb| crumb.timestamp.as_mut()) {
        *time = time.plus_secs(behind_secs);
    }
}

#[cfg(test)]
mod tests {
    use watchpost_model::{Breadcrumb, EventId, Timestamp};

    use super::*;

    const RECEIVED: i64 = 1_700_000_000;

    /// An event `behind` seconds old, with a breadcrumb 5 seconds before it.
    fn check(behind: i64, expect_behind: i64, remarks_expected: usize) {
        let mut event = Event::empty(EventId(1), Timestamp::from_secs(RECEIVED));
        event.timestamp = Timestamp::from_secs(RECEIVED - behind);
        event.breadcrumbs.push(Breadcrumb {
            timestamp: Some(event.timestamp.plus_secs(-5)),
            ..Breadcrumb::default()
        });
        let mut remarks = Remarks::new(Vec::new());
        settle(&mut event, &mut remarks);
        let expect = Timestamp::from_secs(RECEIVED - expect_behind);
        assert_eq!(event.timestamp, expect, "{behind}");
        let crumb = event.breadcrumbs[0].timestamp;
        assert_eq!(crumb, Some(expect.plus_secs(-5)), "{behind}");
        assert_eq!(remarks.finish().len(), remarks_expected, "{behind}");
    }

    #[test]
    fn i19_times_out_of_bounds_become_the_time_of_receipt() {
        check(0, 0, 0);
        check(3600, 3600, 0);
        check(-60, -60, 0);
        check(-61, 0, 1);
        check(-3_000_000_000, 0, 1);
        check(90 * 24 * 3600, 90 * 24 * 3600, 0);
        check(90 * 24 * 3600 + 1, 0, 1);
        check(RECEIVED, 0, 1);
        check(RECEIVED + 1, 0, 1);
    }
}
