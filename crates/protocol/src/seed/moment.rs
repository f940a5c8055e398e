//! When a record happened. Clients from 1.8.4 print their local time and put a `Z` behind it.

use watchpost_model::Timestamp;

use crate::event::node::Node;
use crate::event::read::{self, Notes, Path};

/// Zones differ from UTC by multiples of this.
const ZONE_STEP_SECS: i64 = 15 * 60;

/// And by no more than this.
const ZONE_MAX_SECS: i64 = 14 * 3600;

/// Time on the way and clocks that are a little off: so far from a full step is still a zone.
const ZONE_SLACK_SECS: i64 = 20;

/// The moment in `value`, or `received` when there is none to be believed.
pub(super) fn read(
    value: &Node<'_>,
    received: Timestamp,
    at: &Path<'_>,
    notes: &mut Notes,
) -> Timestamp {
    let Some(moment) = read::moment(value, at, notes) else {
        return received;
    };
    let is_printed = value.as_str().is_some_and(|text| text.contains([':', 'T']));
    if is_printed && is_zone(received.secs_since(moment)) {
        let reason = "the client's local time with a Z behind it; the time of receipt is used";
        notes.corrected(at, reason);
        return received;
    }
    moment
}

/// Whether a clock that is `behind_secs` late shows another zone rather than another moment.
fn is_zone(behind_secs: i64) -> bool {
    let steps = (behind_secs + ZONE_STEP_SECS / 2).div_euclid(ZONE_STEP_SECS);
    let slack = behind_secs - steps * ZONE_STEP_SECS;
    let is_far = steps != 0 && behind_secs.abs() <= ZONE_MAX_SECS + ZONE_SLACK_SECS;
    is_far && slack.abs() <= ZONE_SLACK_SECS
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// `value` read at 12:00:00; `expect` is the time of day that comes out.
    fn check(value: &Value, expect: &str, remarks: usize) {
        let received = Timestamp::parse_rfc3339("2011-05-02T12:00:00Z").unwrap();
        let mut notes = Notes::default();
        let json = value.to_string();
        let arena = bumpalo::Bump::new();
        let node = crate::event::node::read(json.as_bytes(), &arena).unwrap();
        let got = read(&node, received, &Path::Root.key("timestamp"), &mut notes);
        assert_eq!(got.to_string(), format!("2011-05-02T{expect}Z"), "{value}");
        assert_eq!(notes.finish().len(), remarks, "{value}");
    }

    #[test]
    fn local_times_with_a_fake_z_are_recognised() {
        check(&json!("2011-05-02T11:59:58.5Z"), "11:59:58.5", 0);
        check(&json!("2011-05-02T10:59:59Z"), "12:00:00", 1);
        check(&json!("2011-05-02T17:29:58Z"), "12:00:00", 1);
        check(&json!("2011-05-02T00:00:00Z"), "12:00:00", 1);
        check(&json!("2011-05-02T11:50:00Z"), "11:50:00", 0);
        check(&json!("2011-05-02T10:53:20"), "10:53:20", 0);
    }

    #[test]
    fn seconds_since_1970_have_no_zone() {
        check(&json!(1_304_330_400), "10:00:00", 0);
        check(&json!("1304330400.5"), "10:00:00.5", 0);
    }

    #[test]
    fn without_a_time_the_receipt_decides() {
        check(&json!("yesterday"), "12:00:00", 1);
        check(&json!(null), "12:00:00", 0);
    }
}
