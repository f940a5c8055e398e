//! The sender thread: takes events from the queue, one at a time, and brings each to the first
//! server that wants it. Started by `client`; ends when the queue is closed and empty.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::busy::Busy;
use crate::client::{Pause, Shared};
use crate::clock::unix_now;
use crate::failure::Failure;
use crate::http::{Answer, Http, Post};
use crate::limit::backoff;
use crate::limits::LINE_CHARS_MAX;
use crate::server::Protocol;
use crate::stats::Outcome;
use crate::wire::{Report, modern, seed};
use crate::{Event, Server};

/// What the thread knows that nobody else needs.
struct Worker {
    shared: Arc<Shared>,
    http: Option<Http>,
    /// For each server, until when it is to be left alone.
    resting: Vec<Option<Instant>>,
}

/// The event as each protocol writes it, made when the first server of that kind is asked.
#[derive(Default)]
struct Encoded {
    envelope: Option<Vec<u8>>,
    data: Option<String>,
}

/// Why no server has taken the event so far.
#[derive(Default)]
struct Refusals {
    reasons: Vec<String>,
    /// Servers that were asked, and those among them that answered 429.
    asked: usize,
    limited: usize,
}

/// Works until the queue is closed and empty.
pub(crate) fn run(shared: &Arc<Shared>) {
    // Whatever is logged from here, by us or by what we use, is not an event.
    let _busy = Busy::enter();
    let mut worker = Worker {
        resting: vec![None; shared.options.servers.len()],
        shared: Arc::clone(shared),
        http: None,
    };
    while let Some(event) = shared.queue.pop() {
        let work = AssertUnwindSafe(|| worker.deliver(event));
        let outcome = catch_unwind(work).unwrap_or_else(|_| {
            shared.stats.panicked.fetch_add(1, Ordering::Relaxed);
            Outcome::Failed
        });
        shared.stats.count(outcome);
        shared.tell_counts(worker.pause());
        shared.queue.done();
    }
}

impl Worker {
    fn deliver(&mut self, event: Event) -> Outcome {
        let shared = Arc::clone(&self.shared);
        let options = &shared.options;
        let hooked = match &options.before_send {
            Some(hook) => hook(event),
            None => Some(event),
        };
        let Some(event) = hooked else {
            return Outcome::Skipped;
        };
        let report = Report::new(&event, &options.facts, &options.in_app);
        let mut encoded = Encoded::default();
        let mut refusals = Refusals::default();
        for (index, server) in options.servers.iter().enumerate() {
            if self.is_resting(index) {
                refusals.add(server, "has asked to be left alone");
                continue;
            }
            refusals.asked += 1;
            match self.ask(server, &report, &mut encoded) {
                Ok(answer) => {
                    self.rest(index, &answer);
                    if (200..300).contains(&answer.status) {
                        return Outcome::Sent;
                    }
                    refusals.limited += usize::from(answer.status == 429);
                    refusals.add(server, &format!("{} {}", answer.status, answer.reason));
                }
                Err(reason) => refusals.add(server, &reason),
            }
        }
        self.undelivered(&event, refusals)
    }

    /// Whether a server has asked to be left alone, and the time is not over.
    fn is_resting(&self, index: usize) -> bool {
        let until = self.resting.get(index).copied().flatten();
        until.is_some_and(|until| Instant::now() < until)
    }

    fn pause(&self) -> Pause {
        if (0..self.resting.len()).all(|index| self.is_resting(index)) {
            Pause::Lasting
        } else {
            Pause::Ended
        }
    }

    /// Notes how long the server wants to be left alone, if it says so.
    fn rest(&mut self, index: usize, answer: &Answer) {
        let (limits, retry_after) = (&answer.rate_limits, &answer.retry_after);
        let wait = backoff(answer.status, limits.as_deref(), retry_after.as_deref());
        let until = wait.and_then(|wait| Instant::now().checked_add(wait));
        if let (Some(slot), Some(_)) = (self.resting.get_mut(index), until) {
            *slot = until;
        }
    }

    fn ask(
        &mut self,
        server: &Server,
        report: &Report<'_>,
        encoded: &mut Encoded,
    ) -> Result<Answer, String> {
        let timeout = self.shared.options.timeout;
        let http = self.http.get_or_insert_with(|| Http::new(timeout));
        match &server.protocol {
            Protocol::Modern {
                public_key,
                secret_key,
            } => {
                let envelope = encoded
                    .envelope
                    .get_or_insert_with(|| gzip(&modern::envelope(report, unix_now())));
                let auth = modern::auth(public_key, secret_key.as_deref());
                let gzipped = "gzip".to_owned();
                http.post(&Post {
                    url: server.url(),
                    content_type: "application/x-sentry-envelope",
                    headers: vec![("x-sentry-auth", auth), ("content-encoding", gzipped)],
                    body: envelope,
                })
            }
            Protocol::Seed { key } => {
                let data = encoded.data.get_or_insert_with(|| seed::data(report));
                http.post(&Post {
                    url: server.url(),
                    content_type: "application/x-www-form-urlencoded",
                    headers: Vec::new(),
                    body: &seed::form(data, key),
                })
            }
        }
    }

    /// No server took it. During a pause this is only counted, and told when the pause ends.
    fn undelivered(&self, event: &Event, refusals: Refusals) -> Outcome {
        if refusals.asked > 0 {
            let line = event.message().lines().next().unwrap_or_default();
            let line: String = line.chars().take(LINE_CHARS_MAX).collect();
            self.shared.tell(&Failure::Undelivered {
                event_id: event.id(),
                event: format!("{}: {line}", event.level()),
                reasons: refusals.reasons,
            });
        }
        if refusals.limited == refusals.asked {
            Outcome::RateLimited
        } else {
            Outcome::Failed
        }
    }
}

impl Refusals {
    fn add(&mut self, server: &Server, reason: &str) {
        self.reasons.push(format!("{server}: {reason}"));
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let zipped = encoder.write_all(bytes).and_then(|()| encoder.finish());
    // Writing into memory does not fail.
    zipped.unwrap_or_default()
}
