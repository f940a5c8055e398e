//! 128 bits over a list of tagged texts.

use sha2::{Digest, Sha256};

/// A digest in the making.
///
/// Every part is written with its tag and its length, so that `("ab", "c")` and `("a", "bc")`
/// differ, and a function that is called like a module is not one.
#[derive(Clone)]
pub(crate) struct Parts(Sha256);

impl Parts {
    /// Starts for a version of the algorithm and one of its strategies.
    pub(crate) fn new(version: u16, strategy: &str) -> Self {
        let mut parts = Self(Sha256::new());
        parts.add("version", &version.to_string());
        parts.add("strategy", strategy);
        parts
    }

    /// Adds a text that contributes.
    pub(crate) fn add(&mut self, tag: &str, text: &str) {
        for bytes in [tag.as_bytes(), text.as_bytes()] {
            self.0.update((bytes.len() as u64).to_le_bytes());
            self.0.update(bytes);
        }
    }

    /// The first half of SHA-256.
    pub(crate) fn finish(self) -> [u8; 16] {
        let mut half = [0; 16];
        for (to, from) in half.iter_mut().zip(self.0.finalize()) {
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
            text.extend(char::from_digit(u32::from(half), 16));
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
