//! Keeps the client from reporting itself: while a thread is inside it, further captures of that
//! thread are ignored. The sender thread is inside it all its life.

use std::cell::Cell;

thread_local! {
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

/// As long as this lives, the thread counts as inside the client.
pub(crate) struct Busy(());

impl Busy {
    /// `None` when the thread is inside already, or so near its end that it has no storage left.
    pub(crate) fn enter() -> Option<Self> {
        let was_busy = BUSY.try_with(|busy| busy.replace(true)).ok()?;
        (!was_busy).then_some(Self(()))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        // Fails only when the thread's storage is gone, and the mark with it.
        let _ = BUSY.try_with(|busy| busy.set(false));
    }
}
