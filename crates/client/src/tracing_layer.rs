//! The layer for `tracing`: events at or above a level are reported, with their spans.

use std::error::Error;
use std::fmt;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::{LookupSpan, Scope};

use crate::exception::{Exception, chain};
use crate::failure::is_own;
use crate::limits::KEY_COUNT_MAX;
use crate::{Client, Event, Level};

/// Reports `tracing` events.
///
/// The field `message` becomes the message, an error among the fields (`error = &error as &dyn
/// std::error::Error`) the exception with its causes, all other fields the data, together with
/// the fields of the spans around it. The names of the spans, joined by dots, are the view.
///
/// ```
/// use tracing_subscriber::prelude::*;
///
/// let subscriber = tracing_subscriber::registry().with(watchpost_client::TracingLayer::new());
/// # let _ = subscriber;
/// ```
pub struct TracingLayer {
    client: Option<Client>,
    min_level: tracing::Level,
}

impl Default for TracingLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl TracingLayer {
    /// Reports events at level error through the global client.
    pub fn new() -> Self {
        Self {
            client: None,
            min_level: tracing::Level::ERROR,
        }
    }

    /// Reports through this client instead.
    #[must_use]
    pub fn client(mut self, client: Client) -> Self {
        self.client = Some(client);
        self
    }

    /// Reports events of this level and worse.
    #[must_use]
    pub fn min_level(mut self, level: tracing::Level) -> Self {
        self.min_level = level;
        self
    }
}

impl<S> Layer<S> for TracingLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = SpanFields::default();
            attributes.record(&mut fields);
            span.extensions_mut().replace(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<SpanFields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        if *metadata.level() > self.min_level || is_own(metadata.target()) {
            return;
        }
        let Some(client) = self.client.clone().or_else(crate::client) else {
            return;
        };
        client.capture_made(|| {
            let mut fields = EventFields::new(&client);
            event.record(&mut fields);
            let is_unwanted = fields.is_skipped || fields.logger.as_deref().is_some_and(is_own);
            (!is_unwanted).then(|| report(fields, metadata, event, &context))
        });
    }
}

/// Puts the event together from its own fields and those of its spans, outermost first, so
/// that the nearest wins.
fn report<S>(
    fields: EventFields<'_>,
    metadata: &Metadata<'_>,
    event: &tracing::Event<'_>,
    context: &Context<'_, S>,
) -> Event
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let mut names = Vec::new();
    let mut data = Map::new();
    for span in context
        .event_scope(event)
        .into_iter()
        .flat_map(Scope::from_root)
    {
        names.push(span.name());
        if let Some(fields) = span.extensions().get::<SpanFields>() {
            data.extend(fields.0.clone());
        }
    }
    if let Some(file) = metadata.file() {
        data.insert("file".to_owned(), file.into());
    }
    if let Some(line) = metadata.line() {
        data.insert("line".to_owned(), line.into());
    }
    data.extend(fields.data);
    let logger = fields
        .logger
        .unwrap_or_else(|| metadata.target().to_owned());
    let mut report = Event::text(fields.message)
        .with_level(level(*metadata.level()))
        .with_logger(logger);
    report.exceptions = fields.exceptions;
    report.data = data;
    report.view = if names.is_empty() {
        metadata.module_path().map(str::to_owned)
    } else {
        Some(names.join("."))
    };
    report
}

fn level(level: tracing::Level) -> Level {
    match level {
        tracing::Level::ERROR => Level::Error,
        tracing::Level::WARN => Level::Warning,
        tracing::Level::INFO => Level::Info,
        _ => Level::Debug,
    }
}

/// The fields of a span, kept with it until an event needs them.
#[derive(Default)]
struct SpanFields(Map<String, Value>);

impl SpanFields {
    fn set(&mut self, field: &Field, value: impl Into<Value>) {
        set(&mut self.0, field, value.into());
    }
}

/// The fields of an event.
struct EventFields<'a> {
    client: &'a Client,
    is_skipped: bool,
    message: String,
    logger: Option<String>,
    exceptions: Vec<Exception>,
    data: Map<String, Value>,
}

impl<'a> EventFields<'a> {
    fn new(client: &'a Client) -> Self {
        Self {
            client,
            is_skipped: false,
            message: String::new(),
            logger: None,
            exceptions: Vec::new(),
            data: Map::new(),
        }
    }

    fn set(&mut self, field: &Field, value: impl Into<Value>) {
        match (field.name(), value.into()) {
            ("message", Value::String(text)) => self.message = text,
            // Records that came over from the `log` crate say here who logged them.
            ("log.target", Value::String(text)) => self.logger = Some(text),
            (_, value) => set(&mut self.data, field, value),
        }
    }

    /// The first error is what the event is about, any other is data.
    fn error(&mut self, field: &Field, error: &(dyn Error + 'static)) {
        self.is_skipped |= self.client.skips(error);
        if self.exceptions.is_empty() {
            self.exceptions = chain(error, None);
        } else {
            self.set(field, error.to_string());
        }
    }
}

fn set(data: &mut Map<String, Value>, field: &Field, value: Value) {
    if data.len() < KEY_COUNT_MAX || data.contains_key(field.name()) {
        data.insert(field.name().to_owned(), value);
    }
}

/// Forwards what `tracing` can record to `set`. Wide numbers become text.
macro_rules! visit {
    () => {
        fn record_str(&mut self, field: &Field, value: &str) {
            self.set(field, value);
        }
        fn record_bool(&mut self, field: &Field, value: bool) {
            self.set(field, value);
        }
        fn record_i64(&mut self, field: &Field, value: i64) {
            self.set(field, value);
        }
        fn record_u64(&mut self, field: &Field, value: u64) {
            self.set(field, value);
        }
        fn record_f64(&mut self, field: &Field, value: f64) {
            self.set(field, value);
        }
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            self.set(field, format!("{value:?}"));
        }
    };
}

impl Visit for SpanFields {
    visit!();
}

impl Visit for EventFields<'_> {
    visit!();

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.error(field, value);
    }
}
