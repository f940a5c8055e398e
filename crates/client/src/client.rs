//! The client: takes events from any thread and hands them to the sender thread.
//!
//! ```text
//! any thread                                      sender thread
//! capture_* → skip? → Event → thrash? → Queue ──→ before_send → frames → wire → http → server
//!           ← EventId, at once                    └ failures → logger and hook
//! ```

use std::backtrace::Backtrace;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, Location, PanicHookInfo, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::busy::Busy;
use crate::event::Origin;
use crate::exception::{AsError, Exception, chain};
use crate::failure::{Failure, tell};
use crate::queue::{Queue, Refused};
use crate::stats::{Counts, Outcome};
use crate::thrash::Thrash;
use crate::{Backtraces, ClientOptions, Event, EventId, Level, Skip, Stats, worker};

/// Reports to the servers of its options. Clones are the same client; use it from any thread.
///
/// No method blocks on the network, none panics, and none returns an error: reporting must not
/// hurt the program. What goes wrong is counted in [`Stats`] and told as a [`Failure`].
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

/// Ends the sender thread together with the last clone of the client.
struct Inner {
    shared: Arc<Shared>,
}

/// What the client and its sender thread both know.
pub(crate) struct Shared {
    pub(crate) options: ClientOptions,
    pub(crate) queue: Queue<Event>,
    pub(crate) stats: Counts,
    thrash: Option<Thrash>,
    /// The counts as they were last told.
    told: Mutex<Stats>,
}

/// Whether all servers have asked to be left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pause {
    Lasting,
    Ended,
}

impl Client {
    /// Starts a client and its sender thread. Without servers it starts nothing and reports
    /// nothing.
    pub fn new(options: ClientOptions) -> Self {
        let shared = Arc::new(Shared {
            queue: Queue::new(options.queue_count_max),
            stats: Counts::default(),
            thrash: options.thrash.map(|(limit, per)| Thrash::new(limit, per)),
            told: Mutex::default(),
            options,
        });
        if shared.options.servers.is_empty() {
            shared.queue.close();
        } else {
            start(&shared);
        }
        let inner = Arc::new(Inner { shared });
        Self { inner }
    }

    /// Options to start from.
    pub fn builder() -> ClientOptions {
        ClientOptions::new()
    }

    /// Reports a message. `url` is the address of the request that was served, if any.
    #[track_caller]
    pub fn capture_text(
        &self,
        message: impl Into<String>,
        level: Level,
        url: Option<&str>,
    ) -> EventId {
        let event = Event::text(message).with_level(level);
        self.capture(match url {
            Some(url) => event.with_url(url),
            None => event,
        })
    }

    /// Reports an error with its causes and the stack of the caller.
    #[track_caller]
    pub fn capture_error<E: AsError + ?Sized>(&self, error: &E) -> EventId {
        self.capture_error_with(error, |event| event)
    }

    /// Reports an error, with more said about it:
    ///
    /// ```
    /// # use watchpost_client::{Client, ClientOptions};
    /// # let client = Client::new(ClientOptions::new());
    /// # let error = std::io::Error::other("x");
    /// client.capture_error_with(&error, |event| {
    ///     event.with_view("shop::pay").with_data("order", 17)
    /// });
    /// ```
    #[track_caller]
    pub fn capture_error_with<E: AsError + ?Sized>(
        &self,
        error: &E,
        more: impl FnOnce(Event) -> Event,
    ) -> EventId {
        let place = Location::caller();
        self.guarded(|shared| {
            if shared.options.skips(error.as_dyn()) {
                shared.stats.count(Outcome::Skipped);
                return EventId::NIL;
            }
            let mut event = Event::text("");
            event.exceptions = chain(error.as_dyn(), error.path());
            event.place = Some(place);
            shared.take(more(event))
        })
    }

    /// Reports an event of the program's own making.
    #[track_caller]
    pub fn capture(&self, mut event: Event) -> EventId {
        event.place.get_or_insert(Location::caller());
        self.guarded(|shared| shared.take(event))
    }

    /// Reports what a logger makes of its record; `None` is counted as skipped.
    ///
    /// The event is made in here because foreign code prints itself while it is made.
    #[cfg(any(feature = "log", feature = "tracing"))]
    pub(crate) fn capture_made(&self, make: impl FnOnce() -> Option<Event>) -> EventId {
        self.guarded(|shared| {
            let Some(event) = make() else {
                shared.stats.count(Outcome::Skipped);
                return EventId::NIL;
            };
            shared.take(event)
        })
    }

    /// Reports a panic, from a panic hook. [`install_panic_hook`](crate::install_panic_hook)
    /// does this for the global client.
    ///
    /// A panic whose payload is a [`Skip`] is ignored.
    pub fn capture_panic(&self, panic: &PanicHookInfo<'_>) -> EventId {
        self.guarded(|shared| {
            if panic.payload().is::<Skip>() {
                shared.stats.count(Outcome::Skipped);
                return EventId::NIL;
            }
            let message = panic.payload_as_str().unwrap_or("panic without a text");
            let mut event = Event::text("").with_level(Level::Fatal);
            event.origin = Origin::Panic;
            event.exceptions.push(Exception {
                name: "panic".to_owned(),
                module: None,
                value: message.to_owned(),
            });
            if let Some(place) = panic.location() {
                event = event.with_data("location", place.to_string());
            }
            if let Some(name) = std::thread::current().name() {
                event = event.with_data("thread", name);
            }
            shared.take(event)
        })
    }

