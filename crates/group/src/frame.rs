//! Looking at exceptions and frames: what both titles and hashes need.

use watchpost_model::{Event, Exception, Frame, Stacktrace};

/// Whether a frame is the application's; in doubt it is.
pub(crate) fn is_in_app(frame: &Frame) -> bool {
    frame.in_app.unwrap_or(true)
}

/// Whether the client made the exception up to carry the stack of a message.
///
/// Such an exception has no type, repeats the message, and says `synthetic`, in clients that know
/// that word.
pub(crate) fn carries_message(event: &Event, exception: &Exception) -> bool {
    let Some(message) = &event.message else {
        return false;
    };
    let is_synthetic = exception
        .mechanism
        .as_ref()
        .is_some_and(|how| how.synthetic);
    let repeats = exception.value.as_ref() == Some(&message.formatted);
    is_synthetic || (exception.kind.is_none() && repeats)
}

/// The exceptions that are ones.
pub(crate) fn exceptions(event: &Event) -> impl DoubleEndedIterator<Item = &Exception> {
    let all = event.exceptions.iter();
    all.filter(|exception| !carries_message(event, exception))
}

/// The stack of the thread that matters: the only crashed one, the only current one, or the only
/// one. Else how many there are of each.
pub(crate) fn thread_stack(event: &Event) -> Result<&Stacktrace, String> {
    let with_stack = || event.threads.iter().filter(|it| it.stacktrace.is_some());
    let crashed: Vec<_> = with_stack().filter(|thread| thread.crashed).collect();
    let current: Vec<_> = with_stack().filter(|thread| thread.current).collect();
    let all: Vec<_> = with_stack().collect();
    let only =
        [&crashed, &current, &all]
            .into_iter()
            .find_map(|threads| match threads.as_slice() {
                [thread] => thread.stacktrace.as_ref(),
                _ => None,
            });
    only.ok_or_else(|| {
        let (crashed, current, all) = (crashed.len(), current.len(), all.len());
        format!("no single thread stands out ({crashed} crashed, {current} current, {all} in all)")
    })
}

/// The stack that an event is about: of what was caught last, of the thread, or the bare one.
pub(crate) fn main_stack(event: &Event) -> Option<&Stacktrace> {
    let caught = event.exceptions.iter().rev();
    let of_exception = caught.filter_map(|exception| exception.stacktrace.as_ref());
    let of_exception = of_exception.into_iter().next();
    of_exception
        .or_else(|| thread_stack(event).ok())
        .or(event.stacktrace.as_ref())
}
