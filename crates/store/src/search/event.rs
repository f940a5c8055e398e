//! Whether an event is what a search asks for: the same grammar, asked of the event itself.

use std::borrow::Cow;

use serde_json::Value;
use watchpost_model::version::Release;
use watchpost_model::{Event, Frame};

use super::ast::{Expr, Filter, Key, Test};
use super::version::AskedVersion;
use super::{Asker, Field, Pattern};
use crate::ArchivedEvent;
use crate::archive::user_of;

type Texts<'a> = Vec<Cow<'a, str>>;

/// A search that was made ready for many events.
pub(crate) struct Matcher<'a> {
    expr: Ready<'a>,
}

/// A part of it, with everything prepared that is the same for all events.
enum Ready<'a> {
    All(Vec<Ready<'a>>),
    Any(Vec<Ready<'a>>),
    Not(Box<Ready<'a>>),
    Word(Pattern),
    Filter(&'a Key, ReadyTest<'a>),
}

enum ReadyTest<'a> {
    Exact(&'a str),
    Like(Pattern),
    OneOf(&'a [String]),
    Absent,
    Truth(bool),
    Number(super::ast::Op, i64),
    Level(super::ast::Op, watchpost_model::Level),
    Moment(super::ast::Op, i64),
    Version(super::ast::Op, AskedVersion),
    /// Nothing that events know.
    Never,
}

impl<'a> Matcher<'a> {
    pub(crate) fn new(expr: &'a Expr, asker: Asker) -> Self {
        let expr = ready(expr, asker);
        Self { expr }
    }

    /// Whether an event is asked for.
    pub(crate) fn fits(&self, event: &ArchivedEvent) -> bool {
        self.expr.fits(event)
    }
}

fn ready(expr: &Expr, asker: Asker) -> Ready<'_> {
    let all = |parts: &'_ [Expr]| -> Vec<_> { Vec::with_capacity(parts.len()) };
    match expr {
        Expr::All(parts) => {
            let mut made = all(parts);
            made.extend(parts.iter().map(|part| ready(part, asker)));
            Ready::All(made)
        }
        Expr::Any(parts) => {
            let mut made = all(parts);
            made.extend(parts.iter().map(|part| ready(part, asker)));
            Ready::Any(made)
        }
        Expr::Not(part) => Ready::Not(Box::new(ready(part, asker))),
        Expr::Word(pattern) => Ready::Word(pattern.anywhere().folded()),
        Expr::Filter(filter) => Ready::Filter(&filter.key, ready_test(filter, asker)),
    }
}

fn ready_test(filter: &Filter, asker: Asker) -> ReadyTest<'_> {
    match &filter.test {
        Test::Like(pattern) if filter.key == Key::Field(Field::Message) => {
            ReadyTest::Like(pattern.anywhere().folded())
        }
        Test::Like(pattern) => match pattern.as_exact() {
            Some(text) => ReadyTest::Exact(text),
            None => ReadyTest::Like(pattern.folded()),
        },
        Test::OneOf(texts) => ReadyTest::OneOf(texts),
        Test::Absent => ReadyTest::Absent,
        Test::Truth(truth) => ReadyTest::Truth(*truth),
        Test::Number(op, number) => ReadyTest::Number(*op, *number),
        Test::Level(op, level) => ReadyTest::Level(*op, *level),
        Test::Moment(op, moment) => ReadyTest::Moment(*op, moment.as_micros()),
        Test::Age(age) => {
            let (op, moment) = age.as_comparison(asker.now);
            ReadyTest::Moment(op, moment.as_micros())
        }
        Test::Version(op, version) => ReadyTest::Version(*op, AskedVersion::of(version)),
        Test::State(_) | Test::Latest | Test::Person(_) => ReadyTest::Never,
    }
}

impl Ready<'_> {
    fn fits(&self, event: &ArchivedEvent) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.fits(event)),
            Self::Any(parts) => parts.iter().any(|part| part.fits(event)),
            Self::Not(part) => !part.fits(event),
            Self::Word(pattern) => {
                let texts = messages(event);
                texts
                    .iter()
                    .any(|text| pattern.matches(&text.to_lowercase()))
            }
            Self::Filter(key, test) => test.fits(key, event),
        }
    }
}

