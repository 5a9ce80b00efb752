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
    pub fn each(&mut self, verdicts: impl Iterator<Item = Verdict>) {
        for (row, verdict) in self.mask.iter_mut().zip(verdicts) {
            self.tally.count(verdict);
            if verdict == Verdict::Fail {
                *row |= self.bit;
            }
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
