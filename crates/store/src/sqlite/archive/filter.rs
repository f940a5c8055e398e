//! Which keys cannot be in a sealed partition: a binary fuse filter, kept in memory.
//!
//! 18 bits per key; a key that is not there passes once in 65,536 times, one that is there always.

use watchpost_model::{EventId, IssueId, ProjectId};
use xorf::{BinaryFuse16, BinaryFuse16Ref, DmaSerializable, Filter as _, FilterRef as _};

use crate::StoreError;

/// Bytes of the checksum at the start.
const CHECKSUM_BYTES: usize = 4;
/// Bytes of the checksum and of the descriptor after it.
const HEAD_BYTES: usize = CHECKSUM_BYTES + BinaryFuse16::DESCRIPTOR_LEN;

// Fingerprints are used in place, as they are stored.
const _: () = assert!(cfg!(target_endian = "little"));

/// See the file. Without keys it is empty.
pub(super) struct Filter {
    descriptor: Vec<u8>,
    prints: Vec<u8>,
    /// Where in `prints` they begin, so that they are aligned.
    start: usize,
}

impl Filter {
    /// The bytes of the filter of these keys: a checksum, the descriptor, the fingerprints.
    pub(super) fn bytes_of(mut keys: Vec<u64>) -> Result<Vec<u8>, StoreError> {
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let filter = BinaryFuse16::try_from(&keys).map_err(corrupt)?;
        let mut rest = vec![0; BinaryFuse16::DESCRIPTOR_LEN];
        filter.dma_copy_descriptor_to(&mut rest);
        rest.extend(filter.dma_fingerprints());
        let mut bytes = crc32fast::hash(&rest).to_le_bytes().to_vec();
        bytes.append(&mut rest);
        Ok(bytes)
    }

    /// The reverse. A damaged filter would deny what is there, so it is refused.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, StoreError> {
        let (mut descriptor, mut found) = (Vec::new(), [].as_slice());
        if !bytes.is_empty() {
            let (Some((sum, rest)), Some(prints)) = (
                bytes.split_first_chunk::<CHECKSUM_BYTES>(),
                bytes.get(HEAD_BYTES..),
            ) else {
                return Err(corrupt("it is cut short"));
            };
            if crc32fast::hash(rest).to_le_bytes() != *sum {
                return Err(corrupt("its checksum is wrong"));
            }
            descriptor.extend(rest.iter().take(BinaryFuse16::DESCRIPTOR_LEN));
            found = prints;
        }
        let align = BinaryFuse16Ref::FINGERPRINT_ALIGNMENT;
        let mut prints: Vec<u8> = Vec::with_capacity(found.len() + align);
        let start = prints.as_ptr().align_offset(align);
        prints.resize(start, 0);
        prints.extend(found);
        Ok(Self {
            descriptor,
            prints,
            start,
        })
    }

    /// Whether `key` may be there.
    pub(super) fn may_have(&self, key: u64) -> bool {
        let prints = self.prints.get(self.start..).unwrap_or_default();
        let has_keys = !prints.is_empty();
        has_keys && BinaryFuse16Ref::from_dma(&self.descriptor, prints).contains(&key)
    }
}

fn corrupt(reason: &str) -> StoreError {
    let (what, reason) = ("filter", reason.to_owned());
    StoreError::Corrupt { what, reason }
}

/// The key of an event. Stored in files: never change it.
pub(super) fn key_of_event(project: ProjectId, event: EventId) -> u64 {
    let bytes = event.to_bytes();
    let (halves, _) = bytes.as_chunks::<8>();
    let start = mix(project.0.cast_unsigned());
    let halves = halves.iter();
    halves.fold(start, |key, half| mix(key ^ u64::from_be_bytes(*half)))
}

/// The key of an issue. Stored in files: never change it.
pub(super) fn key_of_issue(project: ProjectId, issue: IssueId) -> u64 {
    mix(mix(project.0.cast_unsigned()) ^ issue.0.cast_unsigned())
}

/// Spreads a number over all bits: the finalizer of splitmix64.
pub(super) fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(count: u64) -> Vec<u64> {
        (0..count).map(mix).collect()
    }

    #[test]
    fn what_is_there_always_passes_and_what_is_not_rarely_does() {
        for count in [0, 1, 2, 3, 5, 10, 100, 1_000, 50_000] {
            let filter = Filter::read(&Filter::bytes_of(keys(count)).unwrap()).unwrap();
            assert!(keys(count).iter().all(|key| filter.may_have(*key)));
            let others = (1_000_000..1_100_000).map(mix);
            let passed = others.filter(|key| filter.may_have(*key)).count();
            assert!(passed < 20, "{passed} of 100,000 at {count} keys");
        }
    }

    #[test]
    fn the_same_key_twice_is_one() {
        let filter = Filter::read(&Filter::bytes_of(vec![7, 7, 8]).unwrap()).unwrap();
        assert!(filter.may_have(7) && filter.may_have(8));
    }

    #[test]
    fn f07_a_damaged_filter_is_refused() {
        let good = Filter::bytes_of(keys(1_000)).unwrap();
        for place in (0..good.len()).step_by(7) {
            let mut bad = good.clone();
            bad[place] ^= 0x10;
            assert!(Filter::read(&bad).is_err(), "byte {place}");
        }
        for length in [1, 3, 4, 10, HEAD_BYTES, good.len() - 1] {
            assert!(Filter::read(&good[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn keys_never_change() {
        let event = EventId(0x0123_4567_89ab_cdef_0011_2233_4455_6677);
        let of_event = key_of_event(ProjectId(7), event);
        let of_issue = key_of_issue(ProjectId(7), IssueId(9));
        let expect = (15_333_565_212_922_844_208, 9_537_508_092_927_057_482);
        assert_eq!((of_event, of_issue), expect);
    }
}
