//! The icons: strokes on a grid of 16, drawn for Watchpost, sent as masks within the stylesheet.
//!
//! A template writes `<span class="icon i-check"></span>`; the colour is that of the text.

use std::fmt::Write;

/// Name and path of each icon that is drawn with strokes.
const STROKES: &[(&str, &str)] = &[
    ("issues", "M2.5 4h11M2.5 8h11M2.5 12h6M11.5 12h2"),
    ("start", "M3.5 14.5v-13M3.5 2.5h8.5l-2 3 2 3h-8.5"),
    (
        "settings",
        "M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6M8 4.5a2 2 0 1 0 4 0a2 2 0 1 0-4 0M4 11.5a2 2 0 1 0 4 0a2 2 0 1 0-4 0",
    ),
    (
        "key",
        "M2 11a3 3 0 1 0 6 0a3 3 0 1 0-6 0M7.2 8.9L13.5 2.5M11 5l2 2M13.5 2.5l.7.7",
    ),
    (
        "token",
        "M2 5.5V4h12v1.5a2.5 2.5 0 0 0 0 5V12H2v-1.5a2.5 2.5 0 0 0 0-5M6.5 6.5v3",
    ),
    ("copy", "M5.5 5.5h8v8h-8zM3 10.5H2.5v-8h8V3"),
    ("check", "M3 8.5l3.5 3.5L13 4.5"),
    ("undo", "M5.5 3L2.5 6l3 3M3 6h6.5a4 4 0 0 1 0 8H6"),
    ("right", "M6 3.5L10.5 8L6 12.5"),
    ("left", "M10 3.5L5.5 8L10 12.5"),
    ("first", "M11.5 3.5L7 8l4.5 4.5M4 3.5v9"),
    ("last", "M4.5 3.5L9 8l-4.5 4.5M12 3.5v9"),
    ("down", "M3.5 6L8 10.5L12.5 6"),
    (
        "search",
        "M2.5 7a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0M10.4 10.4L14 14",
    ),
    (
        "sun",
        "M5 8a3 3 0 1 0 6 0a3 3 0 1 0-6 0M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M12.6 3.4l-.7.7M4.1 11.9l-.7.7",
    ),
    ("moon", "M13.5 9.6A6 6 0 0 1 6.4 2.5a6 6 0 1 0 7.1 7.1z"),
    (
        "auto",
        "M2 8a6 6 0 1 0 12 0a6 6 0 1 0-12 0M8 2v12M8 5h4.6M8 8h6M8 11h4.6",
    ),
    (
        "person",
        "M5.2 5.2a2.8 2.8 0 1 0 5.6 0a2.8 2.8 0 1 0-5.6 0M2.5 14c.6-3 2.7-4.5 5.5-4.5s4.9 1.5 5.5 4.5",
    ),
    ("out", "M6.5 2.500h-4v11h4M6 8h8M11 5l3 3-3 3"),
    ("plus", "M8 3v10M3 8h10"),
    (
        "braces",
        "M6 2.500c-2 0-2.5.8-2.5 2.200C3.5 6.5 3.5 8 2 8c1.5 0 1.5 1.5 1.5 3.300C3.5 12.7 4 13.5 6 13.500M10 2.500c2 0 2.5.8 2.5 2.200C12.5 6.5 12.5 8 14 8c-1.5 0-1.5 1.5-1.5 3.3 0 1.4-.5 2.2-2.5 2.2",
    ),
    ("table", "M2 3h12v10H2zM2 6.500h12M6.5 6.500V13"),
    (
        "link",
        "M6.5 9.500l3-3M7 4.500l1.2-1.200a3 3 0 0 1 4.5 4.500L11.5 9M9 11.500l-1.2 1.200a3 3 0 0 1-4.5-4.500L4.5 7",
    ),
    (
        "feed",
        "M3 13h.01M3 8.500a4.5 4.5 0 0 1 4.5 4.500M3 4a9 9 0 0 1 9 9",
    ),
    (
        "trash",
        "M2.5 4h11M6 4V2.500h4V4M4 4l.7 9.500h6.600L12 4M6.7 6.500v4.500M9.3 6.500v4.5",
    ),
    (
        "refresh",
        "M13.5 3v3.500H10M2.5 13V9.500H6M3.2 6.500A5 5 0 0 1 12.7 5.500M12.8 9.500a5 5 0 0 1-9.5 1",
    ),
];

