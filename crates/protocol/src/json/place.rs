//! Where in an object something was repaired. Kept by `json::scan`, printed into remarks.

use std::ops::Range;

use watchpost_model::short_name;

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
    let segment = |frame: &Frame| {
        if !frame.is_object {
            return frame.index.to_string();
        }
        let key = text.get(frame.key.clone()).unwrap_or_default();
        short_name(&String::from_utf8_lossy(key)).to_owned()
    };
    let segments: Vec<String> = frames.iter().take(SEGMENT_COUNT_MAX).map(segment).collect();
    segments.join(".")
}
