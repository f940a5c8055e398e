//! Gzip with all that real streams have: several members, and rubbish behind the last.
//! One of the codecs of `encoding::codec`.

use flate2::Decompress;

use super::EncodingError;
use super::codec::{Step, inflate};
use crate::limits::GZIP_MEMBER_COUNT_MAX;

const CODING: &str = "gzip";
/// The window of gzip, which is always 2^15 bytes.
const WINDOW_BITS: u8 = 15;

/// A gzip stream: members one after the other.
#[derive(Default)]
pub(super) struct Gzip {
    /// Members that came to their end, checksum included.
    members: usize,
    /// The first bytes of the next member, until there are two.
    head: Vec<u8>,
    /// The member that is being read.
    member: Option<Decompress>,
    /// Everything from here on is rubbish.
    rubbish: bool,
}

impl Gzip {
    pub(super) fn step(&mut self, input: &[u8], block: &mut [u8]) -> Result<Step, EncodingError> {
        if self.rubbish {
            let consumed = input.len();
            return Ok(Step {
                consumed,
                produced: 0,
            });
        }
        let Some(member) = &mut self.member else {
            return self.take_head(input, block);
        };
        let step = inflate(member, input, block);
        let (step, ended) = step.ok_or(EncodingError::Corrupt { coding: CODING })?;
        if ended {
            self.members += 1;
            self.member = None;
        }
        Ok(step)
    }

    /// Collects the two magic bytes of a member, then starts reading it.
    fn take_head(&mut self, input: &[u8], block: &mut [u8]) -> Result<Step, EncodingError> {
        let missing = 2_usize.saturating_sub(self.head.len());
        let taken = input.get(..missing).unwrap_or(input);
        self.head.extend_from_slice(taken);
        let step = Step {
            consumed: taken.len(),
            produced: 0,
        };
        match (self.head.as_slice(), self.members) {
            ([] | [0x1f], _) => {}
            ([0x1f, 0x8b], GZIP_MEMBER_COUNT_MAX..) => {
                return Err(EncodingError::Corrupt { coding: CODING });
            }
            ([0x1f, 0x8b], _) => {
                let mut member = Decompress::new_gzip(WINDOW_BITS);
                let started = inflate(&mut member, &self.head, block);
                started.ok_or(EncodingError::Corrupt { coding: CODING })?;
                self.member = Some(member);
                self.head.clear();
            }
            (_, 0) => return Err(EncodingError::NotEncoded { coding: CODING }),
            _ => self.rubbish = true,
        }
        Ok(step)
    }

    /// Whether at least one member is complete and none has been begun since.
    pub(super) fn has_ended(&self) -> bool {
        self.members > 0 && self.member.is_none()
    }
}
