//! How much of each kind fits into one envelope. Called by `Envelope::parse` for each item.

use super::{EnvelopeError, EnvelopeLimits, Item, ItemType};
use crate::limits;

/// The bounds of a group of items that are counted together.
#[derive(Clone, Copy)]
struct Bound {
    what: &'static str,
    each_bytes_max: usize,
    all_bytes_max: usize,
    count_max: usize,
}

/// Whether there is room for an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Free,
    Taken,
}

/// What an envelope had so far.
pub(super) struct Tally<'a> {
    limits: &'a EnvelopeLimits,
    groups: Vec<Group>,
}

struct Group {
    what: &'static str,
    count: usize,
    bytes: usize,
}

impl<'a> Tally<'a> {
    pub(super) fn new(limits: &'a EnvelopeLimits) -> Self {
        let groups = Vec::new();
        Self { limits, groups }
    }

    /// Counts one more item. Too many bytes refuse the envelope: a client that sends so has to
    /// learn it. Too many items are no reason to lose the ones before them, be it the first of two
    /// events (I21).
    pub(super) fn count(&mut self, item: &Item<'_>) -> Result<Place, EnvelopeError> {
        let Some(bound) = bound(item, self.limits) else {
            return Ok(Place::Free);
        };
        let what = bound.what;
        let index = self.groups.iter().position(|group| group.what == what);
        let index = index.unwrap_or_else(|| {
            self.groups.push(Group {
                what,
                count: 0,
                bytes: 0,
            });
            self.groups.len() - 1
        });
        let Some(group) = self.groups.get_mut(index) else {
            return Ok(Place::Free);
        };
        group.count += 1;
        if group.count > bound.count_max {
            return Ok(Place::Taken);
        }
        group.bytes = group.bytes.saturating_add(item.payload.len());
        for (bytes, limit_bytes) in [
            (item.payload.len(), bound.each_bytes_max),
            (group.bytes, bound.all_bytes_max),
        ] {
            if bytes > limit_bytes {
                return Err(EnvelopeError::TooLarge { what, limit_bytes });
            }
        }
        Ok(Place::Free)
    }
}

/// The bounds that an item falls under; `None` for kinds that we do not know.
fn bound(item: &Item<'_>, limits: &EnvelopeLimits) -> Option<Bound> {
    let one = |what, bytes| Bound {
        what,
        each_bytes_max: bytes,
        all_bytes_max: bytes,
        count_max: 1,
    };
    let some = |what, bytes, count_max| Bound {
        count_max,
        ..one(what, bytes)
    };
    let each = |what, bytes| Bound {
        all_bytes_max: usize::MAX,
        count_max: usize::MAX,
        ..one(what, bytes)
    };
    Some(match &item.item_type {
        // These are alternatives: an envelope is about one of them, the first.
        ItemType::Event
        | ItemType::Transaction
        | ItemType::Feedback
        | ItemType::Security
        | ItemType::ReplayEvent
        | ItemType::FormData => one("event", limits.event_bytes_max),
        ItemType::UserReport => each("user_report", limits.event_bytes_max),
        ItemType::Attachment => {
            let count_max = limits::ATTACHMENT_COUNT_MAX;
            some("attachment", limits.attachment_bytes_max, count_max)
        }
        ItemType::UnrealReport => one("unreal_report", limits.attachment_bytes_max),
        ItemType::Session | ItemType::Sessions => some(
            "session",
            limits::SESSION_BYTES_MAX,
            limits::SESSION_COUNT_MAX,
        ),
        ItemType::ClientReport => {
            let count_max = limits::CLIENT_REPORT_COUNT_MAX;
            some("client_report", limits::CLIENT_REPORT_BYTES_MAX, count_max)
        }
        ItemType::CheckIn => one("check_in", limits::CHECK_IN_BYTES_MAX),
        ItemType::Log => one("log", limits::CONTAINER_BYTES_MAX),
        ItemType::TraceMetric => one("trace_metric", limits::CONTAINER_BYTES_MAX),
        ItemType::Span if item.is_container() => one("span", limits::CONTAINER_BYTES_MAX),
        ItemType::Span => some(
            "span item",
            limits::CONTAINER_BYTES_MAX,
            limits::SPAN_COUNT_MAX,
        ),
        ItemType::Profile => one("profile", limits::PROFILE_BYTES_MAX),
        ItemType::ProfileChunk => one("profile_chunk", limits::PROFILE_BYTES_MAX),
        ItemType::ReplayRecording | ItemType::ReplayVideo => {
            each("replay", limits::REPLAY_BYTES_MAX)
        }
        ItemType::Metrics => each("metric_buckets", limits::METRIC_BYTES_MAX),
        ItemType::Internal | ItemType::Unknown(_) => return None,
    })
}
