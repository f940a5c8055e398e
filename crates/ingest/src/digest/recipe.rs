//! The recipe: what happens to one event between spool and store. Pure, so the same call serves
//! the digest, tests and replays; the receipt's time is "now".

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use watchpost_group::Grouper;
use watchpost_model::{Event, Grouped, GroupingHash, Receipt, Unwanted};
use watchpost_normalize::filter::glimpse;
use watchpost_normalize::place::Atlas;
use watchpost_protocol::event::{self, EventError};

use super::treatment::{Book, Treatment};
use crate::gate::chain;
use crate::limits::DIGEST_PARALLEL_COUNT_MIN;
use crate::quarantine::Failure;
use crate::spool::{Record, Spooled};

/// The stages as functions, so that a test can put in one that fails.
#[derive(Clone, Copy)]
pub(crate) struct Recipe {
    /// Bytes to event.
    pub(crate) parse: fn(&Receipt, &[u8]) -> Result<Event, EventError>,
    /// Whole and bounded.
    pub(crate) normalize: fn(Event, &Receipt) -> Event,
    /// Where addresses are, when the operator has a file that says so.
    pub(crate) atlas: Option<&'static Atlas>,
    /// Which issue, and why; with the keys that the version before gave it.
    pub(crate) group: fn(&Grouper, Event, &Receipt, Vec<GroupingHash>) -> Grouped,
}

impl Recipe {
    /// The one that the server uses.
    pub(crate) const USUAL: Self = Self {
        parse: event::parse,
        normalize: watchpost_normalize::event,
        atlas: None,
        group: Grouper::event_after,
    };

    /// The same, with the operator's file of places.
    pub(crate) fn with(self, atlas: Option<&'static Atlas>) -> Self {
        Self { atlas, ..self }
    }

    /// Turns an accepted event into one that is ready to be stored, or finds that its project does
    /// not want it.
    fn cook(&self, record: &Record, book: &Book) -> Dish {
        self.choose(record, book).unwrap_or_else(Dish::Failed)
    }

    fn choose(&self, record: &Record, book: &Book) -> Result<Dish, Failure> {
        let receipt = &record.receipt;
        let treatment = book.of(receipt.project)?;
        let event = self.prepare(record)?;
        let reason = guard("filter", || treatment.filter.check(&event, receipt))?;
        let Some(reason) = reason else {
            return self.finish(event, receipt, treatment).map(Dish::Wanted);
        };
        let event = scrub(event, treatment)?;
        Ok(Dish::Unwanted(Box::new(Unwanted {
            project: receipt.project,
            key: receipt.key,
            event: receipt.event,
            received: receipt.received,
            reason,
            glimpse: glimpse(&event),
        })))
    }

    /// As [`Self::cook`], whether the project wants it or not.
    pub(super) fn cook_anyway(
        &self,
        record: &Record,
        book: &Book,
    ) -> Result<Box<Grouped>, Failure> {
        let treatment = book.of(record.receipt.project)?;
        self.finish(self.prepare(record)?, &record.receipt, treatment)
    }

    /// Bytes to a whole event.
    fn prepare(&self, record: &Record) -> Result<Event, Failure> {
        let receipt = &record.receipt;
        let parsed = guard("parse", || (self.parse)(receipt, &record.body))?;
        let mut event = parsed.map_err(|error| Failure {
            stage: "parse",
            reason: chain(&error),
        })?;
        event.remarks.extend(record.remarks.iter().cloned());
        let event = guard("normalize", || (self.normalize)(event, receipt))?;
        match self.atlas {
            Some(atlas) => guard("place", || atlas.place(event)),
            None => Ok(event),
        }
    }

    /// A whole event to one that is ready to be stored.
    fn finish(
        &self,
        event: Event,
        receipt: &Receipt,
        treatment: &Treatment,
    ) -> Result<Box<Grouped>, Failure> {
        let grouper = &treatment.grouper;
        let (event, before) = guard("group", || keys_before(grouper, event))?;
        let event = scrub(event, treatment)?;
        guard("group", || {
            Box::new((self.group)(grouper, event, receipt, before))
        })
    }
}

