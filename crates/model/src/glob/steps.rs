//! Patterns with `?`, `[a-z]` or a `*` that stops at `/`: all places of the pattern at which the
//! text could be, as bits, so that nothing is tried twice.

use memchr::memmem::Finder;

use super::parse::{Token, longest_run};

/// A shorter beginning is in most texts, and not worth looking for.
const HEAD_BYTES_MIN: usize = 3;

/// Such a pattern, with room for 64 places in each of so many words.
#[derive(Clone, Debug)]
pub(super) struct Steps<const WORDS: usize> {
    /// Something that every text that fits contains.
    part: Finder<'static>,
    /// Whether the part is what comes first after a `**`: before it nothing can happen.
    is_head: bool,
    /// Whether it ends with `**`: behind it nothing can happen.
    is_open: bool,
    kinds: Kinds<WORDS>,
    /// Where it begins.
    start: States<WORDS>,
    /// The places of each `*`, at which the text may stay.
    many: States<WORDS>,
    /// The place behind the last token: all fits.
    end: States<WORDS>,
}

/// Which tokens may come next, as bits; the one behind the last means that all fits.
type States<const WORDS: usize> = [u64; WORDS];

/// The kinds of characters that a pattern tells apart.
#[derive(Clone, Debug)]
struct Kinds<const WORDS: usize> {
    /// Where each kind but the first begins.
    starts: Vec<u32>,
    /// The kind of each of the first characters, which are most.
    ascii: [u8; 128],
    /// The places that take a character of the kind.
    takers: Vec<States<WORDS>>,
}

impl<const WORDS: usize> Steps<WORDS> {
    pub(super) fn new(tokens: &[Token]) -> Self {
        let any = Token::Many(true);
        let head: String = match tokens.split_first() {
            Some((first, rest)) if *first == any => rest.iter().map_while(Token::char).collect(),
            _ => String::new(),
        };
        let is_head = head.len() >= HEAD_BYTES_MIN;
        let part = if is_head { head } else { longest_run(tokens) };
        let [mut start, mut many, mut end] = [[0; WORDS]; 3];
        set(&mut start, 0);
        if matches!(tokens.first(), Some(Token::Many(_))) {
            set(&mut start, 1);
        }
        set(&mut end, tokens.len());
        for (index, token) in tokens.iter().enumerate() {
            if matches!(token, Token::Many(_)) {
                set(&mut many, index);
            }
        }
        Self {
            part: Finder::new(&part).into_owned(),
            is_head,
            is_open: tokens.last() == Some(&any),
            kinds: Kinds::new(tokens),
            start,
            many,
            end,
        }
    }

    pub(super) fn fits(&self, text: &str) -> bool {
        let Some(at) = self.part.find(text.as_bytes()) else {
            super::count(text.len());
            return false;
        };
        let start = if self.is_head { at } else { 0 };
        super::count(start);
        text.get(start..).is_some_and(|rest| self.walk(rest))
    }

    fn walk(&self, text: &str) -> bool {
        let mut states = self.start;
        for char in text.chars() {
            if self.is_open && meet(&states, &self.end) {
                return true;
            }
            super::count(WORDS);
            states = self.step(&states, self.kinds.takers(char));
            if states == [0; WORDS] {
                return false;
            }
        }
        meet(&states, &self.end)
    }

    /// The places after a character that these places take: on, or for a `*` also the same, and
    /// then also behind each `*`, which may stand for nothing. No two follow each other.
    fn step(&self, states: &States<WORDS>, takers: &States<WORDS>) -> States<WORDS> {
        let mut next = [0; WORDS];
        let (mut from_go, mut from_pass) = (0, 0);
        // Zipped iterators of so few words take most of the time.
        for word in 0..WORDS {
            let of = |states: &States<WORDS>| states.get(word).copied().unwrap_or_default();
            let many = of(&self.many);
            let taken = of(states) & of(takers);
            let go = taken & !many;
            let here = taken & many | go << 1 | from_go;
            let pass = here & many;
            if let Some(next) = next.get_mut(word) {
                *next = here | pass << 1 | from_pass;
            }
            (from_go, from_pass) = (go >> 63, pass >> 63);
        }
        next
    }
}

impl<const WORDS: usize> Kinds<WORDS> {
    fn new(tokens: &[Token]) -> Self {
        let ranges: Vec<_> = tokens.iter().map(Token::ranges).collect();
        let mut starts: Vec<u32> = ranges
            .iter()
            .flatten()
            .flat_map(|(from, to)| [*from, to + 1])
            .collect();
        starts.sort_unstable();
        starts.dedup();
        let kind = |char: u32| starts.partition_point(|start| *start <= char);
        let mut takers = vec![[0; WORDS]; starts.len() + 1];
        for (index, ranges) in ranges.iter().enumerate() {
            for (from, to) in ranges {
                let own = takers.get_mut(kind(*from)..=kind(*to)).unwrap_or_default();
                for states in own {
                    set(states, index);
                }
            }
        }
        let mut ascii = [0; 128];
        for (char, own) in (0..).zip(&mut ascii) {
            *own = u8::try_from(kind(char)).unwrap_or_default();
        }
        Self {
            starts,
            ascii,
            takers,
        }
    }

    /// The places that take this character.
    fn takers(&self, char: char) -> &States<WORDS> {
        let char = u32::from(char);
        let kind = match self.ascii.get(char as usize) {
            Some(kind) => usize::from(*kind),
            None => self.starts.partition_point(|start| *start <= char),
        };
        self.takers.get(kind).unwrap_or(&[0; WORDS])
    }
}

fn set<const WORDS: usize>(states: &mut States<WORDS>, index: usize) {
    if let Some(word) = states.get_mut(index / 64) {
        *word |= 1 << (index % 64);
    }
}

fn meet<const WORDS: usize>(one: &States<WORDS>, other: &States<WORDS>) -> bool {
    let of = |states: &States<WORDS>, word| states.get(word).copied().unwrap_or_default();
    (0..WORDS).any(|word| of(one, word) & of(other, word) != 0)
}
