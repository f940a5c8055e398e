//! The codings, one step at a time: some input in, at most one block of output out.
//! Driven by `encoding::Decoder`.

use brotli::enc::StandardAlloc;
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};
use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{DParameter, Decoder as ZstdDecoder, Operation};

use super::EncodingError;
use super::gzip::Gzip;
use crate::limits::{
    BROTLI_STATE_BYTES, INFLATE_STATE_BYTES, ZSTD_STATE_BYTES, ZSTD_WINDOW_LOG_MAX,
};

/// A content coding that we can undo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    /// The name says raw deflate, the standard says zlib, and clients send both.
    Deflate,
    Brotli,
    Zstd,
}

/// What one step did.
pub(super) struct Step {
    pub(super) consumed: usize,
    pub(super) produced: usize,
}

/// The state of one coding.
pub(super) enum Codec {
    Gzip(Box<Gzip>),
    Deflate(Box<Deflate>),
    Brotli(Box<Brotli>),
    Zstd(Zstd),
}

impl Coding {
    /// The coding of that name; `None` for names that change nothing. `utf-8` is a mistake of
    /// old Android clients, the empty text one of old Ruby clients.
    pub(super) fn from_name(name: &str) -> Result<Option<Self>, EncodingError> {
        let name = name.trim();
        let coding = match name.to_ascii_lowercase().as_str() {
            "" | "identity" | "utf-8" | "utf8" => return Ok(None),
            "gzip" | "x-gzip" => Self::Gzip,
            "deflate" => Self::Deflate,
            "br" => Self::Brotli,
            "zstd" => Self::Zstd,
            _ => {
                let coding = name.chars().take(32).collect();
                return Err(EncodingError::Unsupported { coding });
            }
        };
        Ok(Some(coding))
    }
}

impl Codec {
    pub(super) fn new(coding: Coding) -> Result<Self, EncodingError> {
        Ok(match coding {
            Coding::Gzip => Self::Gzip(Box::default()),
            Coding::Deflate => Self::Deflate(Box::default()),
            Coding::Brotli => Self::Brotli(Box::new(Brotli::new())),
            Coding::Zstd => Self::Zstd(Zstd::new()?),
        })
    }

    pub(super) fn step(&mut self, input: &[u8], block: &mut [u8]) -> Result<Step, EncodingError> {
        match self {
            Self::Gzip(gzip) => gzip.step(input, block),
            Self::Deflate(deflate) => deflate.step(input, block),
            Self::Brotli(brotli) => brotli.step(input, block),
            Self::Zstd(zstd) => zstd.step(input, block),
        }
    }

    /// Bytes of memory that it takes after it produced so many.
    pub(super) fn held_bytes(&self, produced_bytes: usize) -> usize {
        match self {
            // The window is part of the state, whatever the stream says.
            Self::Gzip(_) | Self::Deflate(_) => INFLATE_STATE_BYTES,
            // Cleared when it is made, so all of it is memory from the start.
            Self::Brotli(brotli) => BROTLI_STATE_BYTES + brotli.window_bytes(),
            // Asked for at once, but memory only as far as it was written.
            Self::Zstd(_) => ZSTD_STATE_BYTES + produced_bytes.min(1 << ZSTD_WINDOW_LOG_MAX),
        }
    }

    /// Whether the stream came to its end.
    pub(super) fn finish(&self) -> Result<(), EncodingError> {
        let (coding, ended, first) = match self {
            Self::Gzip(gzip) => ("gzip", gzip.has_ended(), None),
            Self::Deflate(deflate) => ("deflate", deflate.ended, deflate.head.first()),
            Self::Brotli(brotli) => ("br", brotli.ended, brotli.first.as_ref()),
            Self::Zstd(zstd) => ("zstd", zstd.ended, None),
        };
        match first {
            _ if ended => Ok(()),
            Some(first) => Err(broken(
                coding,
                Some(*first),
                EncodingError::Truncated { coding },
            )),
            None => Err(EncodingError::Truncated { coding }),
        }
    }
}

/// `error`, or a clearer one when the stream begins like JSON: somebody forgot to compress.
fn broken(coding: &'static str, first: Option<u8>, error: EncodingError) -> EncodingError {
    match first {
        Some(b'{') => EncodingError::NotEncoded { coding },
        _ => error,
    }
}

/// One step of zlib, raw deflate or a gzip member; the flag tells whether it ended.
pub(super) fn inflate(
    inflater: &mut Decompress,
    input: &[u8],
    block: &mut [u8],
) -> Option<(Step, bool)> {
    let (total_in, total_out) = (inflater.total_in(), inflater.total_out());
    let status = inflater
        .decompress(input, block, FlushDecompress::None)
        .ok()?;
    let step = Step {
        consumed: usize::try_from(inflater.total_in() - total_in).ok()?,
        produced: usize::try_from(inflater.total_out() - total_out).ok()?,
    };
    Some((step, status == Status::StreamEnd))
}

/// Zlib or raw deflate: the first two bytes tell.
#[derive(Default)]
pub(super) struct Deflate {
    head: Vec<u8>,
    inflater: Option<Decompress>,
    ended: bool,
}

