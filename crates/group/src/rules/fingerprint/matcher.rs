//! Whether a rule fits an event. Matchers see texts as they are, not parameterised ones.

use std::cell::OnceCell;

use watchpost_model::{Event, Exception, Glob, GlobKind};

use crate::frame::is_in_app;
use crate::rules::scene::{Scene, View};
use crate::rules::{Family, fits};

pub(super) struct Matcher {
    pub(super) is_negated: bool,
    pub(super) test: Test,
}

impl Matcher {
    fn glob(&self) -> Option<&Glob> {
        match &self.test {
            Test::ErrorType(glob)
            | Test::ErrorValue(glob)
            | Test::Message(glob)
            | Test::Logger(glob)
            | Test::Level(glob)
            | Test::Sdk(glob)
            | Test::Release(glob)
            | Test::Tag(_, glob)
            | Test::Module(glob)
            | Test::Function(glob)
            | Test::Path(glob)
            | Test::Package(glob) => Some(glob),
            Test::Family(_) | Test::App(_) => None,
        }
    }
}

/// What a matcher looks at, and what it looks for.
pub(super) enum Test {
    ErrorType(Glob),
    ErrorValue(Glob),
    Message(Glob),
    Logger(Glob),
    Level(Glob),
    Sdk(Glob),
    Release(Glob),
    Family(Family),
    Tag(String, Glob),
    App(bool),
    Module(Glob),
    Function(Glob),
    Path(Glob),
    Package(Glob),
}

/// What a matcher is about. Those of a rule that are about errors must all hold for one exception,
/// those about frames for one frame.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    Event,
    Error,
    Frame,
}

/// The matchers of a rule.
pub(super) struct Matchers {
    event: Vec<Matcher>,
    errors: Vec<Matcher>,
    frames: Vec<Matcher>,
}

impl Matchers {
    pub(super) fn new(all: Vec<Matcher>) -> Self {
        let (errors, others): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|matcher| matcher.test.subject() == Subject::Error);
        let (frames, mut event): (Vec<_>, Vec<_>) = others
            .into_iter()
            .partition(|matcher| matcher.test.subject() == Subject::Frame);
        // The cheap one, which most built-in rules begin with.
        event.sort_by_key(|matcher| !matches!(matcher.test, Test::Family(_)));
        Self {
            event,
            errors,
            frames,
        }
    }

    pub(super) fn globs(&self) -> Vec<&Glob> {
        let all = self.event.iter().chain(&self.errors).chain(&self.frames);
        all.filter_map(Matcher::glob).collect()
    }
}

/// An event in the forms in which patterns see it, made when the first rule asks for them.
pub(super) struct Facts<'a> {
    event: &'a Event,
    family: Family,
    messages: OnceCell<Vec<String>>,
    values: OnceCell<Vec<String>>,
    release: OnceCell<String>,
    sdk: OnceCell<String>,
    stacks: OnceCell<Vec<Scene<'a>>>,
}

impl<'a> Facts<'a> {
    pub(super) fn of(event: &'a Event) -> Self {
        Self {
            event,
            family: Family::of_platform(&event.platform),
            messages: OnceCell::new(),
            values: OnceCell::new(),
            release: OnceCell::new(),
            sdk: OnceCell::new(),
            stacks: OnceCell::new(),
        }
    }

    /// Whether all of them hold.
    pub(super) fn fit(&self, matchers: &Matchers) -> bool {
        matchers.event.iter().all(|it| self.event_fits(it))
            && (matchers.errors.is_empty() || self.errors_fit(&matchers.errors))
            && (matchers.frames.is_empty() || self.frames_fit(&matchers.frames))
    }

    /// One for each exception.
    fn values(&self) -> &[String] {
        let form = |exception: &Exception| {
            let value = exception.value.as_deref();
            GlobKind::Folded.form(value.unwrap_or_default())
        };
        let values = || self.event.exceptions.iter().map(form).collect();
        self.values.get_or_init(values)
    }

