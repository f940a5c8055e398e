//! One event as the template prints it: every part that is there, in the order people read. Pure.

mod asked;
mod code;
mod context;
mod crumbs;
mod curl;
mod facts;
mod grouping;
mod highlights;
mod markdown;
mod raw;
mod request;
mod said;
pub(crate) mod stack;
mod threads;
mod values;

use watchpost_model::{Event, Showing, Timestamp};
use watchpost_store::ArchivedEvent;

pub(crate) use self::asked::Asked;
use self::context::Card;
use self::crumbs::Trail;
use self::grouping::GroupingView;
pub(crate) use self::markdown::markdown;
use self::request::RequestView;
use self::said::{MessageView, RemarkView, TemplateView};
pub(crate) use self::stack::Source;
use self::stack::{Frames, Image, Link, Look, Reading, Stack};
use self::threads::ThreadView;
pub(crate) use self::values::Pair;
use self::values::{cut, pairs};
use super::format::When;

/// Frames that are seen at a glance.
const FRAMES_FEW: usize = 8;

/// The body of the event page and, for the latest event, of the issue page.
pub(crate) struct Body {
    pub(crate) id: String,
    pub(crate) happened: When,
    pub(crate) received: When,
    pub(crate) reading: Reading,
    pub(crate) chain: Vec<Link>,
    /// The stack that belongs to no exception.
    pub(crate) own: Option<Stack>,
    threads: Vec<ThreadView>,
    pub(crate) images: Vec<Image>,
    pub(crate) more_images: usize,
    pub(crate) highlights: Vec<Pair>,
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

impl Body {
    pub(crate) fn new(
        archived: &ArchivedEvent,
        (reading, showing, rules): (Reading, &Showing, &str),
        now: Timestamp,
    ) -> Self {
        let event = &archived.event;
        let shown = |(key, _): &(&String, &serde_json::Value)| !key.starts_with('_');
        let extra = event.extra.iter().filter(shown);
        let look = Look {
            reading,
            platform: &event.platform,
            source: Source::new(&showing.source_link, event.release.as_deref()),
            rules,
        };
        let (chain, own) = stacks(event, look);
        let (images, more_images) = stack::images(&event.other);
        let mut other = event.other.clone();
        if !images.is_empty() {
            // They are told in their own words.
            other.remove("debug_meta");
        }
        Self {
            id: event.event_id.to_string(),
            happened: When::new(event.timestamp, now),
            received: When::new(event.received, now),
            reading,
            chain,
            own,
            threads: threads::threads(event, look),
            images,
            more_images,
            highlights: highlights::chosen(event, &showing.highlights),
            raw: raw::text(event),
            message: said::message(event),
            template: event.template.as_ref().map(TemplateView::new),
            request: event.request.as_ref().and_then(RequestView::new),
            user: facts::user(event),
            trail: Trail::new(event, reading),
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
            other: pairs(&other),
            remarks: event.remarks.iter().map(RemarkView::new).collect(),
            grouping: GroupingView::new(&archived.explanation),
            facts: facts::facts(event),
        }
    }

    /// Whether there is any stack to read.
    pub(crate) fn has_stack(&self) -> bool {
        let of_thread = self.threads.iter().any(|thread| thread.stack.is_some());
        !self.chain.is_empty() || self.own.is_some() || of_thread
    }

    /// Whether there are so many frames that somebody may want to search them.
    pub(crate) fn has_many_frames(&self) -> bool {
        let of_chain = self.chain.iter().filter_map(|link| link.stack.as_ref());
        let of_threads = self.threads.iter();
        let of_threads = of_threads.filter_map(|thread| thread.stack.as_ref());
        let stacks = of_chain.chain(&self.own).chain(of_threads);
        stacks.map(Stack::frame_count).sum::<usize>() > FRAMES_FEW
    }

    /// What the address `path` asks for.
    #[expect(clippy::unused_self, reason = "templates reach it by the event")]
    pub(crate) fn asked(&self, path: &str) -> Asked {
        Asked::read(path)
    }

    /// The threads, when there is one to choose.
    pub(crate) fn threads(&self) -> &[ThreadView] {
        &self.threads
    }

    /// The thread that is shown.
    pub(crate) fn thread(&self, asked: &Asked) -> Option<&ThreadView> {
        threads::chosen(&self.threads, asked)
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
            ("images", "Images", !self.images.is_empty()),
            ("extra", "Additional data", !self.extra.is_empty()),
            ("modules", "Versions", !self.modules.is_empty()),
            ("remarks", "Corrections", !self.remarks.is_empty()),
            ("grouping", "Grouping", self.grouping.is_some()),
        ];
        let there = parts.into_iter().filter(|(_, _, there)| *there);
        there.map(|(id, label, _)| (id, label)).collect()
    }
}

/// The chain of exceptions and the event's own stack, with as much of them as fits a page.
fn stacks(event: &Event, look: Look<'_>) -> (Vec<Link>, Option<Stack>) {
    let mut chain = stack::chain(&event.exceptions, look);
    let own = event.stacktrace.as_ref();
    let mut own = own.and_then(|stack| Stack::new(stack, look));
    let of_chain = chain.iter_mut().filter_map(|link| link.stack.as_mut());
    let mut all: Vec<&mut Stack> = of_chain.chain(own.as_mut()).collect();
    stack::ration(&mut all, "f", look.reading);
    for stack in all {
        stack.turn(look.reading.order);
    }
    (chain, own)
}

#[cfg(test)]
mod tests;
