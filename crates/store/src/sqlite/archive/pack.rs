//! Packing a batch on all cores: compressing is the larger half of keeping an event.

use std::sync::{Mutex, PoisonError};
use std::thread;

use super::body::{self, Packer, ZSTD_JSON};
use crate::{ArchivedEvent, StoreError};

/// Events from which on a batch is shared among threads.
const PARALLEL_COUNT_MIN: usize = 16;

/// One packer per thread.
pub(super) struct Packers {
    each: Vec<Packer>,
}

/// A packed event.
pub(super) struct Parcel {
    /// What was compressed, if that was asked for.
    pub(super) json: Option<Vec<u8>>,
    pub(super) body: Vec<u8>,
}

impl Packers {
    /// Packs without a dictionary.
    pub(super) fn new() -> Result<Self, StoreError> {
        Self::with(ZSTD_JSON, &[])
    }

    /// Packs with a dictionary.
    pub(super) fn with(codec: i64, dictionary: &[u8]) -> Result<Self, StoreError> {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let each = (0..threads).map(|_| Packer::with(codec, dictionary));
        Ok(Self {
            each: each.collect::<Result<_, _>>()?,
        })
    }

    /// What is stored beside the bodies.
    pub(super) fn codec(&self) -> i64 {
        self.each.first().map_or(ZSTD_JSON, |packer| packer.codec)
    }

    /// Packs events; the parcels are in their order.
    pub(super) fn pack(
        &mut self,
        events: &[&ArchivedEvent],
        keep_json: bool,
    ) -> Result<Vec<Parcel>, StoreError> {
        self.pack_on(events, keep_json, thread::Builder::new)
    }

    /// The same with helpers from `builder`. As many as there are take the parts in turns with
    /// this thread; the system may give none.
    fn pack_on(
        &mut self,
        events: &[&ArchivedEvent],
        keep_json: bool,
        builder: fn() -> thread::Builder,
    ) -> Result<Vec<Parcel>, StoreError> {
        let threads = if events.len() < PARALLEL_COUNT_MIN {
            1
        } else {
            self.each.len().max(1)
        };
        let parts = events.chunks(events.len().div_ceil(threads).max(1));
        let shares = Mutex::new(parts.zip(&mut self.each).enumerate());
        let next = || shares.lock().unwrap_or_else(PoisonError::into_inner).next();
        let work = || {
            let mut packed = Vec::new();
            while let Some((place, (part, packer))) = next() {
                packed.push((place, pack_part(part, packer, keep_json)));
            }
            packed
        };
        let mut packed = thread::scope(|scope| {
            let helpers = (1..threads).map(|_| builder().spawn_scoped(scope, work));
            let helpers: Vec<_> = helpers.filter_map(Result::ok).collect();
            let mut packed = work();
            for helper in helpers {
                packed.extend(helper.join().map_err(|_| body::panicked())?);
            }
            Ok(packed)
        })?;
        packed.sort_unstable_by_key(|(place, _)| *place);
        let mut parcels = Vec::with_capacity(events.len());
        for (_, part) in packed {
            parcels.extend(part?);
        }
        Ok(parcels)
    }
}

fn pack_part(
    events: &[&ArchivedEvent],
    packer: &mut Packer,
    keep_json: bool,
) -> Result<Vec<Parcel>, StoreError> {
    let mut json = Vec::new();
    let pack = |archived: &&ArchivedEvent| {
        body::json(&archived.event, &archived.explanation, &mut json)?;
        let body = packer.pack(&json)?;
        let json = keep_json.then(|| json.clone());
        Ok(Parcel { json, body })
    };
    events.iter().map(pack).collect()
}

#[cfg(test)]
mod tests {
    use watchpost_model::{IssueId, ProjectId};

    use super::*;
    use crate::suite::{archived, grouped};

    /// Packs 100 events; their bodies, in order.
    fn bodies(builder: fn() -> thread::Builder) -> Vec<Vec<u8>> {
        let made = |id: u128| grouped(ProjectId(1), id, &format!("event {id}"), 10);
        let events: Vec<_> = (0..100).map(|id| archived(IssueId(1), made(id))).collect();
        let mut packers = Packers::new().unwrap();
        let parcels = packers.pack_on(&events.iter().collect::<Vec<_>>(), false, builder);
        parcels
            .unwrap()
            .into_iter()
            .map(|parcel| parcel.body)
            .collect()
    }

    #[test]
    fn without_helpers_everything_is_packed_in_order() {
        // No address space has room for that.
        let without = bodies(|| thread::Builder::new().stack_size(1 << 47));
        assert_eq!(without.len(), 100);
        assert_eq!(without, bodies(thread::Builder::new));
    }
}
