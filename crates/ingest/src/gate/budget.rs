//! Memory for bodies on their way in: so much for all requests together, and less for each project
//! alone, so that nobody can take all of it by sending slowly.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Mutex, MutexGuard, OwnedSemaphorePermit, Semaphore};

use crate::error::GateError;
use crate::limits::{IN_FLIGHT_PROJECT_PERCENT, IN_FLIGHT_STRANGERS_PERCENT, LARGE_BODY_BYTES_MIN};

/// The budget counts in these, so that 32 bits are enough for it.
const UNIT_BYTES: usize = 1024;

/// The memory of all bodies.
#[derive(Debug)]
pub(crate) struct Budget {
    units: Arc<Semaphore>,
    unit_count: usize,
    strangers: Arc<Sender>,
    large: Arc<Mutex<()>>,
}

/// A project, or all who have not said yet who they are.
#[derive(Debug, Default)]
pub(crate) struct Sender {
    held_units: AtomicUsize,
}

/// What a request holds of the budget. Given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    units: Arc<Semaphore>,
    permits: Option<OwnedSemaphorePermit>,
    sender: Arc<Sender>,
    /// The most that the sender may hold.
    sender_max: usize,
    large: Arc<Mutex<()>>,
}

impl Budget {
    /// A budget of `bytes`.
    pub(crate) fn new(bytes: usize) -> Self {
        let unit_count = (bytes / UNIT_BYTES).clamp(1, Semaphore::MAX_PERMITS);
        Self {
            units: Arc::new(Semaphore::new(unit_count)),
            unit_count,
            strangers: Arc::default(),
            large: Arc::default(),
        }
    }

    /// A share of nothing yet, of a project or of a stranger.
    pub(crate) fn share(&self, project: Option<&Arc<Sender>>) -> Share {
        let percent = match project {
            Some(_) => IN_FLIGHT_PROJECT_PERCENT,
            None => IN_FLIGHT_STRANGERS_PERCENT,
        };
        Share {
            units: Arc::clone(&self.units),
            permits: None,
            sender: Arc::clone(project.unwrap_or(&self.strangers)),
            sender_max: (self.unit_count.saturating_mul(percent) / 100).max(1),
            large: Arc::clone(&self.large),
        }
    }
}

impl Share {
    /// Held while a large body grows. To grow it moves, and is there twice for a moment: one such
    /// moment at a time fits into the memory, two on two cores do not. Only large bodies wait for
    /// it, and no thread does.
    pub(crate) async fn turn(&self, bytes: usize) -> Option<MutexGuard<'_, ()>> {
        if bytes < LARGE_BODY_BYTES_MIN {
            return None;
        }
        Some(self.large.lock().await)
    }

    /// Makes the share large enough for `bytes`, or refuses.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), GateError> {
        let missing = bytes.div_ceil(UNIT_BYTES).saturating_sub(self.held());
        if missing == 0 {
            return Ok(());
        }
        let held = &self.sender.held_units;
        if held.fetch_add(missing, Ordering::Relaxed) + missing > self.sender_max {
            held.fetch_sub(missing, Ordering::Relaxed);
            return Err(GateError::Busy);
        }
        let wanted = u32::try_from(missing).unwrap_or(u32::MAX);
        let Ok(more) = Arc::clone(&self.units).try_acquire_many_owned(wanted) else {
            held.fetch_sub(missing, Ordering::Relaxed);
            return Err(GateError::Busy);
        };
        match &mut self.permits {
            Some(permits) => permits.merge(more),
            None => self.permits = Some(more),
        }
        Ok(())
    }

    /// Gives back what is not needed for `bytes`.
    pub(crate) fn shrink(&mut self, bytes: usize) {
        let surplus = self.held().saturating_sub(bytes.div_ceil(UNIT_BYTES));
        let permits = self.permits.as_mut();
        if let Some(surplus) = permits.and_then(|permits| permits.split(surplus)) {
            let held = &self.sender.held_units;
            held.fetch_sub(surplus.num_permits(), Ordering::Relaxed);
        }
    }

    fn held(&self) -> usize {
        let permits = self.permits.as_ref();
        permits.map_or(0, OwnedSemaphorePermit::num_permits)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let held = self.held();
        self.sender.held_units.fetch_sub(held, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt;

    use super::*;

    const KIB: usize = 1024;

    #[test]
    fn one_project_cannot_take_what_another_needs() {
        let budget = Budget::new(100 * KIB);
        let (greedy, other) = (Arc::new(Sender::default()), Arc::new(Sender::default()));
        let mut shares: Vec<_> = (0..4).map(|_| budget.share(Some(&greedy))).collect();
        let grown = shares.iter_mut().map(|share| share.grow(25 * KIB).is_ok());
        assert_eq!(grown.collect::<Vec<_>>(), [true, true, true, false]);
        let mut share = budget.share(Some(&other));
        share.grow(25 * KIB).unwrap();
        assert!(matches!(share.grow(26 * KIB), Err(GateError::Busy)));
    }

    #[test]
    fn strangers_together_hold_a_quarter() {
        let budget = Budget::new(100 * KIB);
        let (mut first, mut second) = (budget.share(None), budget.share(None));
        first.grow(20 * KIB).unwrap();
        assert!(second.grow(6 * KIB).is_err());
        second.grow(5 * KIB).unwrap();
    }

    /// On one thread: a wait that kept it would never end.
    #[tokio::test]
    async fn large_bodies_grow_one_at_a_time() {
        let budget = Budget::new(100 * KIB);
        let (first, second) = (budget.share(None), budget.share(None));
        let turn = first.turn(LARGE_BODY_BYTES_MIN).await;
        assert!(turn.is_some());
        let small = second.turn(LARGE_BODY_BYTES_MIN - 1).now_or_never();
        assert!(matches!(small, Some(None)), "it need not wait");
        let mut waiting = pin!(second.turn(LARGE_BODY_BYTES_MIN));
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(turn);
        assert!(waiting.await.is_some());
    }

    #[test]
    fn what_is_no_longer_needed_is_given_back_at_once() {
        let budget = Budget::new(100 * KIB);
        let project = Arc::new(Sender::default());
        let (mut first, mut second) = (budget.share(Some(&project)), budget.share(Some(&project)));
        first.grow(75 * KIB).unwrap();
        assert!(second.grow(1).is_err());
        first.shrink(5 * KIB);
        // To less than there is, not to more.
        first.shrink(10 * KIB);
        second.grow(70 * KIB).unwrap();
        assert!(second.grow(71 * KIB).is_err());
        drop((first, second));
        assert_eq!(project.held_units.load(Ordering::Relaxed), 0);
        assert_eq!(budget.units.available_permits(), 100);
    }

    #[test]
    fn what_was_held_is_given_back() {
        let budget = Budget::new(100 * KIB);
        let project = Arc::new(Sender::default());
        for _ in 0..3 {
            let mut share = budget.share(Some(&project));
            share.grow(10).unwrap();
            share.grow(75 * KIB).unwrap();
            assert!(share.grow(76 * KIB).is_err());
        }
        assert_eq!(project.held_units.load(Ordering::Relaxed), 0);
        assert_eq!(budget.units.available_permits(), 100);
    }
}
