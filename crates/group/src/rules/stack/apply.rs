//! Runs the rules over the frames of one stack.
//!
//! First everything about `app` and categories, then, with what came of it, what counts. Within a
//! rule all frames are looked at before any is changed, so `^` and `v` are one sweep each.

use std::cell::OnceCell;
use std::ops::Range as Places;

use watchpost_model::{Exception, Frame, GlobKind, MatchedRule};

use super::{Action, Matcher, Range, Rule, StackRules, Test};
use crate::rules::fits;
use crate::rules::scene::{Scene, View};

/// What the rules say about a stack.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stack<'r> {
    /// One for each frame, oldest call first.
    pub(crate) frames: Vec<Marks<'r>>,
    /// How many frames nearest to the crash count, and the rule that says so.
    pub(crate) frames_max: Option<(usize, &'r str)>,
    /// How many must count, or none does.
    pub(crate) frames_min: Option<(usize, &'r str)>,
    /// Whether the crash is at the other end.
    pub(crate) is_inverted: bool,
    /// Whether the message splits what has this stack.
    pub(crate) is_split: bool,
    /// Whether a frame has a category.
    has_category: bool,
    /// Rules of the project that matched, and built-in ones that changed something.
    pub(crate) matched: Vec<Matched<'r>>,
}

/// A rule that had to do with a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Matched<'r> {
    /// See the fields of the same names of [`MatchedRule`].
    pub(crate) line: usize,
    pub(crate) text: &'r str,
    pub(crate) built_in: bool,
}

impl From<Matched<'_>> for MatchedRule {
    fn from(rule: Matched<'_>) -> Self {
        Self {
            line: rule.line,
            text: rule.text.to_owned(),
            built_in: rule.built_in,
        }
    }
}

/// What the rules say about a frame.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Marks<'r> {
    /// Whether it is the application's.
    pub(crate) in_app: bool,
    /// The rule that said so, if one did.
    pub(crate) app_rule: Option<&'r str>,
    /// What kind of glue it is.
    pub(crate) category: Option<&'r str>,
    /// Whether it counts, and the rule that says so.
    pub(crate) group: Option<(bool, &'r str)>,
}

impl Stack<'_> {
    /// Has frames say whose they are by the rules.
    pub(crate) fn settle(&self, frames: &mut [Frame]) {
        for (frame, marks) in frames.iter_mut().zip(&self.frames) {
            if marks.app_rule.is_some() {
                frame.in_app = Some(marks.in_app);
            }
        }
    }
}

/// When an action takes place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// First, what frames are.
    Frames,
    /// Then, which of them count.
    Count,
}

/// What matchers know of the exception around a stack.
struct Error<'a> {
    exception: &'a Exception,
    /// Made when the first rule asks for it.
    value: OnceCell<String>,
}

impl<'a> Error<'a> {
    fn kind(&self) -> &'a str {
        self.exception.kind.as_deref().unwrap_or_default()
    }

    fn value(&self) -> &str {
        let text = self.exception.value.as_deref().unwrap_or_default();
        self.value.get_or_init(|| GlobKind::Folded.form(text))
    }

    fn mechanism(&self) -> &'a str {
        let how = self.exception.mechanism.as_ref();
        how.map_or("", |how| &how.kind)
    }
}

/// Looks at a stack with the rules of each of `sets`, the later ones having the last word.
pub(crate) fn apply<'r>(
    sets: &[&'r StackRules],
    frames: &[Frame],
    exception: Option<&Exception>,
    platform: &str,
) -> Stack<'r> {
    let state = |frame: &Frame| Marks {
        in_app: crate::frame::is_in_app(frame),
        ..Marks::default()
    };
    let mut stack = Stack {
        frames: frames.iter().map(state).collect(),
        ..Stack::default()
    };
    let scene = Scene::of(frames, platform);
    let error = exception.map(|exception| Error {
        exception,
        value: OnceCell::new(),
    });
    let candidates = sets.iter().map(|rules| Candidates::of(rules, &scene));
    let mut candidates: Vec<_> = candidates.collect();
    for pass in [Pass::Frames, Pass::Count] {
        for Candidates { of, pairs, rules } in &mut candidates {
            for candidate in rules {
                let Some(rule) = of.rules.get(candidate.rule) else {
                    continue;
                };
                if !rule.acts_in(pass) || (rule.needs_category && !stack.has_category) {
                    continue;
                }
                let run = Run {
                    rule,
                    built_in: of.built_in,
                    pass,
                    scene: &scene,
                    error: error.as_ref(),
                };
                let known = candidate.matched.take();
                let matched = known.unwrap_or_else(|| match &candidate.places {
                    Some(places) => {
                        let pairs = pairs.get(places.clone()).unwrap_or_default();
                        run.matched(pairs.iter().map(|(_, frame)| *frame), &stack)
                    }
                    None => run.matched(0..frames.len(), &stack),
                });
                run.over(&matched, &mut stack);
                candidate.matched = rule.is_settled.then_some(matched);
            }
        }
    }
    stack
}

