//! Regions and calling codes. The tables are made by the build script.

use std::borrow::Cow;

use super::prefix::{Step, matches};

/// What a region is called and what it dials.
#[derive(Debug)]
pub(super) struct RegionData {
    pub name: &'static str,
    /// The calling code; 0 for the world.
    pub code: u16,
    /// Matches what stands in front of national numbers.
    pub national: Option<u16>,
    /// Matches what is dialled in front of a calling code.
    pub international: Option<u16>,
    /// What a number becomes whose national prefix holds a group.
    pub transform: &'static str,
    /// How many groups the national prefix has.
    pub groups: usize,
}

/// A calling code.
#[derive(Debug)]
pub(super) struct Code {
    number: u16,
    /// The place of the region that the calling code stands for first.
    main: u8,
    /// A bit for each length that a number may have behind it.
    pub lengths: u32,
}

include!(concat!(env!("OUT_DIR"), "/regions.rs"));

/// A region that has a numbering plan: a country or territory by ISO 3166-1 alpha-2, or `001` for the whole world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region(u8);

impl Region {
    /// The whole world: numbers of no region, like +800.
    pub const WORLD: Self = Self(0);

    /// The region with this code, in any case of letters. The world is none that one could be in.
    #[must_use]
    pub fn named(code: &str) -> Option<Self> {
        let [first, second] = code.as_bytes() else { return None };
        let upper = [first.to_ascii_uppercase(), second.to_ascii_uppercase()];
        let at = REGIONS.binary_search_by(|region| region.name.as_bytes().cmp(&upper)).ok()?;
        u8::try_from(at).ok().map(Self)
    }

    /// How many regions there are.
    pub const COUNT: usize = REGIONS.len();

    /// All regions, the world first, each at its place.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=u8::MAX).take(Self::COUNT).map(Self)
    }

    /// The place of the region in the table: a number below [`Region::COUNT`] to count by.
    #[must_use]
    pub const fn place(self) -> usize {
        self.0 as usize
    }

    /// The region at a place of the table, which is what states of the plan hold.
    pub(super) const fn at(place: u8) -> Self {
        Self(place)
    }

    pub(super) fn data(self) -> &'static RegionData {
        &REGIONS[usize::from(self.0)]
    }

    /// ISO 3166-1 alpha-2, or `001`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.data().name
    }

    /// The calling code; 0 for the world.
    #[must_use]
    pub fn calling_code(self) -> u16 {
        self.data().code
    }
}

impl Code {
    /// The region that the calling code stands for first: the United States for 1.
    pub(super) const fn main(&self) -> Region {
        Region(self.main)
    }
}

/// A national number without what is dialled in front of it at home, in the form in which it follows a calling code.
pub(super) fn without_national_prefix(number: &[u8], region: Region) -> Option<Cow<'_, [u8]>> {
    let data = region.data();
    let (end, marks) = matches(STEPS, data.national?, number)?;
    let group = |at: usize| -> Option<&[u8]> {
        let (from, to) = ((*marks.get(2 * at)?)?, (*marks.get(2 * at + 1)?)?);
        number.get(usize::from(from)..usize::from(to))
    };
    if data.transform.is_empty() || data.groups == 0 || group(data.groups).is_none() {
        return number.get(end..).map(Cow::Borrowed);
    }
    let mut transformed = Vec::new();
    let mut rule = data.transform.bytes();
    while let Some(byte) = rule.next() {
        match byte {
            b'$' => transformed.extend(group(usize::from(rule.next()?.wrapping_sub(b'0')))?),
            digit => transformed.push(digit),
        }
    }
    transformed.extend(&number[end..]);
    Some(Cow::Owned(transformed))
}

/// Splits digits into the calling code and the rest.
pub(super) fn split_code(digits: &[u8]) -> Option<(&'static Code, &[u8])> {
    let mut code = 0;
    (0..digits.len().min(3)).find_map(|at| {
        code = code * 10 + u16::from(digits[at].wrapping_sub(b'0'));
        let found = CODES.binary_search_by_key(&code, |entry| entry.number).ok()?;
        Some((&CODES[found], &digits[at + 1..]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_found_by_name() {
        assert_eq!(Region::named("us").map(Region::calling_code), Some(1));
        assert_eq!(Region::named("VA").map(Region::name), Some("VA"));
        for unknown in ["", "U", "USA", "ZZ", "001", "ß"] {
            assert_eq!(Region::named(unknown), None, "{unknown}");
        }
        assert_eq!(Region::WORLD.name(), "001");
        assert!(REGIONS.is_sorted_by_key(|region| region.name) && REGIONS.len() < 256);
    }

    #[test]
    fn calling_codes_are_split_off() {
        let split = |digits: &'static [u8]| split_code(digits).map(|(code, rest)| (code.number, rest));
        assert_eq!(split(b"4930"), Some((49, &b"30"[..])));
        assert_eq!(split(b"3531"), Some((353, &b"1"[..])));
        assert_eq!(split(b"999"), None);
        assert_eq!(split(b"0"), None);
    }
}
