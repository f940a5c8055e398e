//! Threads: the ones that matter when there are many.

use watchpost_model::Event;

use crate::limits::{THREADS_MAX, WORD_CHARS_MAX};
use crate::remarks::Remarks;
use crate::stack;
use crate::text::fit_name;

/// Settles the threads and their stacks. Crashed and current ones are kept before others.
pub(crate) fn settle(event: &mut Event, remarks: &mut Remarks) {
    let surplus = event.threads.len().saturating_sub(THREADS_MAX);
    if surplus > 0 {
        // A stable sort: the client's order otherwise stays.
        let threads = &mut event.threads;
        threads.sort_by_key(|thread| !(thread.crashed || thread.current));
        let reason = format!("{surplus} more than the {THREADS_MAX} that are kept");
        remarks.cut_from(&"threads.values", &reason, threads.len());
        threads.truncate(THREADS_MAX);
    }
    for (index, thread) in event.threads.iter_mut().enumerate() {
        let at = format_args!("threads.values.{index}");
        fit_name(
            &mut thread.id,
            WORD_CHARS_MAX,
            &format_args!("{at}.id"),
            remarks,
        );
        fit_name(
            &mut thread.name,
            WORD_CHARS_MAX,
            &format_args!("{at}.name"),
            remarks,
        );
        if let Some(stack) = &mut thread.stacktrace {
            let at = format_args!("{at}.stacktrace");
            stack::settle(stack, &event.platform, &at, remarks);
        }
    }
}
