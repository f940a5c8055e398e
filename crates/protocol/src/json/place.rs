//! Where in an object something was repaired. Kept by `json::scan`, printed into remarks.

use std::ops::Range;

/// An open container and the place in it.
pub(super) struct Frame {
    pub(super) is_object: bool,
    /// The key that is being read, without its quotes.
    pub(super) key: Range<usize>,
    /// The item that is being read.
    pub(super) index: usize,
}

/// The dotted path to where the scanner is, cut where it gets long.
pub(super) fn path(text: &[u8], frames: &[Frame]) -> String {
    const SEGMENT_COUNT_MAX: usize = 12;
    const SEGMENT_CHARS_MAX: usize = 64;
    let segment = |frame: &Frame| {
        if !frame.is_object {
            return frame.index.to_string();
        }
        let key = text.get(frame.key.clone()).unwrap_or_default();
        String::from_utf8_lossy(key)
            .chars()
            .take(SEGMENT_CHARS_MAX)
            .collect()
    };
    let segments: Vec<String> = frames.iter().take(SEGMENT_COUNT_MAX).map(segment).collect();
    segments.join(".")
}