impl ReadyTest<'_> {
    fn fits(&self, key: &Key, archived: &ArchivedEvent) -> bool {
        let event = &archived.event;
        match self {
            Self::Level(op, level) => op.fits(event.level.cmp(level)),
            Self::Moment(op, moment) => op.fits(event.timestamp.as_micros().cmp(moment)),
            Self::Truth(truth) => match key {
                Key::Field(Field::ErrorUnhandled) => is_unhandled(event) == *truth,
                Key::Field(Field::ErrorHandled) => is_unhandled(event) != *truth,
                _ => false,
            },
            Self::Number(op, number) => {
                let numbers = texts(key, archived);
                let mut numbers = numbers.iter().filter_map(|text| text.parse::<i64>().ok());
                numbers.any(|known| op.fits(known.cmp(number)))
            }
            Self::Version(op, asked) => {
                let releases = texts(key, archived);
                let mut orders = releases.iter().filter_map(|text| asked.order_of(text));
                orders.any(|order| op.fits(order))
            }
            Self::Exact(wanted) => texts(key, archived).iter().any(|text| text == wanted),
            Self::Like(pattern) => {
                let texts = texts(key, archived);
                texts
                    .iter()
                    .any(|text| pattern.matches(&text.to_lowercase()))
            }
            Self::OneOf(wanted) => {
                let texts = texts(key, archived);
                texts
                    .iter()
                    .any(|text| wanted.iter().any(|wanted| wanted == text))
            }
            Self::Absent => match key {
                Key::Field(Field::Level | Field::Timestamp) => false,
                key => texts(key, archived).iter().all(|text| text.is_empty()),
            },
            Self::Never => false,
        }
    }
}

/// What words are looked for in.
fn messages(archived: &ArchivedEvent) -> Texts<'_> {
    let event = &archived.event;
    let mut texts = vec![Cow::from(archived.title.as_str())];
    let message = event
        .message
        .as_ref()
        .map(|message| message.formatted.as_str());
    let places = [
        message,
        event.culprit.as_deref(),
        event.transaction.as_deref(),
    ];
    texts.extend(places.into_iter().flatten().map(Cow::from));
    for exception in &event.exceptions {
        let parts = [&exception.kind, &exception.value].map(Option::as_deref);
        texts.extend(parts.into_iter().flatten().map(Cow::from));
    }
    texts
}

/// All values that an event has under a key.
pub(crate) fn texts<'a>(key: &Key, archived: &'a ArchivedEvent) -> Texts<'a> {
    let event = &archived.event;
    match key {
        Key::Field(field) => of_field(*field, archived),
        // Fields are counted like tags, so they are found like tags.
        Key::Tag(name) => match (event.tag(name), Field::from_name(name)) {
            (Some(value), _) => vec![value.into()],
            (None, Some(field)) if field.name() == name => of_field(field, archived),
            (None, _) => Vec::new(),
        },
        Key::Flag(name) => flags(event, name),
    }
}

fn of_field(field: Field, archived: &ArchivedEvent) -> Texts<'_> {
    let event = &archived.event;
    match field {
        Field::Level => vec![event.level.name().into()],
        Field::Title => vec![archived.title.as_str().into()],
        Field::Message => messages(archived),
        Field::Platform => vec![event.platform.as_str().into()],
        Field::EventId => vec![event.event_id.to_string().into()],
        Field::EventType if event.exceptions.is_empty() => vec!["default".into()],
        Field::EventType => vec!["error".into()],
        Field::Trace => of_context(event, "trace", "trace_id"),
        Field::HttpStatus => of_context(event, "response", "status_code"),
        Field::ErrorType
        | Field::ErrorValue
        | Field::ErrorMechanism
        | Field::StackFilename
        | Field::StackAbsPath
        | Field::StackFunction
        | Field::StackModule
        | Field::StackPackage => of_exceptions(event, field),
        field => one(field, event).map(Cow::from).into_iter().collect(),
    }
}

