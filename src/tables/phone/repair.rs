//! Gives numbers their E.164 form back where that is possible without guessing.
//!
//! Every way in which the digits could be meant is tried, and the numbering plan decides: a number is repaired when
//! exactly one reading of it is assigned. What remains open is left alone.

use std::collections::BTreeSet;

use super::plan::{Outcome, without_trunk_zero};
use super::prefix::matches;
use super::regions::{Region, STEPS, split_code, without_national_prefix};

/// A number in E.164 form and how it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// Plus sign, calling code, number.
    pub e164: String,
    /// Whether the text itself said that it is international, and only what is no part of the number was taken away.
    pub certain: bool,
}

/// The zeros of the scripts whose digits people paste.
const ZEROS: [u32; 5] = [0xff10, 0x660, 0x6f0, 0x966, 0x9e6];

/// The digits of a text and what else it says.
struct Dialled {
    digits: Vec<u8>,
    plus: bool,
    /// Where the zero of a `(0)` stands among the digits.
    bracketed_zero: Option<usize>,
    /// Whether the text is digits with `.0` behind them, as spreadsheets write whole numbers.
    decimal: bool,
}

/// The E.164 form of a text that holds one number, if there is no doubt about it.
///
/// Without a region only international numbers are repaired: those with a plus sign, or with `00` and an assigned number
/// behind it. With a region, national numbers get its calling code in place of its national prefix.
#[must_use]
pub fn repair(text: &str, region: Option<Region>) -> Option<Repair> {
    let dialled = read(text)?;
    if dialled.plus {
        return international(&dialled, region);
    }
    let mut readings = BTreeSet::new();
    let mut certain = false;
    let digits = &dialled.digits[..];
    let whole = if dialled.decimal { digits.get(..digits.len() - 1) } else { None };
    // 00 is what most of the world dials in front of a calling code; where it could be something else, the region decides.
    let dialled_00 = match region {
        None => true,
        Some(region) => match dialled_abroad(digits, region) {
            Some(number) => number.len() + 2 == digits.len(),
            None => region.data().international.is_some() && !trunk_may_start_with_zero(region),
        },
    };
    if let (Some(number), true, None) = (digits.strip_prefix(b"00"), dialled_00, whole) {
        if Outcome::of(number) != Outcome::NONE {
            certain = true;
            readings.insert(number.to_vec());
        } else if dialled.bracketed_zero.is_some() {
            readings.extend(without_trunk_zero(number));
        }
    }
    if let Some(region) = region {
        national(digits, region, &mut readings);
        if let Some(whole) = whole {
            national(whole, region, &mut readings);
        }
    }
    let mut readings = readings.into_iter();
    match (readings.next(), readings.next()) {
        (Some(only), None) => Some(Repair { e164: written(&only)?, certain }),
        _ => None,
    }
}

/// A number with a plus sign: it says itself what it is.
fn international(dialled: &Dialled, region: Option<Region>) -> Option<Repair> {
    let Dialled { digits, bracketed_zero, decimal, .. } = dialled;
    if *decimal {
        // Only a region's rules make sure that the zero is the spreadsheet's and not the number's.
        let whole = &digits[..digits.len() - 1];
        let sure = region.is_some() && Outcome::of(whole) != Outcome::NONE && Outcome::of(digits) == Outcome::NONE;
        return if sure { Some(Repair { e164: written(whole)?, certain: false }) } else { None };
    }
    if Outcome::of(digits) != Outcome::NONE {
        return Some(Repair { e164: written(digits)?, certain: true });
    }
    let (_, rest) = split_code(digits)?;
    if let Some(number) = without_trunk_zero(digits) {
        let certain = *bracketed_zero == Some(digits.len() - rest.len());
        return Some(Repair { e164: written(&number)?, certain });
    }
    // Nobody's, but written as it is. Not where a zero or a prefix that is dialled at home may be in the way.
    let clear = bracketed_zero.is_none() && !matches!(rest.first(), Some(b'0' | b'1'));
    if clear { Some(Repair { e164: written(digits)?, certain: true }) } else { None }
}

