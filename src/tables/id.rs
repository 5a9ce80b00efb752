//! Salesforce Ids: 15 case-sensitive characters, or 18 with a suffix that remembers the case.
//!
//! The suffix holds five bits per character: bit j of character g says that character 5g + j is an upper-case letter.
//! So it cannot prove that an Id exists, but it can undo what a spreadsheet did to the case.

use super::cell::is_missing;
use super::key::Key;

const SUFFIX: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
const BODY: usize = 15;

/// What is wrong with an Id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Neither 15 nor 18 characters.
    Length,
    /// A character that is no ASCII letter or digit.
    Alphabet,
    /// The suffix does not belong to the 15 characters, and they cannot be repaired with certainty.
    Suffix,
    /// A good Id of another object.
    Prefix,
}

/// A decoded Id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Id {
    /// Null, blank, `#N/A` or all zeros.
    Missing,
    /// As it should be.
    Valid(Key),
    /// The case was damaged, and the suffix proves the right one.
    Repairable(Key, [u8; 18]),
    /// Cannot be read.
    Malformed(Fault),
}

/// The six-bit number of a character, or 0xff.
const SIX_BITS: [u8; 256] = {
    let mut table = [0xff; 256];
    let mut at: u8 = 0;
    while at < 10 {
        table[(b'0' + at) as usize] = at;
        at += 1;
    }
    at = 0;
    while at < 26 {
        table[(b'A' + at) as usize] = 10 + at;
        table[(b'a' + at) as usize] = 36 + at;
        at += 1;
    }
    table
};

impl Id {
    /// Reads a cell of a field that holds Ids with one of these prefixes.
    #[must_use]
    pub fn read(text: &(impl AsRef<[u8]> + ?Sized), prefixes: &[&str]) -> Self {
        let bytes = text.as_ref();
        if !matches!(bytes.len(), 15 | 18) {
            return if is_missing(bytes) { Self::Missing } else { Self::Malformed(Fault::Length) };
        }
        let Some((body, suffix)) = bytes.split_first_chunk::<BODY>() else { return Self::Malformed(Fault::Length) };
        let Some(packed) = pack(body) else {
            return if is_missing(bytes) { Self::Missing } else { Self::Malformed(Fault::Alphabet) };
        };
        let repaired = match <&[u8; 3]>::try_from(suffix) {
            Err(_) => None,
            Ok(given) if *given == suffix_of(body) => None,
            Ok(given) => match repair(body, *given) {
                Ok(repaired) => Some(repaired),
                Err(fault) => return Self::Malformed(fault),
            },
        };
        match repaired {
            None if packed == 0 => Self::Missing,
            None if has_prefix(body, prefixes) => Self::Valid(Key::salesforce(packed)),
            Some(whole) if has_prefix(&whole, prefixes) => match whole.first_chunk().and_then(pack) {
                Some(packed) => Self::Repairable(Key::salesforce(packed), whole),
                None => Self::Malformed(Fault::Alphabet),
            },
            _ => Self::Malformed(Fault::Prefix),
        }
    }

    /// The compact form of one cell.
    #[must_use]
    pub const fn cell(self) -> IdCell {
        match self {
            Self::Missing => IdCell { key: Key::NONE, state: State::Missing },
            Self::Valid(key) => IdCell { key, state: State::Valid },
            Self::Repairable(key, _) => IdCell { key, state: State::Damaged },
            Self::Malformed(_) => IdCell { key: Key::NONE, state: State::Malformed },
        }
    }
}

/// How a cell of an Id column was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// No value.
    Missing,
    /// A good Id, or an external key.
    Valid,
    /// Damaged case, key known.
    Damaged,
    /// Unreadable, no key.
    Malformed,
}

/// A decoded cell of an Id column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdCell {
    /// The key, or [`Key::NONE`].
    pub key: Key,
    /// How it was read.
    pub state: State,
}

impl IdCell {
    /// A cell without a value.
    pub const MISSING: Self = Self { key: Key::NONE, state: State::Missing };

    /// Reads a cell of a column that holds external keys.
    #[must_use]
    pub fn external(text: &[u8]) -> Self {
        if is_missing(text) { Self::MISSING } else { Self { key: Key::text(text), state: State::Valid } }
    }
}

fn pack(body: &[u8; BODY]) -> Option<u128> {
    // Three groups of five characters, so that the processor works on all of them at once.
    let (mut groups, mut seen) = ([0_u32; 3], 0_u8);
    for at in 0..5 {
        for (group, packed) in groups.iter_mut().enumerate() {
            let six = SIX_BITS[usize::from(body[group * 5 + at])];
            seen |= six;
            *packed = *packed << 6 | u32::from(six & 63);
        }
    }
    let packed = u128::from(groups[0]) << 60 | u128::from(groups[1]) << 30 | u128::from(groups[2]);
    (seen & 0x80 == 0).then_some(packed)
}

/// The three characters that belong behind a 15-character Id.
#[must_use]
pub fn suffix_of(body: &[u8; BODY]) -> [u8; 3] {
    let mut suffix = [0; 3];
    for (group, character) in suffix.iter_mut().enumerate() {
        let mut bits = 0;
        for at in 0..5 {
            bits |= usize::from(body[group * 5 + at].is_ascii_uppercase()) << at;
        }
        *character = SUFFIX[bits];
    }
    suffix
}

/// The 18-character form of an Id of any object, its case repaired where the suffix proves it.
#[must_use]
pub fn id18(text: &str) -> Option<String> {
    let (body, suffix) = text.as_bytes().split_first_chunk::<BODY>()?;
    if pack(body)? == 0 {
        return None;
    }
    let whole = match <&[u8; 3]>::try_from(suffix) {
        Ok(given) if *given != suffix_of(body) => repair(body, *given).ok()?.to_vec(),
        Err(_) if !suffix.is_empty() => return None,
        _ => [&body[..], &suffix_of(body)].concat(),
    };
    String::from_utf8(whole).ok()
}