/// The rules of one text that could match a frame of a stack.
pub(super) struct Candidates<'r> {
    of: &'r StackRules,
    /// Rule and frame, sorted.
    pub(super) pairs: Vec<(usize, usize)>,
    /// The rules in their order.
    rules: Vec<Candidate>,
}

struct Candidate {
    rule: usize,
    /// Where its pairs are; `None`: any frame.
    places: Option<Places<usize>>,
    /// The frames that match, once that is known for good.
    matched: Option<Vec<usize>>,
}

impl<'r> Candidates<'r> {
    pub(super) fn of(of: &'r StackRules, scene: &Scene<'_>) -> Self {
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        if let Some(finder) = &of.finder {
            let mut frames = scene.frames();
            let mut last = vec![usize::MAX; of.owners.len()];
            for hit in finder.find_overlapping_iter(scene.text()) {
                let literal = hit.pattern().as_usize();
                let frame = frames.at(hit.end());
                if let (Some(last), Some(rules)) = (last.get_mut(literal), of.owners.get(literal))
                    && *last != frame
                {
                    *last = frame;
                    pairs.extend(rules.iter().map(|rule| (*rule, frame)));
                }
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        let mut rules = Vec::with_capacity(of.always.len() + pairs.len());
        let candidate = |rule, places| Candidate {
            rule,
            places,
            matched: None,
        };
        rules.extend(of.always.iter().map(|rule| candidate(*rule, None)));
        let mut start = 0;
        for pairs in pairs.chunk_by(|(one, _), (other, _)| one == other) {
            let end = start + pairs.len();
            rules.extend(
                pairs
                    .first()
                    .map(|(rule, _)| candidate(*rule, Some(start..end))),
            );
            start = end;
        }
        rules.sort_unstable_by_key(|candidate| candidate.rule);
        Self { of, pairs, rules }
    }
}

impl Action {
    pub(super) fn pass(&self) -> Pass {
        match self {
            Self::App(..) | Self::Category(_) => Pass::Frames,
            _ => Pass::Count,
        }
    }
}

/// A rule in one of the passes.
struct Run<'s, 'r> {
    rule: &'r Rule,
    built_in: bool,
    pass: Pass,
    scene: &'s Scene<'s>,
    error: Option<&'s Error<'s>>,
}

impl<'r> Run<'_, 'r> {
    /// The frames that match, of those that could.
    fn matched(&self, places: impl Iterator<Item = usize>, stack: &Stack<'r>) -> Vec<usize> {
        let rule = self.rule;
        let neighbour = |matcher: &Option<Matcher>, index: Option<usize>| match matcher {
            Some(matcher) => {
                index.is_some_and(|index| self.fits(std::slice::from_ref(matcher), index, stack))
            }
            None => true,
        };
        places
            .filter(|index| self.fits(&rule.matchers, *index, stack))
            .filter(|index| neighbour(&rule.caller, index.checked_sub(1)))
            .filter(|index| neighbour(&rule.callee, index.checked_add(1)))
            .collect()
    }

    /// Does what the rule says when frames match.
    fn over(&self, matched: &[usize], stack: &mut Stack<'r>) {
        let rule = self.rule;
        let (Some(first), Some(last)) = (matched.first(), matched.last()) else {
            return;
        };
        let changed = self.act(matched, (*first, *last), stack);
        if !changed && self.built_in {
            return;
        }
        let note = Matched {
            line: rule.line,
            text: &rule.text,
            built_in: self.built_in,
        };
        if !stack.matched.contains(&note) {
            stack.matched.push(note);
        }
    }

    fn fits(&self, matchers: &[Matcher], index: usize, stack: &Stack<'_>) -> bool {
        let (Some(view), Some(frame)) = (self.scene.get(index), stack.frames.get(index)) else {
            return false;
        };
        let mut matchers = matchers.iter();
        matchers.all(|matcher| matcher.fits((self.scene, view), frame, self.error))
    }

    /// Does what the rule says to the frames that match; `first` and `last` are the outermost
    /// ones. Whether something changed.
    fn act(&self, matched: &[usize], (first, last): (usize, usize), stack: &mut Stack<'r>) -> bool {
        let rule = self.rule;
        let mut changed = false;
        let actions = rule.actions.iter();
        for action in actions.filter(|action| action.pass() == self.pass) {
            let own = matched.iter().copied();
            match action {
                Action::App(range, on) => {
                    let mut set = |frame: &mut Marks<'r>| {
                        changed |= frame.in_app != *on;
                        (frame.in_app, frame.app_rule) = (*on, Some(&*rule.text));
                    };
                    sweep(&mut stack.frames, *range, own, first, last, &mut set);
                }
                Action::Group(range, on) => {
                    let mut set = |frame: &mut Marks<'r>| {
                        changed |= frame.group.is_none_or(|(before, _)| before != *on);
                        frame.group = Some((*on, &rule.text));
                    };
                    sweep(&mut stack.frames, *range, own, first, last, &mut set);
                }
                Action::Category(name) => {
                    stack.has_category = true;
                    // Built-in rules say whose frames these are, too; that is what is told.
                    let mut set = |frame: &mut Marks<'r>| frame.category = Some(name);
                    let range = Range::Self_;
                    sweep(&mut stack.frames, range, own, first, last, &mut set);
                }
                Action::MaxFrames(count) => {
                    let most = stack.frames.len();
                    let limit = |count: usize| if count == 0 { most } else { count.min(most) };
                    let before = stack.frames_max.map_or(0, |(count, _)| count);
                    changed |= limit(before) != limit(*count);
                    stack.frames_max = Some((*count, &rule.text));
                }
                Action::MinFrames(count) => {
                    // A stack of which nothing counts does not count anyway.
                    let before = stack.frames_min.map_or(1, |(count, _)| count.max(1));
                    changed |= before != (*count).max(1);
                    stack.frames_min = Some((*count, &rule.text));
                }
                Action::Invert(on) => {
                    changed |= stack.is_inverted != *on;
                    stack.is_inverted = *on;
                }
                Action::Split => {
                    let own = stack.frames.iter().rposition(|frame| frame.in_app);
                    let splits = own.is_some_and(|own| matched.contains(&own));
                    changed |= splits && !stack.is_split;
                    stack.is_split |= splits;
                }
            }
        }
        changed
    }
}

