//! The digits of a number, read eight at a time.

/// Up to 16 digits: equal ones are equal numbers of equal length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digits {
    /// The first eight digits and the last eight, four bits each. They overlap in most numbers.
    pub ends: u64,
    /// How many there are.
    pub length: usize,
}

impl Digits {
    /// None at all: nobody's number.
    pub const NONE: Self = Self { ends: 0, length: 0 };

    /// Reads 1 to 16 ASCII digits and nothing else.
    #[must_use]
    #[inline]
    pub fn read(text: &[u8]) -> Option<Self> {
        let (first, last) = match (text.first_chunk(), text.last_chunk()) {
            (Some(first), Some(last)) if text.len() <= 16 => (pack(*first)?, pack(*last)?),
            (None, None) if !text.is_empty() => {
                let mut padded = [b'0'; 8];
                padded[..text.len()].copy_from_slice(text);
                (pack(padded)?, 0)
            }
            _ => return None,
        };
        Some(Self { ends: u64::from(first) << 32 | u64::from(last), length: text.len() })
    }

    /// The digit at a place, as a number; behind the last one anything from 0 to 9.
    #[must_use]
    #[inline]
    pub const fn digit(self, at: usize) -> usize {
        let shift = if at < 8 { 60 - 4 * at } else { 4 * self.length.saturating_sub(at + 1) };
        (self.ends >> shift & 15) as usize
    }

    /// Whether they are a number in E.164 form without its plus sign: 2 to 15 digits, the first one no zero.
    #[must_use]
    pub const fn are_a_number(self) -> bool {
        matches!(self.length, 2..=15) && self.ends >> 60 != 0
    }
}

/// Eight digits in four bits each, the first one highest.
#[expect(clippy::cast_possible_truncation, reason = "what is left are eight times four bits")]
#[inline]
const fn pack(text: [u8; 8]) -> Option<u32> {
    let values = u64::from_be_bytes(text) ^ 0x3030_3030_3030_3030;
    // A value above nine reaches the high bit of its byte, or has it.
    if (values.wrapping_add(0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    let pairs = (values | values >> 4) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    Some((fours | fours >> 16) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::phone::is_number;
    use proptest::prelude::*;

    #[test]
    fn only_digits_are_read() {
        for text in ["", "12345678901234567", "1234567a", "a2345678", "12345678:", "+1", " 123456789"] {
            assert_eq!(Digits::read(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn equal_digits_are_equal_numbers(a in "[0-9]{1,16}", b in "[0-9]{1,16}", at in 0..16_usize, digit in 0..10_u8) {
            let read = |text: &str| Digits::read(text.as_bytes()).unwrap();
            prop_assert_eq!(read(&a) == read(&b), a == b);
            let mut near = a.clone().into_bytes();
            near[at % a.len()] = b'0' + digit;
            let near = String::from_utf8(near).unwrap();
            prop_assert_eq!(read(&a) == read(&near), a == near);
        }

        #[test]
        fn each_digit_is_found_by_its_place(text in "[0-9]{1,16}") {
            let digits = Digits::read(text.as_bytes()).unwrap();
            for (at, digit) in text.bytes().enumerate() {
                prop_assert_eq!(digits.digit(at), usize::from(digit - b'0'));
            }
        }

        #[test]
        fn the_form_is_that_of_e164(text in "[0-9+a ]{0,18}") {
            let read = Digits::read(text.as_bytes()).is_some_and(Digits::are_a_number);
            prop_assert_eq!(read, is_number(text.as_bytes()));
        }
    }
}
