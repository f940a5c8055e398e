//! Exceptions: types, stacks, and values where there is no stack.

use std::collections::BTreeMap;

use serde_json::Value;
use watchpost_model::{Component, Event, Exception};

use super::stack::{Sight, Trace};
use super::{Draft, EXCEPTION, Found, Stacks, View, others, tree};

/// An exception with its stack, ready to be looked at.
struct Link<'a> {
    exception: &'a Exception,
    trace: Option<Trace<'a>>,
}

/// The chain of exceptions, the first cause first.
pub(super) fn chain(event: &Event, stacks: &Stacks<'_>, by_message: bool) -> Option<Found> {
    // Made up by the client for the stack of a message: it shows only where the message was sent.
    crate::frame::exceptions(event).next()?;
    let links = |indices: &[usize]| -> Vec<Link<'_>> {
        let found = indices.iter().filter_map(|index| {
            let exception = event.exceptions.get(*index)?;
            let ruled = stacks.exceptions.get(*index).and_then(Option::as_ref);
            let stack = exception.stacktrace.as_ref();
            let trace = stack
                .zip(ruled)
                .map(|(stack, ruled)| Trace::new(stack, ruled, &event.platform));
            Some(Link { exception, trace })
        });
        found.collect()
    };
    let digest_of = |index: usize| {
        let mut draft = Draft::new("member", EXCEPTION);
        let links = links(&[index]);
        let sights = sights(&links, View::System);
        add_all(
            &links,
            &sights,
            How {
                event,
                by_message,
                is_short: false,
            },
            &mut draft,
        );
        draft.parts.finish()
    };
    let picked = pick(event, digest_of);
    let links = links(&picked);
    if links.is_empty() {
        return None;
    }
    let mut drafts: Vec<Draft> = Vec::new();
    for view in [View::App, View::System] {
        let sights = sights(&links, view);
        let mut draft = Draft::new(view.name(), EXCEPTION);
        let is_short = drafts.iter().any(|draft| draft.has_stack);
        if add_all(
            &links,
            &sights,
            How {
                event,
                by_message,
                is_short,
            },
            &mut draft,
        ) {
            drafts.push(draft);
        }
    }
    if drafts.iter().any(|draft| draft.has_stack) {
        drafts.retain(|draft| draft.has_stack);
    } else if drafts.len() > 1 {
        // Without a stack both ways of looking see the same.
        drafts.truncate(1);
        for draft in &mut drafts {
            draft.name = "default";
        }
    }
    (!drafts.is_empty()).then_some((EXCEPTION, drafts))
}

fn sights<'t, 'a>(links: &'t [Link<'a>], view: View) -> Vec<Option<Sight<'t, 'a>>> {
    let sight = |link: &'t Link<'a>| link.trace.as_ref().map(|trace| trace.sight(view));
    links.iter().map(sight).collect()
}

/// Adds all exceptions to a key. True when one of them contributes.
fn add_all(
    links: &[Link<'_>],
    sights: &[Option<Sight<'_, '_>>],
    how: How<'_>,
    draft: &mut Draft,
) -> bool {
    let has_stack = sights.iter().flatten().any(|sight| sight.count > 0);
    let mut contributes = false;
    let mut parts = Vec::new();
    for (link, sight) in links.iter().zip(sights) {
        let trace_counts = sight.as_ref().is_some_and(|sight| sight.count > 0);
        // A stack of libraries only is no reason to look at the value, if another one is.
        let has_names = || {
            let trace = link.trace.as_ref();
            trace.is_some_and(|trace| trace.sight(View::System).count > 0)
        };
        let is_placed = trace_counts || (has_stack && has_names());
        let own = Own { how, is_placed };
        let part = own.add(link, sight.as_ref(), draft);
        contributes |= part.contributes;
        parts.push(part);
    }
    draft.components = match parts.as_mut_slice() {
        [only] => std::mem::take(&mut only.components),
        _ => parts,
    };
    contributes
}

/// What is needed to look at one exception of a chain.
struct Own<'a> {
    how: How<'a>,
    /// Whether a stack says what the value otherwise would.
    is_placed: bool,
}

