//! The bytes that structure a CSV file, found 64 at a time as bits of a word.

use wide::u8x16;

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
        let block = Block::of(block);
        let (separators, feeds) = (block.equal(separator), block.equal(b'\n'));
        let found = Self { separators, feeds, ..Self::default() };
        if block.is_plain() {
            return found;
        }
        let (returns, quotes) = (block.equal(b'\r'), block.equal(b'"'));
        Self { returns, quotes, inner: block.bits(|bytes| (bytes & each(0xC0)).simd_eq(each(0x80))), ..found }
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

const fn each(byte: u8) -> u8x16 {
    u8x16::splat(byte)
}

/// A block as four vectors.
struct Block([u8x16; BLOCK / 16]);

impl Block {
    #[inline]
    fn of(bytes: &[u8; BLOCK]) -> Self {
        let mut parts = bytes.as_chunks().0.iter();
        Self(std::array::from_fn(|_| parts.next().map_or(u8x16::ZERO, |part| u8x16::new(*part))))
    }

    /// Whether it has neither quotes nor CR, and is ASCII, as most blocks are.
    #[inline]
    fn is_plain(&self) -> bool {
        let unusual = |part: u8x16| part.max(part.simd_eq(each(b'"'))).max(part.simd_eq(each(b'\r')));
        self.0.iter().fold(u8x16::ZERO, |found, part| found.max(unusual(*part))).to_bitmask() == 0
    }

    #[inline]
    fn equal(&self, wanted: u8) -> u64 {
        self.bits(|bytes| bytes.simd_eq(each(wanted)))
    }

    /// The highest bit of every byte of what a question makes of the block.
    #[inline]
    fn bits(&self, question: impl Fn(u8x16) -> u8x16) -> u64 {
        self.0.iter().rev().fold(0, |bits, part| bits << 16 | u64::from(question(*part).to_bitmask()))
    }
}
