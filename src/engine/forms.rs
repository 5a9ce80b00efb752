//! The two forms of WhatsApp numbers, counted by channel.

use crate::findings::marks::Tally;
use crate::tables::key::{Key, KeyMap};
use crate::tables::whatsapp::NumberForm;

/// How many users of one channel have which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FormCounts {
    /// With plus sign.
    pub plus: u64,
    /// Digits alone.
    pub bare: u64,
}

impl FormCounts {
    const fn add(&mut self, other: Self) {
        self.plus += other.plus;
        self.bare += other.bare;
    }

    /// The form that fewer users have, the one without plus sign if as many have either; nothing when all have one form.
    #[must_use]
    pub const fn rarer(self) -> Option<NumberForm> {
        match (self.plus, self.bare) {
            (0, _) | (_, 0) => None,
            (plus, bare) if plus < bare => Some(NumberForm::Plus),
            _ => Some(NumberForm::Bare),
        }
    }
}

/// A user whose number is in one of the forms: eight bytes, since there may be as many as records.
#[derive(Debug, Clone, Copy)]
struct Entry {
    row: u32,
    /// The channel's place in the chunk's list, and in the last bit whether the plus sign is missing.
    place: u32,
}

impl Entry {
    const fn form(self) -> NumberForm {
        if self.place & 1 == 1 { NumberForm::Bare } else { NumberForm::Plus }
    }
}

/// The forms in one chunk.
#[derive(Debug, Default)]
pub struct Forms {
    channels: Vec<(Key, FormCounts)>,
    places: KeyMap<u32>,
    entries: Vec<Entry>,
}

impl Forms {
    /// Notes a user.
    pub fn add(&mut self, channel: Key, row: u32, form: NumberForm) {
        let next = u32::try_from(self.channels.len()).unwrap_or(u32::MAX);
        let place = *self.places.entry(channel).or_insert(next);
        if place == next {
            self.channels.push((channel, FormCounts::default()));
        }
        let counts = &mut self.channels[place as usize].1;
        match form {
            NumberForm::Plus => counts.plus += 1,
            NumberForm::Bare => counts.bare += 1,
        }
        self.entries.push(Entry { row, place: place << 1 | u32::from(form == NumberForm::Bare) });
    }

    /// Gives back what is needed no more once all users of the chunk are in.
    pub fn shrink(&mut self) {
        self.places = KeyMap::default();
        self.entries.shrink_to_fit();
    }
}

/// The channels on which both forms occur.
#[must_use]
pub fn mixed(chunks: &[Forms]) -> KeyMap<FormCounts> {
    let mut counts: KeyMap<FormCounts> = KeyMap::default();
    for (channel, part) in chunks.iter().flat_map(|chunk| &chunk.channels) {
        counts.entry(*channel).or_default().add(*part);
    }
    counts.retain(|_, counts| counts.rarer().is_some());
    counts
}

/// The users whose number is in the rarer form of their channel, in order, and the counts.
#[must_use]
pub fn rarer(chunks: &[Forms], mixed: &KeyMap<FormCounts>) -> (Vec<u32>, Tally) {
    let (mut rows, mut checked) = (Vec::new(), 0);
    for chunk in chunks {
        checked += chunk.entries.len() as u64;
        let rare: Vec<_> =
            chunk.channels.iter().map(|(channel, _)| mixed.get(channel).and_then(|counts| counts.rarer())).collect();
        if rare.iter().any(Option::is_some) {
            let failed = chunk.entries.iter().filter(|entry| rare[(entry.place >> 1) as usize] == Some(entry.form()));
            rows.extend(failed.map(|entry| entry.row));
        }
    }
    let failed = rows.len() as u64;
    (rows, Tally { checked, failed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use NumberForm::{Bare, Plus};

    fn found(chunks: &[&[(u8, NumberForm)]]) -> (Vec<u32>, u64) {
        let mut row = 0;
        let chunks: Vec<_> = chunks
            .iter()
            .map(|users| {
                let mut forms = Forms::default();
                for (channel, form) in *users {
                    forms.add(Key::text(&[*channel]), row, *form);
                    row += 1;
                }
                forms.shrink();
                forms
            })
            .collect();
        let (rows, tally) = rarer(&chunks, &mixed(&chunks));
        assert_eq!(tally.failed, rows.len() as u64);
        (rows, tally.checked)
    }

    #[test]
    fn counts_are_of_the_whole_table_whatever_the_chunks() {
        let users = [(1, Plus), (2, Bare), (1, Bare), (1, Bare), (2, Bare), (1, Plus), (1, Bare), (3, Plus), (2, Plus)];
        let whole = found(&[&users]);
        assert_eq!(whole, (vec![0, 5, 8], 9));
        assert_eq!(found(&[&users[..1], &users[1..4], &[], &users[4..]]), whole);
    }

    #[test]
    fn a_tie_is_at_the_cost_of_bare_digits_and_one_form_alone_is_sound() {
        assert_eq!(found(&[&[(1, Plus), (1, Bare)]]), (vec![1], 2));
        assert_eq!(found(&[&[(1, Bare), (1, Bare)], &[(2, Plus)]]), (vec![], 3));
        assert_eq!(found(&[]), (vec![], 0));
    }
}
