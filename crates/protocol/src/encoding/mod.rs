//! `Content-Encoding`: undone while the body arrives, with every size bounded on the way.
//! Called by the body reader of the gates, and by `body` for what is compressed inside.

use crate::limits::{CODING_COUNT_MAX, INFLATE_FREE_BYTES, INFLATE_RATIO_MAX};

use codec::{Codec, Coding};

pub(crate) mod codec;
mod gzip;
#[cfg(test)]
mod tests;

/// Decoded bytes that one step of one codec may produce before the limits are looked at.
const BLOCK_BYTES: usize = 64 * 1024;
/// A block is so many times as large as the piece of input, but no smaller than that and no larger
/// than the above: most pieces fit, and a small body does not pay for clearing 64 KiB.
const BLOCK_RATIO: usize = 8;
const BLOCK_BYTES_MIN: usize = 4 * 1024;

/// The output begins with this, doubles up to the other, and then grows by that much at a time.
const GROWTH_BYTES_MIN: usize = 4 * 1024;
const GROWTH_BYTES_MAX: usize = 2 * 1024 * 1024;

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
    /// What has to be undone, in that order.
    stages: Vec<Stage>,
    sink: Sink,
}

/// One coding being undone.
struct Stage {
    codec: Codec,
    block: Vec<u8>,
    produced_bytes: usize,
}

/// Where the last stage pours, and what bounds them all.
struct Sink {
    limits: DecodeLimits,
    received_bytes: usize,
    output: Vec<u8>,
}

impl Decoder {
    /// A decoder for the value of a `Content-Encoding` header; several headers are joined by
    /// commas before. Missing, empty, `identity` and `utf-8` decode nothing.
    ///
    /// # Errors
    ///
    /// [`EncodingError::Unsupported`] and [`EncodingError::TooManyCodings`].
    pub fn for_header(header: Option<&str>, limits: DecodeLimits) -> Result<Self, EncodingError> {
        let mut codings = Vec::new();
        for name in header.unwrap_or("").split(',') {
            codings.extend(Coding::from_name(name)?);
            if codings.len() > CODING_COUNT_MAX {
                let count_max = CODING_COUNT_MAX;
                return Err(EncodingError::TooManyCodings { count_max });
            }
        }
        // The header names them in the order of encoding.
        let stages = codings.into_iter().rev().map(Stage::new);
        Ok(Self {
            stages: stages.collect::<Result<_, _>>()?,
            sink: Sink {
                limits,
                received_bytes: 0,
                output: Vec::new(),
            },
        })
    }

    /// Whether nothing has to be decoded, so that the body is what is pushed.
    pub fn is_identity(&self) -> bool {
        self.stages.is_empty()
    }

    /// Bytes of memory that the decoder holds: its output with the room to grow, and of each coding
    /// state, window and block. A body that decodes to nothing may still take this much.
    pub fn held_bytes(&self) -> usize {
        let stages: usize = self.stages.iter().map(Stage::held_bytes).sum();
        stages.saturating_add(self.sink.output.capacity())
    }

    /// What is decoded so far.
    pub fn decoded(&self) -> &[u8] {
        &self.sink.output
    }

    /// Its length in bytes.
    pub fn decoded_bytes(&self) -> usize {
        self.sink.output.len()
    }

    /// Takes the next piece.
    ///
    /// # Errors
    ///
    /// As soon as the body is known to be broken or too large; the decoder is then of no use.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), EncodingError> {
        self.sink.received_bytes = self.sink.received_bytes.saturating_add(chunk.len());
        pour(&mut self.stages, chunk, &mut self.sink)
    }

    /// The decoded body.
    ///
    /// # Errors
    ///
    /// [`EncodingError::Truncated`] when the end is missing.
    pub fn finish(self) -> Result<Vec<u8>, EncodingError> {
        // A body of no bytes is empty, whatever its header promises.
        if self.sink.received_bytes > 0 {
            for stage in &self.stages {
                stage.codec.finish()?;
            }
        }
        Ok(self.sink.output)
    }
}

/// Undoes one known coding of bytes that are all there. Called by `body`.
pub(crate) fn decode(
    coding: Coding,
    bytes: &[u8],
    limits: DecodeLimits,
) -> Result<Vec<u8>, EncodingError> {
    let mut decoder = Decoder::for_header(None, limits)?;
    decoder.stages.push(Stage::new(coding)?);
    decoder.push(bytes)?;
    decoder.finish()
}

/// Runs `input` through all stages, block by block, so that nothing but the last output grows.
fn pour(stages: &mut [Stage], input: &[u8], sink: &mut Sink) -> Result<(), EncodingError> {
    if input.is_empty() {
        return Ok(());
    }
    let Some((stage, later)) = stages.split_first_mut() else {
        sink.check(sink.output.len().saturating_add(input.len()))?;
        sink.take(input);
        return Ok(());
    };
    let mut rest = input;
    stage.make_room(input.len());
    loop {
        let step = stage.codec.step(rest, &mut stage.block)?;
        rest = rest.get(step.consumed..).unwrap_or_default();
        stage.produced_bytes = stage.produced_bytes.saturating_add(step.produced);
        // What is between two stages counts too: it costs time, though no memory.
        sink.check(stage.produced_bytes)?;
        let block = stage.block.get(..step.produced).unwrap_or_default();
        pour(later, block, sink)?;
        // A full block may mean that more of the same input is still inside the codec.
        let done = rest.is_empty() && step.produced < stage.block.len();
        if done || (step.consumed == 0 && step.produced == 0) {
            return Ok(());
        }
    }
}

impl Stage {
    fn new(coding: Coding) -> Result<Self, EncodingError> {
        Ok(Self {
            codec: Codec::new(coding)?,
            // Made for the first piece: a client that sends none costs none.
            block: Vec::new(),
            produced_bytes: 0,
        })
    }

    /// A block for a piece of so many bytes.
    fn make_room(&mut self, input_bytes: usize) {
        let wanted = input_bytes.saturating_mul(BLOCK_RATIO);
        let wanted = wanted.clamp(BLOCK_BYTES_MIN, BLOCK_BYTES);
        if self.block.len() < wanted {
            self.block.resize(wanted, 0);
        }
    }

    fn held_bytes(&self) -> usize {
        let codec = self.codec.held_bytes(self.produced_bytes);
        codec.saturating_add(self.block.capacity())
    }
}

impl Sink {
    /// Appends, and never holds much more memory than it has bytes: doubling a body of 40 MiB
    /// would take 80.
    fn take(&mut self, input: &[u8]) {
        let room = self.output.capacity() - self.output.len();
        if room < input.len() {
            let more = self.output.len().clamp(GROWTH_BYTES_MIN, GROWTH_BYTES_MAX);
            self.output.reserve_exact(more.max(input.len()));
        }
        self.output.extend_from_slice(input);
    }

    /// Refuses `decoded_bytes` when they are too many in all, or for what was received.
    fn check(&self, decoded_bytes: usize) -> Result<(), EncodingError> {
        let limits = self.limits;
        if decoded_bytes > limits.output_bytes_max {
            let limit_bytes = limits.output_bytes_max;
            return Err(EncodingError::TooLarge { limit_bytes });
        }
        let by_ratio = self.received_bytes.saturating_mul(limits.ratio_max);
        if decoded_bytes > limits.free_bytes.saturating_add(by_ratio) {
            let ratio_max = limits.ratio_max;
            return Err(EncodingError::RatioTooHigh { ratio_max });
        }
        Ok(())
    }
}
