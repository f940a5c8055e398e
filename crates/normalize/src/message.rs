//! The text of the event: filled in and bounded.

use watchpost_model::{Event, Message};

use crate::limits::{DETAIL, MESSAGE_CHARS_MAX};
use crate::remarks::Remarks;
use crate::text::{clean, fit};
use crate::{bag, format};

/// Settles the message; one without any text is none.
pub(crate) fn settle(event: &mut Event, remarks: &mut Remarks) {
    let Some(mut message) = event.message.take() else {
        return;
    };
    fill(&mut message);
    if message.formatted.trim().is_empty() && message.template.is_none() {
        return;
    }
    if event.seed.is_some() {
        // The first protocol promises to keep the whole text.
        clean(&mut message.formatted);
    } else {
        let at = &"logentry.formatted";
        fit(&mut message.formatted, MESSAGE_CHARS_MAX, at, remarks);
    }
    if let Some(template) = &mut message.template {
        fit(template, MESSAGE_CHARS_MAX, &"logentry.message", remarks);
    }
    if let Some(params) = &mut message.params {
        bag::fit(params, DETAIL, &"logentry.params", remarks);
    }
    event.message = Some(message);
}

fn fill(message: &mut Message) {
    if message.formatted.is_empty()
        && let Some(template) = &message.template
    {
        message.formatted = match &message.params {
            Some(params) => format::fill(template, params),
            None => template.clone(),
        };
    }
    if message.template.as_ref() == Some(&message.formatted) {
        message.template = None;
    }
}
