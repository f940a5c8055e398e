//! What of a frame counts: module or file, function, source line; never where in the file.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use watchpost_model::Frame;

use super::file;
use super::function::{self, Why};

/// A longer source line is minified or data.
const CONTEXT_CHARS_MAX: usize = 120;
/// Names that minifiers make have so many characters; each build deals them out anew.
const MINIFIED_CHARS_MAX: usize = 2;

/// What counts of a frame.
pub(super) struct Names<'a> {
    pub(super) module: Option<Cow<'a, str>>,
    /// Only without a module.
    pub(super) file: Option<Cow<'a, str>>,
    pub(super) function: Option<Cow<'a, str>>,
    pub(super) context: Option<Cow<'a, str>>,
}

impl Names<'_> {
    fn is_empty(&self) -> bool {
        let all = [&self.module, &self.file, &self.function, &self.context];
        all.iter().all(|name| name.is_none())
    }

    /// Whether the frame is the same place in the program as another one.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.place() == other.place()
            && self.function == other.function
            // Functions without a name are told apart by their lines.
            && (self.function.is_some() || self.context == other.context)
    }

    /// Module or file.
    pub(super) fn place(&self) -> &str {
        self.module
            .as_deref()
            .or(self.file.as_deref())
            .unwrap_or_default()
    }
}

/// The platform of a frame, which may have its own.
pub(super) fn platform<'a>(frame: &'a Frame, event: &'a str) -> &'a str {
    let own = frame.other.get("platform").and_then(|name| name.as_str());
    own.unwrap_or(event)
}

/// What counts of a frame, or why nothing does.
pub(super) fn names<'a>(frame: &'a Frame, platform: &str) -> Result<Names<'a>, Why> {
    let is_javascript = matches!(platform, "javascript" | "node");
    if is_javascript {
        is_glue(frame)?;
    }
    let has_url = has_url(frame);
    let function = function::name(frame, platform);
    let function = match function {
        Ok(Some(name)) if is_javascript && is_minified(frame, &name, has_url) => {
            Err("a name that a minifier made")
        }
        function => function,
    };
    let context = context(frame, platform).filter(|_| {
        let is_named = matches!(function, Ok(Some(_)));
        !(is_javascript && has_url && !is_named)
    });
    // Names from a source map are what is called there, not what is running.
    let is_mapped = is_javascript && context.is_some() && is_mapped(frame);
    let (named, why) = match function {
        Ok(name) => (name, "it has no name"),
        Err(why) => (None, why),
    };
    let module = module(frame, platform);
    let names = Names {
        file: match module {
            Some(_) => None,
            None => file(frame, platform, has_url),
        },
        module,
        function: named.filter(|_| !is_mapped),
        context,
    };
    if names.is_empty() {
        return Err(why);
    }
    Ok(names)
}

/// Whether the name is one that a minifier made, in a file that a bundler made.
fn is_minified(frame: &Frame, name: &str, has_url: bool) -> bool {
    !is_longer(name, MINIFIED_CHARS_MAX)
        && (has_url || frame.filename.as_deref().is_some_and(file::has_digest))
}

/// Code that is not in any file.
fn is_glue(frame: &Frame) -> Result<(), Why> {
    if frame.function.as_deref() == Some("eval") {
        return Err("evaluated code");
    }
    let path = frame.abs_path.as_deref().or(frame.filename.as_deref());
    match path.unwrap_or_default() {
        "[native code]" | "native code" | "eval code" | "<anonymous>" => Err("native code"),
        // `Promise.all (index 3)`: which of them it was.
        text if is_index(text) => Err("a place in a list of promises"),
        _ if frame.context_line.as_deref().map(str::trim) == Some("try {") => {
            Err("only some browsers report the frame of a `try`")
        }
        _ => Ok(()),
    }
}

