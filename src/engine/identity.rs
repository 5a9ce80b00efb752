//! Records that must differ: which record of a key is the first, and which come after it.

use std::hash::BuildHasherDefault;

use super::entries::AddressEntry;
use super::keys::{Keyed, Partitioned};
use crate::findings::marks::Tally;
use crate::tables::key::{Key, KeyMap};

/// The other record of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
        in_org
            .entry(entry.address)
            .and_modify(|known| {
                if known.second.is_none() && known.first.0 != entry.id {
                    known.second = Some(this);
                }
            })
            .or_insert(InOrg { first: this, second: None });
    }
    let entries = users.iter().map(|chunk| chunk.part(partition).len()).sum();
    let mut in_file: KeyMap<(Key, u32)> = KeyMap::with_capacity_and_hasher(entries, BuildHasherDefault::default());
    let mut repeats = Vec::new();
    for entry in users.iter().flat_map(|chunk| chunk.part(partition)) {
        let collision = in_org
            .get(&entry.address)
            .and_then(|known| if known.first.0 == entry.id { known.second } else { Some(known.first) });
        let (first_id, first_row) = *in_file.entry(entry.address).or_insert((entry.id, entry.row));
        let same_id = entry.id.is_some() && entry.id == first_id;
        if let Some((_, row)) = collision {
            repeats.push((entry.row, Other::Existing(row)));
        } else if first_row != entry.row && !same_id {
            repeats.push((entry.row, Other::Row(first_row)));
        }
    }
    let tally = Tally { checked: entries as u64, failed: repeats.len() as u64 };
    (repeats, tally)
}