    /// Whether events of this error would be skipped.
    pub fn skips<E: AsError + ?Sized>(&self, error: &E) -> bool {
        self.inner.shared.options.skips(error.as_dyn())
    }

    /// Waits until everything captured so far has been dealt with, `timeout` at most.
    /// Returns how many events are left.
    pub fn flush(&self, timeout: Duration) -> usize {
        self.inner.shared.queue.wait_idle(timeout)
    }

    /// Sends what waits, `timeout` at most, and takes no more events after that.
    /// Returns how many events were given up.
    pub fn close(&self, timeout: Duration) -> usize {
        let shared = &self.inner.shared;
        let left = shared.queue.wait_idle(timeout);
        shared.queue.close();
        let forgotten = shared.queue.clear() as u64;
        shared.stats.add(Outcome::Abandoned, forgotten);
        shared.tell_counts(Pause::Ended);
        if left > 0 {
            let dropped = left as u64;
            shared.tell(&Failure::Abandoned { dropped });
        }
        left
    }

    /// What became of the events so far.
    pub fn stats(&self) -> Stats {
        self.inner.shared.stats.snapshot()
    }

    pub(crate) fn shutdown_timeout(&self) -> Duration {
        self.inner.shared.options.shutdown_timeout
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// Runs a capture so that it cannot hurt: not inside another one, and without its panics.
    fn guarded(&self, capture: impl FnOnce(&Shared) -> EventId) -> EventId {
        let Some(_busy) = Busy::enter() else {
            return EventId::NIL;
        };
        let shared = &self.inner.shared;
        let work = AssertUnwindSafe(|| capture(shared));
        catch_unwind(work).unwrap_or_else(|_| {
            shared.stats.panicked.fetch_add(1, Ordering::Relaxed);
            shared.stats.count(Outcome::Failed);
            EventId::NIL
        })
    }
}

impl Shared {
    /// Tells of one failure; a hook or logger that panics harms nothing.
    pub(crate) fn tell(&self, failure: &Failure) {
        let hook = self.options.on_failure.as_ref();
        let telling = AssertUnwindSafe(|| tell(failure, hook));
        if catch_unwind(telling).is_err() {
            self.stats.panicked.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Tells of what could only be counted where it happened, as far as it is news.
    pub(crate) fn tell_counts(&self, pause: Pause) {
        let stats = self.stats.snapshot();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *told;
        *told = stats;
        // One report at the end of a pause, rather than one for each event in it.
        if pause == Pause::Lasting {
            told.rate_limited = before.rate_limited;
        }
        let news = *told;
        drop(told);
        if let dropped @ 1.. = news.queue_full - before.queue_full {
            self.tell(&Failure::QueueFull { dropped });
        }
        if let dropped @ 1.. = news.rate_limited - before.rate_limited {
            self.tell(&Failure::RateLimited { dropped });
        }
        if let times @ 1.. = news.panicked - before.panicked {
            self.tell(&Failure::Panicked { times });
        }
    }

    /// The last steps of a capture, on the thread of the program.
    fn take(&self, mut event: Event) -> EventId {
        let id = event.id();
        if self.options.servers.is_empty() {
            return EventId::NIL;
        }
        if let Some(thrash) = &self.thrash
            && let Err(last) = thrash.admit(key(&event), id, Instant::now())
        {
            self.stats.count(Outcome::Thrashed);
            return last;
        }
        let wanted = match self.options.backtraces {
            Backtraces::Errors => !event.exceptions.is_empty(),
            Backtraces::All => true,
            Backtraces::None => false,
        };
        if wanted {
            // Walks the stack now; names and lines are looked up by the sender thread.
            event.backtrace = Some(Backtrace::force_capture());
        }
        match self.queue.push(event) {
            Ok(()) => {}
            Err(Refused::Full) => self.stats.count(Outcome::QueueFull),
            Err(Refused::Closed) => {
                self.stats.count(Outcome::Abandoned);
                return EventId::NIL;
            }
        }
        id
    }
}

/// The same error for the thrashing protection: same type and same message.
fn key(event: &Event) -> u64 {
    let mut hasher = DefaultHasher::new();
    event.class_name().hash(&mut hasher);
    event.message().hash(&mut hasher);
    hasher.finish()
}

fn start(shared: &Arc<Shared>) {
    let builder = std::thread::Builder::new().name("watchpost-client".to_owned());
    let sender = Arc::clone(shared);
    if let Err(error) = builder.spawn(move || worker::run(&sender)) {
        shared.queue.close();
        let reason = error.to_string();
        shared.tell(&Failure::NoThread { reason });
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shared.queue.close();
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("servers", &self.inner.shared.options.servers)
            .finish_non_exhaustive()
    }
}
