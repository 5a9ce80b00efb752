//! Records that must differ: which record of a key is the first, and which come after it.

use std::hash::BuildHasherDefault;

use super::entries::{AddressEntry, VariantEntry};
use super::keys::{Keyed, Partitioned};
use crate::findings::marks::Tally;
use crate::tables::key::{Key, KeyMap};

/// The other record of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Other {
    /// A record of the same table.
    Row(u32),
    /// A record of `existing_users`.
    Existing(u32),
}

/// The first entry of every key in one partition, and the rows that repeat a key.
#[derive(Debug)]
pub struct Firsts<E> {
    /// First entries by key.
    pub by_key: KeyMap<E>,
    /// Rows after the first with the first's row.
    pub repeats: Vec<(u32, Other)>,
    /// Counts.
    pub tally: Tally,
}

/// Goes through one partition of all chunks in order of rows.
#[must_use]
pub fn firsts<E: Keyed>(chunks: &[Partitioned<E>], partition: usize) -> Firsts<E> {
    let entries = chunks.iter().map(|chunk| chunk.part(partition).len()).sum();
    let mut by_key: KeyMap<E> = KeyMap::with_capacity_and_hasher(entries, BuildHasherDefault::default());
    let mut repeats = Vec::new();
    for entry in chunks.iter().flat_map(|chunk| chunk.part(partition)) {
        match by_key.entry(entry.key()) {
            hashbrown::hash_map::Entry::Vacant(place) => {
                place.insert(*entry);
            }
            hashbrown::hash_map::Entry::Occupied(first) => repeats.push((entry.row(), Other::Row(first.get().row()))),
        }
    }
    let tally = Tally { checked: entries as u64, failed: repeats.len() as u64 };
    Firsts { by_key, repeats, tally }
}

/// The first record in the org with an address, and the first with another Id than that one's.
#[derive(Debug, Clone, Copy)]
struct InOrg {
    first: (Key, u32),
    second: Option<(Key, u32)>,
}

impl InOrg {
    const fn new(this: (Key, u32)) -> Self {
        Self { first: this, second: None }
    }

    fn add(&mut self, this: (Key, u32)) {
        if self.second.is_none() && self.first.0 != this.0 {
            self.second = Some(this);
        }
    }

    /// The first record with another Id; an Id that is not known is another one.
    fn other_than(&self, id: Key) -> Option<u32> {
        let other = if self.first.0 == id { self.second } else { Some(self.first) };
        other.map(|(_, row)| row)
    }
}

/// Addresses of one partition that occur twice: in the org under another Id, or earlier in the file unless both
/// records have one Id (then the Id itself is the finding).
#[must_use]
pub fn addresses(
    users: &[Partitioned<AddressEntry>],
    existing: &[Partitioned<AddressEntry>],
    partition: usize,
) -> (Vec<(u32, Other)>, Tally) {
    let mut in_org: KeyMap<InOrg> = KeyMap::default();
    for entry in existing.iter().flat_map(|chunk| chunk.part(partition)).filter(|entry| entry.id.is_some()) {
        let this = (entry.id, entry.row);
        in_org.entry(entry.address).and_modify(|known| known.add(this)).or_insert(InOrg::new(this));
    }
    let entries = users.iter().map(|chunk| chunk.part(partition).len()).sum();
    let mut in_file: KeyMap<(Key, u32)> = KeyMap::with_capacity_and_hasher(entries, BuildHasherDefault::default());
    let mut repeats = Vec::new();
    for entry in users.iter().flat_map(|chunk| chunk.part(partition)) {
        let collision = in_org.get(&entry.address).and_then(|known| known.other_than(entry.id));
        let (first_id, first_row) = *in_file.entry(entry.address).or_insert((entry.id, entry.row));
        let same_id = entry.id.is_some() && entry.id == first_id;
        if let Some(row) = collision {
            repeats.push((entry.row, Other::Existing(row)));
        } else if first_row != entry.row && !same_id {
            repeats.push((entry.row, Other::Row(first_row)));
        }
    }
    let tally = Tally { checked: entries as u64, failed: repeats.len() as u64 };
    (repeats, tally)
}

/// What is known of one number: about its short form, then about its long one.
type BothForms<T> = [Option<T>; 2];

/// Numbers of one partition that occur in the other of their country's two forms: in the org under another Id, or
/// earlier in the file unless both records have one Id.
#[must_use]
pub fn variants(
    users: &[Partitioned<VariantEntry>],
    existing: &[Partitioned<VariantEntry>],
    partition: usize,
) -> (Vec<(u32, Other)>, Tally) {
    let mut in_org: KeyMap<BothForms<InOrg>> = KeyMap::default();
    for entry in existing.iter().flat_map(|chunk| chunk.part(partition)).filter(|entry| entry.id.is_some()) {
        let this = (entry.id, entry.row);
        let known = &mut in_org.entry(entry.number).or_default()[usize::from(entry.long)];
        known.get_or_insert(InOrg::new(this)).add(this);
    }
    let mut in_file: KeyMap<BothForms<(Key, u32)>> = KeyMap::default();
    let (mut repeats, mut checked) = (Vec::new(), 0);
    for entry in users.iter().flat_map(|chunk| chunk.part(partition)) {
        checked += 1;
        let other = usize::from(!entry.long);
        let collision = in_org.get(&entry.number).and_then(|known| known[other]?.other_than(entry.id));
        let firsts = in_file.entry(entry.number).or_default();
        firsts[usize::from(entry.long)].get_or_insert((entry.id, entry.row));
        if let Some(row) = collision {
            repeats.push((entry.row, Other::Existing(row)));
        } else if let Some((_, row)) = firsts[other].filter(|(id, _)| !(id.is_some() && *id == entry.id)) {
            repeats.push((entry.row, Other::Row(row)));
        }
    }
    let failed = repeats.len() as u64;
    (repeats, Tally { checked, failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_record_of_another_id_is_told() {
        let [one, other, third] = [b"1", b"2", b"3"].map(|text| Key::text(text));
        let mut known = InOrg::new((one, 4));
        for this in [(one, 4), (one, 5), (other, 6), (third, 7), (other, 8)] {
            known.add(this);
        }
        assert_eq!([one, other, third, Key::NONE].map(|id| known.other_than(id)), [Some(6), Some(4), Some(4), Some(4)]);
        assert_eq!(InOrg::new((one, 4)).other_than(one), None);
    }
}
