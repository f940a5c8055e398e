//! Spike protection: an hour with far more events than usual is cut off, so that one mistake does
//! not use up the disk. How much is usual is computed from the counts of the last week.

use watchpost_model::{Outcome, OutcomeCount, SpikeState, Timestamp};

use super::{Meters, lock};
use crate::limits::{
    SPIKE_EVENT_COUNT_MIN, SPIKE_FACTOR_MAX, SPIKE_FACTOR_MIN, SPIKE_HOUR_COUNT, SPIKE_PASS_EVERY,
    SPIKE_REFUSED_DECAY_HOURS,
};
use crate::outcome::ERROR;

const HOUR_SECS: i64 = 3600;

/// The present hour of a project.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Spike {
    /// Events of one hour beyond which most are refused; none until it is computed.
    threshold: Option<u64>,
    hour: Timestamp,
    seen: u64,
    refused: u64,
    /// Since when, if the threshold was passed in this hour or the one before.
    since: Option<Timestamp>,
}

/// The event is one too many.
pub(super) struct TooMany;

impl Spike {
    fn new() -> Self {
        Self {
            threshold: None,
            hour: Timestamp::default(),
            seen: 0,
            refused: 0,
            since: None,
        }
    }

    /// A spike ends after a whole hour below the threshold.
    fn roll(&mut self, now: Timestamp) {
        let hour = now.floor_to_hour();
        if hour <= self.hour {
            return;
        }
        let was_over = self
            .threshold
            .is_some_and(|threshold| self.seen > threshold);
        if !was_over || hour.secs_since(self.hour) > HOUR_SECS {
            self.since = None;
            self.refused = 0;
        }
        self.hour = hour;
        self.seen = 0;
    }

    /// Counts an event. Of those beyond the threshold every tenth passes, so that people still see
    /// what is going on.
    pub(super) fn admit(&mut self, now: Timestamp) -> Result<(), TooMany> {
        self.roll(now);
        self.seen = self.seen.saturating_add(1);
        let over = self
            .threshold
            .map(|threshold| self.seen.saturating_sub(threshold));
        let Some(over @ 1..) = over else {
            return Ok(());
        };
        self.since.get_or_insert(now);
        if over % SPIKE_PASS_EVERY == 0 {
            return Ok(());
        }
        self.refused = self.refused.saturating_add(1);
        Err(TooMany)
    }

    /// The event that was let in at `then` was not accepted after all.
    pub(super) fn forget(&mut self, then: Timestamp) {
        if then.floor_to_hour() == self.hour {
            self.seen = self.seen.saturating_sub(1);
        }
    }
}

impl Meters {
    /// Switches protection on or off. What was counted stays.
    pub(crate) fn protect(&self, is_on: bool) {
        let spike = &mut lock(&self.state).spike;
        match (is_on, &spike) {
            (true, None) => *spike = Some(Spike::new()),
            (false, Some(_)) => *spike = None,
            _ => {}
        }
    }

    /// Sets the threshold. `seen` are the events that the ledger knows of in the present hour:
    /// after a restart it does not begin anew.
    pub(super) fn set_threshold(&self, threshold: u64, seen: u64, now: Timestamp) {
        if let Some(spike) = &mut lock(&self.state).spike {
            spike.roll(now);
            if spike.threshold.replace(threshold).is_none() {
                spike.seen = spike.seen.max(seen);
            }
        }
    }

    /// Whether it is protected, but with no threshold yet.
    pub(super) fn lacks_threshold(&self) -> bool {
        let state = lock(&self.state);
        state
            .spike
            .as_ref()
            .is_some_and(|spike| spike.threshold.is_none())
    }

    /// The spike under way, if there is one.
    pub(super) fn spike(&self, now: Timestamp) -> Option<SpikeState> {
        let mut state = lock(&self.state);
        let spike = state.spike.as_mut()?;
        spike.roll(now);
        Some(SpikeState {
            since: spike.since?,
            threshold: spike.threshold?,
            seen: spike.seen,
            refused: spike.refused,
        })
    }
}

/// The events of one hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hour {
    /// Let in.
    pub(super) taken: u64,
    /// Refused by this protection.
    pub(super) refused: u64,
}

/// The week before the hour of `now`, the last full hour first, and the events of the hour itself.
pub(super) fn hours_of(counts: &[OutcomeCount], now: Timestamp) -> (Vec<Hour>, u64) {
    let mut hours = vec![Hour::default(); SPIKE_HOUR_COUNT + 1];
    let present = now.floor_to_hour();
    for count in counts.iter().filter(|count| count.category == ERROR) {
        let age = present.secs_since(count.hour) / HOUR_SECS;
        let hour = usize::try_from(age).ok().and_then(|age| hours.get_mut(age));
        let Some(hour) = hour else { continue };
        match count.outcome {
            Outcome::Accepted | Outcome::Quarantined | Outcome::Filtered => {
                hour.taken = hour.taken.saturating_add(count.quantity);
            }
            Outcome::RateLimited if count.reason == "spike_protection" => {
                hour.refused = hour.refused.saturating_add(count.quantity);
            }
            _ => {}
        }
    }
    let present = hours.remove(0);
    (hours, present.taken.saturating_add(present.refused))
}

/// Events of the coming hour beyond which it is a spike.
///
/// The usual number is an average of the hours, in which the same hour of the other days and of
/// the last week weigh most. It is multiplied by 3 to 6, more where hours differ more. What was
/// refused weighs fully at first, so that a lasting rise becomes the new usual, and fades to a
/// tenth within a day, so that a spike that is over does not make room for the next.
pub(super) fn threshold(hours: &[Hour]) -> u64 {
    let empty = |hour: &&Hour| **hour == Hour::default();
    // Before its first event a project was not quiet, it was not there.
    let unborn = hours.iter().rev().take_while(empty).count();
    let born = hours.get(..hours.len() - unborn).unwrap_or_default();
    if born.is_empty() {
        return SPIKE_EVENT_COUNT_MIN;
    }
    let demands: Vec<f64> = born.iter().enumerate().map(demand).collect();
    let count = number(born.len() as u64);
    let mean = demands.iter().sum::<f64>() / count;
    let variance = demands
        .iter()
        .map(|demand| (demand - mean).powi(2))
        .sum::<f64>()
        / count;
    let spread = if mean > 0.0 {
        variance.sqrt() / mean
    } else {
        0.0
    };
    let factor = (5.0 * spread).clamp(SPIKE_FACTOR_MIN, SPIKE_FACTOR_MAX);
    let weights: Vec<f64> = (1..=born.len()).map(weight).collect();
    let weighted: f64 = demands
        .iter()
        .zip(&weights)
        .map(|(demand, weight)| demand * weight)
        .sum();
    let usual = weighted / weights.iter().sum::<f64>();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and nothing here is negative"
    )]
    let threshold = (usual * factor).ceil() as u64;
    threshold.max(SPIKE_EVENT_COUNT_MIN)
}

fn demand((place, hour): (usize, &Hour)) -> f64 {
    let age = number(place as u64) / SPIKE_REFUSED_DECAY_HOURS;
    let share = 0.1_f64.powf(age.min(1.0));
    number(hour.taken) + share * number(hour.refused)
}

/// How much the hour of `hours_ago` says about the present one.
fn weight(hours_ago: usize) -> f64 {
    match hours_ago {
        SPIKE_HOUR_COUNT => 12.0,
        same_hour if same_hour % 24 == 0 => 6.0,
        _ => 1.0,
    }
}

fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
