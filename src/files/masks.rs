//! The bytes that structure a CSV file, found 64 at a time as bits of a word.

/// Bytes per block.
pub const BLOCK: usize = 64;

/// One bit per byte of a block: bit 0 is the first byte.
#[derive(Debug, Clone, Copy, Default)]
pub struct Masks {
    /// Separators.
    pub separators: u64,
    /// LF.
    pub feeds: u64,
    /// CR.
    pub returns: u64,
    /// Double quotes.
    pub quotes: u64,
    /// Bytes that continue a character of UTF-8.
    pub inner: u64,
}

impl Masks {
    /// Looks at a block.
    #[must_use]
    #[inline]
    pub fn of(block: &[u8; BLOCK], separator: u8) -> Self {
        let (separators, feeds) = (equal(block, separator), equal(block, b'\n'));
        // One question for three masks: most blocks have neither quotes nor CR, and are ASCII.
        let rare = |byte: &u8| u8::from(*byte == b'"') | u8::from(*byte == b'\r') | byte >> 7;
        if block.iter().fold(0, |seen, byte| seen | rare(byte)) == 0 {
            return Self { separators, feeds, ..Self::default() };
        }
        Self {
            separators,
            feeds,
            returns: equal(block, b'\r'),
            quotes: equal(block, b'"'),
            inner: bits(block, |byte| byte & 0xC0 == 0x80),
        }
    }

    /// Looks at the last bytes, fewer than a block. What is beyond them counts as text.
    #[must_use]
    pub fn of_rest(rest: &[u8], separator: u8) -> Self {
        let mut block = [b' '; BLOCK];
        block.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        let masks = Self::of(&block, separator);
        // The separator may be any byte, a blank as well.
        Self { separators: masks.separators & below(rest.len()), ..masks }
    }
}

/// The bits of the bytes before a place.
#[must_use]
pub const fn below(place: usize) -> u64 {
    if place >= BLOCK { u64::MAX } else { (1 << place) - 1 }
}

#[inline]
fn equal(block: &[u8; BLOCK], wanted: u8) -> u64 {
    bits(block, |byte| byte == wanted)
}

/// Written so that the compiler compares whole vectors: one byte of 0 or 1 for each, then eight of them at a time are
/// drawn together by a multiplication that moves the lowest bit of byte `n` to bit `56 + n`.
#[inline]
fn bits(block: &[u8; BLOCK], wanted: impl Fn(u8) -> bool) -> u64 {
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let found = block.map(|byte| u8::from(wanted(byte)));
    let (words, _) = found.as_chunks::<8>();
    let word = |bits: u64, (at, bytes): (usize, &[u8; 8])| {
        bits | (u64::from_le_bytes(*bytes).wrapping_mul(GATHER) >> 56) << (at * 8)
    };
    words.iter().enumerate().fold(0, word)
}
