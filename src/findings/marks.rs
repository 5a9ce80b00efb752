//! Bits and counts: what a rule leaves behind.

use crate::engine::identity::Other;
use crate::rule::Verdict;

/// How many records a rule decided and how many of them failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Passed or failed.
    pub checked: u64,
    /// Failed.
    pub failed: u64,
}

impl Tally {
    /// Adds the counts of another part of the data.
    pub const fn add(&mut self, other: Self) {
        self.checked += other.checked;
        self.failed += other.failed;
    }

    /// Counts one verdict.
    pub const fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Undecided => {}
            Verdict::Pass => self.checked += 1,
            Verdict::Fail => {
                self.checked += 1;
                self.failed += 1;
            }
        }
    }
}

/// The verdicts of 64 rows, a bit each.
#[derive(Debug, Clone, Copy, Default)]
struct Word {
    decided: u64,
    failed: u64,
}

impl Word {
    const ROWS: usize = 64;

    /// The verdicts of up to 64 rows: a byte each first, so that no row waits for the one before it.
    #[inline]
    fn of(verdicts: impl Iterator<Item = Verdict>) -> Self {
        let mut bytes = [0; Self::ROWS];
        for (byte, verdict) in bytes.iter_mut().zip(verdicts) {
            *byte = verdict as u8;
        }
        let eights = bytes.as_chunks().0.iter().rev().map(|eight| u64::from_le_bytes(*eight));
        eights.fold(Self::default(), |word, eight| Self {
            decided: word.decided << 8 | lowest_bits(eight),
            failed: word.failed << 8 | lowest_bits(eight >> 1),
        })
    }
}

/// The lowest bits of eight bytes side by side: the product moves bit 8i to bit 56 + i, and nothing else meets it there.
const fn lowest_bits(bytes: u64) -> u64 {
    (bytes & 0x0101_0101_0101_0101).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Where a row rule writes: its bit of each row's mask, and its tally.
#[derive(Debug)]
pub struct Marks<'a> {
    mask: &'a mut [u64],
    bit: u64,
    tally: Tally,
    named: Vec<(usize, Other)>,
}

impl<'a> Marks<'a> {
    /// Marks for one rule over the rows of one batch.
    #[must_use]
    pub const fn new(mask: &'a mut [u64], bit: u8) -> Self {
        Self { mask, bit: 1 << bit, tally: Tally { checked: 0, failed: 0 }, named: Vec::new() }
    }

    /// Takes the verdicts of all rows of the batch, in order.
    pub fn each(&mut self, mut verdicts: impl Iterator<Item = Verdict>) {
        for first in (0..self.mask.len()).step_by(Word::ROWS) {
            let rows = Word::ROWS.min(self.mask.len() - first);
            self.word(first, Word::of(verdicts.by_ref().take(rows)));
        }
    }

    /// Takes the verdicts of the cells of several columns: a row fails when any of its cells fails, and passes when any
    /// was decided.
    pub fn any_of<'b, T: Copy + 'b>(&mut self, columns: impl Iterator<Item = &'b [T]>, verdict: impl Fn(T) -> Verdict) {
        let mut words = vec![Word::default(); self.mask.len().div_ceil(Word::ROWS)];
        for column in columns {
            for (word, cells) in words.iter_mut().zip(column.chunks(Word::ROWS)) {
                let column = Word::of(cells.iter().map(|cell| verdict(*cell)));
                word.decided |= column.decided;
                word.failed |= column.failed;
            }
        }
        for (first, word) in (0..).step_by(Word::ROWS).zip(words) {
            self.word(first, word);
        }
    }

    /// Takes the verdicts of up to 64 rows. Findings are few, so most words touch no mask.
    fn word(&mut self, first: usize, word: Word) {
        self.tally.checked += u64::from(word.decided.count_ones());
        self.tally.failed += u64::from(word.failed.count_ones());
        let mut failed = word.failed;
        while failed != 0 {
            self.mask[first + failed.trailing_zeros() as usize] |= self.bit;
            failed &= failed - 1;
        }
    }

    /// The same for a rule whose findings name another record.
    pub fn each_naming(&mut self, verdicts: impl Iterator<Item = (Verdict, Option<Other>)>) {
        let mut named = std::mem::take(&mut self.named);
        self.each(verdicts.enumerate().map(|(place, (verdict, other))| {
            named.extend(other.filter(|_| verdict == Verdict::Fail).map(|other| (place, other)));
            verdict
        }));
        self.named = named;
    }

    /// The other records of findings, by place in the batch.
    pub fn take_named(&mut self) -> Vec<(usize, Other)> {
        std::mem::take(&mut self.named)
    }

    /// The counts so far.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.tally
    }
}
