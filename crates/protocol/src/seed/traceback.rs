//! The text of a Python traceback to frames, for records that carry no frames of their own.
//!
//! Clients of 2010 join lines that already end in a newline, so a blank line stands between
//! entries; a plain `traceback.format_exc()` has none. Both are read.

use watchpost_model::Frame;

/// The line that every Python traceback begins with.
const HEAD: &str = "Traceback (most recent call last):";

/// Of a hostile text, only so many of the innermost frames are taken.
const FRAMES_MAX: usize = 1000;

/// Whether Python printed this.
pub(super) fn is_python(text: &str) -> bool {
    text.contains(HEAD)
}

/// The frames, oldest call first, and the text after the class in the last line.
pub(super) fn parse(text: &str) -> (Vec<Frame>, Option<(String, String)>) {
    // A traceback may show its causes first; the last part is the exception that was caught.
    let text = text.rsplit_once(HEAD).map_or(text, |(_, last)| last);
    let mut frames: Vec<Frame> = Vec::new();
    let mut tail: Vec<&str> = Vec::new();
    for line in text.lines() {
        if let Some(frame) = entry(line) {
            frames.push(frame);
            tail.clear();
        } else if line.starts_with("    ") && tail.is_empty() {
            add_code(&mut frames, line);
        } else if !line.trim().is_empty() || !tail.is_empty() {
            tail.push(line);
        }
    }
    let surplus = frames.len().saturating_sub(FRAMES_MAX);
    frames.drain(..surplus);
    (frames, class_and_value(&tail.join("\n")))
}

/// `  File "/srv/a.py", line 3, in f`
fn entry(line: &str) -> Option<Frame> {
    let rest = line.trim_start().strip_prefix("File \"")?;
    let (filename, rest) = rest.rsplit_once("\", line ")?;
    let (lineno, function) = match rest.split_once(", in ") {
        Some((lineno, function)) => (lineno, Some(function.trim().to_owned())),
        None => (rest, None),
    };
    Some(Frame {
        filename: Some(filename.to_owned()),
        function,
        lineno: lineno.trim().parse().ok(),
        ..Frame::default()
    })
}

fn add_code(frames: &mut [Frame], line: &str) {
    let line = line.trim();
    // Python 3.11 and later underline the expression.
    let is_underline = line.chars().all(|char| matches!(char, '^' | '~' | ' '));
    if let Some(frame) = frames.last_mut()
        && frame.context_line.is_none()
        && !is_underline
    {
        frame.context_line = Some(line.to_owned());
    }
}

/// `ValueError: café 7`, or a class alone.
fn class_and_value(tail: &str) -> Option<(String, String)> {
    let tail = tail.trim();
    let (class, value) = tail.split_once(':').unwrap_or((tail, ""));
    let is_class = !class.is_empty() && !class.contains(char::is_whitespace);
    is_class.then(|| (class.to_owned(), value.trim_start().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, frames: &[(&str, &str, u64, &str)], end: Option<(&str, &str)>) {
        let (got, tail) = parse(text);
        let got = got.iter().map(|frame| {
            (
                frame.filename.as_deref().unwrap(),
                frame.function.as_deref().unwrap_or(""),
                frame.lineno.unwrap(),
                frame.context_line.as_deref().unwrap_or(""),
            )
        });
        assert_eq!(got.collect::<Vec<_>>(), frames, "{text}");
        let tail = tail.as_ref();
        let tail = tail.map(|(class, value)| (class.as_str(), value.as_str()));
        assert_eq!(tail, end, "{text}");
    }

    const FRAMES: [(&str, &str, u64, &str); 2] = [
        ("/srv/a.py", "f", 3, "g(x)"),
        ("/srv/b c.py", "<module>", 9, "raise ValueError(x)"),
    ];

    #[test]
    fn blank_lines_between_entries() {
        check(
            "Traceback (most recent call last):\n\n  File \"/srv/a.py\", line 3, in f\n    g(x)\n\n  \
             File \"/srv/b c.py\", line 9, in <module>\n    raise ValueError(x)\n\n\
             ValueError: a: b\n",
            &FRAMES,
            Some(("ValueError", "a: b")),
        );
    }

    #[test]
    fn no_blank_lines_and_underlines() {
        check(
            "Traceback (most recent call last):\n  File \"/srv/a.py\", line 3, in f\n    g(x)\n    \
             ~^^^\n  File \"/srv/b c.py\", line 9, in <module>\n    raise ValueError(x)\nshop.Oops",
            &FRAMES,
            Some(("shop.Oops", "")),
        );
    }

    #[test]
    fn a_value_of_several_lines_is_kept() {
        check(
            "Traceback (most recent call last):\n  File \"/srv/a.py\", line 3\nE: one\n\n    two\n",
            &[("/srv/a.py", "", 3, "")],
            Some(("E", "one\n\n    two")),
        );
    }

    #[test]
    fn the_last_traceback_of_a_chain_counts() {
        check(
            "Traceback (most recent call last):\n  File \"/srv/z.py\", line 1, in z\nKeyError: 1\n\n\
             During handling of the above exception, another exception occurred:\n\n\
             Traceback (most recent call last):\n  File \"/srv/a.py\", line 3, in f\n    g(x)\nE: 2",
            &FRAMES[..1],
            Some(("E", "2")),
        );
    }

    #[test]
    fn other_text_is_no_traceback() {
        check("at com.shop.Pay.run(Pay.java:3)\nno class here", &[], None);
        check("", &[], None);
    }
}
