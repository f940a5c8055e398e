//! The icons: strokes on a grid of 16, drawn for Watchpost, sent as masks within the stylesheet.
//!
//! A template writes `<span class="icon i-check"></span>`; the colour is that of the text.

use std::fmt::Write;

/// Name and path of each icon that is drawn with strokes, one a line.
const STROKES: &str = include_str!("icons/strokes.txt");

/// Name and path of each icon that is a filled shape: the marks of the levels, each with its own
/// outline, so that they differ without colour too.
const SHAPES: &str = include_str!("icons/shapes.txt");

/// The mark of Watchpost: a lookout on two legs, with a beam to either side.
pub(super) const MARK: &str = concat!(
    r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">"##,
    r##"<rect width="32" height="32" rx="7" fill="#0b5c6b"/>"##,
    r##"<path d="M16 5.5l6 4.5H10z" fill="#fff"/>"##,
    r##"<path d="M11.5 11.5h9v6h-9z" fill="#fff"/>"##,
    r##"<path d="M13.5 13h5v3h-5z" fill="#0b5c6b"/>"##,
    r##"<path d="M12.5 19L10 27M19.5 19L22 27M11.6 22.5h8.8" stroke="#fff" "##,
    r##"stroke-width="1.8" stroke-linecap="round" fill="none"/>"##,
    r##"<path d="M8.5 13.5L3.5 12v5l5-1.5zM23.5 13.5l5-1.5v5l-5-1.5z" fill="#f2c14e"/>"##,
    "</svg>"
);

/// The rules for all icons, and the arrow of select lists.
pub(super) fn stylesheet() -> String {
    const STROKE: &str = "fill='none' stroke='%23000' stroke-width='1.5' stroke-linecap='round' \
                          stroke-linejoin='round'";
    let mut css = String::from("@layer components {\n");
    let strokes = STROKES.lines().map(|line| (line, STROKE));
    let shapes = SHAPES.lines().map(|line| (line, "fill-rule='evenodd'"));
    for (line, paint) in strokes.chain(shapes) {
        let (name, path) = line.split_once(' ').unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(
            css,
            ".i-{name} {{ --i: url(\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' \
             viewBox='0 0 16 16' {paint}%3E%3Cpath d='{path}'/%3E%3C/svg%3E\"); }}"
        );
    }
    // Within the stylesheet it costs no request.
    let mark = MARK.replace('#', "%23").replace('"', "'");
    let mark = mark.replace('<', "%3C").replace('>', "%3E");
    let _ = writeln!(
        css,
        ".mark {{ background: url(\"data:image/svg+xml,{mark}\"); }}"
    );
    css.push_str(
        ":root { --arrow: url(\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' \
         viewBox='0 0 16 16' fill='none' stroke='%23808892' stroke-width='2'%3E%3Cpath \
         d='M3.5 6L8 10.5L12.5 6'/%3E%3C/svg%3E\"); }\n}\n",
    );
    css
}
