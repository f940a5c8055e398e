//! Runs the rules over the frames of one stack.
//!
//! First everything about `app` and categories, then, with what came of it, what counts. Within a
//! rule all frames are looked at before any is changed, so `^` and `v` are one sweep each.

use watchpost_model::{Exception, Frame, MatchedRule};

use super::{Action, Matcher, Range, Rule, StackRules, Test};
use crate::rules::Family;
use crate::rules::glob::Kind;

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
    /// Rules of the project that matched, and built-in ones that changed something.
    pub(crate) matched: Vec<MatchedRule>,
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
enum Pass {
    /// First, what frames are.
    Frames,
    /// Then, which of them count.
    Count,
}

/// A frame as matchers see it.
struct View<'a> {
    function: &'a str,
    module: &'a str,
    paths: [String; 2],
    package: Option<String>,
    family: Family,
}

impl<'a> View<'a> {
    fn of(frame: &'a Frame, platform: &str) -> Self {
        let path = |name: &Option<String>| {
            let name = name.as_deref().filter(|name| !name.is_empty());
            name.map(|name| Kind::Path.form(name)).unwrap_or_default()
        };
        Self {
            function: frame.function.as_deref().unwrap_or_default(),
            module: frame.module.as_deref().unwrap_or_default(),
            paths: [path(&frame.abs_path), path(&frame.filename)],
            package: frame.package.as_deref().map(|name| Kind::Path.form(name)),
            family: Family::of(frame, platform),
        }
    }

    /// Everything that a literal could be in, lower case.
    fn haystack(&self, out: &mut String) {
        out.clear();
        let [first, second] = &self.paths;
        out.push_str(first);
        if !first.ends_with(second.as_str()) {
            out.push('\n');
            out.push_str(second);
        }
        for text in [self.function, self.module] {
            out.push('\n');
            out.extend(text.chars().flat_map(char::to_lowercase));
        }
        if let Some(package) = &self.package {
            out.push('\n');
            out.push_str(package);
        }
    }
}

/// What matchers know of the exception around a stack.
struct Error {
    kind: String,
    value: String,
    mechanism: String,
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
    let views: Vec<View<'_>> = frames
        .iter()
        .map(|frame| View::of(frame, platform))
        .collect();
    let error = exception.map(|exception| Error {
        kind: exception.kind.clone().unwrap_or_default(),
        value: Kind::Folded.form(exception.value.as_deref().unwrap_or_default()),
        mechanism: exception
            .mechanism
            .as_ref()
            .map_or_else(String::new, |how| how.kind.clone()),
    });
    let all = (0..views.len()).collect();
    let candidates = sets.iter().map(|rules| (*rules, candidates(rules, &views)));
    let candidates: Vec<_> = candidates.collect();
    let scene = Scene { views, error, all };
    for pass in [Pass::Frames, Pass::Count] {
        for (rules, numbers) in &candidates {
            for (number, places) in numbers {
                let Some(rule) = rules.rules.get(*number) else {
                    continue;
                };
                if rule.actions.iter().any(|action| action.pass() == pass) {
                    let rule = (rule, rules.built_in, places.as_deref());
                    run(rule, pass, &scene, &mut stack);
                }
            }
        }
    }
    stack
}

