//! WhatsApp platform keys: their two forms, and numbers that WhatsApp knows otherwise than people dial them.

use super::key::Key;
use super::phone::{is_e164, push_address_digits, why_not_e164};

/// How a WhatsApp number is written. Both ways occur in orgs; no source says which one Salesforce wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberForm {
    /// E.164, plus sign in front.
    Plus,
    /// The digits of E.164 alone.
    Bare,
}

impl NumberForm {
    /// The form of a text, if it is in one of the two.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        match text.as_bytes() {
            [b'+', ..] => is_e164(text).then_some(Self::Plus),
            [b'1'..=b'9', rest @ ..] => {
                ((1..=14).contains(&rest.len()) && rest.iter().all(u8::is_ascii_digit)).then_some(Self::Bare)
            }
            _ => None,
        }
    }
}

/// Why a text is in neither form, as the middle of a sentence.
#[must_use]
pub fn why_not_a_number(text: &str) -> &'static str {
    let told = match text.as_bytes() {
        // A prefix for dialling or a spreadsheet's mark stands where the plus sign would.
        [b'0', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        first => matches!(first, [b'+' | b'\'', ..]),
    };
    // Elsewhere a missing plus sign is no fault.
    if told { why_not_e164(text) } else { why_not_e164(&format!("+{text}")) }
}

/// How many digits the short form of a number with two forms has, in every country concerned.
const SHORT: usize = 12;

/// A number of a country whose mobile numbers have two forms, on its channel. WhatsApp may know a customer by one form
/// and people by the other: Brazil added a ninth digit, Mexico dropped a 1, Argentina puts a 9 before mobile numbers that
/// are dialled from abroad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variant {
    /// Channel and number; the same for both forms.
    pub number: Key,
    /// Whether it is the longer form.
    pub long: bool,
}

impl Variant {
    /// Reads a key on a channel, if it is such a number.
    #[must_use]
    pub fn of(channel: Key, text: &(impl AsRef<[u8]> + ?Sized)) -> Option<Self> {
        let text = text.as_ref();
        let start = text.strip_prefix(b"+").unwrap_or(text);
        let first = start.iter().find(|byte| !matches!(byte, b' ' | b'-' | b'.' | b'(' | b')' | b'/'));
        if first != Some(&b'5') {
            // Nearly every number of the world: nothing is copied.
            return None;
        }
        let mut digits = Vec::with_capacity(text.len());
        if !push_address_digits(text, &mut digits) {
            return None;
        }
        Self::of_digits(channel, &digits)
    }

    /// The same for a number's digits.
    #[must_use]
    pub fn of_digits(channel: Key, digits: &[u8]) -> Option<Self> {
        let (short, long) = short_form(digits)?;
        let mut named = Vec::with_capacity(12 + 1 + SHORT);
        named.extend(channel.bytes());
        // The mark keeps these keys apart from those of addresses.
        named.push(b'~');
        named.extend(short);
        Some(Self { number: Key::text(&named), long })
    }
}

/// The digits in the short form, and whether they were given in the long one.
fn short_form(digits: &[u8]) -> Option<([u8; SHORT], bool)> {
    let extra = match digits {
        [b'5', b'5', _, _, b'9', ..] if digits.len() == SHORT + 1 => 4,
        [b'5', b'2', b'1', ..] | [b'5', b'4', b'9', ..] if digits.len() == SHORT + 1 => 2,
        [b'5', b'2' | b'4' | b'5', ..] => return Some((digits.try_into().ok()?, false)),
        _ => return None,
    };
    let mut short = [0; SHORT];
    short[..extra].copy_from_slice(&digits[..extra]);
    short[extra..].copy_from_slice(&digits[extra + 1..]);
    Some((short, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_have_the_bounds_of_e164() {
        assert_eq!(NumberForm::of("+12"), Some(NumberForm::Plus));
        assert_eq!(NumberForm::of("12"), Some(NumberForm::Bare));
        assert_eq!(NumberForm::of("123456789012345"), Some(NumberForm::Bare));
        for text in ["", "+", "1", "+1", "0123", "+0123", "1234567890123456", "1 234", "12a", "１２", "whatsapp:+12"]
        {
            assert_eq!(NumberForm::of(text), None, "{text}");
        }
    }

    #[test]
    fn a_missing_plus_sign_is_no_reason() {
        for (text, part) in [
            ("1 415 555 0123", "holds blanks or punctuation"),
            ("1234567890123456", "15 digits"),
            ("7", "too short"),
            ("0301234567", "trunk zero"),
            ("030 1234567", "holds blanks or punctuation"),
            ("004930123", "00"),
            ("whatsapp:+14155550123", "letters"),
            ("'14155550123", "apostrophe"),
            ("14155550123.0", "decimal"),
            ("1.41E+10", "scientific"),
            ("1415\u{200b}5550123", "invisible"),
            ("+1 415", "holds blanks or punctuation"),
        ] {
            let why = why_not_a_number(text);
            assert!(why.contains(part) && !why.contains("plus sign in front"), "{text}: {why}");
        }
    }

    #[test]
    fn forms_of_one_number_meet() {
        let of = |text: &str| Variant::of(Key::text(b"channel"), text);
        for (long, short) in [
            ("5511987654321", "551187654321"),
            ("+55 (11) 98765-4321", "+551187654321"),
            ("+.(/-55) 11 98765-4321", "-551187654321"),
            ("5215512345678", "525512345678"),
            ("5491123456789", "541123456789"),
        ] {
            let (long, short) = (of(long).unwrap(), of(short).unwrap());
            assert!(long.long && !short.long);
            assert_eq!(long.number, short.number);
        }
        assert_ne!(of("551187654321").unwrap().number, of("551187654322").unwrap().number);
        assert_ne!(Variant::of(Key::text(b"other"), "551187654321"), of("551187654321"));
    }

    #[test]
    fn other_numbers_have_one_form() {
        for text in [
            "14155550123",
            "55119876543",
            "5511887654321",
            "55119876543210",
            "5225512345678",
            "5411234567890",
            "5355512345678",
            "5x",
            "+",
            "",
            "055118765432",
            "54",
            "tel:551187654321",
        ] {
            assert_eq!(Variant::of(Key::text(b"channel"), text), None, "{text}");
        }
    }
}
