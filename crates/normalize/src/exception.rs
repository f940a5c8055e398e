//! The chain of exceptions: types found, empty ones removed, both ends kept when it is long.

use std::fmt::Display;

use watchpost_model::{Event, Exception};

use crate::limits;
use crate::remarks::Remarks;
use crate::text::{clean, fit, fit_name, is_blank};
use crate::{bag, stack};

/// Settles the exceptions and their stacks.
pub(crate) fn settle(event: &mut Event, remarks: &mut Remarks) {
    adopt_stack(event);
    let exceptions = &mut event.exceptions;
    let count = exceptions.len();
    exceptions.retain(|exception| !is_empty(exception));
    if exceptions.len() < count {
        let gone = count - exceptions.len();
        let reason = format!("{gone} without type, value and frames");
        remarks.dropped(&"exception.values", &reason);
    }
    let most = limits::EXCEPTIONS_OLDEST_MAX + limits::EXCEPTIONS_NEWEST_MAX;
    let surplus = exceptions.len().saturating_sub(most);
    if surplus > 0 {
        let first = limits::EXCEPTIONS_OLDEST_MAX;
        let reason = format!("{surplus} exceptions in the middle were left out");
        remarks.cut_from(&"exception.values", &reason, exceptions.len());
        exceptions.drain(first..first + surplus);
    }
    let is_seed = event.seed.is_some();
    for (index, exception) in event.exceptions.iter_mut().enumerate() {
        let at = format_args!("exception.values.{index}");
        split_type(exception);
        bound(exception, &at, remarks);
        match &mut exception.value {
            // The value of a seed record is its message, which is kept whole.
            Some(value) if is_seed => clean(value),
            value => {
                let at = format_args!("{at}.value");
                fit_name(value, limits::MESSAGE_CHARS_MAX, &at, remarks);
            }
        }
        if let Some(stack) = &mut exception.stacktrace {
            let at = format_args!("{at}.stacktrace");
            stack::settle(stack, &event.platform, &at, remarks);
        }
    }
}

/// Old clients send the only exception and its stack beside each other.
fn adopt_stack(event: &mut Event) {
    if let [exception] = event.exceptions.as_mut_slice()
        && exception.stacktrace.is_none()
    {
        exception.stacktrace = event.stacktrace.take();
    }
}

fn is_empty(exception: &Exception) -> bool {
    let is_blank = |text: &Option<String>| text.as_deref().is_none_or(is_blank);
    let has_frames = exception.stacktrace.is_some();
    is_blank(&exception.kind) && is_blank(&exception.value) && !has_frames
}

/// `KeyError: 'x'` as a value without a type is both.
fn split_type(exception: &mut Exception) {
    let is_synthetic = exception
        .mechanism
        .as_ref()
        .is_some_and(|mechanism| mechanism.synthetic);
    if exception.kind.as_ref().is_some_and(|kind| !kind.is_empty()) || is_synthetic {
        return;
    }
    let parts = exception.value.as_deref().and_then(|value| {
        let (word, text) = value.split_once(':')?;
        let allowed = |char: char| char.is_alphanumeric() || "_.$".contains(char);
        let is_word = word.starts_with(char::is_alphabetic) && word.chars().all(allowed);
        // Without the space it is more likely `http://…` or `12:30`.
        let is_split = is_word && (text.is_empty() || text.starts_with(' '));
        is_split.then(|| (word.to_owned(), text.trim_start().to_owned()))
    });
    if let Some((kind, value)) = parts {
        exception.kind = Some(kind);
        exception.value = Some(value);
    }
}

fn bound(exception: &mut Exception, at: &dyn Display, remarks: &mut Remarks) {
    let most = limits::TYPE_CHARS_MAX;
    fit_name(
        &mut exception.kind,
        most,
        &format_args!("{at}.type"),
        remarks,
    );
    fit_name(
        &mut exception.module,
        most,
        &format_args!("{at}.module"),
        remarks,
    );
    fit_name(
        &mut exception.thread_id,
        most,
        &format_args!("{at}.thread_id"),
        remarks,
    );
    if let Some(mechanism) = &mut exception.mechanism {
        let at = format_args!("{at}.mechanism");
        fit(&mut mechanism.kind, most, &at, remarks);
        bag::fit_map(&mut mechanism.other, limits::DETAIL, &at, remarks);
    }
}
