//! The handler for the `log` crate: records at or above a level become events.

use log::{LevelFilter, Log, Metadata, Record, SetLoggerError};
use serde_json::{Map, Value};

use crate::failure::is_own;
use crate::{Client, Event, Level};

/// Reports log records, and passes all of them on to another logger if there is one.
///
/// The record's target becomes the logger, its module the view, its file, line and key-values
/// the data. Records of this crate's own loggers are passed on and never reported.
///
/// ```
/// use watchpost_client::LogHandler;
///
/// // Instead of `env_logger::init()`, with what its builder built: `.chain(logger, max_level)`.
/// let handler = LogHandler::new().min_level(log::LevelFilter::Warn);
/// # let _ = handler;
/// ```
pub struct LogHandler {
    client: Option<Client>,
    min_level: LevelFilter,
    chained: Option<(Box<dyn Log>, LevelFilter)>,
}

impl Default for LogHandler {
    fn default() -> Self {
        Self::new()
    }
}

impl LogHandler {
    /// Reports records at level error through the global client.
    pub fn new() -> Self {
        Self {
            client: None,
            min_level: LevelFilter::Error,
            chained: None,
        }
    }

    /// Reports through this client instead.
    #[must_use]
    pub fn client(mut self, client: Client) -> Self {
        self.client = Some(client);
        self
    }

    /// Reports records of this level and worse.
    #[must_use]
    pub fn min_level(mut self, level: LevelFilter) -> Self {
        self.min_level = level;
        self
    }

    /// Passes every record on to another logger, which wants them up to `max_level`.
    #[must_use]
    pub fn chain(mut self, logger: Box<dyn Log>, max_level: LevelFilter) -> Self {
        self.chained = Some((logger, max_level));
        self
    }

    /// Becomes the logger of the program.
    ///
    /// # Errors
    ///
    /// The program has a logger already; hand that one to [`chain`](Self::chain) instead.
    pub fn install(self) -> Result<(), SetLoggerError> {
        let chained = self.chained.as_ref().map(|(_, max_level)| *max_level);
        let max_level = chained.map_or(self.min_level, |level| level.max(self.min_level));
        log::set_boxed_logger(Box::new(self))?;
        log::set_max_level(max_level);
        Ok(())
    }

    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= self.min_level && !is_own(metadata.target())
    }

    fn chained(&self, metadata: &Metadata<'_>) -> Option<&dyn Log> {
        let (logger, max_level) = self.chained.as_ref()?;
        let wanted = metadata.level() <= *max_level && logger.enabled(metadata);
        wanted.then_some(&**logger)
    }
}

impl Log for LogHandler {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.wants(metadata) || self.chained(metadata).is_some()
    }

    fn log(&self, record: &Record<'_>) {
        if let Some(logger) = self.chained(record.metadata()) {
            logger.log(record);
        }
        if !self.wants(record.metadata()) {
            return;
        }
        let client = self.client.clone().or_else(crate::client);
        if let Some(client) = client {
            client.capture_made(|| Some(event(record)));
        }
    }

    fn flush(&self) {
        if let Some((logger, _)) = &self.chained {
            logger.flush();
        }
    }
}

fn event(record: &Record<'_>) -> Event {
    let mut event = Event::text(record.args().to_string())
        .with_level(level(record.level()))
        .with_logger(record.target());
    // No line number in here: servers group by the view, and lines move with every edit.
    event.view = record.module_path().or(record.file()).map(str::to_owned);
    if let Some(file) = record.file() {
        event = event.with_data("file", file);
    }
    if let Some(line) = record.line() {
        event = event.with_data("line", line);
    }
    // The visitor never fails, so neither does the visit.
    let _ = record.key_values().visit(&mut Fields(&mut event.data));
    event
}

fn level(level: log::Level) -> Level {
    match level {
        log::Level::Error => Level::Error,
        log::Level::Warn => Level::Warning,
        log::Level::Info => Level::Info,
        log::Level::Debug | log::Level::Trace => Level::Debug,
    }
}

/// Takes the key-values of a record.
struct Fields<'a>(&'a mut Map<String, Value>);

impl<'kvs> log::kv::VisitSource<'kvs> for Fields<'_> {
    fn visit_pair(
        &mut self,
        key: log::kv::Key<'kvs>,
        value: log::kv::Value<'kvs>,
    ) -> Result<(), log::kv::Error> {
        let number = value.to_i64().map(Value::from);
        let number = number.or_else(|| value.to_u64().map(Value::from));
        let found = number.or_else(|| value.to_bool().map(Value::from));
        let found = found.or_else(|| value.to_f64().map(Value::from));
        let found = found.unwrap_or_else(|| value.to_string().into());
        self.0.insert(key.as_str().to_owned(), found);
        Ok(())
    }
}
