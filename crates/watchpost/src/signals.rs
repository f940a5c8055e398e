//! Signals: the two that stop the server, and one that must not. `serve` listens to them.

use anyhow::{Context, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGXFSZ: a file reached the size that the system allows this process. It has the same number
/// on every Linux that Rust supports, but MIPS and PA-RISC.
const FILE_SIZE: i32 = 25;

/// Lets a write beyond the limit on file sizes fail as one on a full disk does (F05), where the
/// default is the end of the process.
pub(crate) fn survive_file_size() -> Result<()> {
    // The handler stays when the stream of signals is dropped.
    let listened = signal(SignalKind::from_raw(FILE_SIZE));
    listened.context("failed to await SIGXFSZ").map(drop)
}

/// The requests to stop. None is missed from the moment this exists.
pub(crate) struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    pub(crate) fn listen() -> Result<Self> {
        let listen = |kind, name: &'static str| {
            signal(kind).with_context(|| format!("failed to await {name}"))
        };
        Ok(Self {
            terminate: listen(SignalKind::terminate(), "SIGTERM")?,
            interrupt: listen(SignalKind::interrupt(), "SIGINT")?,
        })
    }

    /// Ready once one came.
    pub(crate) async fn received(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
