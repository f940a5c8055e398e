//! Everything a program can say about how it wants to be reported.
//! Programs fill it in, `client` takes it apart.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::exception::causes;
use crate::failure::{Failure, OnFailure};
use crate::frames::InApp;
use crate::limits::{QUEUE_COUNT_MAX, SHUTDOWN_TIMEOUT, TIMEOUT};
use crate::{Event, Server, Skip};

/// Decides whether an error is not worth reporting.
type SkipRule = Box<dyn Fn(&(dyn Error + 'static)) -> bool + Send + Sync>;

/// Changes or drops an event before it is sent.
pub(crate) type BeforeSend = Box<dyn Fn(Event) -> Option<Event> + Send + Sync>;

/// Which events get a stack trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backtraces {
    /// Errors and panics.
    #[default]
    Errors,
    /// Plain messages and log records, too.
    All,
    /// None. Panics then show only the place they began.
    None,
}

/// How a program wants to be reported. Without a server nothing is reported, at next to no cost.
///
/// ```
/// use watchpost_client::{ClientOptions, Server};
///
/// # fn main() -> Result<(), watchpost_client::InvalidServer> {
/// let options = ClientOptions::new()
///     .server(Server::dsn("http://0123456789abcdef0123456789abcdef@127.0.0.1:9000/1")?)
///     .release("shop@2.4.1")
///     .environment("production")
///     .skip::<std::num::ParseIntError>()
///     .skip_if(|error: &std::io::Error| error.kind() == std::io::ErrorKind::BrokenPipe);
/// # Ok(())
/// # }
/// ```
pub struct ClientOptions {
    pub(crate) servers: Vec<Server>,
    pub(crate) facts: Facts,
    pub(crate) backtraces: Backtraces,
    pub(crate) in_app: InApp,
    pub(crate) skips: Vec<SkipRule>,
    pub(crate) before_send: Option<BeforeSend>,
    pub(crate) on_failure: Option<OnFailure>,
    pub(crate) queue_count_max: usize,
    pub(crate) thrash: Option<(u32, Duration)>,
    pub(crate) timeout: Duration,
    pub(crate) shutdown_timeout: Duration,
}

/// What is the same in every event of a program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) release: Option<String>,
    pub(crate) environment: Option<String>,
    pub(crate) server_name: Option<String>,
    pub(crate) site: Option<String>,
    pub(crate) modules: BTreeMap<String, String>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl ClientOptions {
    /// No server yet; the name of the machine where the system tells it; errors with backtraces.
    pub fn new() -> Self {
        Self {
            servers: Vec::new(),
            facts: Facts {
                server_name: host_name(),
                ..Facts::default()
            },
            backtraces: Backtraces::Errors,
            in_app: InApp::default(),
            skips: vec![Box::new(<dyn Error>::is::<Skip>)],
            before_send: None,
            on_failure: None,
            queue_count_max: QUEUE_COUNT_MAX,
            thrash: None,
            timeout: TIMEOUT,
            shutdown_timeout: SHUTDOWN_TIMEOUT,
        }
    }

    /// Adds a server. The first one that takes an event is the last one that is asked.
    #[must_use]
    pub fn server(mut self, server: Server) -> Self {
        self.servers.push(server);
        self
    }

    /// The version that is running, `shop@2.4.1` or `2.4.1`.
    #[must_use]
    pub fn release(mut self, release: impl Into<String>) -> Self {
        self.facts.release = Some(release.into());
        self
    }

    /// Where it is running: `production`, `staging`.
    #[must_use]
    pub fn environment(mut self, environment: impl Into<String>) -> Self {
        self.facts.environment = Some(environment.into());
        self
    }

    /// The machine or instance; the host's name where it can be read.
    #[must_use]
    pub fn server_name(mut self, server_name: impl Into<String>) -> Self {
        self.facts.server_name = Some(server_name.into());
        self
    }

    /// The site of all events that name none.
    #[must_use]
    pub fn site(mut self, site: impl Into<String>) -> Self {
        self.facts.site = Some(site.into());
        self
    }

    /// The version of a library, shown with each event.
    #[must_use]
    pub fn module(mut self, name: impl Into<String>, version: impl Into<String>) -> Self {
        self.facts.modules.insert(name.into(), version.into());
        self
    }

    /// Never reports errors of this type, nor errors caused by one: the whole chain of
    /// [`source`](Error::source) is looked through.
    #[must_use]
    pub fn skip<E: Error + 'static>(mut self) -> Self {
        self.skips.push(Box::new(<dyn Error>::is::<E>));
        self
    }

    /// Never reports errors of this type for which `rule` is true, nor errors caused by one.
    #[must_use]
    pub fn skip_if<E: Error + 'static>(
        mut self,
        rule: impl Fn(&E) -> bool + Send + Sync + 'static,
    ) -> Self {
        let matches = move |error: &(dyn Error + 'static)| error.downcast_ref().is_some_and(&rule);
        self.skips.push(Box::new(matches));
        self
    }

    /// Looks at each event last: changes it, or drops it by returning `None`.
    ///
    /// It runs on the sender thread, after the id was returned to the program.
    #[must_use]
    pub fn before_send(
        mut self,
        hook: impl Fn(Event) -> Option<Event> + Send + Sync + 'static,
    ) -> Self {
        self.before_send = Some(Box::new(hook));
        self
    }

    /// Is told of everything that kept events from a server, besides the logger
    /// [`ERRORS_LOGGER`](crate::ERRORS_LOGGER).
    #[must_use]
    pub fn on_failure(mut self, hook: impl Fn(&Failure) + Send + Sync + 'static) -> Self {
        self.on_failure = Some(Box::new(hook));
        self
    }

    /// Which events get a stack trace.
    #[must_use]
    pub fn backtraces(mut self, backtraces: Backtraces) -> Self {
        self.backtraces = backtraces;
        self
    }

    /// Counts a crate or module as the program's own, wherever its source lies.
    #[must_use]
    pub fn in_app_include(mut self, module: impl Into<String>) -> Self {
        self.in_app.include.push(module.into());
        self
    }

    /// Counts a crate or module as a library.
    #[must_use]
    pub fn in_app_exclude(mut self, module: impl Into<String>) -> Self {
        self.in_app.exclude.push(module.into());
        self
    }

    /// How many events may wait for the sender (100). More are dropped and counted.
    #[must_use]
    pub fn queue_size(mut self, count: usize) -> Self {
        self.queue_count_max = count;
        self
    }

    /// Sends an error with the same type and message `count` times per `period` and drops the
    /// rest, which get the id of the last one sent. Off unless asked for, because a server that
    /// sees all events can count them. The first client had 10 per 60 seconds.
    #[must_use]
    pub fn thrash_limit(mut self, count: u32, period: Duration) -> Self {
        self.thrash = Some((count, period));
        self
    }

    /// Time to connect, to send, and to wait for the answer: each of them (5 s).
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Time the [`Guard`](crate::Guard) may hold up the end of the program (2 s).
    #[must_use]
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }

    /// Whether an error, or one that caused it, is not worth reporting.
    pub(crate) fn skips(&self, error: &(dyn Error + 'static)) -> bool {
        causes(error).any(|error| self.skips.iter().any(|rule| rule(error)))
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientOptions")
            .field("servers", &self.servers)
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}

/// The name of this machine, on systems that have it in a file.
fn host_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}
