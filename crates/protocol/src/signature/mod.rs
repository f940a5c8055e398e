//! Signed requests: HMAC-SHA1 over time and body, from 2011 until public keys came in 2012.
//! Called by the gates for credentials that carry a signature.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;
use watchpost_model::Timestamp;

use crate::limits::SIGNATURE_AGE_SECS_MAX;

#[cfg(test)]
mod tests;

/// What a client signed, as it came over the wire.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// The signature: 40 hex digits.
    pub signature: &'a str,
    /// The time, exactly as written.
    pub timestamp: &'a str,
    /// The body, before any decoding but that of the transfer.
    pub body: &'a [u8],
}

/// Why a signature does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The time is no number (400).
    #[error("the timestamp of the signature is not a number")]
    InvalidTimestamp,
    /// The time is too long ago (410).
    #[error("the signed message has expired")]
    Expired,
    /// Another key or another body was signed (403).
    #[error("the signature does not match")]
    Mismatch,
}

/// Checks that `signed` was signed with `secret` not too long before `now`.
///
/// # Errors
///
/// [`SignatureError`]. Where the request names no key, the caller tries each secret and takes
/// the first that is not a [`SignatureError::Mismatch`].
pub fn verify(secret: &str, signed: &Signed<'_>, now: Timestamp) -> Result<(), SignatureError> {
    let signed_at = moment(signed.timestamp).ok_or(SignatureError::InvalidTimestamp)?;
    if now.secs_since(signed_at) > SIGNATURE_AGE_SECS_MAX {
        return Err(SignatureError::Expired);
    }
    let signature = bytes_of_hex(signed.signature).ok_or(SignatureError::Mismatch)?;
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes())
        // HMAC takes keys of any length, so this is unreachable; refusing is right all the same.
        .map_err(|_| SignatureError::Mismatch)?;
    mac.update(signed.timestamp.as_bytes());
    mac.update(b" ");
    mac.update(signed.body);
    // Compares in constant time.
    mac.verify_slice(&signature)
        .map_err(|_| SignatureError::Mismatch)
}

/// Whether the key that a form of 2010 gives is `ours`, in a time that does not tell how much of
/// it is right.
pub fn is_secret(given: &str, ours: &str) -> bool {
    !ours.is_empty() && given.as_bytes().ct_eq(ours.as_bytes()).into()
}

/// Seconds since the epoch with a fraction; raven-node wrote milliseconds.
fn moment(text: &str) -> Option<Timestamp> {
    let number = text.parse::<f64>().ok().filter(|number| *number >= 0.0)?;
    // As seconds this would be the year 5138.
    let milliseconds = number >= 1e11;
    Timestamp::from_secs_f64(if milliseconds {
        number / 1000.0
    } else {
        number
    })
}

/// The 20 bytes of a SHA-1 in hex; `None` for everything else.
fn bytes_of_hex(text: &str) -> Option<[u8; 20]> {
    let digits = text.as_bytes();
    if digits.len() != 40 {
        return None;
    }
    let mut bytes = [0; 20];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            let value = char::from(*digit).to_digit(16)?;
            *byte = (*byte << 4) | u8::try_from(value).ok()?;
        }
    }
    Some(bytes)
}