/// How all exceptions of a chain are looked at.
#[derive(Clone, Copy)]
struct How<'a> {
    event: &'a Event,
    /// Whether the project splits by message.
    by_message: bool,
    /// Whether the other view lists the frames already.
    is_short: bool,
}

impl Own<'_> {
    fn add(&self, link: &Link<'_>, sight: Option<&Sight<'_, '_>>, draft: &mut Draft) -> Component {
        let exception = link.exception;
        let mut parts = Vec::new();
        // So that a type is never taken for a part of the exception before.
        draft.parts.add("exception", "");
        add_type(exception, draft, &mut parts);
        let by_message = self.how.by_message || link.trace.as_ref().is_some_and(|it| it.is_split);
        self.add_value(exception, by_message, draft, &mut parts);
        if let Some(sight) = sight {
            sight.add(draft);
            parts.push(sight.explain(self.how.is_short));
        }
        tree::branch("exception", parts)
    }

    fn add_value(
        &self,
        exception: &Exception,
        by_message: bool,
        draft: &mut Draft,
        parts: &mut Vec<Component>,
    ) {
        let ns_error = ns_error(exception);
        if let Some([domain, code]) = &ns_error {
            draft.parts.add("ns_error.domain", domain);
            draft.parts.add("ns_error.code", code);
            parts.push(tree::leaf("ns_error", &format!("{domain} {code}")));
        }
        let Some(value) = exception
            .value
            .as_deref()
            .filter(|it| !it.trim().is_empty())
        else {
            return;
        };
        // The stack of what is no error of its own shows where it was caught, not what it is.
        let is_thrown_text = is_synthetic(exception)
            && matches!(self.how.event.platform.as_str(), "javascript" | "node");
        let is_placed = self.is_placed && !by_message && !is_thrown_text;
        let hint = match (&ns_error, is_placed) {
            (Some(_), _) => Some("domain and code say it"),
            // The message of the event, which has a strategy of its own.
            _ if self.repeats_message(exception) => Some("it is the message of the event"),
            (None, true) => Some("the stack says where"),
            (None, false) => None,
        };
        if let Some(hint) = hint {
            parts.push(tree::idle("value", vec![tree::cut(value)], hint));
            return;
        }
        let clean = others::clean(value);
        draft.parts.add("value", &clean);
        let mut part = tree::leaf("value", &clean);
        if clean != value {
            part.hint = Some("without what differs from event to event".into());
        }
        parts.push(part);
    }

    fn repeats_message(&self, exception: &Exception) -> bool {
        !self.is_placed && crate::frame::carries_message(self.how.event, exception)
    }
}

fn add_type(exception: &Exception, draft: &mut Draft, parts: &mut Vec<Component>) {
    let Some(kind) = exception.kind.as_deref().filter(|kind| !kind.is_empty()) else {
        return;
    };
    if is_synthetic(exception) {
        let hint = "the client made the exception up";
        parts.push(tree::idle("type", vec![tree::cut(kind)], hint));
        return;
    }
    draft.parts.add("type", kind);
    parts.push(tree::leaf("type", kind));
}

fn is_synthetic(exception: &Exception) -> bool {
    let how = exception.mechanism.as_ref();
    how.is_some_and(|how| how.synthetic)
}

/// What Apple's systems report: the domain and the code of an `NSError`.
fn ns_error(exception: &Exception) -> Option<[String; 2]> {
    let meta = exception.mechanism.as_ref()?.other.get("meta")?;
    let error = meta.get("ns_error")?;
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Some([text(error.get("domain")?), text(error.get("code")?)])
}

/// Which exceptions count, by their place in the event, the first cause first.
fn pick(event: &Event, digest_of: impl Fn(usize) -> [u8; 16]) -> Vec<usize> {
    let all = || (0..event.exceptions.len()).collect();
    let Some(group) = Group::of(event) else {
        return all();
    };
    let leaves = group.distinct_leaves(event, digest_of);
    match leaves.as_slice() {
        [] => all(),
        [only] => group.path(*only),
        several => several.iter().copied().chain([group.root]).collect(),
    }
}

