//! Log lines, on standard error: text for people, logfmt or one JSON object a line for programs.

use std::io;
use std::sync::OnceLock;

use anyhow::{Context, Result, anyhow};
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

use crate::config::{Config, LogFormat};
use crate::recent::Recent;

/// Lines that wait for whoever reads standard error. When nobody does, more are dropped and
/// counted: a stuck reader must not hold up an event (F22).
const LINES_WAITING_MAX: usize = 16_384;

/// The log of a server. Lines that still wait are written when it goes.
pub(crate) struct Log {
    filter: reload::Handle<EnvFilter, Registry>,
    _writer: WorkerGuard,
    /// The last warnings.
    pub(crate) recent: Recent,
}

/// How many lines were dropped, once a log was started.
static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// Starts logging; for `serve` only, other verbs print what they have to say.
pub(crate) fn start(config: &Config) -> Result<Log> {
    let (filter, handle) = reload::Layer::new(filter(config)?);
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(LINES_WAITING_MAX)
        .lossy(true)
        .thread_name("log-writer")
        .finish(io::stderr());
    // A second start would have failed above all else; there is one log per process.
    let _ = DROPPED.set(writer.error_counter());
    let lines: Box<dyn Layer<_> + Send + Sync> = match config.log_format {
        LogFormat::Text => fmt::layer().with_ansi(false).with_writer(writer).boxed(),
        LogFormat::Json => fmt::layer().json().with_writer(writer).boxed(),
        LogFormat::Logfmt => tracing_logfmt::builder()
            .layer()
            .with_writer(writer)
            .boxed(),
    };
    let recent = Recent::default();
    let log = Registry::default().with(filter).with(lines);
    let started = log.with(recent.clone()).try_init();
    started.map_err(|error| anyhow!("failed to start logging: {error}"))?;
    Ok(Log {
        filter: handle,
        _writer: guard,
        recent,
    })
}

impl Log {
    /// Takes the level of a configuration that was read again.
    pub(crate) fn reload(&self, config: &Config) -> Result<()> {
        let filter = filter(config)?;
        self.filter
            .reload(filter)
            .context("failed to change the level")
    }
}

/// Lines that were dropped because nobody read them.
pub(crate) fn lines_dropped() -> u64 {
    let dropped = DROPPED.get().map_or(0, ErrorCounter::dropped_lines);
    u64::try_from(dropped).unwrap_or(u64::MAX)
}

fn filter(config: &Config) -> Result<EnvFilter> {
    EnvFilter::try_new(&config.log_level)
        .with_context(|| format!("log_level `{}` is not understood", config.log_level))
}
