//! Phone numbers: digits eight at a time, four numbers at once, and what a repair may and may not do.

use proptest::prelude::*;
use proptest::sample::select;
use sendworthy::tables::key::Key;
use sendworthy::tables::phone::plan::{Outcome, without_trunk_zero};
use sendworthy::tables::phone::{
    Digits, Region, Unassigned, is_e164, is_number, lookup, push_address_digits, repair, why_not_e164,
};
use sendworthy::tables::whatsapp::{NumberForm, Variant, why_not_a_number};

use super::driver::{drive, require, same};
use super::inputs::{hostile, number, pattern};

/// A number as people and machines write it.
pub fn expected() -> BoxedStrategy<Vec<u8>> {
    let written = (number(), 0..8_u8, any::<[u8; 8]>()).prop_map(|(digits, form, gaps)| {
        let mut text = match form {
            0..=3 => b"+".to_vec(),
            4 => b"00".to_vec(),
            5 => b"'+".to_vec(),
            _ => Vec::new(),
        };
        for (at, digit) in digits.iter().enumerate() {
            if form % 2 == 1 && gaps[at % 8] % 5 == 0 {
                text.push(b" -./()"[usize::from(gaps[(at + 3) % 8]) % 6]);
            }
            text.push(*digit);
        }
        text
    });
    prop_oneof![6 => written, 1 => pattern("\\+[0-9]{1,3} ?\\(0\\)[0-9 ]{4,12}"), 1 => pattern("[0-9]{1,12}(\\.0|E\\+1[0-9])")].boxed()
}

/// Numbers of any form.
pub fn inputs() -> BoxedStrategy<Vec<u8>> {
    hostile(include_str!("corpus/phones.txt"), expected())
}

fn all_digits(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
}

fn plain_number(text: &[u8]) -> bool {
    (2..=15).contains(&text.len()) && all_digits(text) && text[0] != b'0'
}

