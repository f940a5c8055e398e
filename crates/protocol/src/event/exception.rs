//! Exceptions, how they were caught, and threads.

use watchpost_model::{Exception, Mechanism, Thread};

use super::node::Node;
use super::read::{Notes, Path, entries, keep, label, object, prose, text, truth};
use super::stack::stacktrace;

/// More exceptions or threads than this are not even looked at; `normalize` keeps fewer still.
const ENTRIES_READ_MAX: usize = 500;

/// The chain: `{"values": […]}`, a bare list, or one exception that stands alone.
pub(super) fn exceptions(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Vec<Exception> {
    read_all(value, at, notes, exception)
}

/// The threads, in the same three shapes.
pub(super) fn threads(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Vec<Thread> {
    read_all(value, at, notes, thread)
}

fn read_all<T>(
    value: Node<'_>,
    at: &Path<'_>,
    notes: &mut Notes,
    read: fn(Node<'_>, &Path<'_>, &mut Notes) -> Option<T>,
) -> Vec<T> {
    let mut found = entries(value, at, notes);
    if found.len() > ENTRIES_READ_MAX {
        // What was caught last is at the end and is what people look for.
        let surplus = found.len() - ENTRIES_READ_MAX;
        found.drain(..surplus);
        notes.cut(at, format!("the first {surplus} entries were left out"));
    }
    let at = &at.key("values");
    let read = |(index, value)| read(value, &at.index(index), notes);
    found.into_iter().enumerate().filter_map(read).collect()
}

fn exception(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Option<Exception> {
    let mut exception = Exception::default();
    if value.is_string() {
        exception.value = text(value, at, notes);
        return Some(exception);
    }
    for (key, value) in object(value, at, notes)? {
        let at = &at.key(key);
        match key {
            "type" => exception.kind = text(value, at, notes),
            "value" => exception.value = prose(value, at, notes),
            "module" => exception.module = text(value, at, notes),
            "mechanism" => exception.mechanism = mechanism(value, at, notes),
            "stacktrace" => exception.stacktrace = stacktrace(value, at, notes),
            "thread_id" => exception.thread_id = label(value, at, notes),
            _ if value.is_null() => {}
            _ => notes.dropped(at, "not a field of an exception"),
        }
    }
    Some(exception)
}

fn mechanism(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Option<Mechanism> {
    let mut mechanism = Mechanism::default();
    if value.is_string() {
        mechanism.kind = text(value, at, notes)?;
        return Some(mechanism);
    }
    for (key, value) in object(value, at, notes)? {
        let at = &at.key(key);
        match key {
            "type" => mechanism.kind = text(value, at, notes).unwrap_or_default(),
            "handled" => mechanism.handled = truth(&value, at, notes),
            "synthetic" => mechanism.synthetic = truth(&value, at, notes).unwrap_or_default(),
            _ => keep(&mut mechanism.other, key, value),
        }
    }
    Some(mechanism)
}

fn thread(value: Node<'_>, at: &Path<'_>, notes: &mut Notes) -> Option<Thread> {
    let mut thread = Thread::default();
    for (key, value) in object(value, at, notes)? {
        let at = &at.key(key);
        match key {
            "id" => thread.id = label(value, at, notes),
            "name" => thread.name = text(value, at, notes),
            "crashed" => thread.crashed = truth(&value, at, notes).unwrap_or_default(),
            "current" => thread.current = truth(&value, at, notes).unwrap_or_default(),
            "stacktrace" => thread.stacktrace = stacktrace(value, at, notes),
            // What the thread was waiting for; no page shows it.
            "main" | "state" | "held_locks" => {}
            _ if value.is_null() => {}
            _ => notes.dropped(at, "not a field of a thread"),
        }
    }
    Some(thread)
}
