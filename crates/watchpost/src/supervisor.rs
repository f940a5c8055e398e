//! What whoever supervises the server asks and hears: signals, and systemd's notifications.
//!
//! SIGTERM and SIGINT stop, a second one at once; SIGHUP reads the configuration again. Under
//! systemd (`Type=notify`) the service is ready when it answers, and the watchdog is fed as long as
//! accepted events can be digested.

use std::time::Duration;

use anyhow::{Context, Result};
use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGXFSZ: a file reached the size that the system allows this process. It has the same number
/// on every Linux that Rust supports, but MIPS and PA-RISC.
const FILE_SIZE: i32 = 25;
/// The exit code after a second signal.
const IMPATIENT: i32 = 130;

/// Lets a write beyond the limit on file sizes fail as one on a full disk does (F05), where the
/// default is the end of the process.
pub(crate) fn survive_file_size() -> Result<()> {
    // The handler stays when the stream of signals is dropped.
    let listened = signal(SignalKind::from_raw(FILE_SIZE));
    listened.context("failed to listen to SIGXFSZ").map(drop)
}

/// The signals that a server listens to. Made before it says that it is ready, so that none is
/// missed.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

/// What a signal asks for.
pub(crate) enum Wish {
    /// Finish and end.
    Stop,
    /// Read the configuration again.
    Reload,
}

impl Signals {
    /// Listens from now on.
    pub(crate) fn new() -> Result<Self> {
        let listen =
            |kind, name: &str| signal(kind).with_context(|| format!("failed to listen to {name}"));
        Ok(Self {
            terminate: listen(SignalKind::terminate(), "SIGTERM")?,
            interrupt: listen(SignalKind::interrupt(), "SIGINT")?,
            hangup: listen(SignalKind::hangup(), "SIGHUP")?,
        })
    }

    /// The next wish.
    pub(crate) async fn next(&mut self) -> Wish {
        tokio::select! {
            _ = self.terminate.recv() => Wish::Stop,
            _ = self.interrupt.recv() => Wish::Stop,
            _ = self.hangup.recv() => Wish::Reload,
        }
    }

    /// Ends the process at the next signal that asks to stop, after a last deed. What is
    /// acknowledged is safe.
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever asks twice does not want to wait for destructors"
    )]
    pub(crate) async fn end_at_once(mut self, before: impl FnOnce() + Send) {
        while let Wish::Reload = self.next().await {}
        before();
        tracing::warn!("asked twice to stop: ending at once; the spool is kept");
        std::process::exit(IMPATIENT);
    }
}

/// Tells systemd, if it is there. A supervisor that does not listen is no reason to stop.
pub(crate) fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "failed to tell systemd");
    }
}

/// Feeds systemd's watchdog, if it is on, as long as `is_alive`.
pub(crate) async fn feed_watchdog(is_alive: impl Fn() -> bool + Send) {
    let Some(period) = sd_notify::watchdog_enabled() else {
        return;
    };
    let mut beat = tokio::time::interval(feeding_pause(period));
    loop {
        beat.tick().await;
        if is_alive() {
            tell(NotifyState::Watchdog);
        } else {
            tracing::error!("the digest does not go on: leaving the restart to the watchdog");
        }
    }
}

/// Half the period, as systemd advises.
fn feeding_pause(period: Duration) -> Duration {
    (period / 2).max(Duration::from_millis(1))
}