    fn messages(&self) -> &[String] {
        self.messages.get_or_init(|| {
            let message = self.event.message.iter();
            let texts =
                message.flat_map(|message| [Some(&message.formatted), message.template.as_ref()]);
            texts
                .flatten()
                .map(|text| GlobKind::Folded.form(text))
                .collect()
        })
    }

    fn release(&self) -> &str {
        let release = self.event.release.as_deref().unwrap_or_default();
        self.release.get_or_init(|| GlobKind::Path.form(release))
    }

    fn sdk(&self) -> &str {
        let name = self.event.sdk.as_ref().map_or("", |sdk| &sdk.name);
        self.sdk.get_or_init(|| GlobKind::Folded.form(name))
    }

    fn stacks(&self) -> &[Scene<'a>] {
        self.stacks.get_or_init(|| {
            let event = self.event;
            let exceptions = event
                .exceptions
                .iter()
                .map(|exception| &exception.stacktrace);
            let threads = event.threads.iter().map(|thread| &thread.stacktrace);
            let stacks = exceptions.chain(threads).chain([&event.stacktrace]);
            let stacks = stacks.flatten();
            stacks
                .map(|stack| Scene::of(&stack.frames, &event.platform))
                .collect()
        })
    }

    fn event_fits(&self, matcher: &Matcher) -> bool {
        let event = self.event;
        let text = |text: &Option<String>, glob: &Glob| {
            text.as_deref().is_some_and(|text| fits(glob, text))
        };
        let is_so = match &matcher.test {
            Test::Message(glob) => {
                let mut texts = self.messages().iter().chain(self.values());
                texts.any(|text| fits(glob, text))
            }
            Test::Logger(glob) => text(&event.logger, glob),
            Test::Level(glob) => fits(glob, event.level.name()),
            Test::Sdk(glob) => fits(glob, self.sdk()),
            Test::Release(glob) => event.release.is_some() && fits(glob, self.release()),
            Test::Family(families) => families.has(self.family),
            Test::Tag(name, glob) => event.tag(name).is_some_and(|value| fits(glob, value)),
            _ => false,
        };
        is_so != matcher.is_negated
    }

    fn errors_fit(&self, matchers: &[Matcher]) -> bool {
        let mut errors = self.event.exceptions.iter().enumerate();
        errors.any(|(index, exception)| {
            matchers.iter().all(|matcher| {
                let is_so = match &matcher.test {
                    Test::ErrorType(glob) => {
                        fits(glob, exception.kind.as_deref().unwrap_or_default())
                    }
                    Test::ErrorValue(glob) => {
                        let value = self.values().get(index);
                        value.is_some_and(|value| fits(glob, value))
                    }
                    _ => false,
                };
                is_so != matcher.is_negated
            })
        })
    }

    fn frames_fit(&self, matchers: &[Matcher]) -> bool {
        self.stacks().iter().any(|scene| {
            let mut views = scene.views().iter();
            views.any(|view| matchers.iter().all(|it| frame_fits(it, scene, view)))
        })
    }
}

fn frame_fits(matcher: &Matcher, scene: &Scene<'_>, view: &View<'_>) -> bool {
    let frame = view.frame;
    let text =
        |text: &Option<String>, glob: &Glob| text.as_deref().is_some_and(|text| fits(glob, text));
    let is_so = match &matcher.test {
        Test::App(on) => is_in_app(frame) == *on,
        Test::Module(glob) => text(&frame.module, glob),
        Test::Function(glob) => text(&frame.function, glob),
        Test::Path(glob) => scene.paths(view).any(|path| fits(glob, path)),
        Test::Package(glob) => scene.package(view).is_some_and(|name| fits(glob, name)),
        _ => false,
    };
    is_so != matcher.is_negated
}

impl Test {
    fn subject(&self) -> Subject {
        match self {
            Self::ErrorType(_) | Self::ErrorValue(_) => Subject::Error,
            Self::App(_)
            | Self::Module(_)
            | Self::Function(_)
            | Self::Path(_)
            | Self::Package(_) => Subject::Frame,
            _ => Subject::Event,
        }
    }
}
