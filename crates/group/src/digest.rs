//! 128 bits over a list of tagged texts.

use sha2::{Digest, Sha256};

/// A digest in the making.
///
/// Every part is written with its tag and its length, so that `("ab", "c")` and `("a", "bc")`
/// differ, and a function that is called like a module is not one. They are hashed at the end, so
/// that what turns out to be the same, or not to be needed, is not.
#[derive(PartialEq, Eq)]
pub(crate) struct Parts(Vec<u8>);

/// Bytes of most.
const PARTS_BYTES: usize = 1024;

impl Parts {
    /// Starts for a version of the algorithm and one of its strategies.
    pub(crate) fn new(version: u16, strategy: &str) -> Self {
        let mut parts = Self(Vec::with_capacity(PARTS_BYTES));
        match version {
            1 => parts.add("version", "1"),
            2 => parts.add("version", "2"),
            other => parts.add("version", &other.to_string()),
        }
        parts.add("strategy", strategy);
        parts
    }

    /// Adds a text that contributes.
    pub(crate) fn add(&mut self, tag: &str, text: &str) {
        for bytes in [tag.as_bytes(), text.as_bytes()] {
            self.0
                .extend_from_slice(&(bytes.len() as u64).to_le_bytes());
            self.0.extend_from_slice(bytes);
        }
    }

    /// The first half of SHA-256.
    pub(crate) fn finish(&self) -> [u8; 16] {
        let mut half = [0; 16];
        for (to, from) in half.iter_mut().zip(Sha256::digest(&self.0)) {
            *to = from;
        }
        half
    }
}

/// Two lower-case digits for each byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for half in [byte >> 4, byte & 0xf] {
            text.push(char::from(if half < 10 {
                b'0' + half
            } else {
                b'a' - 10 + half
            }));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(parts: &[(&str, &str)]) -> [u8; 16] {
        let mut digest = Parts::new(1, "s");
        for (tag, text) in parts {
            digest.add(tag, text);
        }
        digest.finish()
    }

    #[test]
    fn parts_are_told_apart() {
        let one = digest(&[("t", "ab"), ("t", "c")]);
        assert_eq!(one, digest(&[("t", "ab"), ("t", "c")]));
        assert_ne!(one, digest(&[("t", "a"), ("t", "bc")]));
        assert_ne!(one, digest(&[("t", "ab"), ("u", "c")]));
        assert_ne!(one, digest(&[("t", "c"), ("t", "ab")]));
        assert_ne!(one, digest(&[("t", "abc")]));
    }

    #[test]
    fn a_digest_never_changes() {
        // Stored hashes depend on it: a change here needs a new version.
        assert_eq!(
            hex(&digest(&[("type", "KeyError")])),
            "2cff57899035bf840490cdea2c1aadec"
        );
    }
}