/// The rules that could match one of the frames, in their order, and which frames those are;
/// `None`: any.
fn candidates(rules: &StackRules, views: &[View<'_>]) -> Vec<(usize, Option<Vec<usize>>)> {
    let mut pairs = Vec::new();
    if let Some(finder) = &rules.finder {
        let mut text = String::new();
        for (frame, view) in views.iter().enumerate() {
            view.haystack(&mut text);
            let hits = finder.find_overlapping_iter(&text);
            let owners = hits.filter_map(|hit| rules.owners.get(hit.pattern().as_usize()));
            pairs.extend(owners.map(|rule| (*rule, frame)));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    let by_rule = pairs.chunk_by(|(one, _), (other, _)| one == other);
    let some = by_rule.filter_map(|pairs| {
        let frames = pairs.iter().map(|(_, frame)| *frame);
        Some((pairs.first()?.0, Some(frames.collect())))
    });
    let mut found: Vec<_> = some.collect();
    found.extend(rules.always.iter().map(|rule| (*rule, None)));
    found.sort_unstable_by_key(|(rule, _)| *rule);
    found
}

impl Action {
    fn pass(&self) -> Pass {
        match self {
            Self::App(..) | Self::Category(_) => Pass::Frames,
            _ => Pass::Count,
        }
    }
}

/// What matchers look at, beside what rules said so far.
struct Scene<'a> {
    views: Vec<View<'a>>,
    error: Option<Error>,
    /// The number of each frame.
    all: Vec<usize>,
}

/// Runs a rule over the frames that could match, `None`: over all.
fn run<'r>(
    (rule, built_in, places): (&'r Rule, bool, Option<&[usize]>),
    pass: Pass,
    scene: &Scene<'_>,
    stack: &mut Stack<'r>,
) {
    let error = scene.error.as_ref();
    let fits = |matchers: &[Matcher], index: usize| {
        let (Some(view), Some(frame)) = (scene.views.get(index), stack.frames.get(index)) else {
            return false;
        };
        matchers
            .iter()
            .all(|matcher| matcher.fits(view, frame, error))
    };
    let neighbour = |matcher: &Option<Matcher>, index: Option<usize>| match matcher {
        Some(matcher) => index.is_some_and(|index| fits(std::slice::from_ref(matcher), index)),
        None => true,
    };
    let places = places.unwrap_or(&scene.all).iter().copied();
    let matched: Vec<usize> = places
        .filter(|index| fits(&rule.matchers, *index))
        .filter(|index| neighbour(&rule.caller, index.checked_sub(1)))
        .filter(|index| neighbour(&rule.callee, index.checked_add(1)))
        .collect();
    let (Some(first), Some(last)) = (matched.first(), matched.last()) else {
        return;
    };
    let mut changed = false;
    for action in rule.actions.iter().filter(|action| action.pass() == pass) {
        let own = matched.iter().copied();
        match action {
            Action::App(range, on) => {
                let mut set = |frame: &mut Marks<'r>| {
                    changed |= frame.in_app != *on;
                    (frame.in_app, frame.app_rule) = (*on, Some(&*rule.text));
                };
                sweep(&mut stack.frames, *range, own, *first, *last, &mut set);
            }
            Action::Group(range, on) => {
                let mut set = |frame: &mut Marks<'r>| {
                    changed |= frame.group.is_none_or(|(before, _)| before != *on);
                    frame.group = Some((*on, &rule.text));
                };
                sweep(&mut stack.frames, *range, own, *first, *last, &mut set);
            }
            Action::Category(name) => {
                let mut set = |frame: &mut Marks<'r>| frame.category = Some(name);
                sweep(
                    &mut stack.frames,
                    Range::Self_,
                    own,
                    *first,
                    *last,
                    &mut set,
                );
            }
            Action::MaxFrames(count) => stack.frames_max = Some((*count, &rule.text)),
            Action::MinFrames(count) => stack.frames_min = Some((*count, &rule.text)),
            Action::Invert(on) => stack.is_inverted = *on,
            Action::Split => {
                let own = stack.frames.iter().rposition(|frame| frame.in_app);
                stack.is_split |= own.is_some_and(|own| matched.contains(&own));
            }
        }
    }
    let note = MatchedRule {
        line: rule.line,
        text: rule.text.clone(),
        built_in,
    };
    if (changed || !built_in) && !stack.matched.contains(&note) {
        stack.matched.push(note);
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
    fn fits(&self, view: &View<'_>, frame: &Marks<'_>, error: Option<&Error>) -> bool {
        let is_so = match &self.test {
            Test::Function(glob) => !view.function.is_empty() && glob.fits(view.function),
            Test::Module(glob) => !view.module.is_empty() && glob.fits(view.module),
            Test::Path(glob) => view
                .paths
                .iter()
                .any(|path| !path.is_empty() && glob.fits(path)),
            Test::Package(glob) => view.package.as_deref().is_some_and(|name| glob.fits(name)),
            Test::Category(glob) => frame.category.is_some_and(|name| glob.fits(name)),
            Test::ErrorType(glob) => error.is_some_and(|error| glob.fits(&error.kind)),
            Test::ErrorValue(glob) => error.is_some_and(|error| glob.fits(&error.value)),
            Test::Mechanism(glob) => error.is_some_and(|error| glob.fits(&error.mechanism)),
            Test::Family(families) => families.has(view.family),
            Test::App(on) => frame.in_app == *on,
        };
        is_so != self.is_negated
    }
}
