//! Digest tests.