/// The exception that an event is called after, when it is not the last one.
pub(crate) fn main(event: &Event) -> Option<&Exception> {
    if let Some(group) = Group::of(event) {
        // Members that differ only in their frames are told apart by the keys, not by the title.
        let leaves = group.leaves();
        let name = |index: &usize| event.exceptions.get(*index).map(|it| &it.kind);
        let first = leaves.first()?;
        let is_one = leaves.iter().all(|leaf| name(leaf) == name(first));
        return event.exceptions.get(*first).filter(|_| is_one);
    }
    let (last, others) = event.exceptions.split_last()?;
    let kind = last.kind.as_deref().unwrap_or_default();
    let value = last.value.as_deref().unwrap_or_default();
    let wrappers = [
        "OnErrorNotImplementedException",
        "CompositeException",
        "UndeliverableException",
    ];
    let recovered =
        value.starts_with("There was an error") && value.contains("but React was able to recover");
    (wrappers.contains(&kind) || recovered).then(|| others.last())?
}

/// A tree of exceptions with groups in it.
struct Group {
    root: usize,
    /// The members of each group and the cause of each exception, in the order of their ids.
    children: BTreeMap<usize, Vec<usize>>,
    groups: Vec<bool>,
}

impl Group {
    /// `None` when there is no group, or the ids make no tree.
    fn of(event: &Event) -> Option<Self> {
        let count = event.exceptions.len();
        if count < 2 {
            return None;
        }
        let field = |index: usize, name: &str| {
            event
                .exceptions
                .get(index)?
                .mechanism
                .as_ref()?
                .other
                .get(name)
        };
        let number = |index: usize, name: &str| field(index, name).and_then(Value::as_u64);
        let is_group = |index: usize| {
            field(index, "is_exception_group").and_then(Value::as_bool) == Some(true)
        };
        let groups: Vec<bool> = (0..count).map(is_group).collect();
        if !groups.contains(&true) || !groups.contains(&false) {
            return None;
        }
        let mut places = BTreeMap::new();
        for index in 0..count {
            if places
                .insert(number(index, "exception_id")?, index)
                .is_some()
            {
                return None;
            }
        }
        let root = *places.get(&0)?;
        let mut children: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (id, index) in &places {
            match number(*index, "parent_id") {
                Some(parent) if parent != *id && *id != 0 => {
                    children
                        .entry(*places.get(&parent)?)
                        .or_default()
                        .push(*index);
                }
                None if *id == 0 => {}
                _ => return None,
            }
        }
        let group = Self {
            root,
            children,
            groups,
        };
        // Every exception hangs below the root exactly when there is no cycle.
        (group.below(root).len() == count && group.is_group(root)).then_some(group)
    }

    fn is_group(&self, index: usize) -> bool {
        self.groups.get(index) == Some(&true)
    }

    fn children(&self, index: usize) -> &[usize] {
        self.children
            .get(&index)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// An exception and all below it.
    fn below(&self, index: usize) -> Vec<usize> {
        let mut found = vec![index];
        let mut next = 0;
        while let Some(index) = found.get(next).copied() {
            found.extend(self.children(index));
            next += 1;
        }
        found
    }

    /// The first exceptions below groups that are no groups themselves.
    fn leaves(&self) -> Vec<usize> {
        let mut found = Vec::new();
        let mut open = vec![self.root];
        while let Some(index) = open.pop() {
            if self.is_group(index) {
                open.extend(self.children(index).iter().rev());
            } else {
                found.push(index);
            }
        }
        found
    }

    fn distinct_leaves(&self, event: &Event, digest_of: impl Fn(usize) -> [u8; 16]) -> Vec<usize> {
        let kind = |index: usize| {
            event
                .exceptions
                .get(index)
                .and_then(|it| it.kind.as_deref())
        };
        let leaves = self
            .leaves()
            .into_iter()
            .map(|index| (kind(index), digest_of(index), index));
        let mut leaves: Vec<_> = leaves.collect();
        leaves.sort_unstable();
        leaves.dedup_by_key(|(kind, digest, _)| (*kind, *digest));
        leaves.into_iter().map(|(_, _, index)| index).collect()
    }

    /// An exception and its causes, the first cause first.
    fn path(&self, index: usize) -> Vec<usize> {
        let mut path = vec![index];
        while let Some(first) = path.last().and_then(|last| self.children(*last).first()) {
            path.push(*first);
        }
        path.reverse();
        path
    }
}