/// Fields that have one value at most.
fn one(field: Field, event: &Event) -> Option<&str> {
    let release = || event.release.as_deref().map(Release::parse);
    let (user, request) = (event.user.as_ref(), event.request.as_ref());
    match field {
        Field::Logger => event.logger.as_deref(),
        Field::Server => event.server_name.as_deref(),
        Field::Site => event.site.as_deref(),
        Field::Release => event.release.as_deref(),
        Field::ReleaseVersion => release().map(|release| release.version),
        Field::ReleasePackage => release().map(|release| release.package),
        Field::ReleaseBuild => release().map(|release| release.build),
        Field::ReleaseStage => release().map(|release| release.stage),
        Field::Dist => event.dist.as_deref(),
        Field::Environment => event.environment.as_deref(),
        Field::Transaction => event.transaction.as_deref(),
        Field::Url => request?.url.as_deref(),
        Field::HttpMethod => request?.method.as_deref(),
        Field::HttpReferer => {
            let mut headers = request?.headers.iter();
            let referer = headers.find(|(name, _)| name.eq_ignore_ascii_case("referer"));
            referer.map(|(_, value)| value.as_str())
        }
        Field::User => user_of(event),
        Field::UserId => user?.id.as_deref(),
        Field::UserEmail => user?.email.as_deref(),
        Field::UserIp => user?.ip_address.as_deref(),
        Field::UserName => user?.username.as_deref(),
        Field::SdkName => event.sdk.as_ref().map(|sdk| sdk.name.as_str()),
        Field::SdkVersion => event.sdk.as_ref().map(|sdk| sdk.version.as_str()),
        _ => None,
    }
}

/// Of each exception, or of each frame of its stack; also of a stack that belongs to none.
fn of_exceptions(event: &Event, field: Field) -> Texts<'_> {
    let exceptions = event.exceptions.iter();
    let of_exception = exceptions.clone().filter_map(|exception| match field {
        Field::ErrorType => exception.kind.as_deref(),
        Field::ErrorValue => exception.value.as_deref(),
        Field::ErrorMechanism => Some(exception.mechanism.as_ref()?.kind.as_str()),
        _ => None,
    });
    let stacks = exceptions.filter_map(|exception| exception.stacktrace.as_ref());
    let frames = stacks
        .chain(&event.stacktrace)
        .flat_map(|stack| &stack.frames)
        .filter_map(|frame| of_frame(frame, field));
    of_exception.chain(frames).map(Cow::from).collect()
}

fn of_frame(frame: &Frame, field: Field) -> Option<&str> {
    match field {
        Field::StackFilename => frame.filename.as_deref(),
        Field::StackAbsPath => frame.abs_path.as_deref(),
        Field::StackFunction => frame.function.as_deref(),
        Field::StackModule => frame.module.as_deref(),
        Field::StackPackage => frame.package.as_deref(),
        _ => None,
    }
}

fn of_context<'a>(event: &'a Event, context: &str, name: &str) -> Texts<'a> {
    let value = event
        .contexts
        .get(context)
        .and_then(|value| value.get(name));
    value.map(text_of).into_iter().collect()
}

/// `{"flags": {"values": [{"flag": "new-cart", "result": true}]}}`
fn flags<'a>(event: &'a Event, name: &str) -> Texts<'a> {
    let flags = event
        .contexts
        .get("flags")
        .and_then(|flags| flags.get("values"));
    let flags = flags
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let is_it = |flag: &&Value| flag.get("flag").and_then(Value::as_str) == Some(name);
    let results = flags
        .iter()
        .filter(is_it)
        .filter_map(|flag| flag.get("result"));
    results.map(text_of).collect()
}

fn text_of(value: &Value) -> Cow<'_, str> {
    match value.as_str() {
        Some(text) => text.into(),
        None => value.to_string().into(),
    }
}

/// Whether an exception came that nobody caught.
pub(crate) fn is_unhandled(event: &Event) -> bool {
    let mut mechanisms = event
        .exceptions
        .iter()
        .filter_map(|one| one.mechanism.as_ref());
    mechanisms.any(|mechanism| mechanism.handled == Some(false))
}
