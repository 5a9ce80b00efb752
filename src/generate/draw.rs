//! Chance: a random number generator for each record, so that any record can be made again without the others.

use rand::Rng;
use rand_pcg::Pcg64Mcg;

/// Scrambles 64 bits; no two numbers give the same (the finalizer of SplitMix64).
#[must_use]
pub const fn mix(number: u64) -> u64 {
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

/// What a generator is for: each purpose draws other numbers.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// What a user is.
    User = 1,
    /// What a user's record says besides.
    UserCells,
    /// What a session is.
    Session,
    /// What a session's record says besides.
    SessionCells,
    /// Another customer for a session.
    Substitute,
}

/// Draws for one record.
#[derive(Debug)]
pub struct Draw(Pcg64Mcg);

impl Draw {
    /// The same arguments always give the same draws.
    #[must_use]
    pub fn new(seed: u64, purpose: Purpose, row: u32) -> Self {
        let low = mix(mix(seed) ^ (purpose as u64) << 32 ^ u64::from(row));
        Self(Pcg64Mcg::new(u128::from(mix(low ^ 0x9e37_79b9_7f4a_7c15)) << 64 | u128::from(low)))
    }

    /// A number from 0 to `end` - 1; 0 when there is none.
    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(end)) >> 64) as u64
    }

    /// As [`Draw::below`], for milliseconds.
    pub fn millis(&mut self, end: i64) -> i64 {
        self.below(end.unsigned_abs()).cast_signed()
    }

    /// As [`Draw::below`], for record numbers.
    pub fn row(&mut self, end: u32) -> u32 {
        u32::try_from(self.below(u64::from(end))).unwrap_or(0)
    }

    /// Whether something happens that happens so many times in a thousand.
    pub fn chance(&mut self, in_thousand: u64) -> bool {
        self.below(1000) < in_thousand
    }

    /// One of several; the first one when the list is the only choice.
    pub fn pick<T: Copy>(&mut self, list: &[T]) -> Option<T> {
        let at = usize::try_from(self.below(list.len() as u64)).unwrap_or(0);
        list.get(at).copied()
    }

    /// One of several texts.
    pub fn text(&mut self, list: &[&'static str]) -> &'static str {
        self.pick(list).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_repeat_and_differ_by_purpose() {
        let draw = |purpose, row| Draw::new(7, purpose, row).below(u64::MAX);
        assert_eq!(draw(Purpose::User, 3), draw(Purpose::User, 3));
        assert_ne!(draw(Purpose::User, 3), draw(Purpose::User, 4));
        assert_ne!(draw(Purpose::User, 3), draw(Purpose::Session, 3));
    }

    #[test]
    fn bounds_hold() {
        let mut draw = Draw::new(1, Purpose::User, 0);
        let seen: Vec<_> = (0..1000).map(|_| draw.below(6)).collect();
        assert!((0..6).all(|number| seen.contains(&number)) && seen.iter().all(|number| *number < 6));
        assert_eq!(draw.pick::<u8>(&[]), None);
    }
}
