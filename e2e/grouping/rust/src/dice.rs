//! Data that differs every time and is the same in every run.

pub struct Dice(u64);

impl Dice {
    pub fn new(seed: &str) -> Self {
        Self(seed.bytes().fold(7, |sum, byte| sum * 31 + u64::from(byte)))
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    pub fn number(&mut self, digits: u32) -> u64 {
        let least = 10_u64.pow(digits - 1);
        least + self.below(9 * least)
    }

    pub fn uuid(&mut self) -> String {
        let (high, low) = (self.below(u64::MAX), self.below(u64::MAX));
        let hex = format!("{high:016x}{low:016x}");
        let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
        parts.join("-")
    }
}
