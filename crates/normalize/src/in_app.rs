//! Whether a frame is the application's own code, when the client did not say.

use watchpost_model::Frame;

/// The answer for a frame of an event of that platform. In doubt it is the application's.
pub(crate) fn of(frame: &Frame, platform: &str) -> bool {
    let name = |name: &Option<String>| name.as_deref().unwrap_or_default().replace('\\', "/");
    let (path, file) = (name(&frame.abs_path), name(&frame.filename));
    match platform {
        "python" => !is_python_library(&path) && !is_python_library(&file),
        "node" | "javascript" => !is_node_library(&path) && !is_node_library(&file),
        _ => true,
    }
}

fn is_python_library(path: &str) -> bool {
    const FOLDERS: [&str; 3] = ["site-packages/", "dist-packages/", "/django/"];
    let is_in_folder = FOLDERS.iter().any(|folder| path.contains(folder));
    is_in_folder
        || path.starts_with("django/")
        || path.starts_with("<frozen ")
        || is_in_standard_library(path)
}

/// `/usr/lib/python3.11/json/__init__.py`, but nothing in a folder that merely is called so.
fn is_in_standard_library(path: &str) -> bool {
    let mut rest = path;
    while let Some((_, after)) = rest.split_once("lib/python") {
        if after.starts_with(|char: char| char.is_ascii_digit()) {
            return true;
        }
        rest = after;
    }
    false
}

fn is_node_library(path: &str) -> bool {
    path.contains("node_modules/") || path.starts_with("node:") || path.starts_with("internal/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(platform: &str, filename: &str, expect: bool) {
        let frame = Frame {
            filename: Some(filename.to_owned()),
            ..Frame::default()
        };
        assert_eq!(of(&frame, platform), expect, "{platform} {filename}");
    }

    #[test]
    fn libraries_are_not_the_application() {
        check("python", "/srv/app/shop.py", true);
        check("python", "/srv/lib/pythonic/shop.py", true);
        check(
            "python",
            "/srv/venv/lib/python3.11/site-packages/flask/app.py",
            false,
        );
        check("python", "/usr/lib/python3/dist-packages/six.py", false);
        check("python", "/usr/lib/python2.7/json/__init__.py", false);
        check("python", "/srv/app/lib/django/core/handlers/base.py", false);
        check("python", "<frozen importlib._bootstrap>", false);
        check("node", "/srv/app/index.js", true);
        check("node", "/srv/app/node_modules/express/lib/router.js", false);
        check("node", "C:\\app\\node_modules\\x.js", false);
        check("node", "node:internal/process/task_queues", false);
        check("node", "internal/timers.js", false);
        check("javascript", "https://shop.example/static/app.js", true);
        check("ruby", "/usr/lib/python3/dist-packages/six.py", true);
    }
}
