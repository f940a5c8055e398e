//! Whether a rule fits an event. Matchers see texts as they are, not parameterised ones.

use watchpost_model::{Event, Exception, Frame};

use crate::frame::is_in_app;
use crate::rules::Family;
use crate::rules::glob::{Glob, Kind};

pub(super) struct Matcher {
    pub(super) is_negated: bool,
    pub(super) test: Test,
}

impl Matcher {
    pub(super) fn weight(&self) -> usize {
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
            | Test::Package(glob) => glob.weight,
            Test::Family(_) | Test::App(_) => 1,
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

/// What the matchers of a rule are about. Those about errors must all hold for one exception,
/// those about frames for one frame.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    Event,
    Error,
    Frame,
}

/// An event in the forms in which patterns see it.
pub(super) struct Facts<'a> {
    event: &'a Event,
    family: Family,
    messages: Vec<String>,
    values: Vec<String>,
    release: String,
    sdk: String,
}

impl<'a> Facts<'a> {
    pub(super) fn of(event: &'a Event) -> Self {
        let form = |text: &String| Kind::Folded.form(text);
        let value = |exception: &Exception| exception.value.as_ref().map(form).unwrap_or_default();
        let values: Vec<String> = event.exceptions.iter().map(value).collect();
        let message = event.message.iter();
        let texts =
            message.flat_map(|message| [Some(&message.formatted), message.template.as_ref()]);
        let messages = texts.flatten().map(form);
        let sdk = event.sdk.as_ref().map_or("", |sdk| &sdk.name);
        Self {
            event,
            family: Family::of_platform(&event.platform),
            messages: messages.chain(values.iter().cloned()).collect(),
            values,
            release: Kind::Path.form(event.release.as_deref().unwrap_or_default()),
            sdk: Kind::Folded.form(sdk),
        }
    }

    /// Whether all of them hold.
    pub(super) fn fit(&self, matchers: &[Matcher]) -> bool {
        let about = |subject| {
            let own = matchers
                .iter()
                .filter(move |it| it.test.subject() == subject);
            own.collect::<Vec<_>>()
        };
        let (errors, frames) = (about(Subject::Error), about(Subject::Frame));
        about(Subject::Event).iter().all(|it| self.event_fits(it))
            && (errors.is_empty() || self.errors_fit(&errors))
            && (frames.is_empty() || self.frames_fit(&frames))
    }

    fn event_fits(&self, matcher: &Matcher) -> bool {
        let event = self.event;
        let text = |text: &Option<String>, glob: &Glob| {
            text.as_deref().is_some_and(|text| glob.fits(text))
        };
        let is_so = match &matcher.test {
            Test::Message(glob) => self.messages.iter().any(|text| glob.fits(text)),
            Test::Logger(glob) => text(&event.logger, glob),
            Test::Level(glob) => glob.fits(event.level.name()),
            Test::Sdk(glob) => glob.fits(&self.sdk),
            Test::Release(glob) => event.release.is_some() && glob.fits(&self.release),
            Test::Family(families) => families.has(self.family),
            Test::Tag(name, glob) => event.tag(name).is_some_and(|value| glob.fits(value)),
            _ => false,
        };
        is_so != matcher.is_negated
    }

    fn errors_fit(&self, matchers: &[&Matcher]) -> bool {
        let mut errors = self.event.exceptions.iter().zip(&self.values);
        errors.any(|(exception, value)| {
            matchers.iter().all(|matcher| {
                let is_so = match &matcher.test {
                    Test::ErrorType(glob) => {
                        glob.fits(exception.kind.as_deref().unwrap_or_default())
                    }
                    Test::ErrorValue(glob) => glob.fits(value),
                    _ => false,
                };
                is_so != matcher.is_negated
            })
        })
    }

    fn frames_fit(&self, matchers: &[&Matcher]) -> bool {
        let event = self.event;
        let exceptions = event
            .exceptions
            .iter()
            .map(|exception| &exception.stacktrace);
        let threads = event.threads.iter().map(|thread| &thread.stacktrace);
        let stacks = exceptions.chain(threads).chain([&event.stacktrace]);
        let mut frames = stacks.flatten().flat_map(|stack| &stack.frames);
        frames.any(|frame| matchers.iter().all(|matcher| frame_fits(matcher, frame)))
    }
}

fn frame_fits(matcher: &Matcher, frame: &Frame) -> bool {
    let text =
        |text: &Option<String>, glob: &Glob| text.as_deref().is_some_and(|text| glob.fits(text));
    let path = |text: &Option<String>, glob: &Glob| {
        text.as_deref()
            .is_some_and(|text| glob.fits(&Kind::Path.form(text)))
    };
    let is_so = match &matcher.test {
        Test::App(on) => is_in_app(frame) == *on,
        Test::Module(glob) => text(&frame.module, glob),
        Test::Function(glob) => text(&frame.function, glob),
        Test::Path(glob) => path(&frame.abs_path, glob) || path(&frame.filename, glob),
        Test::Package(glob) => path(&frame.package, glob),
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
