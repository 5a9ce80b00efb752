//! Keys: what records are joined and compared by, packed into twelve bytes.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use xxhash_rust::xxh3::xxh3_128;

use super::phone::Digits;

/// A packed key. A Salesforce Id is its 15 characters of six bits each, so the 15- and 18-character forms are equal;
/// any other text is a 90-bit hash. The two never meet: the top bits tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Key([u32; 3]);

/// Random, once in every process. The standard library asks the system for it.
static SEED: LazyLock<[u64; 2]> = LazyLock::new(|| std::array::from_fn(|at| RandomState::new().hash_one(at)));

const SALESFORCE: u128 = 1 << 90;
const HASHED: u128 = 2 << 90;
const LOW_90: u128 = (1 << 90) - 1;

impl Key {
    /// No key: the cell is missing or cannot be read.
    pub const NONE: Self = Self([0; 3]);

    /// The key of a Salesforce Id whose 15 characters are packed six bits each.
    #[must_use]
    pub const fn salesforce(packed: u128) -> Self {
        Self::from_bits(packed | SALESFORCE)
    }

    /// The key of any other text, compared exactly (by 90 bits of XXH3).
    #[must_use]
    pub fn text(text: &[u8]) -> Self {
        Self::from_bits(xxh3_128(text) & LOW_90 | HASHED)
    }

