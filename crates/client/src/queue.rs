//! The bounded queue between the program and the sender thread.
//! `client` puts in and never waits; `worker` takes out and waits for more.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Things waiting to be worked off, first in, first out.
pub(crate) struct Queue<T> {
    count_max: usize,
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    waiting: VecDeque<T>,
    /// Taken and not yet [`Queue::done`].
    busy: bool,
    closed: bool,
}

/// Why the queue did not take something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Full,
    Closed,
}

impl<T> Queue<T> {
    pub(crate) fn new(count_max: usize) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            busy: false,
            closed: false,
        };
        Self {
            count_max,
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    /// Nothing under this lock runs foreign code or waits, so it is held for an instant only.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, item: T) -> Result<(), Refused> {
        let mut state = self.lock();
        if state.closed {
            return Err(Refused::Closed);
        }
        if state.waiting.len() >= self.count_max {
            return Err(Refused::Full);
        }
        state.waiting.push_back(item);
        drop(state);
        self.changed.notify_all();
        Ok(())
    }

    /// Waits for the next item; `None` once the queue is closed and empty.
    pub(crate) fn pop(&self) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some(item) = state.waiting.pop_front() {
                state.busy = true;
                return Some(item);
            }
            if state.closed {
                return None;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The item taken last is worked off.
    pub(crate) fn done(&self) {
        self.lock().busy = false;
        self.changed.notify_all();
    }

    /// Waits until all is worked off, `timeout` at most. Returns how much is not.
    pub(crate) fn wait_idle(&self, timeout: Duration) -> usize {
        let until = Instant::now().checked_add(timeout);
        let mut state = self.lock();
        loop {
            let left = state.waiting.len() + usize::from(state.busy);
            let wait = until.map_or(timeout, |until| {
                until.saturating_duration_since(Instant::now())
            });
            if left == 0 || wait.is_zero() {
                return left;
            }
            let waited = self.changed.wait_timeout(state, wait);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Takes no more. What waits is still handed out, unless it is cleared.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Forgets what waits. Returns how much that was.
    pub(crate) fn clear(&self) -> usize {
        let forgotten = std::mem::take(&mut self.lock().waiting);
        forgotten.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_holds_and_order_is_kept() {
        let queue = Queue::new(2);
        assert_eq!(queue.push(1), Ok(()));
        assert_eq!(queue.push(2), Ok(()));
        assert_eq!(queue.push(3), Err(Refused::Full));
        assert_eq!(queue.pop(), Some(1));
        assert_eq!(queue.push(4), Ok(()), "taking out makes room");
        assert_eq!(queue.wait_idle(Duration::ZERO), 3, "one is being worked on");
        queue.done();
        queue.close();
        assert_eq!(queue.push(5), Err(Refused::Closed));
        assert_eq!(queue.pop(), Some(2));
        assert_eq!(queue.clear(), 1);
        queue.done();
        assert_eq!(queue.pop(), None);
        assert_eq!(queue.wait_idle(Duration::MAX), 0);
    }
}
