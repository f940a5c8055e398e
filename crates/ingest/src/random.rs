//! Chance as a seam: event ids and salts are drawn from what the binary hands in.

/// A source of random bytes.
pub trait Random: Send + Sync {
    /// Sixteen bytes that nobody can foresee.
    fn draw(&self) -> [u8; 16];

    /// A number from the same source.
    fn salt(&self) -> u64 {
        let bytes = self.draw();
        u64::from_le_bytes(bytes.first_chunk().copied().unwrap_or_default())
    }
}

impl<F: Fn() -> [u8; 16] + Send + Sync> Random for F {
    fn draw(&self) -> [u8; 16] {
        self()
    }
}