/// Changes the frames of a range. `first` and `last` are the outermost ones that match.
fn sweep<'r>(
    frames: &mut [Marks<'r>],
    range: Range,
    own: impl Iterator<Item = usize>,
    first: usize,
    last: usize,
    set: &mut impl FnMut(&mut Marks<'r>),
) {
    match range {
        Range::Self_ => own.for_each(|index| {
            if let Some(frame) = frames.get_mut(index) {
                set(frame);
            }
        }),
        Range::Up => frames.iter_mut().skip(first + 1).for_each(set),
        Range::Down => frames.iter_mut().take(last).for_each(set),
    }
}

impl Matcher {
    fn fits(
        &self,
        (scene, view): (&Scene<'_>, &View<'_>),
        frame: &Marks<'_>,
        error: Option<&Error<'_>>,
    ) -> bool {
        let is_so = match &self.test {
            Test::Function(glob) => !view.function.is_empty() && fits(glob, view.function),
            Test::Module(glob) => !view.module.is_empty() && fits(glob, view.module),
            Test::Path(glob) => scene.paths(view).any(|path| fits(glob, path)),
            Test::Package(glob) => scene.package(view).is_some_and(|name| fits(glob, name)),
            Test::Category(glob) => frame.category.is_some_and(|name| fits(glob, name)),
            Test::ErrorType(glob) => error.is_some_and(|error| fits(glob, error.kind())),
            Test::ErrorValue(glob) => error.is_some_and(|error| fits(glob, error.value())),
            Test::Mechanism(glob) => error.is_some_and(|error| fits(glob, error.mechanism())),
            Test::Family(families) => families.has(view.family),
            Test::App(on) => frame.in_app == *on,
        };
        is_so != self.is_negated
    }
}
