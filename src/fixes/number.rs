//! Stand-in until the numbering plan is merged.

/// A region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region([u8; 2]);

impl Region {
    /// Reads an ISO 3166-1 alpha-2 code in any case.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        match text.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && !text.eq_ignore_ascii_case("xx") => {
                Some(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => None,
        }
    }
}

/// A repaired number.
#[derive(Debug)]
pub struct Repair {
    /// The number.
    pub e164: String,
    /// No calling code added.
    pub certain: bool,
}

/// Repairs.
#[must_use]
pub fn repair(text: &str, region: Option<Region>) -> Option<Repair> {
    let plain: String = text
        .chars()
        .filter_map(|c| match c {
            '0'..='9' | '+' => Some(c),
            '\u{ff10}'..='\u{ff19}' => char::from_digit(c as u32 - 0xff10, 10),
            '\u{ff0b}' => Some('+'),
            ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}' | '\u{200b}' | '\'' => None,
            _ => Some('x'),
        })
        .collect();
    let with_plus = plain.strip_prefix("00").map(|rest| format!("+{rest}")).unwrap_or(plain);
    if crate::tables::phone::is_e164(&with_plus) {
        return Some(Repair { e164: with_plus, certain: true });
    }
    let national = format!("+1{with_plus}");
    (region == Region::read("US") && with_plus.len() == 10 && crate::tables::phone::is_e164(&national))
        .then_some(Repair { e164: national, certain: false })
}