/// The keys that the version before gives an event, whose contexts had given it their tags by then.
/// Now they do when it is scrubbed.
fn keys_before(grouper: &Grouper, event: Event) -> (Event, Vec<GroupingHash>) {
    if grouper.previous().is_none() {
        return (event, Vec::new());
    }
    let own = event.tags.len();
    let mut event = watchpost_normalize::tag(event);
    let keys = grouper.keys_before(&event);
    event.tags.truncate(own);
    (event, keys)
}

/// Hides what nobody may see. Filters come before it: they look at addresses.
fn scrub(event: Event, treatment: &Treatment) -> Result<Event, Failure> {
    guard("scrub", || treatment.scrubber.event(event))
}

/// What the recipe made of an event.
pub(crate) enum Dish {
    /// It is ready to be stored. Boxed: on its way through a batch it is moved many times.
    Wanted(Box<Grouped>),
    /// Its project does not want it.
    Unwanted(Box<Unwanted>),
    /// It cannot be digested.
    Failed(Failure),
}

/// Runs one stage; a panic is the end of this event only (F23).
fn guard<T>(stage: &'static str, run: impl FnOnce() -> T) -> Result<T, Failure> {
    // The stages own what they work on, so nothing half-done is left behind.
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| Failure {
        stage,
        reason: format!("panicked: {}", words_of(&*panic)),
    })
}

/// What a panic said.
pub(crate) fn words_of(panic: &(dyn Any + Send)) -> &str {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    owned
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a word")
}

/// Cooks a batch on up to `threads` threads. The results are in the order of the events.
pub(crate) fn cook_all(
    recipe: Recipe,
    book: &Book,
    batch: &[Spooled],
    threads: usize,
) -> Vec<Dish> {
    let cook_part = |part: &[Spooled]| {
        let cooked = part
            .iter()
            .map(|spooled| recipe.cook(&spooled.record, book));
        cooked.collect::<Vec<_>>()
    };
    if threads < 2 || batch.len() < DIGEST_PARALLEL_COUNT_MIN {
        return cook_part(batch);
    }
    thread::scope(|scope| {
        let parts = batch.chunks(batch.len().div_ceil(threads));
        let workers: Vec<_> = parts
            .map(|part| {
                let worker = thread::Builder::new().spawn_scoped(scope, move || cook_part(part));
                (part, worker)
            })
            .collect();
        let joined = workers.into_iter().flat_map(|(part, worker)| {
            // Panics of stages are caught within; should a thread die all the same, or the system
            // give none, its part is cooked here.
            let cooked = worker.ok().and_then(|worker| worker.join().ok());
            cooked.unwrap_or_else(|| cook_part(part))
        });
        joined.collect()
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use watchpost_group::VERSION_FIRST;
    use watchpost_model::{Grouping, WireFormat};

    use super::super::treatment::Treatments;
    use super::*;

    /// What the first release filed was not scrubbed, and neither are the keys that look for it.
    #[test]
    fn what_is_hidden_now_still_finds_the_issue_that_it_had() {
        let first = Grouping {
            version: Some(VERSION_FIRST),
            ..Grouping::default()
        };
        let (first, _) = Grouper::new(&first);
        let event = r#"{"message": "no room for 4111 1111 1111 1111"}"#;
        let seed = r#"{"level": 40, "message": "no room for 4111 1111 1111 1111", "view": "a"}"#;
        let by_tag = r#"{"message": "no room for 4111 1111 1111 1111",
            "fingerprint": ["{{ tags.os.name }}"], "contexts": {"os": {"name": "Linux"}}}"#;
        for (format, body) in [
            (WireFormat::Event, event),
            (WireFormat::Event, by_tag),
            (WireFormat::Seed, seed),
        ] {
            let mut record = crate::spool::suite::record(1, 0);
            record.receipt.format = format;
            record.body = Bytes::from_static(body.as_bytes());
            let receipt = &record.receipt;
            let filed = watchpost_normalize::tag(Recipe::USUAL.prepare(&record).unwrap());
            let filed = first.event(filed, receipt);
            assert!(filed.title.contains("4111"), "{}", filed.title);
            let Dish::Wanted(got) = Recipe::USUAL.cook(&record, &Treatments::default().book())
            else {
                panic!("it is wanted");
            };
            assert!(!got.title.contains("4111"), "{}", got.title);
            assert_eq!(got.previous, filed.hashes, "{body}");
        }
    }
}
