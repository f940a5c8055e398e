//! Stack traces, in the camel case of the API.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use watchpost_model::{Exception, Frame, Mechanism, Stacktrace, Thread, Variable};

/// A chain of exceptions.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Exceptions<'a> {
    values: Vec<ExceptionView<'a>>,
    has_system_frames: bool,
    exc_omitted: Option<()>,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct ExceptionView<'a> {
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    value: Option<&'a str>,
    module: Option<&'a str>,
    mechanism: Option<&'a Mechanism>,
    thread_id: Option<&'a str>,
    stacktrace: Option<StacktraceView<'a>>,
    raw_stacktrace: Option<()>,
}

/// Frames, the oldest call first.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StacktraceView<'a> {
    frames: Vec<FrameView<'a>>,
    frames_omitted: Option<()>,
    registers: Option<&'a Value>,
    has_system_frames: bool,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct FrameView<'a> {
    filename: Option<&'a str>,
    abs_path: Option<&'a str>,
    module: Option<&'a str>,
    package: Option<&'a str>,
    platform: Option<&'a Value>,
    instruction_addr: Option<&'a Value>,
    symbol_addr: Option<&'a Value>,
    function: Option<&'a str>,
    raw_function: Option<&'a Value>,
    symbol: Option<&'a Value>,
    context: Vec<(u64, &'a str)>,
    line_no: Option<u64>,
    col_no: Option<u64>,
    in_app: bool,
    trust: Option<&'a Value>,
    errors: Option<()>,
    lock: Option<&'a Value>,
    vars: Option<Vars<'a>>,
}

/// Local variables as an object, in the client's order.
struct Vars<'a>(&'a [Variable]);

impl Serialize for Vars<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for variable in self.0 {
            map.serialize_entry(&variable.name, &variable.value)?;
        }
        map.end()
    }
}

/// Threads at the time of the event.
#[derive(serde::Serialize)]
pub(super) struct Threads<'a> {
    values: Vec<ThreadView<'a>>,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct ThreadView<'a> {
    id: Option<&'a str>,
    name: Option<&'a str>,
    crashed: bool,
    current: bool,
    stacktrace: Option<StacktraceView<'a>>,
    raw_stacktrace: Option<()>,
}

impl<'a> Exceptions<'a> {
    pub(super) fn of(exceptions: &'a [Exception]) -> Self {
        let values: Vec<_> = exceptions.iter().map(ExceptionView::of).collect();
        let mut stacks = values.iter().filter_map(|value| value.stacktrace.as_ref());
        Self {
            has_system_frames: stacks.any(|stack| stack.has_system_frames),
            values,
            exc_omitted: None,
        }
    }
}

impl<'a> ExceptionView<'a> {
    fn of(exception: &'a Exception) -> Self {
        Self {
            kind: exception.kind.as_deref(),
            value: exception.value.as_deref(),
            module: exception.module.as_deref(),
            mechanism: exception.mechanism.as_ref(),
            thread_id: exception.thread_id.as_deref(),
            stacktrace: exception.stacktrace.as_ref().map(StacktraceView::of),
            raw_stacktrace: None,
        }
    }
}

impl<'a> StacktraceView<'a> {
    pub(super) fn of(stacktrace: &'a Stacktrace) -> Self {
        let frames: Vec<_> = stacktrace.frames.iter().map(FrameView::of).collect();
        let own = frames.iter().filter(|frame| frame.in_app).count();
        Self {
            has_system_frames: own > 0 && own < frames.len(),
            frames,
            frames_omitted: None,
            registers: stacktrace.other.get("registers"),
        }
    }
}

impl<'a> FrameView<'a> {
    fn of(frame: &'a Frame) -> Self {
        Self {
            filename: frame.filename.as_deref(),
            abs_path: frame.abs_path.as_deref(),
            module: frame.module.as_deref(),
            package: frame.package.as_deref(),
            platform: frame.other.get("platform"),
            instruction_addr: frame.other.get("instruction_addr"),
            symbol_addr: frame.other.get("symbol_addr"),
            function: frame.function.as_deref(),
            raw_function: frame.other.get("raw_function"),
            symbol: frame.other.get("symbol"),
            context: context(
                frame.lineno,
                &frame.pre_context,
                frame.context_line.as_deref(),
                &frame.post_context,
            ),
            line_no: frame.lineno,
            col_no: frame.colno,
            in_app: frame.in_app.unwrap_or(false),
            trust: frame.other.get("trust"),
            errors: None,
            lock: frame.other.get("lock"),
            vars: (!frame.vars.is_empty()).then_some(Vars(&frame.vars)),
        }
    }
}

impl<'a> Threads<'a> {
    pub(super) fn of(threads: &'a [Thread]) -> Self {
        let view = |thread: &'a Thread| ThreadView {
            id: thread.id.as_deref(),
            name: thread.name.as_deref(),
            crashed: thread.crashed,
            current: thread.current,
            stacktrace: thread.stacktrace.as_ref().map(StacktraceView::of),
            raw_stacktrace: None,
        };
        let values = threads.iter().map(view).collect();
        Self { values }
    }
}

/// The source lines with their numbers. Without a line or its number there is nothing to number.
pub(super) fn context<'a>(
    line_no: Option<u64>,
    before: &'a [String],
    line: Option<&'a str>,
    after: &'a [String],
) -> Vec<(u64, &'a str)> {
    let (Some(number), Some(line)) = (line_no, line) else {
        return Vec::new();
    };
    // A client may send more lines before than the number allows: the surplus has no number.
    let room = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let before = before.iter().skip(before.len().saturating_sub(room));
    let first = number.saturating_sub(before.len() as u64);
    let lines = before.map(String::as_str).chain([line]);
    let lines = lines.chain(after.iter().map(String::as_str));
    // A line behind the greatest number has none.
    let numbers = (0..).map_while(|offset| first.checked_add(offset));
    numbers.zip(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line_no: Option<u64>, before: &[&str], expect: &[(u64, &str)]) {
        let lines = |lines: &[&str]| {
            lines
                .iter()
                .map(|&line| line.to_owned())
                .collect::<Vec<_>>()
        };
        let (before, after) = (lines(before), lines(&["after"]));
        assert_eq!(context(line_no, &before, Some("here"), &after), expect);
    }

    #[test]
    fn context_lines_carry_their_numbers() {
        check(
            Some(42),
            &["a", "b"],
            &[(40, "a"), (41, "b"), (42, "here"), (43, "after")],
        );
        check(Some(1), &[], &[(1, "here"), (2, "after")]);
        check(
            Some(2),
            &["lost", "a"],
            &[(1, "a"), (2, "here"), (3, "after")],
        );
        check(Some(0), &["lost"], &[(0, "here"), (1, "after")]);
        check(None, &["a"], &[]);
        assert!(context(Some(3), &[], None, &[]).is_empty());
        // The last number there is must not overflow.
        let after = ["y".to_owned(), "z".to_owned()];
        for (number, count) in [(u64::MAX - 2, 3), (u64::MAX - 1, 2), (u64::MAX, 1)] {
            assert_eq!(context(Some(number), &[], Some("x"), &after).len(), count);
        }
    }
}
