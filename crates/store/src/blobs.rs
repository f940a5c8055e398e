//! Files by content: attachments and artifacts. The name is the hash of the bytes.

use std::fmt;
use std::str::FromStr;

use crate::StoreError;

/// The SHA-256 of a blob, printed as 64 lower-case hex digits. Never made from client input: the
/// store computes it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(pub [u8; 32]);

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for BlobId {
    type Err = watchpost_model::IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(watchpost_model::IdError);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| watchpost_model::IdError)?;
            if pair.starts_with('+') {
                return Err(watchpost_model::IdError);
            }
            *byte = u8::from_str_radix(pair, 16).map_err(|_| watchpost_model::IdError)?;
        }
        Ok(Self(bytes))
    }
}

/// A place for files.
pub trait Blobs: Send + Sync {
    /// Keeps `bytes`, synced before it returns; the same bytes twice are kept once.
    fn put(&self, bytes: &[u8]) -> Result<BlobId, StoreError>;

    /// The bytes of a blob, `None` when there is none of that id. Damaged bytes are an error.
    fn get(&self, id: BlobId) -> Result<Option<Vec<u8>>, StoreError>;

    /// Forgets a blob; forgetting an unknown one is no error.
    fn delete(&self, id: BlobId) -> Result<(), StoreError>;
}
