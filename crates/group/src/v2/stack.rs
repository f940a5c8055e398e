//! Which frames of a stack count, oldest call first.

use std::borrow::Cow;

use watchpost_model::{Component, Event, Frame, Stacktrace};

use super::frame::{self, Names};
use super::{Draft, Found, Stacks, View, tree};
use crate::rules::stack::{LOGGING, Marks, Stack};

/// Frames that an explanation names one by one; of those that do not count, so many in a row.
const FRAMES_SHOWN_MAX: usize = 50;
const IDLE_SHOWN_MAX: usize = 3;

/// Functions that call each other in a circle, at most so many of them.
const CIRCLE_FRAMES_MAX: usize = 4;

/// A stack with what is known of its frames, whichever way it is looked at.
pub(super) struct Trace<'a> {
    /// Oldest call first, unless a rule says that the crash is at the other end.
    lines: Vec<Line<'a>>,
    ruled: &'a Stack<'a>,
    /// Why none of it counts.
    absent: Option<&'static str>,
    pub(super) is_split: bool,
}

struct Line<'a> {
    frame: &'a Frame,
    names: Result<Names<'a>, &'static str>,
    marks: Marks<'a>,
    is_recursion: bool,
}

/// Why a frame does not count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Idle<'a> {
    Says(&'static str),
    Rule(&'a str),
}

impl Idle<'_> {
    fn hint(self) -> Cow<'static, str> {
        match self {
            Self::Says(text) => text.into(),
            Self::Rule(rule) => ["rule: ", rule].concat().into(),
        }
    }
}

/// What counts of a stack in one view.
pub(super) struct Sight<'t, 'a> {
    trace: &'t Trace<'a>,
    verdicts: Vec<Option<Idle<'a>>>,
    pub(super) count: usize,
    hint: Option<Cow<'static, str>>,
}

impl<'a> Trace<'a> {
    pub(super) fn new(stack: &'a Stacktrace, ruled: &'a Stack<'a>, platform: &str) -> Self {
        let mut before = None;
        let mut lines = Vec::with_capacity(stack.frames.len());
        for (frame, marks) in stack.frames.iter().zip(&ruled.frames) {
            let own = frame::platform(frame, platform);
            lines.push(Line {
                frame,
                names: frame::names(frame, own),
                marks: *marks,
                is_recursion: before.is_some_and(|before| frame::is_recursion(frame, before)),
            });
            before = Some(frame);
        }
        if ruled.is_inverted {
            lines.reverse();
        }
        let absent = absent(&lines, platform);
        Self {
            lines,
            ruled,
            absent,
            is_split: ruled.is_split,
        }
    }

    /// What counts when only these frames may.
    pub(super) fn sight(&self, view: View) -> Sight<'_, 'a> {
        let mut sight = Sight {
            trace: self,
            verdicts: Vec::new(),
            count: 0,
            hint: None,
        };
        if let Some(why) = self.absent {
            sight.hint = Some(why.into());
            return sight;
        }
        let idle = self.lines.iter().map(|line| line.idle(view));
        sight.verdicts = idle.collect();
        sight.count = sight.verdicts.iter().filter(|idle| idle.is_none()).count();
        sight.fold();
        sight.trim();
        if sight.count == 0 {
            let has_names = self.lines.iter().any(|line| line.names.is_ok());
            sight.hint.get_or_insert_with(|| match view {
                _ if self.lines.is_empty() => "it has no frames".into(),
                View::App if has_names => "none of its frames is the application's".into(),
                _ => "none of its frames counts".into(),
            });
        }
        sight
    }
}

impl<'a> Line<'a> {
    /// Why the frame does not count in this view, if it does not.
    fn idle(&self, view: View) -> Option<Idle<'a>> {
        if let Err(why) = &self.names {
            return Some(Idle::Says(why));
        }
        if let Some((false, rule)) = self.marks.group {
            return Some(Idle::Rule(rule));
        }
        if view == View::App && !self.marks.in_app {
            return Some(match self.marks.app_rule {
                Some(rule) => Idle::Rule(rule),
                None => Idle::Says("not the application's"),
            });
        }
        // A rule that says `+group` means it, also for a function that calls itself.
        (self.is_recursion && self.marks.group.is_none()).then_some(Idle::Says("recursion"))
    }

    fn label(&self) -> String {
        let frame = self.frame;
        let place = frame
            .module
            .as_deref()
            .or(frame.filename.as_deref())
            .unwrap_or_default();
        match frame.function.as_deref().unwrap_or_default() {
            "" => tree::cut(place),
            function if place.is_empty() => tree::cut(function),
            function => tree::cut_owned([place, " in ", function].concat()),
        }
    }
}

