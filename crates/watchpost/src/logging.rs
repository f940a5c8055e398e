//! Log lines, on standard error: text for people or one JSON object a line.

use anyhow::{Context, Result};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

use crate::config::{Config, LogFormat};
use crate::recent::Recent;

/// Starts logging; for `serve` only, other verbs print what they have to say. What is returned
/// remembers the last warnings.
pub(crate) fn init(config: &Config) -> Result<Recent> {
    let filter = EnvFilter::try_new(&config.log_level)
        .with_context(|| format!("log_level `{}` is not understood", config.log_level))?;
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match config.log_format {
        LogFormat::Text => lines.with_ansi(false).boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    let recent = Recent::default();
    let log = registry()
        .with(lines.with_filter(filter))
        .with(recent.clone());
    log.try_init()
        .map_err(|error| anyhow::anyhow!("failed to start logging: {error}"))?;
    Ok(recent)
}
