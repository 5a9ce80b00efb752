//! Salesforce Ids made from record numbers: no two numbers give the same Id.

use crate::tables::id::suffix_of;

/// An Id of 18 characters.
pub type Id = [u8; 18];

/// MessagingEndUser.
pub const USER: [u8; 3] = *b"0PA";
/// MessagingSession.
pub const SESSION: [u8; 3] = *b"0Mw";
/// MessagingChannel.
pub const CHANNEL: [u8; 3] = *b"0Mj";
/// User: a service rep.
pub const REP: [u8; 3] = *b"005";
/// Contact.
pub const CONTACT: [u8; 3] = *b"003";
/// Account.
pub const ACCOUNT: [u8; 3] = *b"001";

/// Numbers from here on belong to records that are in no table.
pub const ABSENT: u64 = 1 << 40;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// What stands for the org behind the prefix. Its two cases make every Id one of mixed case.
const INSTANCE: [u8; 3] = *b"Ho0";
/// 2^53 is the largest power of two that nine characters hold.
const MASK: u64 = (1 << 53) - 1;

/// Makes the Ids of one data set.
#[derive(Debug, Clone, Copy)]
pub struct Ids {
    offset: u64,
}

impl Ids {
    /// Another seed, other Ids.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { offset: super::draw::mix(seed) }
    }

    /// A number below 2^53 for each number below 2^53.
    #[must_use]
    pub const fn scrambled(self, number: u64) -> u64 {
        // Every step maps 53 bits onto 53 bits one to one.
        let number = number.wrapping_add(self.offset).wrapping_mul(0x9e37_79b9_7f4a_7c15) & MASK;
        let number = (number ^ number >> 27).wrapping_mul(0xbf58_476d_1ce4_e5b9) & MASK;
        number ^ number >> 26
    }

    /// The Id of a record number below 2^53.
    #[must_use]
    pub fn id(self, prefix: [u8; 3], number: u64) -> Id {
        let mut left = self.scrambled(number);
        let mut body = [0; 15];
        body[..3].copy_from_slice(&prefix);
        body[3..6].copy_from_slice(&INSTANCE);
        for place in body[6..].iter_mut().rev() {
            *place = DIGITS[(left % 62) as usize];
            left /= 62;
        }
        whole(body)
    }
}

fn whole(body: [u8; 15]) -> Id {
    let mut id = [0; 18];
    id[..15].copy_from_slice(&body);
    // The body is made of letters and digits, so it has one.
    if let Some(suffix) = suffix_of(&body) {
        id[15..].copy_from_slice(&suffix);
    }
    id
}

/// An Id, or the first characters of one, as text.
#[must_use]
pub fn text(id: &[u8]) -> &str {
    std::str::from_utf8(id).unwrap_or_default()
}

/// An Id whose case was damaged in a way that its suffix can undo; `kind` chooses the way.
#[must_use]
pub fn damaged(id: &Id, kind: u64) -> String {
    let id = text(id);
    match kind % 3 {
        0 => id.to_ascii_lowercase(),
        1 => id.to_ascii_uppercase(),
        _ => format!("{}{}", &id[..15], id[15..].to_ascii_lowercase()),
    }
}

/// An Id that cannot be read any more; `kind` chooses the way.
#[must_use]
pub fn malformed(id: &Id, kind: u64) -> String {
    let mut bytes = *id;
    match kind % 6 {
        0 => return text(&id[..14]).to_owned(),
        1 => return text(&id[..17]).to_owned(),
        2 => return format!("{}A", text(id)),
        3 => bytes[8] = b'-',
        // The body has both cases, so a wrong suffix is no case damage.
        4 => bytes[17] = if bytes[17] == b'A' { b'B' } else { b'A' },
        // A lead: no field of these tables refers to one.
        _ => {
            let mut body = [0; 15];
            body.copy_from_slice(&id[..15]);
            body[..3].copy_from_slice(b"00Q");
            bytes = whole(body);
        }
    }
    text(&bytes).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::id::Fault::{Alphabet, Length, Prefix, Suffix};
    use crate::tables::id::Id as Read;
    use std::collections::HashSet;

    #[test]
    fn numbers_give_different_valid_ids() {
        let ids = Ids::new(1);
        let numbers = (0..20_000).chain(ABSENT..ABSENT + 20_000);
        let made: HashSet<Id> = numbers.map(|number| ids.id(USER, number)).collect();
        assert_eq!(made.len(), 40_000);
        assert!(made.iter().all(|id| matches!(Read::read(text(id), &["0PA"]), Read::Valid(_))));
    }

    #[test]
    fn damage_is_of_the_promised_kind() {
        for number in 0..2_000 {
            let id = Ids::new(2).id(CHANNEL, number);
            let key = Read::read(text(&id), &["0Mj"]).cell().key;
            for kind in 0..3 {
                let Read::Repairable(repaired, _) = Read::read(&damaged(&id, kind), &["0Mj"]) else { panic!("{kind}") };
                assert_eq!(repaired, key);
            }
            let faults: Vec<_> = (0..6).map(|kind| Read::read(&malformed(&id, kind), &["0Mj"])).collect();
            assert_eq!(faults, [Length, Length, Length, Alphabet, Suffix, Prefix].map(Read::Malformed));
        }
    }
}
