//! Hashing that is the same on every machine, thread and run: keys and shards are made of it.
//!
//! It must never meet an adversary who gains by a collision: it is fast, not cryptographic.

const FIRST: u64 = 0x9e37_79b9_7f4a_7c15;
const SECOND: u64 = 0xd6e8_feb8_6659_fd93;

/// Two words folded into one.
pub(crate) fn fold(left: u64, right: u64) -> u64 {
    let product = u128::from(left ^ FIRST) * u128::from(right ^ SECOND);
    (product as u64) ^ ((product >> 64) as u64)
}

/// A word whose every bit depends on every bit of `word`.
pub(crate) fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 32)).wrapping_mul(SECOND);
    let word = (word ^ (word >> 29)).wrapping_mul(FIRST);
    word ^ (word >> 32)
}

/// The hash of some bytes.
pub(crate) fn bytes(bytes: &[u8]) -> u64 {
    let mut state = fold(bytes.len() as u64, FIRST);
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        state = fold(state, u64::from_le_bytes(word));
    }
    let mut last = [0; 8];
    let rest = chunks.remainder();
    last[..rest.len()].copy_from_slice(rest);
    mix(fold(state, u64::from_le_bytes(last)))
}

/// The hash of a text.
pub(crate) fn text(text: &str) -> u64 {
    bytes(text.as_bytes())
}

/// Random numbers that depend on the seed and the place alone.
pub(crate) fn random(seed: u64, place: u64) -> u64 {
    mix(mix(seed.wrapping_add(place.wrapping_mul(FIRST))).wrapping_add(place))
}

/// A hasher for the program's own whole numbers.
#[derive(Default, Clone, Copy)]
pub(crate) struct WordHasher(u64);

impl std::hash::Hasher for WordHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, given: &[u8]) {
        self.0 = fold(self.0, bytes(given));
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(u64::from(word));
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = fold(self.0, word);
    }
}

/// A map from the program's own whole numbers.
pub(crate) type WordMap<K, V> = std::collections::HashMap<K, V, std::hash::BuildHasherDefault<WordHasher>>;