/// The digits in the short form of the countries whose mobile numbers have two, and whether they were in the long one.
fn plain_variant(text: &str) -> Option<(String, bool)> {
    let known = |letter: char| letter.is_ascii_digit() || " -.()/".contains(letter);
    let text = text.strip_prefix('+').unwrap_or(text);
    if !text.chars().all(known) {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let extra = match (digits.get(..2)?, digits.len()) {
        ("52", 13) if digits[2..].starts_with('1') => 2,
        ("54", 13) if digits[2..].starts_with('9') => 2,
        ("55", 13) if digits[4..].starts_with('9') => 4,
        ("52" | "54" | "55", 12) => return Some((digits, false)),
        _ => return None,
    };
    Some((format!("{}{}", &digits[..extra], &digits[extra + 1..]), true))
}

fn check_digits((text, other): &(Vec<u8>, Vec<u8>)) -> Result<(), String> {
    let read = Digits::read(text);
    same("digits", &read.is_some(), &((1..=16).contains(&text.len()) && all_digits(text)))?;
    if let Some(read) = read {
        same("how many", &read.length, &text.len())?;
        // The first eight and the last eight, or all of them behind each other.
        let value = |text: &[u8]| text.iter().fold(0_u64, |sum, byte| sum << 4 | u64::from(byte - b'0'));
        let ends = match text.len() {
            0..8 => value(text) << (4 * (16 - text.len())),
            length => value(&text[..8]) << 32 | value(&text[length - 8..]),
        };
        same("their ends", &read.ends, &ends)?;
        if let Some(other_read) = Digits::read(other) {
            same("equal digits", &(read == other_read), &(text == other))?;
            same(
                "equal keys",
                &(Key::number(Key::NONE, read) == Key::number(Key::NONE, other_read)),
                &(text == other),
            )?;
        }
    }
    let number = plain_number(text);
    same("a number", &is_number(text), &number)?;
    same("a number from its digits", &read.is_some_and(Digits::are_a_number), &number)?;
    let plus = text.first() == Some(&b'+');
    same("E.164", &is_e164(text), &(plus && plain_number(&text[1..])))?;
    let mut found = b"before".to_vec();
    let address = push_address_digits(text, &mut found);
    let rest = if plus { &text[1..] } else { &text[..] };
    let known = rest.iter().all(|byte| b"0123456789 -.()/".contains(byte)) && rest.iter().any(u8::is_ascii_digit);
    same("an address", &address, &known)?;
    if known {
        let digits: Vec<u8> = rest.iter().copied().filter(u8::is_ascii_digit).collect();
        same("its digits", &found, &[b"before".to_vec(), digits].concat())?;
    }
    let Ok(text) = std::str::from_utf8(text) else { return Ok(()) };
    let form = match (plus, number) {
        (true, _) if is_e164(text) => Some(NumberForm::Plus),
        (_, true) => Some(NumberForm::Bare),
        _ => None,
    };
    same("the form for WhatsApp", &NumberForm::of(text), &form)?;
    require("a reason", !why_not_e164(text).is_empty() && !why_not_a_number(text).is_empty())?;
    let channel = Key::text(b"channel");
    let variant = Variant::of(channel, text);
    let short = plain_variant(text);
    same("two forms", &variant.map(|variant| variant.long), &short.as_ref().map(|(_, long)| *long))?;
    if let (Some(variant), Some((short, _))) = (variant, short) {
        same("one number", &Some(variant.number), &Variant::of(channel, &short).map(|variant| variant.number))?;
    }
    Ok(())
}

/// Runs the target of digits and forms.
pub fn digits(cases: u32, seed: u64) -> Result<u64, String> {
    let digits = prop_oneof![1 => pattern("[0-9]{0,18}"), 1 => number(), 1 => expected()];
    let text = prop_oneof![2 => inputs(), 3 => hostile(include_str!("corpus/phones.txt"), digits)];
    // Two texts that are mostly alike.
    let pair = (text, any::<proptest::sample::Index>(), b'0'..=b':').prop_map(|(text, at, digit)| {
        let mut other = text.clone();
        if !other.is_empty() {
            let at = at.index(other.len());
            other[at] = digit;
        }
        (text, other)
    });
    drive("digits", cases, seed, &pair, check_digits)
}

fn check_plan(numbers: &[Vec<u8>]) -> Result<(), String> {
    let texts: Vec<&[u8]> = numbers.iter().map(Vec::as_slice).collect();
    let one_by_one: Vec<_> = texts.iter().map(|text| Outcome::of(text)).collect();
    let read =
        texts.iter().zip(&one_by_one).filter_map(|(text, outcome)| Digits::read(text).map(|number| (number, *outcome)));
    let (read, singly): (Vec<_>, Vec<_>) = read.unzip();
    same("four at once", &Outcome::of_many(&read), &singly)?;
    for (text, outcome) in texts.into_iter().zip(one_by_one) {
        same("assigned", &lookup(text).ok(), &outcome.assigned())?;
        match lookup(text) {
            Ok(assigned) => {
                require("only digits are a number", all_digits(text) && !text.is_empty())?;
                let code = assigned.region.calling_code();
                let starts = code == 0 || text.starts_with(code.to_string().as_bytes());
                require("a number starts with its region's calling code", starts)?;
                require("a number that is assigned has no zero too many", without_trunk_zero(text).is_none())?;
                same("the region by its name", &Region::named(assigned.region.name()).is_some(), &(code != 0))?;
            }
            Err(Unassigned::TrunkZero) => {
                let without = without_trunk_zero(text).ok_or("no number without the zero")?;
                same("one digit less", &(without.len() + 1), &text.len())?;
                require("assigned without the zero", lookup(&without).is_ok())?;
            }
            Err(reason) => require("a reason has words", !reason.sentence().is_empty() && !reason.name().is_empty())?,
        }
    }
    Ok(())
}

/// Runs the target of the numbering plan.
pub fn plan(cases: u32, seed: u64) -> Result<u64, String> {
    let text = prop_oneof![4 => number().boxed(), 1 => hostile(include_str!("corpus/phones.txt"), number())];
    drive("plan", cases, seed, &proptest::collection::vec(text, 0..10), |numbers| check_plan(numbers))
}

fn ascii_digits(text: &str) -> Vec<u8> {
    const ZEROS: [u32; 6] = [0x30, 0xff10, 0x660, 0x6f0, 0x966, 0x9e6];
    let digit = |letter: char| ZEROS.iter().find_map(|zero| u32::from(letter).checked_sub(*zero).filter(|of| *of < 10));
    text.chars().filter_map(digit).map(|digit| b'0' + u8::try_from(digit).unwrap()).collect()
}

fn check_repair((text, region): &(Vec<u8>, &str)) -> Result<(), String> {
    let text = String::from_utf8_lossy(text);
    let region = Region::named(region);
    let found = repair(&text, region);
    let Some(found) = found else {
        let plainly = is_e164(text.as_ref()) && lookup(&text.as_bytes()[1..]).is_ok();
        return require("an assigned number is its own repair", !plainly);
    };
    require("a repair is a number", is_e164(&found.e164))?;
    let (given, whole) = (ascii_digits(&text), &found.e164.as_bytes()[1..]);
    if found.certain {
        let mut left = given.iter();
        require("a certain repair adds no digit", whole.iter().all(|digit| left.any(|given| given == digit)))?;
        require("a certain repair drops at most a zero or 00", given.len() - whole.len() <= 3)?;
        same(
            "a certain repair needs no region",
            &repair(&text, None).map(|alone| alone.e164),
            &Some(found.e164.clone()),
        )?;
    } else {
        require("a guess is an assigned number", lookup(whole).is_ok())?;
        // The zero of `.0` may be a spreadsheet's.
        let tail = &whole[whole.len().saturating_sub(3)..];
        let kept = given.ends_with(tail) || (text.contains(".0") && given[..given.len() - 1].ends_with(tail));
        require("a guess keeps the last digits", kept)?;
    }
    if lookup(whole).is_ok() {
        for region in [None, region] {
            let again = repair(&found.e164, region).map(|again| (again.e164, again.certain));
            same("repaired again", &again, &Some((found.e164.clone(), true)))?;
        }
    }
    Ok(())
}

/// Runs the target of repairs.
pub fn repairs(cases: u32, seed: u64) -> Result<u64, String> {
    let names: Vec<_> = Region::all().map(Region::name).chain(["", "ZZ", "us"]).collect();
    let region = prop_oneof![1 => Just(""), 2 => select(&["US", "DE", "IT", "AR", "BR", "MX", "RU", "HU", "TH", "TW"][..]), 1 => select(names)];
    drive("repair", cases, seed, &(inputs(), region), check_repair)
}
