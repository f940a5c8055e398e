//! What people see of an event that they filter.

use watchpost_model::{Event, Glimpse};

use crate::text::head;

/// Longest text of a glimpse.
const GLIMPSE_BYTES_MAX: usize = 300;

/// The few facts by which people judge a filter. Give it the scrubbed event.
pub fn glimpse(event: &Event) -> Glimpse {
    let short = |text: &str| head(text, GLIMPSE_BYTES_MAX).to_owned();
    let maybe = |text: Option<&str>| text.map(short);
    let title = super::texts(event).next();
    let request = event.request.as_ref();
    let place = event.transaction.as_deref().or(event.culprit.as_deref());
    let user = event.user.as_ref();
    Glimpse {
        title: short(title.as_deref().unwrap_or("(no message)")),
        level: event.level,
        platform: short(&event.platform),
        transaction: maybe(place),
        release: maybe(event.release.as_deref()),
        environment: maybe(event.environment.as_deref()),
        url: maybe(request.and_then(|request| request.url.as_deref())),
        user_agent: maybe(super::sent_agent(event)),
        address: maybe(user.and_then(|user| user.ip_address.as_deref())),
    }
}
