//! Salesforce Ids: 15 case-sensitive characters, or 18 with a suffix that remembers the case.
//!
//! The suffix holds five bits per character: bit j of character g says that character 5g + j is an upper-case letter.
//! So it cannot prove that an Id exists, but it can undo what a spreadsheet did to the case.

use wide::bytemuck::cast;
use wide::{i16x8, i32x4, u8x16, u16x8, u64x2};

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

impl Id {
    /// Reads a cell of a field that holds Ids with one of these prefixes.
    #[must_use]
    pub fn read(text: &(impl AsRef<[u8]> + ?Sized), prefixes: &[&str]) -> Self {
        let bytes = text.as_ref();
        if !matches!(bytes.len(), 15 | 18) {
            return if is_missing(bytes) { Self::Missing } else { Self::Malformed(Fault::Length) };
        }
        let Some((body, suffix)) = bytes.split_first_chunk::<BODY>() else { return Self::Malformed(Fault::Length) };
        let Some(read) = Body::read(body) else {
            return if is_missing(bytes) { Self::Missing } else { Self::Malformed(Fault::Alphabet) };
        };
        let repaired = match <&[u8; 3]>::try_from(suffix) {
            Err(_) => None,
            Ok(given) if *given == read.suffix() => None,
            Ok(given) => match repair(body, *given) {
                Ok(repaired) => Some(repaired),
                Err(fault) => return Self::Malformed(fault),
            },
        };
        match repaired {
            None if read.packed == 0 => Self::Missing,
            Some(_) if read.packed == 0 => Self::Malformed(Fault::Suffix), // no Id, whatever its suffix says
            None if has_prefix(body, prefixes) => Self::Valid(Key::salesforce(read.packed)),
            Some(whole) if has_prefix(&whole, prefixes) => match whole.first_chunk().and_then(Body::read) {
                Some(read) => Self::Repairable(Key::salesforce(read.packed), whole),
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

    /// Reads a cell of a field that holds Ids with one of these prefixes.
    #[must_use]
    #[inline]
    pub fn read(text: &[u8], prefixes: &[&str]) -> Self {
        // Nearly every cell is a sound Id with its suffix.
        if let Ok(whole) = <&[u8; BODY + 3]>::try_from(text)
            && let Some(read) = whole.first_chunk().and_then(Body::begin)
            && whole.last_chunk().is_some_and(|last| u32::from_le_bytes(*last) >> 8 == read.suffix_word())
            && read.packed != 0
            && has_prefix(whole, prefixes)
        {
            return Self { key: Key::salesforce(read.packed), state: State::Valid };
        }
        Self::unusual(text, prefixes)
    }

    #[cold]
    fn unusual(text: &[u8], prefixes: &[&str]) -> Self {
        Id::read(text, prefixes).cell()
    }

    /// Reads a cell of a column that holds external keys.
    #[must_use]
    pub fn external(text: &[u8]) -> Self {
        if is_missing(text) { Self::MISSING } else { Self { key: Key::text(text), state: State::Valid } }
    }
}

/// The 15 characters of an Id, read all at once.
struct Body {
    /// Six bits a character, the first one highest.
    packed: u128,
    /// A bit for each upper-case letter, the first character lowest.
    upper: u16,
}

impl Body {
    /// Reads characters that are all ASCII letters or digits.
    fn read(body: &[u8; BODY]) -> Option<Self> {
        let mut text = [0; BODY + 1];
        text[..BODY].copy_from_slice(body);
        Self::begin(&text)
    }

    /// Reads the first 15 of some characters.
    #[inline]
    fn begin(text: &[u8; BODY + 1]) -> Option<Self> {
        const ALL: u32 = (1 << BODY) - 1;
        let text = u8x16::new(*text);
        let each = |byte: u8| u8x16::splat(byte);
        let at_most = |places: u8x16, last: u8| places.min(each(last)).simd_eq(places);
        // Both cases of a letter are one with bit 5 set, and nothing else becomes a letter by it.
        let case = each(1 << 5);
        let digit = at_most(text - each(b'0'), 9);
        let letter = at_most((text | case) - each(b'a'), 25);
        let lower = letter & (text & case).simd_eq(case);
        if (digit | letter).to_bitmask() & ALL != ALL {
            return None;
        }
        // Between the digits and the upper-case letters lie seven other characters, and six between the two cases.
        let values = text - each(b'0') - (letter & each(7)) - (lower & each(6));
        Some(Self { packed: packed(values), upper: ((letter & !lower).to_bitmask() & ALL) as u16 })
    }

    fn suffix(&self) -> [u8; 3] {
        let [suffix @ .., _] = self.suffix_word().to_le_bytes();
        suffix
    }

    /// The suffix, its first character lowest.
    #[inline]
    fn suffix_word(&self) -> u32 {
        let [first, second, third] = &SUFFIXES;
        let fives = |from: u32| usize::from(self.upper >> from & 31);
        first[fives(0)] | second[fives(5)] | third[fives(10)]
    }
}

/// The characters of a suffix, each where it stands in the suffix's word.
static SUFFIXES: [[u32; 32]; 3] = {
    let (mut words, mut at) = ([[0; 32]; 3], 0);
    while at < 3 * 32 {
        words[at / 32][at % 32] = (SUFFIX[at % 32] as u32) << (8 * (at / 32));
        at += 1;
    }
    words
};

/// The first 15 of 16 values below 64, six bits each: neighbours move together until each half of the vector is one.
#[inline]
fn packed(values: u8x16) -> u128 {
    const { assert!(cfg!(target_endian = "little"), "the first value of a vector is the lowest part of a word") };
    let sixes: u16x8 = cast(values & u8x16::splat(63));
    let pairs: i16x8 = cast((sixes << 6_u16 | sixes >> 8_u16) & u16x8::splat(0xfff));
    let fours: i32x4 = pairs.dot(i16x8::new([1 << 12, 1, 1 << 12, 1, 1 << 12, 1, 1 << 12, 1]));
    let fours: u64x2 = cast(fours);
    let eights: u64x2 = (fours << 24_u64 | fours >> 32_u64) & u64x2::splat((1 << 48) - 1);
    let [first, last] = eights.to_array();
    u128::from(first) << 42 | u128::from(last >> 6)
}

/// The 18 characters of a Salesforce Id; nothing for a key that is none.
#[must_use]
pub fn id_of(key: Key) -> Option<String> {
    const CHARACTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let packed = key.packed()?;
    let mut body = [0; BODY];
    for (at, character) in body.iter_mut().rev().enumerate() {
        let six = usize::try_from(packed >> (6 * at) & 63).ok()?;
        *character = *CHARACTERS.get(six)?;
    }
    let suffix = suffix_of(&body)?;
    Some(body.iter().chain(&suffix).map(|byte| char::from(*byte)).collect())
}

/// The three characters that belong behind a 15-character Id; nothing for a text with other characters.
#[must_use]
pub fn suffix_of(body: &[u8; BODY]) -> Option<[u8; 3]> {
    Body::read(body).map(|body| body.suffix())
}

/// The 18-character form of an Id of any object, its case repaired where the suffix proves it.
#[must_use]
pub fn id18(text: &str) -> Option<String> {
    let (body, suffix) = text.as_bytes().split_first_chunk()?;
    let read = Body::read(body)?;
    if read.packed == 0 {
        return None;
    }
    let whole = match <&[u8; 3]>::try_from(suffix) {
        Ok(given) if *given != read.suffix() => repair(body, *given).ok()?.to_vec(),
        Err(_) if !suffix.is_empty() => return None,
        _ => [&body[..], &read.suffix()].concat(),
    };
    String::from_utf8(whole).ok()
}

/// Puts the case right that the suffix remembers. Only certain when the suffix fits the body but for its own case, or
/// when all letters of the body have one case: then an upper- or lower-casing tool did it, not a typing error.
fn repair(body: &[u8; BODY], suffix: [u8; 3]) -> Result<[u8; 18], Fault> {
    let suffix = suffix.map(|byte| byte.to_ascii_uppercase());
    if !suffix.iter().all(u8::is_ascii_alphanumeric) {
        return Err(Fault::Alphabet);
    }
    let mut whole = [0; 18];
    whole[BODY..].copy_from_slice(&suffix);
    if suffix_of(body) == Some(suffix) {
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
    // Arrays of three are compared at once.
    prefixes.is_empty() || prefixes.iter().any(|prefix| prefix.as_bytes().first_chunk::<3>() == id.first_chunk())
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
            ("0Pa000000000001AAA", None),
            ("0PA00000000000", None),
            ("0PA000000000001G", None),
            ("000000000000000", None),
            ("0PA00000000000-", None),
            ("", None),
        ] {
            assert_eq!(id18(text).as_deref(), whole, "{text}");
        }
    }

    #[test]
    fn every_byte_is_read_right_at_every_place() {
        let mut read = 0;
        for (around, at, byte) in [b'0', b'A', b'z']
            .into_iter()
            .flat_map(|around| (0..BODY).map(move |at| (around, at)))
            .flat_map(|(around, at)| (0..=u8::MAX).map(move |byte| (around, at, byte)))
        {
            let mut body = [around; BODY];
            body[at] = byte;
            let value = |byte: u8| match byte {
                b'0'..=b'9' => Some(byte - b'0'),
                b'A'..=b'Z' => Some(byte - b'A' + 10),
                b'a'..=b'z' => Some(byte - b'a' + 36),
                _ => None,
            };
            let packed = body.iter().try_fold(0, |sum, byte| Some(sum << 6 | u128::from(value(*byte)?)));
            let upper = (0..BODY).filter(|at| body[*at].is_ascii_uppercase()).fold(0, |bits, at| bits | 1_u16 << at);
            let wanted = packed.map(|packed| (packed, upper));
            assert_eq!(Body::read(&body).map(|body| (body.packed, body.upper)), wanted, "{byte:#x} at {at}");
            read += usize::from(wanted.is_some());
        }
        assert_eq!(read, 3 * BODY * 62);
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
        assert_eq!(fault("0pa000000000001gaa"), Some(Fault::Prefix), "also when its case could be repaired");
    }

    #[test]
    fn a_cell_is_what_its_id_is() {
        let lower = CHANNEL.to_lowercase();
        let texts = [CHANNEL, &CHANNEL[..15], &lower, "0MjHo000000PCQzKAA", "0MjHo000000PCQzKaO", "0MjHo000000PC-zKAO"];
        let others = ["", "000000000000000", "000000000000000AAA", "0PA000000000001GAA", "0pa000000000001gaa"];
        for text in texts.into_iter().chain(others) {
            for prefixes in [&["0Mj"][..], &["0Mw", "0Mj"], &[]] {
                assert_eq!(IdCell::read(text.as_bytes(), prefixes), Id::read(text, prefixes).cell(), "{text}");
            }
        }
    }

    #[test]
    fn a_key_gives_its_id_back() {
        for id in [CHANNEL, "0MwgK00000DZhtpSAD", "006x0000001YZ8YAAW"] {
            assert_eq!(id_of(Id::read(id, &[]).cell().key).as_deref(), Some(id));
        }
        assert_eq!(id_of(Key::text(b"A-17")), None);
        assert_eq!(id_of(Key::NONE), None);
    }

    #[test]
    fn zeros_and_blanks_are_missing() {
        for text in ["", "   ", "#N/A", "000000000000000", "000000000000000AAA", "               "] {
            assert_eq!(Id::read(text, &["0Mj"]), Id::Missing, "{text:?}");
        }
        for prefixes in [&["0Mj"][..], &[]] {
            assert_eq!(Id::read("000000000000000aaa", prefixes), Id::Malformed(Fault::Suffix));
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
            let whole = format!("{body}{}", String::from_utf8(suffix_of(&bytes).unwrap().to_vec()).unwrap());
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