/// Adds every assigned number that the digits mean when dialled in a region.
fn national(digits: &[u8], region: Region, readings: &mut BTreeSet<Vec<u8>>) {
    let data = region.data();
    if let Some(number) = dialled_abroad(digits, region) {
        // The network would take it for nothing else.
        add(number, readings);
        return;
    }
    let code = data.code.to_string().into_bytes();
    let mut at_home = |number: &[u8]| {
        add(&[&code, number].concat(), readings);
        if let Some(stripped) = without_national_prefix(number, region) {
            add(&[&code[..], &stripped].concat(), readings);
        }
    };
    at_home(digits);
    if let Some(rest) = digits.strip_prefix(&code[..]) {
        at_home(rest);
    }
}

/// Whether national numbers of a region may be dialled with a zero in front.
fn trunk_may_start_with_zero(region: Region) -> bool {
    region.data().national.is_some_and(|start| matches(STEPS, start, b"0000000000").is_some_and(|(end, _)| end > 0))
}

/// The international number behind what a region dials in front of those.
fn dialled_abroad(digits: &[u8], region: Region) -> Option<&[u8]> {
    let (end, _) = matches(STEPS, region.data().international?, digits)?;
    digits.get(end..).filter(|number| !matches!(number, [] | [b'0', ..]))
}

fn add(number: &[u8], readings: &mut BTreeSet<Vec<u8>>) {
    if Outcome::of(number) != Outcome::NONE {
        readings.insert(number.to_vec());
    }
}

fn written(digits: &[u8]) -> Option<String> {
    let e164 = format!("+{}", std::str::from_utf8(digits).ok()?);
    super::is_e164(&e164).then_some(e164)
}

/// The digits of a text, unless it holds anything that is neither digit nor punctuation of numbers.
fn read(text: &str) -> Option<Dialled> {
    let text = text.trim_matches(is_blank);
    let text = text.strip_prefix(['\'', '\u{2019}']).unwrap_or(text);
    let mut dialled = Dialled { digits: Vec::new(), plus: false, bracketed_zero: None, decimal: false };
    // What the last characters were, to see `(0)`.
    let mut bracket = 0;
    for letter in text.chars() {
        let digit = match letter {
            '0'..='9' => Some(letter as u32 - u32::from(b'0')),
            _ => ZEROS.iter().find_map(|zero| (letter as u32).checked_sub(*zero).filter(|digit| *digit < 10)),
        };
        bracket = match (letter, bracket, digit) {
            ('(' | '\u{ff08}', _, _) => 1,
            (_, 1, Some(0)) => 2,
            (')' | '\u{ff09}', 2, _) => {
                if dialled.bracketed_zero.replace(dialled.digits.len() - 1).is_some() {
                    return None;
                }
                0
            }
            (_, bracket, None) if is_blank(letter) => bracket,
            _ => 0,
        };
        match (letter, digit) {
            (_, Some(digit)) => dialled.digits.push(b'0' + u8::try_from(digit).ok()?),
            ('+' | '\u{ff0b}', _) if dialled.digits.is_empty() && !dialled.plus => dialled.plus = true,
            (letter, _) if is_blank(letter) || is_punctuation(letter) => {}
            _ => return None,
        }
    }
    // E.164 has 15 digits at most; what is dialled in front of them is never longer than this.
    if !(2..=24).contains(&dialled.digits.len()) {
        return None;
    }
    let whole = text.strip_suffix(".0").map(|whole| whole.strip_prefix('+').unwrap_or(whole));
    dialled.decimal = whole.is_some_and(|whole| !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit()));
    Some(dialled)
}

