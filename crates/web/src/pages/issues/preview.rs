//! `GET …/issues/N/preview/`: what an issue is about, in a few lines, for who looks at its row in a
//! list: a part of a page, without its frame.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use watchpost_model::{Event, Frame, IssueId, Level, Stacktrace};
use watchpost_store::latest_of;

use super::headline;
use crate::App;
use crate::pages::format::{Count, When};
use crate::pages::shell::{Scope, ask};
use crate::pages::{PageError, Visit};

/// Frames that are shown.
const FRAME_COUNT_MAX: usize = 5;
/// Characters of a text.
const TEXT_CHARS_MAX: usize = 300;

#[derive(Template)]
#[template(path = "parts/issue_preview.html")]
struct Preview {
    kind: String,
    text: String,
    level: Level,
    events: Count,
    last: When,
    frames: Vec<Call>,
    /// Frames that are not shown.
    more: usize,
    /// What there is to say without a stack.
    message: String,
    is_stored: bool,
}

/// One call, the newest first.
#[derive(Debug, PartialEq, Eq)]
struct Call {
    function: String,
    place: String,
    code: String,
    is_app: bool,
}

/// See the file.
pub(super) async fn preview(
    State(app): State<App>,
    Path((org, issue)): Path<(String, String)>,
    visit: Visit,
) -> Result<Response, PageError> {
    const NONE: PageError = PageError::Missing("issue");
    let id = issue.parse::<IssueId>().map_err(|_| NONE)?;
    let found = ask(&app, move |app| {
        let scope = Scope::load(app, &org)?;
        let project = app.ledger.issue_project(&scope.project_ids(), id)?;
        let project = project.ok_or(NONE)?;
        let issue = app.ledger.issue(project, id)?.ok_or(NONE)?;
        let family = app.family(project, issue.id)?;
        let latest = latest_of(&*app.archive, project, &family)?;
        Ok((issue, latest))
    });
    let (issue, latest) = found.await?;
    let (kind, text) = headline(&issue);
    let event = latest.as_ref().map(|latest| &latest.event);
    let (frames, more) = event.map(calls).unwrap_or_default();
    let part = Preview {
        kind: short(&kind),
        text: short(&text),
        level: issue.level,
        events: Count::new(issue.times_seen),
        last: When::new(issue.last_seen, visit.now),
        message: event.map(said).unwrap_or_default(),
        is_stored: event.is_some(),
        frames,
        more,
    };
    let headers = [(header::CACHE_CONTROL, "private, max-age=60")];
    Ok((headers, Html(part.render()?)).into_response())
}

fn short(text: &str) -> String {
    text.chars().take(TEXT_CHARS_MAX).collect()
}

/// What an event without a stack says.
fn said(event: &Event) -> String {
    let message = event.message.as_ref();
    short(message.map_or("", |message| &message.formatted))
}

/// The newest calls, those of the application if there are any; and how many there are besides.
fn calls(event: &Event) -> (Vec<Call>, usize) {
    let of_exceptions = event.exceptions.iter().rev();
    let mut stacks = of_exceptions
        .filter_map(|exception| exception.stacktrace.as_ref())
        .chain(&event.stacktrace)
        .filter(|stack| !stack.frames.is_empty());
    let Some(Stacktrace { frames, .. }) = stacks.next() else {
        return (Vec::new(), 0);
    };
    let is_app = |frame: &&Frame| frame.in_app == Some(true);
    let has_app = frames.iter().any(|frame| is_app(&frame));
    let newest = frames.iter().rev();
    let shown: Vec<Call> = newest
        .filter(|frame| !has_app || is_app(frame))
        .take(FRAME_COUNT_MAX)
        .map(Call::new)
        .collect();
    let more = frames.len() - shown.len();
    (shown, more)
}

impl Call {
    fn new(frame: &Frame) -> Self {
        let files = [&frame.filename, &frame.module, &frame.abs_path];
        let file = files.into_iter().flatten().find(|file| !file.is_empty());
        let file = file.map_or("", String::as_str);
        let line = frame.lineno.map(|line| format!(":{line}"));
        let function = frame.function.as_deref().filter(|name| !name.is_empty());
        let code = frame.context_line.as_deref().unwrap_or_default().trim();
        Self {
            function: short(function.unwrap_or("(unknown function)")),
            place: format!("{}{}", short(file), line.unwrap_or_default()),
            code: short(code),
            is_app: frame.in_app == Some(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use watchpost_model::{EventId, Exception, Timestamp};

    use super::*;

    fn event(frames: &[(&str, Option<bool>)]) -> Event {
        let frame = |(function, in_app): &(&str, Option<bool>)| Frame {
            function: Some((*function).to_owned()),
            in_app: *in_app,
            ..Frame::default()
        };
        let stack = Stacktrace {
            frames: frames.iter().map(frame).collect(),
            ..Stacktrace::default()
        };
        let exception = Exception {
            stacktrace: Some(stack),
            ..Exception::default()
        };
        Event {
            exceptions: vec![exception, Exception::default()],
            ..Event::empty(EventId(1), Timestamp::default())
        }
    }

    fn check(frames: &[(&str, Option<bool>)], expect: &[&str], more: usize) {
        let (calls, left) = calls(&event(frames));
        let names: Vec<_> = calls.iter().map(|call| call.function.as_str()).collect();
        assert_eq!((names.as_slice(), left), (expect, more));
    }

    #[test]
    fn the_newest_calls_of_the_application_are_shown() {
        let (own, other) = (Some(true), Some(false));
        check(&[], &[], 0);
        check(&[("main", None), ("run", None)], &["run", "main"], 0);
        check(
            &[("main", own), ("run", own), ("lib", other)],
            &["run", "main"],
            1,
        );
        let many = [
            ("a", own),
            ("b", own),
            ("c", own),
            ("d", own),
            ("e", own),
            ("", own),
        ];
        check(&many, &["(unknown function)", "e", "d", "c", "b"], 1);
    }
}
