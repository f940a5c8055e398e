//! One event as the template prints it: every part that is there, in the order people read. Pure.

mod context;
mod crumbs;
mod grouping;
mod raw;
mod request;
pub(crate) mod stack;
mod values;

use watchpost_model::{
    Event, Remark, RemarkDetail, RemarkKind, SeedRecord, TemplateSource, Timestamp,
};
use watchpost_store::ArchivedEvent;

use self::context::Card;
use self::crumbs::Trail;
use self::grouping::GroupingView;
use self::request::RequestView;
use self::stack::{Frames, Line, Link, Reading, Stack};
pub(crate) use self::values::Pair;
use self::values::{VALUE_CHARS_MAX, cut, pairs, push};
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

impl Body {
    pub(crate) fn new(archived: &ArchivedEvent, reading: Reading, now: Timestamp) -> Self {
        let event = &archived.event;
        let shown = |(key, _): &(&String, &serde_json::Value)| !key.starts_with('_');
        let extra = event.extra.iter().filter(shown);
        Self {
            id: event.event_id.to_string(),
            happened: When::new(event.timestamp, now),
            received: When::new(event.received, now),
            reading,
            chain: stack::chain(&event.exceptions, reading),
            stacks: stacks(event, reading),
            raw: raw::text(event),
            message: message(event),
            template: event.template.as_ref().map(TemplateView::new),
            request: event.request.as_ref().and_then(RequestView::new),
            user: user(event),
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
            facts: facts(event),
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

fn stacks(event: &Event, reading: Reading) -> Vec<NamedStack> {
    let own = event
        .stacktrace
        .as_ref()
        .and_then(|stack| Stack::new(stack, reading));
    let own = own.map(|stack| NamedStack {
        name: "Stack".to_owned(),
        note: "",
        is_open: true,
        stack,
    });
    let threads = event.threads.iter().filter_map(|thread| {
        let stack = Stack::new(thread.stacktrace.as_ref()?, reading)?;
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

/// The message, unless an exception says the same.
fn message(event: &Event) -> Option<MessageView> {
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
    fn new(source: &TemplateSource) -> Self {
        let name = source.filename.clone().or_else(|| source.abs_path.clone());
        Self {
            name: name.unwrap_or_else(|| "(unnamed template)".to_owned()),
            line: source
                .lineno
                .map(|line| line.to_string())
                .unwrap_or_default(),
            code: stack::code(
                source.lineno,
                &source.pre_context,
                source.context_line.as_ref(),
                &source.post_context,
            ),
        }
    }
}

impl RemarkView {
    fn new(remark: &Remark) -> Self {
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

fn user(event: &Event) -> Vec<Pair> {
    let mut shown = Vec::new();
    if let Some(user) = &event.user {
        push(&mut shown, "Id", user.id.as_deref());
        push(&mut shown, "Username", user.username.as_deref());
        push(&mut shown, "E-mail", user.email.as_deref());
        push(&mut shown, "Address", user.ip_address.as_deref());
        let place = ["city", "subdivision", "region", "country_code"];
        let place = place
            .iter()
            .filter_map(|name| user.geo.get(*name)?.as_str());
        let place = place.collect::<Vec<_>>().join(", ");
        push(&mut shown, "Place", Some(&place));
        shown.extend(pairs(&user.data).into_iter().map(|pair| Pair {
            key: user_key(pair.key),
            ..pair
        }));
    }
    shown
}

/// A client's own name for a fact of the user; the one that nearly all send gets a label.
fn user_key(key: String) -> String {
    match key.as_str() {
        "name" => "Name".to_owned(),
        _ => key,
    }
}

/// Where it ran and who reported it.
fn facts(event: &Event) -> Vec<Pair> {
    let mut facts = Vec::new();
    let package = event.seed.as_ref().and_then(package);
    let sdk = event
        .sdk
        .as_ref()
        .map(|sdk| format!("{} {}", sdk.name, sdk.version));
    let culprit = event
        .culprit
        .as_deref()
        .filter(|_| event.transaction.is_none());
    let rows = [
        ("Logger", event.logger.as_deref()),
        ("Release", event.release.as_deref()),
        ("Version", package.as_deref()),
        ("Environment", event.environment.as_deref()),
        ("Distribution", event.dist.as_deref()),
        ("Server", event.server_name.as_deref()),
        ("Site", event.site.as_deref()),
        ("Transaction", event.transaction.as_deref()),
        ("View", culprit),
        ("Platform", Some(event.platform.as_str())),
        ("Client", sdk.as_deref().map(str::trim)),
    ];
    for (key, value) in rows {
        push(&mut facts, key, value);
    }
    facts
}

/// `shop 2.4.1`, as records of the first protocol say which version was running.
fn package(seed: &SeedRecord) -> Option<String> {
    let (name, version) = seed.package.as_ref()?;
    Some(format!("{name} {version}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use watchpost_model::{EventId, Explanation, IssueId, Message, ProjectId};

    fn body(change: impl FnOnce(&mut Event)) -> Body {
        let mut event = Event::empty(EventId(7), Timestamp::from_secs(1_000));
        change(&mut event);
        let archived = ArchivedEvent {
            project: ProjectId(1),
            issue: IssueId(1),
            event,
            title: "title".into(),
            explanation: Explanation::default(),
        };
        Body::new(&archived, Reading::default(), Timestamp::from_secs(2_000))
    }

    #[test]
    fn an_empty_event_has_no_parts() {
        let body = body(|_| ());
        assert_eq!(body.parts(), []);
        assert_eq!(body.facts, [Pair::new("Platform", "other")]);
    }

    #[test]
    fn keys_with_an_underscore_are_hidden() {
        let body = body(|event| {
            event.extra.insert("_hidden".into(), json!(1));
            event.extra.insert("shown".into(), json!(2));
        });
        assert_eq!(body.extra, [Pair::new("shown", "2")]);
    }

    #[test]
    fn a_message_that_the_exception_says_too_is_shown_once() {
        let text = || Some("boom".to_owned());
        let said = |value: Option<String>| {
            body(|event| {
                event.message = Some(Message {
                    formatted: "boom".into(),
                    ..Message::default()
                });
                event.exceptions.push(watchpost_model::Exception {
                    value,
                    ..watchpost_model::Exception::default()
                });
            })
        };
        assert!(said(text()).message.is_none());
        assert!(said(None).message.is_some());
    }

    #[test]
    fn a_record_of_2010_says_its_version() {
        let body = body(|event| {
            event.site = Some("EU".into());
            event.seed = Some(SeedRecord {
                package: Some(("shop".into(), "2.4.1".into())),
                ..SeedRecord::default()
            });
        });
        assert!(body.facts.contains(&Pair::new("Version", "shop 2.4.1")));
        assert!(body.facts.contains(&Pair::new("Site", "EU")));
    }
}
