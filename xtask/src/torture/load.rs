//! Events on several connections at once, and who got a 200.

use std::fmt::Write as _;
use std::sync::mpsc::{self, Receiver};

use serde_json::json;

use super::site::{Server, Site};

/// Events of one load fall into this many issues.
const ISSUES: u64 = 7;
const CONNECTIONS: u64 = 6;

/// What is sent.
#[derive(Clone, Copy)]
pub(super) struct Load {
    /// In which cycle: part of each id.
    pub(super) cycle: u64,
    pub(super) count: u64,
    /// The word in the issues' titles, and the logger.
    pub(super) kind: &'static str,
    /// Bytes that each event carries along.
    pub(super) padding: usize,
}

/// An event that was answered with 200, and how long the trace was when the answer was there.
pub(super) struct Acknowledged {
    pub(super) id: String,
    pub(super) trace_len: u64,
}

impl Load {
    /// Readable in a failure.
    pub(super) fn id(&self, number: u64) -> String {
        format!("{:016x}{number:016x}", self.cycle)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = String> {
        let load = *self;
        (0..self.count).map(move |number| load.id(number))
    }

    /// Starts sending; a connection that breaks stops, as the server is gone. Some events are
    /// sent a second time, as a client does that missed the answer.
    pub(super) fn send(&self, site: &Site, server: &Server) -> Receiver<Acknowledged> {
        let (sender, receiver) = mpsc::channel();
        for first in 0..CONNECTIONS.min(self.count) {
            let (load, sender) = (*self, sender.clone());
            let (path, trace) = (site.account.store_path(), site.trace());
            let Ok(mut connection) = server.connect() else {
                continue;
            };
            std::thread::spawn(move || {
                let numbers =
                    (first..load.count).step_by(usize::try_from(CONNECTIONS).unwrap_or(1));
                for number in numbers {
                    let body = load.event(number);
                    let times = if number % 9 == 0 { 2 } else { 1 };
                    for _ in 0..times {
                        let Ok(answer) = connection.post(&path, &body) else {
                            return;
                        };
                        let trace_len = std::fs::metadata(&trace).map_or(0, |file| file.len());
                        let id = load.id(number);
                        let known = Acknowledged { id, trace_len };
                        if answer.status == 200 && sender.send(known).is_err() {
                            return;
                        }
                    }
                }
            });
        }
        receiver
    }

    pub(super) fn event(&self, number: u64) -> Vec<u8> {
        let kind = format!("{}{}Error", self.kind, number % ISSUES);
        let event = json!({
            "event_id": self.id(number),
            "platform": "other",
            "level": "error",
            "logger": self.kind,
            "exception": {"values": [{"type": kind, "value": "the power went out"}]},
            "extra": {"number": number, "padding": noise(number, self.padding)},
        });
        event.to_string().into_bytes()
    }
}

/// Text that does not compress to nothing.
fn noise(seed: u64, length: usize) -> String {
    let mut dice = super::dice::Dice::new(seed, 0);
    let mut text = String::with_capacity(length + 16);
    while text.len() < length {
        // Writing to a string cannot fail.
        let _ = write!(text, "{:016x}", dice.next());
    }
    text
}
