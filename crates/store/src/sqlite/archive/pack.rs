//! Packing a batch on all cores: compressing is the larger half of keeping an event.

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
        let threads = if events.len() < PARALLEL_COUNT_MIN {
            1
        } else {
            self.each.len().max(1)
        };
        let parts = events.chunks(events.len().div_ceil(threads).max(1));
        let mut work: Vec<_> = parts.zip(&mut self.each).collect();
        // The last part is this thread's own.
        let own = work.pop();
        thread::scope(|scope| {
            let pack = |(part, packer)| pack_part(part, packer, keep_json);
            let helpers: Vec<_> = work
                .into_iter()
                .map(|share| scope.spawn(move || pack(share)))
                .collect();
            let own = own.map_or(Ok(Vec::new()), pack);
            let mut parcels = Vec::with_capacity(events.len());
            for helper in helpers {
                let packed = helper.join().unwrap_or_else(|_| Err(body::panicked()));
                parcels.extend(packed?);
            }
            parcels.extend(own?);
            Ok(parcels)
        })
    }
}

fn pack_part(
    events: &[&ArchivedEvent],
    packer: &mut Packer,
    keep_json: bool,
) -> Result<Vec<Parcel>, StoreError> {
    let pack = |archived: &&ArchivedEvent| {
        let json = body::json(&archived.event, &archived.explanation)?;
        let body = packer.pack(&json)?;
        let json = keep_json.then_some(json);
        Ok(Parcel { json, body })
    };
    events.iter().map(pack).collect()
}
