//! Phone numbers as platform keys: the E.164 form, why a text is not of it, and the digits that addresses share.

/// Whether a text is a number in E.164 form: `+`, a digit from 1 to 9, then 1 to 14 more digits (ITU-T E.164 allows 15).
#[must_use]
pub fn is_e164(text: &(impl AsRef<[u8]> + ?Sized)) -> bool {
    text.as_ref().strip_prefix(b"+").is_some_and(is_number)
}

/// Whether bytes are the digits of a number in E.164 form, without the plus sign.
#[must_use]
pub fn is_number(digits: &[u8]) -> bool {
    match digits {
        [b'1'..=b'9', rest @ ..] => (1..=14).contains(&rest.len()) && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Why a text is not in E.164 form, as the middle of a sentence.
#[must_use]
pub fn why_not_e164(text: &str) -> &'static str {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if !text.is_ascii() {
        return if text.chars().any(|c| matches!(c, '\u{200b}'..='\u{200f}' | '\u{a0}' | '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')) {
            "holds invisible characters"
        } else {
            "holds characters outside ASCII"
        };
    }
    if text.starts_with('\'') {
        return "starts with the apostrophe by which a spreadsheet marks text";
    }
    if is_scientific(text) {
        return "was turned into scientific notation by a spreadsheet; digits are lost";
    }
    if text
        .strip_suffix(".0")
        .is_some_and(|whole| digits > 1 && whole.strip_prefix('+').unwrap_or(whole).bytes().all(|b| b.is_ascii_digit()))
    {
        return "was turned into a decimal number by a spreadsheet";
    }
    if has_extension(text) {
        return "carries an extension";
    }
    if text.bytes().any(|byte| byte.is_ascii_alphabetic()) {
        return "holds letters";
    }
    let Some(number) = text.strip_prefix('+') else {
        return if text.bytes().any(|byte| !byte.is_ascii_digit()) {
            "has no plus sign in front and holds blanks or punctuation"
        } else if text.starts_with("00") {
            "starts with the dialling prefix 00 instead of a plus sign"
        } else if text.starts_with('0') {
            "is in national format: it starts with a trunk zero"
        } else if digits > 15 {
            "has no plus sign and more than 15 digits"
        } else {
            "has no plus sign and calling code in front"
        };
    };
    if number.bytes().any(|byte| !byte.is_ascii_digit()) {
        "holds blanks or punctuation"
    } else if number.starts_with('0') {
        "has a zero after the plus sign; no calling code starts with zero"
    } else if digits > 15 {
        "has more than the 15 digits that E.164 allows"
    } else {
        "is too short to be a number"
    }
}

fn is_scientific(text: &str) -> bool {
    let text = text.strip_prefix('+').unwrap_or(text);
    match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
            let numeric =
                |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','));
            numeric(mantissa) && numeric(exponent)
        }
        None => false,
    }
}

fn has_extension(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["ext", "x", "#", ";"].iter().any(|mark| {
        lower.find(mark).is_some_and(|at| {
            lower[..at].bytes().filter(u8::is_ascii_digit).count() >= 5
                && lower[at..].bytes().any(|byte| byte.is_ascii_digit())
        })
    })
}

/// Appends the digits by which two ways of writing one number are equal: the text may hold digits, blanks and the usual
/// punctuation, and one plus sign in front. Tells whether it is such a text; what was appended counts only then.
pub fn push_address_digits(text: &[u8], digits: &mut Vec<u8>) -> bool {
    let before = digits.len();
    for &byte in text.strip_prefix(b"+").unwrap_or(text) {
        match byte {
            b'0'..=b'9' => digits.push(byte),
            b' ' | b'-' | b'.' | b'(' | b')' | b'/' => {}
            _ => return false,
        }
    }
    digits.len() > before
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn boundaries_of_e164() {
        for good in ["+12345678900", "+12", "+123456789012345"] {
            assert!(is_e164(good), "{good}");
        }
        for bad in ["", "+", "+1", "+1234567890123456", "+02", "12345678900", "+1 2345", "\u{ff0b}12", "+1２3"] {
            assert!(!is_e164(bad), "{bad}");
        }
    }

    #[test]
    fn reasons_name_the_cause() {
        for (text, part) in [
            ("4155550123", "no plus"),
            ("0301234567", "national"),
            ("004930123", "00"),
            ("+1 415 555", "blanks"),
            ("+1415555CALL", "letters"),
            ("+14155550123 ext 5", "extension"),
            ("+14155550123x5", "extension"),
            ("+1234567890123456", "15 digits"),
            ("+1", "too short"),
            ("+0123", "zero"),
            ("1.23E+10", "scientific"),
            ("14155550123.0", "decimal"),
            ("12 3.0", "in front and holds blanks"),
            (".0", "in front and holds blanks"),
            ("123456789012345", "calling code in front"),
            ("1234567890123456", "more than 15 digits"),
            ("e5", "letters"),
            ("Lee 5", "letters"),
            ("12345x", "letters"),
            ("+1x5", "letters"),
            ("'+14155550123", "apostrophe"),
            ("+1415\u{200b}5550123", "invisible"),
            ("+1415５５５0123", "outside ASCII"),
        ] {
            assert!(why_not_e164(text).contains(part), "{text}: {}", why_not_e164(text));
        }
    }

    #[test]
    fn punctuation_does_not_make_another_address() {
        let digits = |text: &str| {
            let mut digits = Vec::new();
            push_address_digits(text.as_bytes(), &mut digits).then_some(digits)
        };
        assert_eq!(digits("+1 (415) 555-0123").as_deref(), Some(&b"14155550123"[..]));
        assert_eq!(digits("1+4"), None);
        assert_eq!(digits("+ -"), None);
        assert_eq!(digits("1.2E+10"), None);
    }

    proptest! {
        #[test]
        fn every_text_is_e164_or_has_a_reason(text in "\\PC{0,24}") {
            if !is_e164(&text) {
                prop_assert!(!why_not_e164(&text).is_empty());
            }
        }
    }
}
