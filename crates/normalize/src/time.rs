//! When the event happened: a client's clock that is wrong by the hour is corrected, and what is
//! still impossible becomes the time of receipt (case I19).

use watchpost_model::{ClockFault, Event, Receipt, RemarkDetail, Timestamp};

use crate::remarks::Remarks;

/// A clock may be so far ahead of ours.
const AHEAD_SECS_MAX: i64 = 60;

/// Older events than this would be deleted on arrival: the usual retention, as at Sentry. With the
/// 30 days of the catalogue, phones that were off for a month would report the wrong day.
const BEHIND_SECS_MAX: i64 = 90 * 24 * 3600;

/// The time of sending may differ so much from that of receipt. More is no slow network but a
/// clock in another time zone.
const DRIFT_SECS_MIN: i64 = 55 * 60;

/// Moves all times of the event where they can be.
pub(crate) fn settle(event: &mut Event, receipt: &Receipt, remarks: &mut Remarks) {
    correct_drift(event, receipt, remarks);
    let behind_secs = event.received.secs_since(event.timestamp);
    let (fault, what) = if behind_secs > BEHIND_SECS_MAX {
        (ClockFault::Past, "is more than 90 days ago")
    } else if behind_secs < -AHEAD_SECS_MAX {
        (ClockFault::Future, "is in the future")
    } else {
        return;
    };
    let (client, server) = (event.timestamp, event.received);
    let reason = format!("{client} {what}; the time of receipt {server} is used");
    let detail = moved(fault, client, server);
    remarks.moved(&reason, detail);
    event.timestamp = server;
    move_breadcrumbs(event, behind_secs);
}

/// The envelope says when it was sent: when that is not about now, no time in it is right.
fn correct_drift(event: &mut Event, receipt: &Receipt, remarks: &mut Remarks) {
    let Some(sent_at) = receipt.sent_at else {
        return;
    };
    let drift_secs = event.received.secs_since(sent_at);
    if drift_secs.abs() < DRIFT_SECS_MIN || is_corrected(event, remarks) {
        return;
    }
    let reason = format!(
        "the client's clock said {sent_at} when it was {}; all times were moved",
        event.received
    );
    let detail = moved(ClockFault::Drift, sent_at, event.received);
    remarks.moved(&reason, detail);
    // Without a time of the client's own, the event has that of receipt, which is right.
    if event.timestamp != event.received {
        event.timestamp = event.timestamp.plus_secs(drift_secs);
    }
    move_breadcrumbs(event, drift_secs);
}

/// An event that is normalised a second time is not moved a second time.
fn is_corrected(event: &Event, remarks: &Remarks) -> bool {
    let drifted = |detail| match detail {
        RemarkDetail::Moved { fault, server, .. } => {
            fault == ClockFault::Drift && server == event.received
        }
        RemarkDetail::Length(_) => false,
    };
    remarks.details().any(drifted)
}

fn moved(fault: ClockFault, client: Timestamp, server: Timestamp) -> RemarkDetail {
    RemarkDetail::Moved {
        fault,
        client,
        server,
    }
}

fn move_breadcrumbs(event: &mut Event, secs: i64) {
    let times = event.breadcrumbs.iter_mut();
    for time in times.filter_map(|crumb| crumb.timestamp.as_mut()) {
        *time = time.plus_secs(secs);
    }
}

#[cfg(test)]
mod tests {
    use watchpost_model::{Breadcrumb, EventId};

    use super::*;
    use crate::tests::receipt;

    const RECEIVED: i64 = 1_700_000_000;

    /// An event `behind` seconds old, with a breadcrumb 5 seconds before it, whose envelope was
    /// sent at that time by the client's clock.
    fn check_sent(sent: Option<i64>, behind: i64, expect_behind: i64, reasons: &[&str]) {
        let mut event = Event::empty(EventId(1), Timestamp::from_secs(RECEIVED));
        event.timestamp = Timestamp::from_secs(RECEIVED - behind);
        event.breadcrumbs.push(Breadcrumb {
            timestamp: Some(event.timestamp.plus_secs(-5)),
            ..Breadcrumb::default()
        });
        let mut receipt = receipt();
        receipt.sent_at = sent.map(|sent| Timestamp::from_secs(RECEIVED + sent));
        let mut remarks = Remarks::new(Vec::new());
        // The second time changes nothing.
        for _ in 0..2 {
            settle(&mut event, &receipt, &mut remarks);
        }
        let expect = Timestamp::from_secs(RECEIVED - expect_behind);
        assert_eq!(event.timestamp, expect, "{behind}");
        let crumb = event.breadcrumbs[0].timestamp;
        assert_eq!(crumb, Some(expect.plus_secs(-5)), "{behind}");
        let remarks = remarks.finish();
        let got: Vec<&str> = remarks
            .iter()
            .map(|remark| remark.reason.as_str())
            .collect();
        assert_eq!(got, reasons, "{behind}");
        assert!(remarks.iter().all(|remark| remark.detail.is_some()));
    }

    fn check(behind: i64, expect_behind: i64, remarks_expected: usize) {
        let client = Timestamp::from_secs(RECEIVED - behind);
        let what = if behind < 0 {
            "is in the future"
        } else {
            "is more than 90 days ago"
        };
        let used = "the time of receipt 2023-11-14T22:13:20Z is used";
        let reason = format!("{client} {what}; {used}");
        let reasons = [reason.as_str()];
        check_sent(None, behind, expect_behind, &reasons[..remarks_expected]);
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

    #[test]
    fn i19_a_clock_of_another_time_zone_is_corrected() {
        let ahead = "the client's clock said 2023-11-15T00:13:20Z when it was \
                     2023-11-14T22:13:20Z; all times were moved";
        check_sent(Some(7200), -7200, 0, &[ahead]);
        check_sent(Some(7200), -7100, 100, &[ahead]);
        let behind = "the client's clock said 2023-11-14T21:18:20Z when it was \
                      2023-11-14T22:13:20Z; all times were moved";
        check_sent(Some(-55 * 60), 55 * 60 + 3, 3, &[behind]);
        check_sent(Some(-55 * 60 + 1), 55 * 60 + 3, 55 * 60 + 3, &[]);
        // It was kept for a day and then sent by a clock that is right.
        check_sent(Some(-1), 86_400, 86_400, &[]);
    }

    #[test]
    fn an_event_without_a_time_is_not_moved() {
        let mut event = Event::empty(EventId(1), Timestamp::from_secs(RECEIVED));
        let mut receipt = receipt();
        receipt.sent_at = Some(Timestamp::from_secs(RECEIVED + 7200));
        settle(&mut event, &receipt, &mut Remarks::new(Vec::new()));
        assert_eq!(event.timestamp, event.received);
    }
}
