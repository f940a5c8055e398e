//! One event as the template prints it: every part that is there, in the order people read. Pure.

mod code;
mod context;
mod crumbs;
mod facts;
mod grouping;
mod raw;
mod request;
mod said;
pub(crate) mod stack;
mod values;

use watchpost_model::{Event, Timestamp};
use watchpost_store::ArchivedEvent;

use self::context::Card;
use self::crumbs::Trail;
use self::grouping::GroupingView;
use self::request::RequestView;
use self::said::{MessageView, RemarkView, TemplateView};
use self::stack::{Frames, Link, Look, Reading, Stack};
pub(crate) use self::values::Pair;
use self::values::{cut, pairs};
use super::format::When;

/// The body of the event page and, for the latest event, of the issue page.
pub(crate) struct Body {
    pub(crate) id: String,
    pub(crate) happened: When,
    pub(crate) received: When,
    pub(crate) reading: Reading,
    pub(crate) chain: Vec<Link>,
    pub(crate) stacks: Vec<NamedStack>,
    pub(crate) raw: String,
    pub(crate) message: Option<MessageView>,
    pub(crate) template: Option<TemplateView>,
    pub(crate) request: Option<RequestView>,
    pub(crate) user: Vec<Pair>,
    pub(crate) trail: Option<Trail>,
    pub(crate) contexts: Vec<Card>,
    pub(crate) tags: Vec<Pair>,
    pub(crate) modules: Vec<Pair>,
    pub(crate) extra: Vec<Pair>,
    pub(crate) other: Vec<Pair>,
    pub(crate) remarks: Vec<RemarkView>,
    pub(crate) grouping: Option<GroupingView>,
    pub(crate) facts: Vec<Pair>,
}

/// A stack that belongs to no exception: the event's own, or a thread's.
pub(crate) struct NamedStack {
    pub(crate) name: String,
    pub(crate) note: &'static str,
    pub(crate) is_open: bool,
    pub(crate) stack: Stack,
}

impl Body {
    pub(crate) fn new(archived: &ArchivedEvent, reading: Reading, now: Timestamp) -> Self {
        let event = &archived.event;
        let shown = |(key, _): &(&String, &serde_json::Value)| !key.starts_with('_');
        let extra = event.extra.iter().filter(shown);
        let look = Look {
            reading,
            platform: &event.platform,
        };
        Self {
            id: event.event_id.to_string(),
            happened: When::new(event.timestamp, now),
            received: When::new(event.received, now),
            reading,
            chain: stack::chain(&event.exceptions, look),
            stacks: stacks(event, look),
            raw: raw::text(event),
            message: said::message(event),
            template: event.template.as_ref().map(TemplateView::new),
            request: event.request.as_ref().and_then(RequestView::new),
            user: facts::user(event),
            trail: Trail::new(event),
            contexts: context::cards(&event.contexts),
            tags: event
                .tags
                .iter()
                .map(|tag| Pair::new(&tag.key, &tag.value))
                .collect(),
            modules: event
                .modules
                .iter()
                .map(|(name, version)| Pair::new(name, version))
                .collect(),
            extra: extra.map(|(key, value)| Pair::of(key, value)).collect(),
            other: pairs(&event.other),
            remarks: event.remarks.iter().map(RemarkView::new).collect(),
            grouping: GroupingView::new(&archived.explanation),
            facts: facts::facts(event),
        }
    }

    /// Whether there is any stack to read.
    pub(crate) fn has_stack(&self) -> bool {
        !self.chain.is_empty() || !self.stacks.is_empty()
    }

    /// Whether the stacks are shown as text.
    pub(crate) fn is_raw(&self) -> bool {
        self.reading.frames == Frames::Raw
    }

    /// The parts that are there, for the list of jumps above the body.
    pub(crate) fn parts(&self) -> Vec<(&'static str, &'static str)> {
        let parts = [
            (
                "message",
                "Message",
                self.message.is_some() && !self.has_stack(),
            ),
            ("stack", "Stack", self.has_stack()),
            (
                "message",
                "Message",
                self.message.is_some() && self.has_stack(),
            ),
            ("template", "Template", self.template.is_some()),
            ("request", "Request", self.request.is_some()),
            ("user", "User", !self.user.is_empty()),
            ("breadcrumbs", "Breadcrumbs", self.trail.is_some()),
            ("contexts", "Contexts", !self.contexts.is_empty()),
            ("extra", "Additional data", !self.extra.is_empty()),
            ("modules", "Versions", !self.modules.is_empty()),
            ("remarks", "Corrections", !self.remarks.is_empty()),
            ("grouping", "Grouping", self.grouping.is_some()),
        ];
        let there = parts.into_iter().filter(|(_, _, there)| *there);
        there.map(|(id, label, _)| (id, label)).collect()
    }
}

fn stacks(event: &Event, look: Look<'_>) -> Vec<NamedStack> {
    let own = event
        .stacktrace
        .as_ref()
        .and_then(|stack| Stack::new(stack, look));
    let own = own.map(|stack| NamedStack {
        name: "Stack".to_owned(),
        note: "",
        is_open: true,
        stack,
    });
    let threads = event.threads.iter().filter_map(|thread| {
        let stack = Stack::new(thread.stacktrace.as_ref()?, look)?;
        let name = thread.name.as_deref().unwrap_or("Thread");
        let id = thread.id.as_deref().map(|id| format!(" ({id})"));
        Some(NamedStack {
            name: format!("{name}{}", id.unwrap_or_default()),
            note: match (thread.crashed, thread.current) {
                (true, _) => "crashed",
                (false, true) => "running",
                (false, false) => "",
            },
            is_open: thread.crashed,
            stack,
        })
    });
    own.into_iter().chain(threads).collect()
}

#[cfg(test)]
mod tests;
