//! Ids, eight bytes at a time, against one character after the other.

use proptest::prelude::*;
use proptest::sample::select;
use sendworthy::tables::id::{Fault, Id, IdCell, id_of, id18, suffix_of};

use super::cells::is_blank;
use super::driver::{drive, same};
use super::inputs::{hostile, pattern};

const PREFIXES: [&[&str]; 4] = [&["0Mj"], &["0PA"], &["005", "00G"], &[]];
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// What a cell is: the 18 characters of the record, and whether they had to be repaired.
#[derive(Debug, PartialEq)]
enum Plain {
    Missing,
    Valid(String),
    Repaired(String),
    Malformed(Fault),
}

fn suffix(body: &[u8]) -> Vec<u8> {
    let letter = |group: &[u8]| {
        let bits = group.iter().enumerate().map(|(at, byte)| usize::from(byte.is_ascii_uppercase()) << at);
        LETTERS[bits.sum::<usize>()]
    };
    body.chunks(5).map(letter).collect()
}

/// The body in the case that a suffix remembers; nothing where it says that a digit is a capital.
fn recased(body: &[u8], suffix: &[u8]) -> Option<Vec<u8>> {
    let mut right = Vec::new();
    for (group, letter) in body.chunks(5).zip(suffix) {
        let bits = LETTERS.iter().position(|known| known == letter)?;
        for (at, byte) in group.iter().enumerate() {
            let capital = bits & 1 << at != 0;
            if capital && byte.is_ascii_digit() {
                return None;
            }
            right.push(if capital { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() });
        }
    }
    Some(right)
}

fn whole(body: &[u8]) -> String {
    String::from_utf8([body, &suffix(body)].concat()).unwrap()
}

fn plain(text: &[u8], prefixes: &[&str]) -> Plain {
    if is_blank(text) {
        return Plain::Missing;
    }
    if text.len() != 15 && text.len() != 18 {
        return Plain::Malformed(Fault::Length);
    }
    if !text.iter().all(u8::is_ascii_alphanumeric) {
        return Plain::Malformed(Fault::Alphabet);
    }
    let (body, given) = text.split_at(15);
    let upper = given.to_ascii_uppercase();
    let right = if given.is_empty() || upper == suffix(body) {
        body.to_vec()
    } else {
        let mixed = body.iter().any(u8::is_ascii_uppercase) && body.iter().any(u8::is_ascii_lowercase);
        match recased(body, &upper) {
            Some(right) if !mixed => right,
            _ => return Plain::Malformed(Fault::Suffix),
        }
    };
    if right.iter().all(|byte| *byte == b'0') {
        return if given.is_empty() || given == upper { Plain::Missing } else { Plain::Malformed(Fault::Suffix) };
    }
    if !prefixes.is_empty() && !prefixes.iter().any(|prefix| right.starts_with(prefix.as_bytes())) {
        return Plain::Malformed(Fault::Prefix);
    }
    let right = whole(&right);
    if given.is_empty() || right.as_bytes() == text { Plain::Valid(right) } else { Plain::Repaired(right) }
}

fn ours(read: Id) -> Plain {
    match read {
        Id::Missing => Plain::Missing,
        Id::Valid(key) => Plain::Valid(id_of(key).unwrap()),
        Id::Repairable(key, whole) => {
            let text = String::from_utf8(whole.to_vec()).unwrap();
            assert_eq!(id_of(key).as_ref(), Some(&text), "the key is that of the repaired text");
            Plain::Repaired(text)
        }
        Id::Malformed(fault) => Plain::Malformed(fault),
    }
}

fn check((text, prefixes): &(Vec<u8>, &[&str])) -> Result<(), String> {
    let read = Id::read(text, prefixes);
    let expected = plain(text, prefixes);
    same("an Id", &ours(read), &expected)?;
    same("the cell", &IdCell::read(text, prefixes), &read.cell())?;
    if let Some(body) = text.first_chunk() {
        let letters = body.iter().all(u8::is_ascii_alphanumeric);
        let plain = letters.then(|| suffix(body));
        same("the suffix", &suffix_of(body).map(|suffix| suffix.to_vec()), &plain)?;
    }
    if let Ok(text) = std::str::from_utf8(text) {
        let of_any = match plain(text.as_bytes(), &[]) {
            Plain::Valid(text) | Plain::Repaired(text) => Some(text),
            Plain::Missing | Plain::Malformed(_) => None,
        };
        same("18 characters", &id18(text), &of_any)?;
    }
    Ok(())
}

/// An Id as it should be, or with the case of all its letters lost.
pub fn expected() -> BoxedStrategy<Vec<u8>> {
    let body =
        (select(&["0Mj", "0PA", "005", "00G", "0mj", "0pa", "000"][..]), pattern("[0-9A-Za-z]{12}|0{12}|[0-9A-Z]{12}"))
            .prop_map(|(prefix, tail)| [prefix.as_bytes(), &tail].concat());
    (body, 0..6_u8)
        .prop_map(|(body, form)| {
            let whole = whole(&body).into_bytes();
            match form {
                0 | 1 => whole,
                2 => body,
                3 => whole.to_ascii_lowercase(),
                4 => whole.to_ascii_uppercase(),
                _ => [body.clone(), suffix(&body).to_ascii_lowercase()].concat(),
            }
        })
        .boxed()
}

/// Ids of any form.
pub fn inputs() -> BoxedStrategy<Vec<u8>> {
    hostile(include_str!("corpus/ids.txt"), expected())
}

/// Runs the target.
pub fn run(cases: u32, seed: u64) -> Result<u64, String> {
    drive("ids", cases, seed, &(inputs(), select(&PREFIXES[..])), check)
}