impl Deflate {
    fn step(&mut self, input: &[u8], block: &mut [u8]) -> Result<Step, EncodingError> {
        // What follows the end is ignored, as behind gzip.
        if self.ended {
            return Ok(Step {
                consumed: input.len(),
                produced: 0,
            });
        }
        let Some(inflater) = &mut self.inflater else {
            return self.take_head(input, block);
        };
        let coding = "deflate";
        let corrupt = EncodingError::Corrupt { coding };
        let first = self.head.first().copied();
        let step = inflate(inflater, input, block).ok_or_else(|| broken(coding, first, corrupt));
        let (step, ended) = step?;
        self.ended = ended;
        Ok(step)
    }

    /// Collects two bytes, then starts the inflater with them.
    fn take_head(&mut self, input: &[u8], block: &mut [u8]) -> Result<Step, EncodingError> {
        let missing = 2_usize.saturating_sub(self.head.len());
        let taken = input.get(..missing).unwrap_or(input);
        self.head.extend_from_slice(taken);
        let consumed = taken.len();
        let [first, second] = *self.head.as_slice() else {
            return Ok(Step {
                consumed,
                produced: 0,
            });
        };
        let mut inflater = Decompress::new(is_zlib(first, second));
        let corrupt = EncodingError::Corrupt { coding: "deflate" };
        let step = inflate(&mut inflater, &self.head, block);
        let (step, ended) = step.ok_or_else(|| broken("deflate", Some(first), corrupt))?;
        self.inflater = Some(inflater);
        self.ended = ended;
        Ok(Step {
            consumed,
            produced: step.produced,
        })
    }
}

/// Whether two bytes are the head of a zlib stream: method 8, a window of at most 32 KiB, and a
/// check sum.
pub(crate) fn is_zlib(first: u8, second: u8) -> bool {
    let check = u16::from_be_bytes([first, second]);
    first & 0x0f == 8 && first >> 4 <= 7 && check.is_multiple_of(31)
}

/// Brotli, at most the standard window of 16 MiB.
pub(super) struct Brotli {
    state: BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>,
    first: Option<u8>,
    ended: bool,
}

impl Brotli {
    fn new() -> Self {
        let alloc = StandardAlloc::default;
        Self {
            state: BrotliState::new_strict(alloc(), alloc(), alloc()),
            first: None,
            ended: false,
        }
    }

    fn window_bytes(&self) -> usize {
        usize::try_from(self.state.ringbuffer_size).unwrap_or(0)
    }

    fn step(&mut self, input: &[u8], block: &mut [u8]) -> Result<Step, EncodingError> {
        if self.ended {
            return Ok(Step {
                consumed: input.len(),
                produced: 0,
            });
        }
        let coding = "br";
        self.first = self.first.or(input.first().copied());
        // The mark of the "large window" extension, which reaches 1 GiB.
        if self.first.is_some_and(|first| first & 0x7f == 0x11) {
            return Err(EncodingError::WindowTooLarge { coding });
        }
        let (mut available_in, mut consumed) = (input.len(), 0);
        let (mut available_out, mut produced) = (block.len(), 0);
        let result = BrotliDecompressStream(
            &mut available_in,
            &mut consumed,
            input,
            &mut available_out,
            &mut produced,
            block,
            &mut 0,
            &mut self.state,
        );
        match result {
            BrotliResult::ResultFailure => {
                let corrupt = EncodingError::Corrupt { coding };
                return Err(broken(coding, self.first, corrupt));
            }
            BrotliResult::ResultSuccess => self.ended = true,
            BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {}
        }
        Ok(Step { consumed, produced })
    }
}

/// Zstandard, any number of frames.
pub(super) struct Zstd {
    decoder: ZstdDecoder<'static>,
    started: bool,
    ended: bool,
}

impl Zstd {
    fn new() -> Result<Self, EncodingError> {
        // Both fail only when there is no memory for a context of 160 KiB.
        let corrupt = |_| EncodingError::Corrupt { coding: "zstd" };
        let mut decoder = ZstdDecoder::new().map_err(corrupt)?;
        let window = DParameter::WindowLogMax(ZSTD_WINDOW_LOG_MAX);
        decoder.set_parameter(window).map_err(corrupt)?;
        Ok(Self {
            decoder,
            started: false,
            ended: false,
        })
    }

    fn step(&mut self, input: &[u8], block: &mut [u8]) -> Result<Step, EncodingError> {
        let coding = "zstd";
        // Without input the library would begin the next frame.
        if input.is_empty() && self.ended {
            return Ok(Step {
                consumed: 0,
                produced: 0,
            });
        }
        if !self.started {
            self.started = true;
            // A frame begins with 28, a frame to be skipped with 50 to 5f.
            if !matches!(input.first(), Some(0x28 | 0x50..=0x5f)) {
                return Err(EncodingError::NotEncoded { coding });
            }
        }
        let status = self.decoder.run_on_buffers(input, block);
        let status = status.map_err(|error| match error.to_string() {
            // The library tells its errors apart by their texts only.
            text if text.contains("too much memory") => EncodingError::WindowTooLarge { coding },
            _ => EncodingError::Corrupt { coding },
        })?;
        self.ended = status.remaining == 0;
        Ok(Step {
            consumed: status.bytes_read,
            produced: status.bytes_written,
        })
    }
}
