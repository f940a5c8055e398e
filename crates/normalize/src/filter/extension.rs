//! Errors that extensions of browsers cause on pages that can do nothing about them.

use watchpost_model::{Event, Frame};

/// Where the code of extensions comes from.
const SOURCES: [&str; 6] = [
    "chrome-extension://",
    "moz-extension://",
    "ms-browser-extension://",
    "safari-extension://",
    "safari-web-extension://",
    "webkit-masked-url://hidden",
];

/// What well-known extensions and toolbars say when they fail on somebody else's page.
const WORDS: [&str; 12] = [
    "__firefox__",
    "__gCrWeb",
    "_AutofillCallbackHandler",
    "Can't find variable: ZiteReader",
    "EBCallBackMessageReceived",
    "Extension context invalidated",
    "MyApp_RemoveAllHighlights",
    "Object Not Found Matching Id:",
    "atomicFindClose",
    "conduitPage",
    "fb_xd_fragment",
    "runtime.sendMessage()",
];

/// What in an event says that an extension caused it.
pub(super) fn cause(event: &Event) -> Option<&'static str> {
    if event.platform != "javascript" {
        return None;
    }
    // What was caught last, and in it the call that failed. An extension further up the stack
    // called the page, and the error is the page's.
    let caught = event.exceptions.last()?;
    let stack = caught.stacktrace.as_ref().or(event.stacktrace.as_ref());
    let frames = stack.map_or(&[][..], |stack| &stack.frames);
    let source = frames.iter().rev().find_map(source_of).and_then(|source| {
        let is_prefix = |known: &&&str| source.starts_with(**known);
        SOURCES.iter().find(is_prefix)
    });
    let said = caught.value.as_deref().unwrap_or_default();
    source
        .or_else(|| WORDS.iter().find(|word| said.contains(**word)))
        .copied()
}

/// The file of a call; code that was made on the spot has none.
fn source_of(frame: &Frame) -> Option<&str> {
    let source = frame.abs_path.as_deref().or(frame.filename.as_deref())?;
    let is_nowhere = matches!(source, "<anonymous>" | "[native code]" | "native" | "");
    (!is_nowhere).then_some(source)
}
