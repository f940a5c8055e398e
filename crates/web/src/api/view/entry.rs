//! The parts of an event that pages show in a box each.

use serde::Serialize;
use serde_json::{Map, Value};
use watchpost_model::{Breadcrumb, Event, Level, Message, Request, TemplateSource, Timestamp};

use super::frame::{Exceptions, StacktraceView, Threads, context};

/// One part.
#[derive(Serialize)]
#[serde(tag = "type", content = "data", rename_all = "lowercase")]
pub(super) enum Entry<'a> {
    Exception(Exceptions<'a>),
    Stacktrace(StacktraceView<'a>),
    Message(MessageView<'a>),
    Template(TemplateView<'a>),
    Request(RequestView<'a>),
    Breadcrumbs(Breadcrumbs<'a>),
    Threads(Threads<'a>),
}

#[derive(Serialize)]
pub(super) struct MessageView<'a> {
    formatted: &'a str,
    message: Option<&'a str>,
    params: Option<&'a Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TemplateView<'a> {
    filename: Option<&'a str>,
    abs_path: Option<&'a str>,
    line_no: Option<u64>,
    context: Vec<(u64, &'a str)>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestView<'a> {
    method: Option<&'a str>,
    url: Option<&'a str>,
    query: &'a [(String, String)],
    fragment: Option<&'a str>,
    data: Option<&'a Value>,
    headers: &'a [(String, String)],
    cookies: &'a [(String, String)],
    env: &'a Map<String, Value>,
    inferred_content_type: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Breadcrumbs<'a> {
    values: Vec<BreadcrumbView<'a>>,
}

#[derive(Serialize)]
struct BreadcrumbView<'a> {
    timestamp: Option<Timestamp>,
    #[serde(rename = "type")]
    kind: &'a str,
    category: Option<&'a str>,
    level: Level,
    message: Option<&'a str>,
    data: &'a Map<String, Value>,
}

/// The parts that an event has, in the order in which they are shown.
pub(super) fn entries(event: &Event) -> Vec<Entry<'_>> {
    let mut entries = Vec::new();
    if !event.exceptions.is_empty() {
        entries.push(Entry::Exception(Exceptions::of(&event.exceptions)));
    }
    let stack = event.stacktrace.as_ref().map(StacktraceView::of);
    entries.extend(stack.map(Entry::Stacktrace));
    let message = event.message.as_ref().map(MessageView::of);
    entries.extend(message.map(Entry::Message));
    let template = event.template.as_ref().map(TemplateView::of);
    entries.extend(template.map(Entry::Template));
    let request = event.request.as_ref().map(RequestView::of);
    entries.extend(request.map(Entry::Request));
    if !event.breadcrumbs.is_empty() {
        let values = event.breadcrumbs.iter().map(BreadcrumbView::of).collect();
        entries.push(Entry::Breadcrumbs(Breadcrumbs { values }));
    }
    if !event.threads.is_empty() {
        entries.push(Entry::Threads(Threads::of(&event.threads)));
    }
    entries
}

impl Entry<'_> {
    /// What it is called.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Exception(_) => "exception",
            Self::Stacktrace(_) => "stacktrace",
            Self::Message(_) => "message",
            Self::Template(_) => "template",
            Self::Request(_) => "request",
            Self::Breadcrumbs(_) => "breadcrumbs",
            Self::Threads(_) => "threads",
        }
    }
}

impl<'a> BreadcrumbView<'a> {
    /// One that says neither is a plain note.
    fn of(crumb: &'a Breadcrumb) -> Self {
        Self {
            timestamp: crumb.timestamp,
            kind: crumb.kind.as_deref().unwrap_or("default"),
            category: crumb.category.as_deref(),
            level: crumb.level.unwrap_or(Level::Info),
            message: crumb.message.as_deref(),
            data: &crumb.data,
        }
    }
}

impl<'a> MessageView<'a> {
    fn of(message: &'a Message) -> Self {
        Self {
            formatted: &message.formatted,
            message: message.template.as_deref(),
            params: message.params.as_ref(),
        }
    }
}

impl<'a> TemplateView<'a> {
    fn of(template: &'a TemplateSource) -> Self {
        Self {
            filename: template.filename.as_deref(),
            abs_path: template.abs_path.as_deref(),
            line_no: template.lineno,
            context: context(
                template.lineno,
                &template.pre_context,
                template.context_line.as_deref(),
                &template.post_context,
            ),
        }
    }
}

impl<'a> RequestView<'a> {
    fn of(request: &'a Request) -> Self {
        let mut headers = request.headers.iter();
        let content_type = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        Self {
            method: request.method.as_deref(),
            url: request.url.as_deref(),
            query: &request.query_string,
            fragment: request.fragment.as_deref(),
            data: request.data.as_ref(),
            headers: &request.headers,
            cookies: &request.cookies,
            env: &request.env,
            inferred_content_type: content_type.map(|(_, value)| value.as_str()),
        }
    }
}