/// Why no frame of a stack counts, in whatever view.
fn absent(lines: &[Line<'_>], platform: &str) -> Option<&'static str> {
    let is_logger = |line: &&Line<'_>| line.marks.category == Some(LOGGING);
    let is_own = |line: &Line<'_>| line.idle(View::App).is_none() && !is_logger(&line);
    let has_own = lines.iter().any(is_own);
    if !has_own && lines.iter().any(|line| is_logger(&line)) {
        return Some("all of it is code of loggers and libraries: it says where it was logged");
    }
    let counting = || {
        let lines = lines.iter();
        lines.filter(|line| line.idle(View::System).is_none())
    };
    let is_javascript = matches!(platform, "javascript" | "node");
    if is_javascript && counting().next().is_some() && counting().all(|line| is_runtime(line.frame))
    {
        return Some("all of it is code of the runtime, which nobody's call led to");
    }
    let (first, second) = (counting().next(), counting().nth(1));
    if is_javascript && let (Some(only), None) = (first, second) {
        let is_unnamed = matches!(&only.names, Ok(names) if names.function.is_none());
        if lines.len() == 1 && is_unnamed && frame::has_url(only.frame) {
            return Some("one unnamed frame with an address says nothing");
        }
    }
    None
}

/// Whether it is Node's own code: what a system call ends in.
fn is_runtime(frame: &Frame) -> bool {
    let path = frame.filename.as_deref().or(frame.abs_path.as_deref());
    path.is_some_and(|path| path.starts_with("node:"))
}

impl<'a> Sight<'_, 'a> {
    /// Folds calls that repeat: how deep a function goes depends on the data. Of each round only
    /// the last one counts, where it ended.
    fn fold(&mut self) {
        let lines = &self.trace.lines;
        let names = |index: usize| lines.get(index).and_then(|line| line.names.as_ref().ok());
        let is_same = |(one, other): (&usize, &usize)| {
            let (one, other) = (names(*one), names(*other));
            one.zip(other)
                .is_some_and(|(one, other)| one.is_same(other))
        };
        let mut stack: Vec<usize> = Vec::new();
        for index in 0..lines.len() {
            if self.verdicts.get(index) != Some(&None) {
                continue;
            }
            stack.push(index);
            for length in 1..=CIRCLE_FRAMES_MAX {
                let Some(start) = stack.len().checked_sub(2 * length) else {
                    break;
                };
                let tail = stack.get(start..).unwrap_or_default();
                let (before, round) = tail.split_at(length);
                // The last ones of most are different already.
                if !before.iter().zip(round).rev().all(is_same) {
                    continue;
                }
                // A rule that says `+group` means it, also for a function that calls itself.
                let is_meant = |index: &usize| {
                    let line = lines.get(*index);
                    line.is_some_and(|line| line.marks.group.is_some())
                };
                if before.iter().any(is_meant) {
                    continue;
                }
                let before = before.to_vec();
                for index in &before {
                    if let Some(idle) = self.verdicts.get_mut(*index) {
                        *idle = Some(Idle::Says("it repeats in the calls after it"));
                    }
                }
                self.count -= length;
                stack.drain(start..start + length);
                break;
            }
        }
    }

    /// Does what rules say about how many frames count.
    fn trim(&mut self) {
        if let Some((most, rule)) = self.trace.ruled.frames_max
            && most > 0
        {
            let counting = self.verdicts.iter_mut().rev().filter(|idle| idle.is_none());
            let surplus = counting
                .skip(most)
                .map(|idle| *idle = Some(Idle::Rule(rule)));
            self.count -= surplus.count();
        }
        if let Some((least, rule)) = self.trace.ruled.frames_min
            && self.count < least
        {
            let counting = self.verdicts.iter_mut().filter(|idle| idle.is_none());
            counting.for_each(|idle| *idle = Some(Idle::Rule(rule)));
            let hint = format!("{} of its frames count; rule: {rule}", self.count);
            self.hint = Some(hint.into());
            self.count = 0;
        }
    }

    /// Adds what counts to a key.
    pub(super) fn add(&self, draft: &mut Draft) {
        for (line, idle) in self.trace.lines.iter().zip(&self.verdicts) {
            let (Ok(names), None) = (&line.names, idle) else {
                continue;
            };
            for (tag, text) in [
                ("module", &names.module),
                ("filename", &names.file),
                ("function", &names.function),
                ("context_line", &names.context),
            ] {
                if let Some(text) = text {
                    draft.parts.add(tag, text);
                }
            }
            draft.parts.add("frame", "");
        }
        draft.has_stack |= self.count > 0;
    }

    /// The stack in an explanation. In short when the other view lists the frames already.
    pub(super) fn explain(&self, is_short: bool) -> Component {
        if self.count == 0 {
            let hint = self.hint.clone().unwrap_or_default();
            return tree::idle("stacktrace", Vec::new(), hint);
        }
        if is_short {
            let mut all = tree::branch("stacktrace", Vec::new());
            all.contributes = true;
            all.hint = Some(match self.count {
                1 => "the only frame with a name".into(),
                count => format!("{count} frames, libraries' as well").into(),
            });
            return all;
        }
        tree::branch("stacktrace", self.frames())
    }

    fn frames(&self) -> Vec<Component> {
        let mut shown: Vec<Component> = Vec::new();
        let mut run: Option<(Idle<'a>, usize)> = None;
        for (line, idle) in self.trace.lines.iter().zip(&self.verdicts) {
            if shown.len() == FRAMES_SHOWN_MAX {
                close(&mut shown, run.take());
                let hint = "and more, which are not listed";
                shown.push(tree::idle("frames", Vec::new(), hint));
                break;
            }
            match (idle, &line.names, &mut run) {
                (None, Ok(names), _) => {
                    close(&mut shown, run.take());
                    shown.push(frame_component(names));
                }
                (Some(idle), _, Some((same, count))) if same == idle => {
                    *count += 1;
                    if let Some(part) = shown.last_mut()
                        && part.values.len() < IDLE_SHOWN_MAX
                    {
                        part.values.push(line.label());
                    }
                }
                (Some(idle), _, _) => {
                    close(&mut shown, run.take());
                    shown.push(tree::idle("frames", vec![line.label()], idle.hint()));
                    run = Some((*idle, 1));
                }
                (None, Err(_), _) => {}
            }
        }
        close(&mut shown, run);
        // More that count are part of the key all the same.
        shown
    }
}

/// Says of how many frames in a row the last part tells, when it is not one.
fn close(shown: &mut [Component], run: Option<(Idle<'_>, usize)>) {
    if let Some((idle, count)) = run
        && count > 1
        && let Some(part) = shown.last_mut()
    {
        part.hint = Some(format!("{} ({count} frames)", idle.hint()).into());
    }
}

/// Place, function and source line; empty when they do not count.
fn frame_component(names: &Names<'_>) -> Component {
    let function = names.function.as_deref().unwrap_or_default();
    let texts = [
        Some(names.place()),
        Some(function),
        names.context.as_deref(),
    ];
    tree::leaves("frame", texts.into_iter().flatten())
}

/// The thread that stands out.
pub(super) fn thread(event: &Event, stacks: &Stacks<'_>) -> Option<Found> {
    let stack = crate::frame::thread_stack(event).ok()?;
    let mut threads = event.threads.iter().zip(&stacks.threads);
    let own = threads.find(|(thread, _)| {
        thread
            .stacktrace
            .as_ref()
            .is_some_and(|own| std::ptr::eq(own, stack))
    });
    of_stack("threads", event, stack, own?.1.as_ref()?)
}

/// A stack that belongs to nothing.
pub(super) fn bare(event: &Event, stacks: &Stacks<'_>) -> Option<Found> {
    of_stack(
        "stack",
        event,
        event.stacktrace.as_ref()?,
        stacks.bare.as_ref()?,
    )
}

fn of_stack(
    strategy: &'static str,
    event: &Event,
    stack: &Stacktrace,
    ruled: &Stack<'_>,
) -> Option<Found> {
    let trace = Trace::new(stack, ruled, &event.platform);
    let mut drafts = Vec::new();
    for view in [View::App, View::System] {
        let sight = trace.sight(view);
        if sight.count > 0 {
            let mut draft = Draft::new(view.name(), strategy);
            sight.add(&mut draft);
            if trace.is_split {
                add_message(event, &mut draft);
            }
            draft.components.push(sight.explain(!drafts.is_empty()));
            drafts.push(draft);
        }
    }
    (!drafts.is_empty()).then_some((strategy, drafts))
}

fn add_message(event: &Event, draft: &mut Draft) {
    if let Some(message) = &event.message {
        let text = message.template.as_ref().unwrap_or(&message.formatted);
        draft.add("message", &super::others::clean(text));
    }
}
