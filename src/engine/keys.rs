//! The key index: entries of each chunk sorted into hash partitions, so that every partition of a join fits the cache.

use crate::tables::key::Key;

/// How many partitions there are: small enough for a chunk to fill them, large enough for ten million keys to leave
/// twenty thousand in each.
pub const PARTITIONS: usize = 512;

/// Something with a key.
pub trait Keyed: Copy {
    /// The key that it is found by.
    fn key(&self) -> Key;
    /// The record's number in its table.
    fn row(&self) -> u32;
}

/// The entries of one chunk, by partition; within a partition in order of rows.
#[derive(Debug, Default)]
pub struct Partitioned<E> {
    entries: Box<[E]>,
    starts: Box<[u32]>,
}

impl<E: Keyed> Partitioned<E> {
    /// Sorts entries by partition.
    #[must_use]
    pub fn new(entries: &[E]) -> Self {
        let Some(first) = entries.first() else {
            return Self { entries: Box::default(), starts: Box::default() };
        };
        let places: Vec<u16> = entries.iter().map(|entry| partition_of(entry.key())).collect();
        let mut starts = vec![0_u32; PARTITIONS + 1];
        for place in &places {
            starts[usize::from(*place) + 1] += 1;
        }
        for at in 0..PARTITIONS {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut sorted = vec![*first; entries.len()];
        for (entry, place) in entries.iter().zip(places) {
            let at = &mut next[usize::from(place)];
            sorted[*at as usize] = *entry;
            *at += 1;
        }
        Self { entries: sorted.into(), starts: starts.into() }
    }

    /// The entries of one partition.
    #[must_use]
    pub fn part(&self, partition: usize) -> &[E] {
        match (self.starts.get(partition), self.starts.get(partition + 1)) {
            (Some(start), Some(end)) => &self.entries[*start as usize..*end as usize],
            _ => &[],
        }
    }

    /// All entries.
    pub fn all(&self) -> impl Iterator<Item = &E> {
        self.entries.iter()
    }

    /// The number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// The partition of a key. It takes bits that hash tables do not look at.
fn partition_of(key: Key) -> u16 {
    const MASK: u64 = PARTITIONS as u64 - 1;
    u16::try_from(key.hash() >> 32 & MASK).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Entry(Key, u32);

    impl Keyed for Entry {
        fn key(&self) -> Key {
            self.0
        }
        fn row(&self) -> u32 {
            self.1
        }
    }

    #[test]
    fn ids_made_in_any_order_spread_over_all_partitions() {
        const COUNT: usize = 200_000;
        // One after the other, with gaps, and counted in the upper characters.
        for (step, shift) in [(1, 0), (64, 0), (512, 0), (4096, 0), (1, 6), (1, 24), (1, 48), (1, 70)] {
            let ids = (0..COUNT as u128).map(|at| ((at * step) << shift) & ((1 << 90) - 1));
            let mut held = [0_usize; PARTITIONS];
            ids.for_each(|id| held[usize::from(partition_of(Key::salesforce(id)))] += 1);
            let most = held.into_iter().max().unwrap_or(0);
            assert!(most < COUNT / PARTITIONS * 3 / 2, "step {step}, shift {shift}: {most} in one partition");
        }
    }

    #[test]
    fn chosen_keys_do_not_meet_in_one_partition() {
        const COUNT: usize = 20_000;
        // What anybody can choose who knows the source: keys that are in one partition when nothing is random.
        let in_one = |key: &Key| key.place() >> 32 & (PARTITIONS as u64 - 1) == 0;
        let chosen: Vec<_> = (0..1_u128 << 90).map(Key::salesforce).filter(in_one).take(COUNT).collect();
        let mut held = [0_usize; PARTITIONS];
        chosen.iter().for_each(|key| held[usize::from(partition_of(*key))] += 1);
        let most = held.into_iter().max().unwrap_or(0);
        assert!(chosen.len() == COUNT && most < COUNT / PARTITIONS * 4, "{most} in one partition");
    }

    #[test]
    fn every_entry_is_in_one_partition_in_order() {
        let entries: Vec<_> = (0..5000_u32).map(|row| Entry(Key::text(&(row % 900).to_le_bytes()), row)).collect();
        let sorted = Partitioned::new(&entries);
        let mut seen = Vec::new();
        for partition in 0..PARTITIONS {
            let part = sorted.part(partition);
            assert!(part.windows(2).all(|pair| pair[0].1 < pair[1].1));
            seen.extend_from_slice(part);
        }
        seen.sort_by_key(|entry| entry.1);
        assert_eq!(seen, entries);
        assert!(Partitioned::<Entry>::new(&[]).part(7).is_empty());
    }
}