fn is_index(path: &str) -> bool {
    let number = path.strip_prefix("index ").unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it was loaded from somewhere: such a path says where, not what.
pub(super) fn has_url(frame: &Frame) -> bool {
    let path = frame.abs_path.as_deref().or(frame.filename.as_deref());
    let Some((scheme, _)) = path.unwrap_or_default().split_once(':') else {
        return false;
    };
    matches!(scheme, "http" | "https" | "blob" | "applewebdata" | "data")
}

fn is_mapped(frame: &Frame) -> bool {
    let data = frame.other.get("data");
    data.is_some_and(|data| data.get("sourcemap").is_some_and(|map| !map.is_null()))
}

fn module<'a>(frame: &'a Frame, platform: &str) -> Option<Cow<'a, str>> {
    let module = frame
        .module
        .as_deref()
        .filter(|module| !module.is_empty())?;
    match platform {
        "javascript" | "node" => {
            let path = frame.abs_path.as_deref().or(frame.filename.as_deref());
            let path = path.unwrap_or_default();
            let end = path.find(['?', '#']).unwrap_or(path.len());
            let path = path.get(..end).unwrap_or_default();
            let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
            let is_path =
                module.contains('/') && (stem.ends_with(module) || path.ends_with(module));
            (!is_path).then(|| file::module(module))
        }
        "java" | "groovy" => {
            let is_lambda = module.contains("$$Lambda$");
            (!is_lambda).then(|| function::java_generated(module))
        }
        _ => Some(Cow::Borrowed(module)),
    }
}

fn file<'a>(frame: &'a Frame, platform: &str, has_url: bool) -> Option<Cow<'a, str>> {
    if has_url {
        return None;
    }
    let name = file::name(frame.filename.as_deref().or(frame.abs_path.as_deref())?)?;
    match (platform, &name) {
        ("java" | "groovy", text) if text.contains("_javassist_") => {
            Some(Cow::Owned(function::java_generated(text).into_owned()))
        }
        _ => Some(name),
    }
}

/// The source line, runs of white space as one space.
fn context<'a>(frame: &'a Frame, platform: &str) -> Option<Cow<'a, str>> {
    if !matches!(platform, "javascript" | "node" | "python" | "php" | "ruby") {
        return None;
    }
    let line = frame.context_line.as_deref()?.trim();
    if line.is_empty() || is_longer(line, CONTEXT_CHARS_MAX) {
        return None;
    }
    let line = if is_even(line) {
        Cow::Borrowed(line)
    } else {
        Cow::Owned(line.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    // Multiprocessing writes its file handles into the line.
    if platform == "python" && is_spawning(&line) {
        return Some(Cow::Owned(crate::parameterize::text(&line).into_owned()));
    }
    Some(line)
}

/// Whether a text has more characters than that.
fn is_longer(text: &str, chars: usize) -> bool {
    // No text has more characters than bytes.
    text.len() > chars && text.chars().nth(chars).is_some()
}

/// Whether all white space in a text is single spaces.
fn is_even(text: &str) -> bool {
    if !text.is_ascii() {
        let is_other = |char: char| char.is_whitespace() && char != ' ';
        return !text.contains("  ") && !text.contains(is_other);
    }
    let bytes = text.as_bytes();
    let next = bytes.get(1..).unwrap_or_default();
    // Without an early end both are a few wide instructions.
    let is_space = |byte: &u8| u8::from(*byte == b' ');
    let pairs = bytes.iter().zip(next);
    let doubles = pairs.fold(0, |any, (one, next)| any | (is_space(one) & is_space(next)));
    let is_other = |byte: &u8| u8::from(matches!(byte, b'\t'..=b'\r'));
    let others = bytes.iter().fold(0, |any, byte| any | is_other(byte));
    doubles | others == 0
}

/// Whether the line starts a process of Python's multiprocessing.
fn is_spawning(line: &str) -> bool {
    static CALL: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("spawn_main("));
    CALL.find(line.as_bytes()).is_some()
}

/// Whether a frame only repeats the one before.
pub(super) fn is_recursion(frame: &Frame, before: &Frame) -> bool {
    fn key(frame: &Frame) -> [&Option<String>; 5] {
        let Frame {
            abs_path,
            package,
            module,
            filename,
            function,
            ..
        } = frame;
        [abs_path, package, module, filename, function]
    }
    let place = |frame: &Frame| (frame.lineno, frame.colno);
    place(frame) == place(before) && key(frame) == key(before)
}
