//! Makes an event whole and bounded. Pure: the receipt says what time it is.
//!
//! Called by the digest between `protocol::event::parse` and `group::event`. Whatever is lost or
//! changed on the way is told by a remark.

mod agent;
mod bag;
mod breadcrumbs;
mod contexts;
mod exception;
pub mod filter;
mod format;
mod in_app;
mod limits;
mod message;
mod names;
pub mod place;
mod platform;
mod remarks;
mod request;
pub mod scrub;
mod stack;
mod tags;
mod text;
mod threads;
mod time;
mod user;

#[cfg(test)]
mod tests;

use watchpost_model::{Event, Receipt};

use self::remarks::Remarks;

/// Fills in what is missing, corrects what is wrong and cuts what is too long, with a remark for
/// each correction that loses something.
///
/// Doing it again changes nothing but adds no harm either: an event that is whole stays as it is.
pub fn event(mut event: Event, receipt: &Receipt) -> Event {
    let mut remarks = Remarks::new(std::mem::take(&mut event.remarks));
    platform::settle(&mut event, receipt, &mut remarks);
    time::settle(&mut event, receipt, &mut remarks);
    tags::settle(&mut event, &mut remarks);
    names::settle(&mut event, &mut remarks);
    message::settle(&mut event, &mut remarks);
    exception::settle(&mut event, &mut remarks);
    threads::settle(&mut event, &mut remarks);
    if let Some(stack) = &mut event.stacktrace {
        stack::settle(stack, &event.platform, &"stacktrace", &mut remarks);
    }
    stack::settle_template(event.template.as_mut(), &mut remarks);
    breadcrumbs::settle(&mut event.breadcrumbs, &mut remarks);
    user::settle(&mut event, receipt, &mut remarks);
    request::settle(event.request.as_mut(), &mut remarks);
    contexts::settle(&mut event, receipt);
    bag::settle(&mut event, &mut remarks);
    event.remarks = remarks.finish();
    event
}

/// Adds the tags that contexts and the place of the user give. The scrubber does it on its way:
/// tags must not say what it hides.
pub fn tag(mut event: Event) -> Event {
    contexts::tag(&mut event);
    event
}
