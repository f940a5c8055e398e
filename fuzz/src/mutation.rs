//! Inputs from inputs, by a seed: the same seed and corpus always give the same series.

/// Bytes and texts that parsers treat in a special way.
const WORDS: &[&[u8]] = &[
    b"{}",
    b"[]",
    b"null",
    b"true",
    b"NaN",
    b"-Infinity",
    b"1e400",
    b"-0",
    b"18446744073709551616",
    b"\"",
    b"\\ud800",
    b"\\u0000",
    b"\\",
    b"\0",
    b"\n",
    b"\r\n",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"{\"a\":",
    b"[[[[[[[[",
    b"\"values\":",
    b"\"exception\":",
    b"\"frames\":",
    b"\"message\":",
    b"\"stacktrace\":",
    b"\"tags\":",
    b"\"length\":",
    b"\"type\":\"event\"",
    b"\"event_id\":",
    b"sentry_key=",
    b"0123456789abcdef0123456789abcdef",
    b"Sentry ",
    b"Basic ",
    b"http://",
    b"@",
    b"data=",
    b"format=json",
    b"&key=",
    b"%00",
    b"+",
    b"--",
    b"Content-Disposition: form-data",
    b"\x1f\x8b\x08\0",
    b"\x78\x9c",
    b"\x28\xb5\x2f\xfd",
    b"gzip, br",
    b"is:",
    b"level:",
    b"!has:",
    b"\x01\x01",
    b"\xff\xff\xff\xff",
    b"__sentry__",
    b"\xf0\x9f\x92\xa9",
    b"\xe2\x80\xae",
];
/// An input does not grow beyond this: long ones are slow and say little more.
const BYTES_MAX: usize = 64 * 1024;
/// Changes of one input.
const CHANGES_MAX: u64 = 6;

/// Draws changes. A small generator (`SplitMix64`) is all it takes.
#[derive(Clone, Debug)]
pub(crate) struct Mutation {
    state: u64,
}

impl Mutation {
    /// The series of that seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 when there is none.
    fn below(&mut self, bound: usize) -> usize {
        let drawn = self.draw() % (bound.max(1) as u64);
        usize::try_from(drawn).unwrap_or(0)
    }

    fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> Option<&'a T> {
        let place = self.below(list.len());
        list.get(place).copied()
    }

    /// A new input, made of one or two of the corpus.
    pub(crate) fn next(&mut self, corpus: &[&[u8]]) -> Vec<u8> {
        let mut bytes = self.pick(corpus).unwrap_or_default().to_vec();
        for _ in 0..=self.draw() % CHANGES_MAX {
            self.change(&mut bytes, corpus);
        }
        bytes.truncate(BYTES_MAX);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, corpus: &[&[u8]]) {
        let start = self.below(bytes.len() + 1);
        let end = start + self.below((bytes.len() - start).min(64) + 1);
        match self.draw() % 9 {
            0 => {
                let bit = self.below(8);
                if let Some(byte) = bytes.get_mut(start) {
                    *byte ^= 1 << bit;
                }
            }
            1 => {
                let [value, ..] = self.draw().to_le_bytes();
                if let Some(byte) = bytes.get_mut(start) {
                    *byte = value;
                }
            }
            2 => drop(bytes.drain(start..end)),
            3 => insert(
                bytes,
                start,
                &bytes.get(start..end).unwrap_or_default().repeat(2),
            ),
            4 => bytes.truncate(start),
            5 | 6 => {
                let word = self.pick(WORDS).unwrap_or_default();
                insert(bytes, start, word);
            }
            7 => {
                // The start of one and the end of another.
                let other = self.pick(corpus).unwrap_or_default();
                let from = self.below(other.len() + 1);
                bytes.truncate(start);
                bytes.extend_from_slice(other.get(from..).unwrap_or_default());
            }
            _ => {
                let times = 1 << self.below(12);
                let part = bytes.get(start..end).unwrap_or_default();
                let part = part.get(..part.len().min(8)).unwrap_or(part).repeat(times);
                insert(bytes, start, &part);
            }
        }
    }
}

fn insert(bytes: &mut Vec<u8>, place: usize, new: &[u8]) {
    bytes.splice(place..place, new.iter().copied());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(seed: u64) -> Vec<Vec<u8>> {
        let corpus: [&[u8]; 2] = [b"{\"message\": \"hello\"}", b"sentry_key=1"];
        let mut mutation = Mutation::new(seed);
        (0..1000).map(|_| mutation.next(&corpus)).collect()
    }

    #[test]
    fn a_seed_gives_its_series_and_no_other() {
        assert_eq!(series(1), series(1));
        assert_ne!(series(1), series(2));
    }

    #[test]
    fn inputs_differ_and_stay_bounded() {
        let mut all = series(3);
        assert!(all.iter().all(|input| input.len() <= BYTES_MAX));
        all.sort();
        all.dedup();
        assert!(all.len() > 800, "only {} differ", all.len());
    }
}