    /// The key of a number on a channel, by 90 bits of a hash as those of texts are.
    #[must_use]
    #[inline]
    pub fn number(channel: Self, digits: Digits) -> Self {
        let low = u64::from(channel.0[0]) | u64::from(channel.0[1]) << 32;
        let high = u64::from(channel.0[2]) | (digits.length as u64) << 32;
        let channel = fold(low ^ 0x9e37_79b9_7f4a_7c15, high ^ 0xd6e8_feb8_6659_fd93);
        let first = fold(digits.ends ^ 0xa076_1d64_78bd_642f, channel ^ 0xe703_7ed1_a0b4_28db);
        let second = fold(digits.ends ^ channel, first ^ 0x8ebc_6af0_9c88_c6e3);
        Self::from_bits((u128::from(second) << 64 | u128::from(first)) & LOW_90 | HASHED)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the 96 bits are cut into three words")]
    const fn from_bits(bits: u128) -> Self {
        Self([bits as u32, (bits >> 32) as u32, (bits >> 64) as u32])
    }

    /// Whether there is a key.
    #[must_use]
    pub fn is_some(self) -> bool {
        self != Self::NONE
    }

    /// Whether this is the key of a Salesforce Id.
    #[must_use]
    pub const fn is_salesforce(self) -> bool {
        self.0[2] >> 26 == 1
    }

    /// The 15 characters of a Salesforce Id, packed six bits each, the first one highest.
    #[must_use]
    pub fn packed(self) -> Option<u128> {
        let bits = u128::from(self.0[0]) | u128::from(self.0[1]) << 32 | u128::from(self.0[2]) << 64;
        self.is_salesforce().then_some(bits & LOW_90)
    }

    /// The key as bytes, for hashing it together with something else.
    #[must_use]
    pub fn bytes(self) -> [u8; 12] {
        let mut bytes = [0; 12];
        for (part, word) in bytes.chunks_exact_mut(4).zip(self.0) {
            part.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// The key whose bytes these are.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 12]) -> Self {
        let mut words = [0; 3];
        for (word, part) in words.iter_mut().zip(bytes.as_chunks().0) {
            *word = u32::from_le_bytes(*part);
        }
        Self(words)
    }

    /// The bits that differ most between Ids made one after the other; no hash.
    #[must_use]
    pub const fn low_bits(self) -> usize {
        (self.0[0] ^ self.0[0] >> 12) as usize
    }

    /// A well-mixed hash: partitions take its middle bits, hash tables the rest. It is another one in every process, so
    /// that nobody can choose keys that all meet in one place; nothing that is given out may follow from it.
    #[must_use]
    #[inline]
    pub fn hash(self) -> u64 {
        self.mixed(*SEED)
    }

    /// The same number for the same key in every process: for places that several processes must agree on.
    #[must_use]
    pub fn place(self) -> u64 {
        self.mixed([0; 2])
    }

    /// Two multiplications of which both halves are kept: the keys are Ids or hashes already, and every key of a check
    /// comes through here.
    #[inline]
    fn mixed(self, [first, second]: [u64; 2]) -> u64 {
        let low = u64::from(self.0[0]) | u64::from(self.0[1]) << 32;
        let inner = fold(low ^ 0x9e37_79b9_7f4a_7c15 ^ first, 0xd6e8_feb8_6659_fd93);
        fold(inner ^ u64::from(self.0[2]) ^ second, 0xa076_1d64_78bd_642f)
    }
}

/// Multiplies to 128 bits and folds the halves together.
#[expect(clippy::cast_possible_truncation, reason = "both halves are kept")]
const fn fold(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    product as u64 ^ (product >> 64) as u64
}

impl std::hash::Hash for Key {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        state.write_u64(Self::hash(*self));
    }
}

/// Takes over the hash that [`Key`] computed itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct KeyHasher(u64);

impl std::hash::Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = fold(self.0 ^ u64::from(*byte), 0xa076_1d64_78bd_642f));
    }
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// A map by key.
pub type KeyMap<V> = hashbrown::HashMap<Key, V, std::hash::BuildHasherDefault<KeyHasher>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_a_key_are_the_key() {
        for key in [Key::NONE, Key::text(b"A-17"), Key::salesforce(0x0123_4567_89ab_cdef_0123)] {
            assert_eq!(Key::from_bytes(key.bytes()), key);
            assert_eq!(key.is_some(), key != Key::NONE);
        }
        assert_eq!(Key::salesforce(0x0123_4567_89ab_cdef_0123).packed(), Some(0x0123_4567_89ab_cdef_0123));
        assert_eq!(Key::text(b"A-17").packed(), None);
    }

    #[test]
    fn numbers_differ_by_channel_digits_and_length() {
        let channels = [Key::NONE, Key::salesforce(1), Key::salesforce(2), Key::text(b"x"), Key::text(b"y")];
        let texts = (0..20_000_u32).flat_map(|n| [format!("1{n:011}"), format!("{n:05}"), format!("{n:05}0")]);
        let digits: Vec<_> = texts.map(|text| Digits::read(text.as_bytes()).unwrap()).collect();
        let keys = channels.iter().flat_map(|channel| digits.iter().map(|digits| Key::number(*channel, *digits)));
        let different: KeyMap<()> = keys.map(|key| (key, ())).collect();
        assert_eq!(different.len(), channels.len() * digits.len());
    }

    #[test]
    fn kinds_of_keys_never_meet() {
        assert!(Key::salesforce(0).is_salesforce());
        assert!(!Key::text(b"x").is_salesforce());
        assert!(!Key::NONE.is_some() && !Key::NONE.is_salesforce());
        assert_eq!(Key::text(b"x"), Key::text(b"x"));
        assert_ne!(Key::text(b"x"), Key::text(b"X"));
    }

    /// Different values out of `space` that so many random ones have, less what chance may take.
    fn expected(values: usize, space: f64) -> usize {
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let meet = (values * values) as f64 / 2.0 / space;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand")]
        let meet = (3.0 * meet + 3.0) as usize;
        values - meet
    }

    #[test]
    fn every_part_of_the_key_of_a_number_follows_from_every_bit() {
        let number = Digits::read(b"14155550123").unwrap();
        let channels = (0..90).map(|bit| Key::salesforce(1 << bit));
        let by_channel: Vec<_> = channels.map(|channel| Key::number(channel, number)).collect();
        let texts = (0..15).flat_map(|at| (0..10).map(move |digit| (at, digit)));
        let texts = texts.map(|(at, digit)| format!("1{}{digit}{}", "5".repeat(at), "5".repeat(14 - at)));
        let lengths = (4..15).map(|length| "7".repeat(length));
        let mut digits: Vec<_> = texts.chain(lengths).map(|text| Digits::read(text.as_bytes()).unwrap()).collect();
        digits.dedup_by_key(|digits| digits.ends);
        let by_digits: Vec<_> = digits.iter().map(|digits| Key::number(Key::text(b"x"), *digits)).collect();
        for keys in [by_channel, by_digits] {
            let different = |part: fn(&Key) -> u64| {
                let mut parts: Vec<_> = keys.iter().map(part).collect();
                parts.sort_unstable();
                parts.dedup();
                parts.len()
            };
            let all = keys.iter().map(|key| (*key, ())).collect::<KeyMap<()>>().len();
            assert!(all >= 90);
            assert_eq!(different(|key| u64::from(key.0[0]) | u64::from(key.0[1]) << 32), all);
            assert!(different(|key| u64::from(key.0[2])) >= expected(all, f64::from(1 << 26)));
        }
    }
}
