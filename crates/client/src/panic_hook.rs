//! Reports panics of the global client's program, then lets the hook before it speak.

use std::panic::{set_hook, take_hook};

/// Reports every panic from now on through the global client, at level fatal, as not handled.
/// The hook that was set before (usually the one that prints) still runs, after ours.
///
/// A program that aborts on panic waits here for the sending, as long as its shutdown timeout.
pub fn install_panic_hook() {
    let previous = take_hook();
    set_hook(Box::new(move |panic| {
        if let Some(client) = crate::client() {
            client.capture_panic(panic);
            if cfg!(panic = "abort") {
                client.flush(client.shutdown_timeout());
            }
        }
        previous(panic);
    }));
}