/// Name and path of each icon that is a filled shape: the marks of the levels, each with its own
/// outline, so that they differ without colour too.
const SHAPES: &[(&str, &str)] = &[
    (
        "fatal",
        "M5 1h6l4 4v6l-4 4H5l-4-4V5zM5.9 4.700L4.7 5.9 6.8 8l-2.1 2.1 1.2 1.200L8 9.200l2.1 2.1 1.2-1.200L9.2 8l2.1-2.1-1.2-1.200L8 6.800z",
    ),
    (
        "error",
        "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zM7.1 4h1.800v5H7.100zM7.1 10.200h1.800V12H7.100z",
    ),
    (
        "warning",
        "M8 1.300L15.6 14.500H.4zM7.2 6v4.200h1.600V6zM7.2 11.200v1.600h1.600v-1.600z",
    ),
    (
        "info",
        "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zM8 2.600a5.4 5.4 0 1 1 0 10.800A5.4 5.4 0 0 1 8 2.600zM7.2 4.500h1.600v1.600H7.200zM7.2 7.200h1.600v4.300H7.200z",
    ),
    (
        "debug",
        "M8 2.500L13.5 8 8 13.5 2.5 8zM8 4.700L4.7 8 8 11.3 11.3 8z",
    ),
    (
        "unresolved",
        "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 3.700a4.3 4.3 0 1 1 0 8.600A4.3 4.3 0 0 1 8 3.700z",
    ),
    (
        "resolved",
        "M8 1.500a6.5 6.5 0 1 0 0 13A6.5 6.5 0 0 0 8 1.500zM4.3 8.200l1.2-1.2 1.7 1.7 3.3-3.4 1.2 1.200L7.2 11z",
    ),
];

/// The mark of Watchpost: a lookout on two legs, with a beam to either side.
pub(super) const MARK: &str = concat!(
    r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">"##,
    r##"<rect width="32" height="32" rx="7" fill="#0b5c6b"/>"##,
    r##"<path d="M16 5.500l6 4.500H10z" fill="#fff"/>"##,
    r##"<path d="M11.5 11.500h9v6h-9z" fill="#fff"/>"##,
    r##"<path d="M13.5 13h5v3h-5z" fill="#0b5c6b"/>"##,
    r##"<path d="M12.5 19L10 27M19.5 19L22 27M11.6 22.500h8.8" stroke="#fff" "##,
    r##"stroke-width="1.8" stroke-linecap="round" fill="none"/>"##,
    r##"<path d="M8.5 13.500L3.5 12v5l5-1.500zM23.5 13.500l5-1.500v5l-5-1.500z" fill="#f2c14e"/>"##,
    "</svg>"
);

/// The rules for all icons, and the arrow of select lists.
pub(super) fn stylesheet() -> String {
    const STROKE: &str = "fill='none' stroke='%23000' stroke-width='1.5' stroke-linecap='round' \
                          stroke-linejoin='round'";
    let mut css = String::from("@layer components {\n");
    let strokes = STROKES.iter().map(|(name, path)| (name, path, STROKE));
    let shapes = SHAPES
        .iter()
        .map(|(name, path)| (name, path, "fill-rule='evenodd'"));
    for (name, path, paint) in strokes.chain(shapes) {
        // Writing to a String cannot fail.
        let _ = writeln!(
            css,
            ".i-{name} {{ --i: url(\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' \
             viewBox='0 0 16 16' {paint}%3E%3Cpath d='{path}'/%3E%3C/svg%3E\"); }}"
        );
    }
    css.push_str(
        ":root { --arrow: url(\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' \
         viewBox='0 0 16 16' fill='none' stroke='%23808892' stroke-width='2'%3E%3Cpath \
         d='M3.5 6L8 10.5L12.5 6'/%3E%3C/svg%3E\"); }\n}\n",
    );
    css
}