/// Puts the case right that the suffix remembers. Only certain when the suffix fits the body but for its own case, or
/// when all letters of the body have one case: then an upper- or lower-casing tool did it, not a typing error.
fn repair(body: &[u8; BODY], suffix: [u8; 3]) -> Result<[u8; 18], Fault> {
    let suffix = suffix.map(|byte| byte.to_ascii_uppercase());
    if suffix.iter().any(|byte| SIX_BITS[usize::from(*byte)] == 0xff) {
        return Err(Fault::Alphabet);
    }
    let mut whole = [0; 18];
    whole[BODY..].copy_from_slice(&suffix);
    if suffix == suffix_of(body) {
        whole[..BODY].copy_from_slice(body);
        return Ok(whole);
    }
    let one_case = !body.iter().any(u8::is_ascii_uppercase) || !body.iter().any(u8::is_ascii_lowercase);
    if !one_case {
        return Err(Fault::Suffix);
    }
    for (at, byte) in body.iter().enumerate() {
        let bits = SUFFIX.iter().position(|known| *known == suffix[at / 5]).ok_or(Fault::Suffix)?;
        whole[at] = match (bits >> (at % 5) & 1 == 1, byte.is_ascii_alphabetic()) {
            (true, true) => byte.to_ascii_uppercase(),
            (true, false) => return Err(Fault::Suffix),
            (false, _) => byte.to_ascii_lowercase(),
        };
    }
    Ok(whole)
}

fn has_prefix(id: &[u8], prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| id.starts_with(prefix.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_any_object_get_their_suffix() {
        for (text, whole) in [
            ("0PA000000000001", Some("0PA000000000001GAA")),
            ("0PA000000000001GAA", Some("0PA000000000001GAA")),
            ("0pa000000000001gaa", Some("0PA000000000001GAA")),
            ("0PA000000000001AAA", None),
            ("0PA00000000000", None),
            ("0PA000000000001G", None),
            ("000000000000000", None),
            ("0PA00000000000-", None),
            ("", None),
        ] {
            assert_eq!(id18(text).as_deref(), whole, "{text}");
        }
    }
    use proptest::prelude::*;

    const CHANNEL: &str = "0MjHo000000PCQzKAO";

    fn key(text: &str) -> Key {
        Id::read(text, &["0Mj"]).cell().key
    }

    #[test]
    fn published_ids_carry_their_suffix() {
        for (id, prefix) in [(CHANNEL, "0Mj"), ("0MwgK00000DZhtpSAD", "0Mw"), ("006x0000001YZ8YAAW", "006")] {
            assert!(matches!(Id::read(id, &[prefix]), Id::Valid(_)), "{id}");
        }
    }

    #[test]
    fn both_lengths_are_one_record_and_case_counts() {
        assert_eq!(key(CHANNEL), key(&CHANNEL[..15]));
        assert_ne!(key("0MjHo000000PCQz"), key("0MjHo000000PCQZ"));
    }

    #[test]
    fn case_damage_is_repaired_from_the_suffix() {
        for damaged in [CHANNEL.to_lowercase(), CHANNEL.to_uppercase(), format!("{}kao", &CHANNEL[..15])] {
            let Id::Repairable(repaired, whole) = Id::read(&damaged, &["0Mj"]) else { panic!("{damaged}") };
            assert_eq!(repaired, key(CHANNEL));
            assert_eq!(&whole, CHANNEL.as_bytes());
        }
    }

    #[test]
    fn faults_are_told_apart() {
        let fault = |text: &str| match Id::read(text, &["0Mj"]) {
            Id::Malformed(fault) => Some(fault),
            _ => None,
        };
        assert_eq!(fault("0MjHo000000PCQ"), Some(Fault::Length));
        assert_eq!(fault("0MjHo000000PC-z"), Some(Fault::Alphabet));
        assert_eq!(fault("0MjHo000000PCQzKAA"), Some(Fault::Suffix));
        assert_eq!(fault("0MjHo000000PCQzKA6"), Some(Fault::Suffix));
        assert_eq!(fault("0PAHo000000PCQz"), Some(Fault::Prefix));
    }

    #[test]
    fn zeros_and_blanks_are_missing() {
        for text in ["", "   ", "#N/A", "000000000000000", "000000000000000AAA", "               "] {
            assert_eq!(Id::read(text, &["0Mj"]), Id::Missing, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_fails_on_any_text(text in "\\PC{0,20}") {
            let _ = Id::read(&text, &["0PA"]);
        }

        #[test]
        fn a_right_suffix_is_valid_and_one_case_is_repaired(tail in "[0-9A-Za-z]{12}") {
            let body = format!("0PA{tail}");
            let bytes: [u8; 15] = body.as_bytes().try_into().unwrap();
            let whole = format!("{body}{}", String::from_utf8(suffix_of(&bytes).to_vec()).unwrap());
            let Id::Valid(key) = Id::read(&whole, &["0PA"]) else { panic!("{whole}") };
            prop_assert_eq!(Id::read(&body, &["0PA"]), Id::Valid(key));
            for damaged in [whole.to_ascii_lowercase(), whole.to_ascii_uppercase()] {
                match Id::read(&damaged, &["0PA"]) {
                    Id::Repairable(repaired, text) => {
                        prop_assert_eq!(repaired, key);
                        prop_assert_eq!(&text[..], whole.as_bytes());
                    }
                    other => prop_assert!(damaged == whole, "{:?}", other),
                }
            }
        }
    }
}
