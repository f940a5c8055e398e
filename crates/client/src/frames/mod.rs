//! From a captured backtrace to the frames a person wants to see.
//! `worker` calls it on the sender thread, because finding names and lines takes milliseconds.
//!
//! ```text
//! std::backtrace::Backtrace → parse::text → Vec<Printed> → clean → Vec<Frame>, oldest first
//! ```

mod parse;
mod symbol;

use crate::limits::FRAME_COUNT_MAX;
use parse::Printed;

/// One call on a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// `pay` or `pay::{{closure}}`; `<Cart as Display>::fmt` as it is.
    pub(crate) function: Option<String>,
    /// `shop::orders`
    pub(crate) module: Option<String>,
    /// As the compiler wrote it down.
    pub(crate) path: Option<String>,
    /// Counted from 1.
    pub(crate) line: Option<u32>,
    /// Counted from 1.
    pub(crate) column: Option<u32>,
    /// Whether it belongs to the program itself rather than to a library.
    pub(crate) in_app: bool,
}

impl Frame {
    /// A frame of the program of which only the place is known.
    pub(crate) fn at(path: &str, line: u32) -> Self {
        Self {
            function: None,
            module: None,
            path: Some(path.to_owned()),
            line: Some(line),
            column: None,
            in_app: true,
        }
    }

    /// The path without what differs between machines: `shop/src/main.rs`.
    pub(crate) fn filename(&self) -> Option<&str> {
        let path = self.path.as_deref()?;
        let path = path.strip_prefix("./").unwrap_or(path);
        let cut = |folder| path.rsplit_once(folder).map(|(before, _)| before);
        let Some(before) = SOURCE_FOLDERS.iter().copied().find_map(cut) else {
            return Some(path);
        };
        let folder = before.rfind('/').map_or(0, |slash| slash + 1);
        path.get(folder..)
    }

    /// `shop::orders::pay`
    pub(crate) fn qualified(&self) -> Option<String> {
        let function = self.function.as_deref()?;
        match self.module.as_deref() {
            Some(module) if !function.starts_with('<') => Some(format!("{module}::{function}")),
            _ => Some(function.to_owned()),
        }
    }
}

/// Which code the program counts as its own, by crate or module: `shop`, `shop::vendored`.
#[derive(Clone, Debug, Default)]
pub(crate) struct InApp {
    pub(crate) include: Vec<String>,
    pub(crate) exclude: Vec<String>,
}

/// Crates that are never the program, wherever their source lies.
const LIBRARIES: &[&str] = &[
    "std",
    "core",
    "alloc",
    "proc_macro",
    "test",
    "backtrace",
    "actix_rt",
    "actix_web",
    "anyhow",
    "async_std",
    "axum",
    "crossbeam",
    "crossbeam_utils",
    "eyre",
    "futures_core",
    "futures_executor",
    "futures_util",
    "h2",
    "hyper",
    "hyper_util",
    "log",
    "mio",
    "rayon",
    "rayon_core",
    "reqwest",
    "rocket",
    "smol",
    "tokio",
    "tokio_util",
    "tower",
    "tower_http",
    "tracing",
    "tracing_core",
    "tracing_futures",
    "tracing_log",
    "tracing_subscriber",
    "warp",
];

/// Where a package keeps its code; the folder before is named like the package.
const SOURCE_FOLDERS: &[&str] = &["/src/", "/tests/", "/examples/", "/benches/"];

/// Functions of the C library and the compiler, which have no module.
const RUNTIME: &[&str] = &["_start", "start_thread", "thread_start", "clone", "clone3"];

/// Crates between the program and us, which say nothing about the error.
const MESSENGERS: &[&str] = &["log", "tracing", "tracing_core", "tracing_subscriber"];

/// The backtrace, printed with `{:#}`, as frames, oldest call first.
///
/// Frames without a name are left out. So are ours, the loggers' and the panic machinery at the
/// inner end, and what the standard library runs before `main` at the outer end.
pub(crate) fn of(printed: &str, in_app: &InApp) -> Vec<Frame> {
    clean(parse::text(printed), in_app)
}

fn clean(printed: Vec<Printed<'_>>, in_app: &InApp) -> Vec<Frame> {
    let named = printed
        .into_iter()
        .filter(|call| call.symbol != "<unknown>");
    let mut frames: Vec<Frame> = named
        .take_while(|call| !call.symbol.contains("__rust_begin_short_backtrace"))
        .skip_while(is_machinery)
        .take(FRAME_COUNT_MAX)
        .map(|call| frame(&call, in_app))
        .collect();
    frames.reverse();
    frames
}

/// Whether a call at the inner end is how the event was made rather than where it happened.
fn is_machinery(call: &Printed<'_>) -> bool {
    let home = home(call);
    let is_standard = matches!(home.as_str(), "std" | "core" | "alloc" | "__rustc")
        || call.symbol.starts_with("__rust_")
        || call.path.is_some_and(|path| path.starts_with("/rustc/"));
    is_standard || is_own(call) || MESSENGERS.contains(&home.as_str())
}

/// The crate of a call, empty when nothing shows it. Calls that were inlined are printed without
/// their crate, but their source lies in a folder like `tracing-core-0.1.36`.
fn home(call: &Printed<'_>) -> String {
    if let Some(home) = symbol::home(&call.symbol) {
        return home.to_owned();
    }
    let folder = call.path.and_then(|path| path.rsplit_once("/src/"));
    let folder = folder.map_or("", |(before, _)| before);
    let folder = folder.rsplit('/').next().unwrap_or_default();
    let is_version = |text: &str| text.starts_with(|char: char| char.is_ascii_digit());
    match folder.rsplit_once('-') {
        Some((name, version)) if is_version(version) => name.replace('-', "_"),
        _ => String::new(),
    }
}

fn is_own(call: &Printed<'_>) -> bool {
    // Inlined calls are printed without their crate, so the path has to tell, too.
    let folder = file!().strip_suffix("frames/mod.rs").unwrap_or(file!());
    call.symbol.contains("watchpost_client::")
        || call.path.is_some_and(|path| path.contains(folder))
}

fn frame(call: &Printed<'_>, in_app: &InApp) -> Frame {
    let (module, function) = symbol::split(&call.symbol);
    Frame {
        function: Some(function),
        module,
        path: call.path.map(str::to_owned),
        line: call.line,
        column: call.column,
        in_app: is_in_app(call, in_app),
    }
}

fn is_in_app(call: &Printed<'_>, in_app: &InApp) -> bool {
    let path = symbol::path(&call.symbol);
    if in_app.include.iter().any(|module| is_in(path, module)) {
        return true;
    }
    if in_app.exclude.iter().any(|module| is_in(path, module)) {
        return false;
    }
    let home = home(call);
    if LIBRARIES.contains(&home.as_str()) {
        return false;
    }
    let foreign = [
        "/rustc/",
        "/.cargo/registry/",
        "/.cargo/git/",
        "/rustlib/src/",
        "/sysdeps/",
    ];
    match call.path {
        Some(path) => {
            let is_rust = path.rsplit('.').next() == Some("rs");
            is_rust && !foreign.iter().any(|part| path.contains(part))
        }
        // Without a path and without a crate it is C, or the compiler's own.
        None => !home.is_empty() && !RUNTIME.contains(&call.symbol.as_str()),
    }
}

/// Whether a symbol lies in a module or crate.
fn is_in(path: &str, module: &str) -> bool {
    path.strip_prefix(module)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests;
