//! What an event says in words: its message, the template that failed, what was corrected. Pure.

use watchpost_model::{Event, Remark, RemarkDetail, RemarkKind, TemplateSource};

use super::code::{Language, Line, Source, lines};
use super::values::{VALUE_CHARS_MAX, cut};

/// The text of an event, and how it was made.
pub(crate) struct MessageView {
    pub(crate) text: String,
    pub(crate) template: Option<String>,
    pub(crate) params: Option<String>,
}

/// The template that failed, with the lines around.
pub(crate) struct TemplateView {
    pub(crate) name: String,
    pub(crate) line: String,
    pub(crate) code: Vec<Line>,
}

/// What was corrected.
pub(crate) struct RemarkView {
    pub(crate) path: String,
    pub(crate) verb: &'static str,
    pub(crate) reason: String,
}

/// The message, unless an exception says the same.
pub(super) fn message(event: &Event) -> Option<MessageView> {
    let message = event.message.as_ref()?;
    let caught = event.exceptions.last();
    let repeated = caught.is_some_and(|caught| caught.value.as_ref() == Some(&message.formatted));
    if repeated || message.formatted.is_empty() {
        return None;
    }
    Some(MessageView {
        text: cut(message.formatted.clone(), 4 * VALUE_CHARS_MAX),
        template: message
            .template
            .clone()
            .map(|text| cut(text, VALUE_CHARS_MAX)),
        params: message
            .params
            .as_ref()
            .map(|params| cut(params.to_string(), VALUE_CHARS_MAX)),
    })
}

impl TemplateView {
    pub(super) fn new(source: &TemplateSource) -> Self {
        let name = source.filename.clone().or_else(|| source.abs_path.clone());
        Self {
            name: name.unwrap_or_else(|| "(unnamed template)".to_owned()),
            line: source
                .lineno
                .map(|line| line.to_string())
                .unwrap_or_default(),
            code: lines(&Source {
                language: Language::Plain,
                line: source.lineno,
                column: None,
                before: &source.pre_context,
                current: source.context_line.as_ref(),
                after: &source.post_context,
            }),
        }
    }
}

impl RemarkView {
    pub(super) fn new(remark: &Remark) -> Self {
        Self {
            path: remark.path.clone(),
            verb: match remark.kind {
                RemarkKind::Dropped => "dropped",
                RemarkKind::Corrected => "corrected",
                RemarkKind::Cut => "cut",
                RemarkKind::Scrubbed => "hidden",
            },
            reason: match remark.detail {
                Some(RemarkDetail::Length(length)) => {
                    format!("{}; there were {length}", remark.reason)
                }
                Some(RemarkDetail::Moved { .. }) | None => remark.reason.clone(),
            },
        }
    }
}
