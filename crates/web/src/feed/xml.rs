//! Writing XML 1.0: elements with text in them, every text escaped on its way in.

use std::fmt::Write as _;

/// A document in the making.
pub(super) struct Xml(String);

impl Xml {
    /// A document with nothing but its declaration.
    pub(super) fn new() -> Self {
        Self("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n".to_owned())
    }

    /// An element with other elements in it.
    pub(super) fn open(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        inner: impl FnOnce(&mut Self),
    ) {
        self.start(name, attributes);
        self.0.push_str(">\n");
        inner(self);
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "</{name}>");
    }

    /// An element with a text in it.
    pub(super) fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.start(name, attributes);
        let _ = writeln!(self.0, ">{}</{name}>", escaped(text));
    }

    /// An element with nothing in it.
    pub(super) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.0.push_str("/>\n");
    }

    /// The whole document.
    pub(super) fn finish(self) -> String {
        self.0
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let _ = write!(self.0, "<{name}");
        for (key, value) in attributes {
            let _ = write!(self.0, " {key}=\"{}\"", escaped(value));
        }
    }
}

/// The text with everything escaped that could end it, and with the replacement character for
/// what XML 1.0 cannot say at all: one control character would break the whole feed.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // A parser would turn a bare one into a line feed.
            '\r' => safe.push_str("&#13;"),
            '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => {
                safe.push(letter);
            }
            _ => safe.push('\u{fffd}'),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let mut xml = Xml::new();
        xml.text("a", &[("b", text)], text);
        let written = xml.finish();
        let parsed = roxmltree::Document::parse(&written).unwrap();
        assert_eq!(parsed.root_element().text(), Some(expect), "{written}");
        let attribute = parsed.root_element().attribute("b").unwrap();
        // Parsers turn white space in attributes into blanks.
        assert_eq!(
            attribute.replace(' ', ""),
            expect.replace(['\t', '\n', ' '], "")
        );
    }

    #[test]
    fn any_text_is_read_back() {
        check("plain", "plain");
        check("</a><script>&amp;\"'", "</a><script>&amp;\"'");
        check("]]>", "]]>");
        check("tab\tline\nend\rx", "tab\tline\nend\rx");
        check(
            "nul\0bell\u{7}esc\u{1b}",
            "nul\u{fffd}bell\u{fffd}esc\u{fffd}",
        );
        check("\u{fffe}\u{ffff}\u{10ffff}é", "\u{fffd}\u{fffd}\u{10ffff}é");
    }
}
