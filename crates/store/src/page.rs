//! A part of a long list, and where the next part starts.

/// Where a part starts: opaque to callers, made by the engine from the last row it gave out, so
/// that rows which arrive meanwhile are neither skipped nor shown twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub String);

/// One part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, in the order asked for.
    pub rows: Vec<T>,
    /// Where the next part starts; `None` on the last one.
    pub next: Option<Cursor>,
}
