//! The threads of an event: one is shown, the others can be chosen. Pure.

use watchpost_model::{Event, Thread};

use super::asked::Asked;
use super::stack::{Look, Stack, ration};

/// One thread.
pub(crate) struct ThreadView {
    /// Its place among the threads, as addresses name it.
    pub(crate) key: String,
    pub(crate) name: String,
    /// `crashed`, `running` or nothing.
    pub(crate) note: &'static str,
    pub(crate) frames: usize,
    /// `None` when the client sent none, as for the thread whose stack is the exception's.
    pub(crate) stack: Option<Stack>,
}

/// All threads in the client's order.
pub(super) fn threads(event: &Event, look: Look<'_>) -> Vec<ThreadView> {
    let views = event.threads.iter().enumerate();
    views
        .map(|(place, thread)| ThreadView::new(place, thread, look))
        .collect()
}

/// The thread that an address asks for, or else the one that stands out.
pub(super) fn chosen<'a>(threads: &'a [ThreadView], asked: &Asked) -> Option<&'a ThreadView> {
    let find = |wanted: &dyn Fn(&ThreadView) -> bool| threads.iter().find(|view| wanted(view));
    find(&|view| view.key == asked.thread)
        .or_else(|| find(&|view| view.note == "crashed"))
        .or_else(|| find(&|view| view.note == "running"))
        .or_else(|| find(&|view| view.stack.is_some()))
        .or_else(|| threads.first())
}

impl ThreadView {
    fn new(place: usize, thread: &Thread, look: Look<'_>) -> Self {
        let stack = thread.stacktrace.as_ref();
        let mut view = stack.and_then(|stack| Stack::new(stack, look));
        if let Some(view) = &mut view {
            // Only one thread is shown: each has a page of its own to fill.
            ration(&mut [view], &format!("t{place}-"), look.reading);
            view.turn(look.reading.order);
        }
        let name = thread.name.as_deref().filter(|name| !name.is_empty());
        let id = thread.id.as_deref().map(|id| format!(" ({id})"));
        Self {
            key: place.to_string(),
            name: format!("{}{}", name.unwrap_or("Thread"), id.unwrap_or_default()),
            note: match (thread.crashed, thread.current) {
                (true, _) => "crashed",
                (false, true) => "running",
                (false, false) => "",
            },
            frames: stack.map_or(0, |stack| stack.frames.len()),
            stack: view,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::event::stack::Reading;
    use watchpost_model::{EventId, Frame, Stacktrace, Timestamp};

    #[test]
    fn the_thread_that_stands_out_is_shown_unless_another_is_asked_for() {
        let mut event = Event::empty(EventId(1), Timestamp::default());
        let thread = |name: &str, crashed, current| Thread {
            name: Some(name.into()),
            crashed,
            current,
            stacktrace: Some(Stacktrace {
                frames: vec![Frame::default()],
                ..Stacktrace::default()
            }),
            ..Thread::default()
        };
        event.threads = vec![
            thread("idle", false, false),
            thread("main", false, true),
            thread("net", true, false),
        ];
        let platform = "native";
        let reading = Reading::default();
        let shown = |event: &Event, path: &str| {
            let source = crate::pages::event::Source::default();
            let look = Look {
                reading,
                platform,
                source,
                rules: "",
            };
            let threads = threads(event, look);
            chosen(&threads, &Asked::read(path)).map(|view| view.name.clone())
        };
        assert_eq!(shown(&event, "/x/").as_deref(), Some("net"));
        assert_eq!(shown(&event, "/x/?thread=0#stack").as_deref(), Some("idle"));
        assert_eq!(shown(&event, "/x/?thread=99").as_deref(), Some("net"));
        event.threads.pop();
        assert_eq!(shown(&event, "/x/").as_deref(), Some("main"));
        event.threads.clear();
        assert_eq!(shown(&event, "/x/?thread=0"), None);
    }
}
