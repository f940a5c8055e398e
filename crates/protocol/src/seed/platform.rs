//! The platform of a record. The first protocol does not name it: its client was Django's, but
//! others have spoken it since, some of them with a stack printed the way Python prints it. So the
//! names of source files decide, and only without any the marks of the first client.

use watchpost_model::{Event, Frame};

use super::traceback;

/// What is known when nothing tells.
const UNKNOWN: &str = "other";

/// Endings of source files.
const LANGUAGES: [(&str, &str); 11] = [
    ("py", "python"),
    ("pyc", "python"),
    ("pyo", "python"),
    ("rs", "rust"),
    ("java", "java"),
    ("js", "javascript"),
    ("mjs", "javascript"),
    ("cjs", "javascript"),
    ("rb", "ruby"),
    ("php", "php"),
    ("go", "go"),
];

/// Packages that only a Python program has: what the first clients list among their versions.
const PYTHON_PACKAGES: [&str; 4] = ["django", "sentry", "raven", "python"];

/// The platform of an event whose stack and versions are read; `text` is its printed stack.
pub(super) fn of(event: &Event, text: &str) -> &'static str {
    let raised = event.exceptions.iter().filter_map(|exception| {
        let stack = exception.stacktrace.as_ref();
        stack.map(|stack| stack.frames.as_slice())
    });
    let bare = event.stacktrace.iter().map(|stack| stack.frames.as_slice());
    let frames = raised.chain(bare).flatten();
    // The innermost call is the one that says most.
    let of_frames = frames.rev().find_map(of_frame);
    let of_text = || text.rsplit(is_between_names).find_map(of_place);
    let of_packages = || {
        let is_python = |name: &String| {
            let name = name.to_ascii_lowercase();
            PYTHON_PACKAGES.contains(&name.as_str())
        };
        let is_python = traceback::is_python(text) || event.modules.keys().any(is_python);
        is_python.then_some("python")
    };
    of_frames
        .or_else(of_text)
        .or_else(of_packages)
        .unwrap_or(UNKNOWN)
}

fn of_frame(frame: &Frame) -> Option<&'static str> {
    let names = [&frame.filename, &frame.abs_path];
    let mut names = names.into_iter().filter_map(Option::as_deref);
    names.find_map(of_place)
}

/// Of `Shop.java`, `/srv/a.py` or `app.js:3:14`.
fn of_place(place: &str) -> Option<&'static str> {
    let file = place.trim_end_matches(|char: char| char.is_ascii_digit() || char == ':');
    let (_, ending) = file.rsplit_once('.')?;
    let row = LANGUAGES.iter().find(|(known, _)| *known == ending);
    row.map(|(_, language)| *language)
}

/// What names of files stand between in a printed stack.
fn is_between_names(char: char) -> bool {
    char.is_whitespace() || matches!(char, '"' | '\'' | '(' | ')' | ',')
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tests::read;

    #[track_caller]
    fn check(record: &Value, expect: &str) {
        assert_eq!(read(record).platform, expect, "{record}");
    }

    /// A record with a frame of that file, innermost, below one of nowhere.
    fn raised_in(file: &str) -> Value {
        let frames = json!([{"function": "f"}, {"filename": file, "function": "g", "lineno": 3}]);
        json!({"class_name": "E", "data": {"__sentry__": {"exc": ["__builtin__", ["x"], frames]}}})
    }

    #[test]
    fn the_file_of_a_frame_tells() {
        for (file, expect) in [
            ("/srv/shop/views.py", "python"),
            ("shop/views.pyc", "python"),
            ("src/main.rs", "rust"),
            ("Shop.java", "java"),
            ("http://shop.example/app.js", "javascript"),
            ("/srv/app/server.mjs", "javascript"),
            ("app/models/cart.rb", "ruby"),
            ("C:\\www\\index.php", "php"),
            ("cmd/main.go", "go"),
            ("cart.template", "other"),
            ("<string>", "other"),
            ("py", "other"),
            ("", "other"),
        ] {
            check(&raised_in(file), expect);
        }
    }

    #[test]
    fn a_printed_stack_tells_by_its_files_before_its_shape() {
        let head = "Traceback (most recent call last):\n\n";
        for (text, expect) in [
            (
                format!("{head}  File \"/srv/a.py\", line 3, in f\n\n"),
                "python",
            ),
            (
                format!("{head}  File \"<stdin>\", line 3, in f\n\nE: x"),
                "python",
            ),
            (
                format!("{head}  File \"src/main.rs\", line 3, in f\n\n"),
                "rust",
            ),
            ("E: boom\n\tat Shop.main(Shop.java:3)".to_owned(), "java"),
            ("E: x\n    at f (/srv/app.js:3:14)".to_owned(), "javascript"),
            ("cart.rb:3:in `pay'".to_owned(), "other"),
            ("main.f()\n\t/srv/cmd/main.go:12 +0x1d".to_owned(), "go"),
            ("nothing known".to_owned(), "other"),
        ] {
            check(&json!({"class_name": "E", "traceback": text}), expect);
        }
    }

    #[test]
    fn without_files_the_packages_of_the_first_client_tell() {
        let with = |versions: Value| json!({"data": {"__sentry__": {"versions": versions}}});
        check(&with(json!({"django": "1.3.7", "shop": "2.4.1"})), "python");
        check(&with(json!({"Django": "1.3.7"})), "python");
        check(&with(json!({"shop": "2.4.1"})), "other");
        check(&with(json!({})), "other");
        check(&json!({"message": "hello from a.py"}), "other");
    }
}