fn is_punctuation(letter: char) -> bool {
    matches!(letter, '(' | ')' | '[' | ']' | '-' | '.' | '/' | '\u{ff08}' | '\u{ff09}' | '\u{ff0d}' | '\u{ff0e}')
        || matches!(letter, '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn is_blank(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn repaired(text: &str, region: &str) -> Option<(String, bool)> {
        repair(text, Region::named(region)).map(|repair| (repair.e164, repair.certain))
    }

    #[test]
    fn international_texts_are_certain() {
        for (text, e164) in [
            ("+1 (415) 555-0123", "+14155550123"),
            ("'+14155550123", "+14155550123"),
            ("\u{ff0b}１４１５５５５０１２３", "+14155550123"),
            ("+1415\u{200b}5550123", "+14155550123"),
            ("+44 (0)20 7946 0958", "+442079460958"),
            ("+44 ( 0 ) 20 7946 0958", "+442079460958"),
            ("0044 20 7946 0958", "+442079460958"),
            ("+39 06 1234 5678", "+390612345678"),
            ("+1 999 555 0123", "+19995550123"),
            ("+1 415 555 012.0", "+14155550120"),
        ] {
            assert_eq!(repaired(text, ""), Some((e164.to_owned(), true)), "{text}");
        }
        for region in ["DE", "US"] {
            assert_eq!(repaired("0044 20 7946 0958", region), Some(("+442079460958".to_owned(), true)), "{region}");
        }
    }

    #[test]
    fn national_texts_get_the_regions_code() {
        for (text, region, e164) in [
            ("(415) 555-0123", "US", "+14155550123"),
            ("1-415-555-0123", "us", "+14155550123"),
            ("14155550123.0", "US", "+14155550123"),
            ("4155550123.0", "US", "+14155550123"),
            ("011 44 20 7946 0958", "US", "+442079460958"),
            ("001-661-862-1689", "TH", "+6618621689"),
            ("+44 020 7946 0958", "", "+442079460958"),
            ("+62 (0402) 685 9952", "ID", "+624026859952"),
            ("020 7946 0958", "GB", "+442079460958"),
            ("030 123456", "DE", "+4930123456"),
            ("06 1234 5678", "IT", "+390612345678"),
            ("0343 15 555 1212", "AR", "+5493435551212"),
            ("0 31 85 2222 2222", "BR", "+558522222222"),
            ("0 85 2222 2222", "BR", "+558522222222"),
            ("+14155550123.0", "US", "+14155550123"),
            ("+44 (-0)20 7946 0958", "", "+442079460958"),
            ("919876543210", "IN", "+919876543210"),
        ] {
            assert_eq!(repaired(text, region), Some((e164.to_owned(), false)), "{text} {region}");
        }
    }

    #[test]
    fn doubt_leaves_the_text_alone() {
        for (text, region) in [
            ("4155550123", ""),
            ("00-49865675", "TW"),
            ("+36 01 889 0083", "HU"),
            ("1.23E+10", "US"),
            ("+14155550123 ext 5", "US"),
            ("+14155550123x5", "US"),
            ("415 555 0123 / 0124", "US"),
            ("555-0123", "US"),
            ("+1415+5550123", "US"),
            ("+14155550123.0", ""),
            ("+9.0", ""),
            ("++14155550123", "US"),
            ("1+4155550123", "US"),
            ("+44 (0)20 7946 0958 (0)", "GB"),
            ("0000000000", "US"),
            ("", "US"),
            ("+", "US"),
            ("call me", "US"),
            ("4155550123", "ZZ"),
            ("00999123456", ""),
            ("415,555,0123", "US"),
        ] {
            assert_eq!(repaired(text, region), None, "{text} {region}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_out_is_e164(text in "[-+(). 0-9]{0,26}|\\PC{0,20}", region in "US|DE|IT|AR|BR|MX|RU") {
            if let Some(found) = repair(&text, Region::named(&region)) {
                prop_assert!(super::super::is_e164(&found.e164));
            }
        }
    }
}
