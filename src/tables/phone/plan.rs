//! What the world's numbering plans say of a number: assigned or not, to which region, and of what kind.

use super::digits::Digits;
use super::regions::{Region, split_code, without_national_prefix};

/// The automaton that the build script made: for each state where the ten digits lead, then what a number is that gets
/// there. Two bytes for each of 16 entries.
///
/// Every length of number has a start of its own, so a number is settled by its first digits, five or six of twelve:
/// once they tell what it is, all further digits stay in that state, and so may what stands behind the last one.
static STATES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/plan.bin"));

/// The bytes of a state.
const STATE: usize = 32;
/// Where numbers of each length start: the last one is no state, its entries are lengths.
const STARTS: usize = STATES.len() / STATE - 1;
/// Where a state says what the number is.
const OUTCOME: usize = 10;
/// The state of numbers that are nobody's.
const NOBODY: usize = 0;
/// How many digits are always read. They settle 98 of 100 assigned numbers, so that the processor seldom has to guess
/// how many steps a number takes, which costs more than the steps.
const STEPS: usize = 7;
/// Set in the outcome of a number that several regions have.
const SHARED: u16 = 1 << 15;

/// What a number is for. The order is the build script's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Fixed line.
    FixedLine,
    /// Mobile.
    Mobile,
    /// Fixed line or mobile; the plan does not tell.
    FixedLineOrMobile,
    /// Free for the caller.
    TollFree,
    /// Costs more than usual.
    PremiumRate,
    /// Caller and callee share the cost.
    SharedCost,
    /// Internet telephony.
    Voip,
    /// Belongs to a person, wherever they are.
    PersonalNumber,
    /// Pager.
    Pager,
    /// Universal access number of a company.
    Uan,
    /// Voicemail.
    Voicemail,
}

impl Kind {
    const ALL: [Self; 11] = [
        Self::FixedLine,
        Self::Mobile,
        Self::FixedLineOrMobile,
        Self::TollFree,
        Self::PremiumRate,
        Self::SharedCost,
        Self::Voip,
        Self::PersonalNumber,
        Self::Pager,
        Self::Uan,
        Self::Voicemail,
    ];

    /// The name that users read.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FixedLine => "fixed-line",
            Self::Mobile => "mobile",
            Self::FixedLineOrMobile => "fixed-line-or-mobile",
            Self::TollFree => "toll-free",
            Self::PremiumRate => "premium-rate",
            Self::SharedCost => "shared-cost",
            Self::Voip => "voip",
            Self::PersonalNumber => "personal-number",
            Self::Pager => "pager",
            Self::Uan => "uan",
            Self::Voicemail => "voicemail",
        }
    }

    /// Whether such a number can receive texts.
    #[must_use]
    pub const fn is_textable(self) -> bool {
        matches!(self, Self::Mobile | Self::FixedLineOrMobile | Self::Voip | Self::PersonalNumber)
    }
}

/// What a number is that its plan assigns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Assigned {
    /// Whose it is.
    pub region: Region,
    /// What it is for.
    pub kind: Kind,
    /// Whether other regions of the calling code have it, too; toll-free numbers of North America are everybody's.
    pub shared: bool,
}

/// The plan's word on a number in two bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome(u16);

impl Outcome {
    /// No number, or one that is not assigned.
    pub const NONE: Self = Self(0);

    /// Reads a number: ASCII digits, calling code first, nothing else. Anything else is not assigned.
    #[must_use]
    #[inline]
    pub fn of(digits: &[u8]) -> Self {
        Digits::read(digits).map_or(Self::NONE, |number| Self::of_each([number])[0])
    }

    /// Reads several numbers at once. Each step waits for the memory that the one before asked for, and four numbers
    /// wait at the same time.
    #[must_use]
    pub fn of_many(numbers: &[Digits]) -> Vec<Self> {
        let mut outcomes = Vec::with_capacity(numbers.len());
        let (fours, rest) = numbers.as_chunks::<4>();
        fours.iter().for_each(|four| outcomes.extend_from_slice(&Self::of_each(*four)));
        outcomes.extend(rest.iter().flat_map(|number| Self::of_each([*number])));
        outcomes
    }

    #[inline]
    fn of_each<const N: usize>(numbers: [Digits; N]) -> [Self; N] {
        // No state has the length of a number that is too long.
        let mut states = numbers.map(|number| usize::from(entry(STARTS, number.length)));
        for at in 0..STEPS {
            for (state, number) in states.iter_mut().zip(numbers) {
                *state = usize::from(entry(*state, number.digit(at)));
            }
        }
        let mut outcomes = [Self::NONE; N];
        for ((outcome, state), number) in outcomes.iter_mut().zip(states).zip(numbers) {
            *outcome = Self::settled(state, number);
        }
        outcomes
    }

    /// What a number is whose first digits led to a state.
    #[inline]
    fn settled(mut state: usize, number: Digits) -> Self {
        let mut outcome = entry(state, OUTCOME);
        if outcome == 0 && state != NOBODY {
            for at in STEPS..number.length {
                state = usize::from(entry(state, number.digit(at)));
            }
            outcome = entry(state, OUTCOME);
        }
        Self(outcome)
    }

    /// What it says of its number.
    ///
    /// # Errors
    /// Why the number is nobody's.
    pub fn judge(self, digits: &[u8]) -> Result<Assigned, Unassigned> {
        self.assigned().ok_or_else(|| why_unassigned(digits))
    }

    /// What it says.
    #[must_use]
    pub fn assigned(self) -> Option<Assigned> {
        let number = (self.0 & !SHARED).checked_sub(1)?;
        let kind = Kind::ALL.get(usize::from(number & 15))?;
        Some(Assigned {
            region: Region::at(u8::try_from(number >> 4).ok()?),
            kind: *kind,
            shared: self.0 & SHARED != 0,
        })
    }
}

#[inline]
fn entry(state: usize, at: usize) -> u16 {
    let at = state * STATE + at * 2;
    match STATES.get(at..at + 2) {
        Some(&[low, high]) => u16::from_le_bytes([low, high]),
        _ => 0,
    }
}

/// Why a number is nobody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unassigned {
    /// No country has the calling code.
    CallingCode,
    /// The trunk zero of national numbers stands behind the calling code; without it the number is assigned.
    TrunkZero,
    /// All numbers of the calling code are longer.
    TooShort,
    /// All numbers of the calling code are shorter.
    TooLong,
    /// Some numbers of the calling code are shorter, others longer.
    Length,
    /// The length is right, but the range is not in use.
    Range,
}

impl Unassigned {
    /// The name that users read.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CallingCode => "unknown-calling-code",
            Self::TrunkZero => "trunk-zero",
            Self::TooShort => "too-short",
            Self::TooLong => "too-long",
            Self::Length => "impossible-length",
            Self::Range => "unassigned-range",
        }
    }

    /// The reason as the middle of a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::CallingCode => "starts with a calling code that no country has",
            Self::TrunkZero => "keeps the zero of its national form behind the calling code",
            Self::TooShort => "is shorter than any number of its calling code",
            Self::TooLong => "is longer than any number of its calling code",
            Self::Length => "has a length that no number of its calling code has",
            Self::Range => "lies in a range that its numbering plan does not assign",
        }
    }
}

/// What the plan says of the digits of an international number, calling code first.
///
/// # Errors
/// Why it is nobody's.
pub fn lookup(digits: &[u8]) -> Result<Assigned, Unassigned> {
    Outcome::of(digits).judge(digits)
}

fn why_unassigned(digits: &[u8]) -> Unassigned {
    let Some((code, national)) = split_code(digits) else { return Unassigned::CallingCode };
    if without_trunk_zero(digits).is_some() {
        return Unassigned::TrunkZero;
    }
    let length = u32::try_from(national.len()).unwrap_or(u32::MAX);
    if length < code.lengths.trailing_zeros() {
        Unassigned::TooShort
    } else if length > u32::BITS - 1 - code.lengths.leading_zeros() {
        Unassigned::TooLong
    } else if code.lengths >> length & 1 == 0 {
        Unassigned::Length
    } else {
        Unassigned::Range
    }
}

/// The number without the zero behind its calling code, when it is assigned so and not otherwise.
#[must_use]
pub fn without_trunk_zero(digits: &[u8]) -> Option<Vec<u8>> {
    let (code, national) = split_code(digits)?;
    let (b'0', rest) = national.split_first()? else { return None };
    // Hungary dials 06 at home, Italy's zeros belong to the number: a zero is a trunk zero only where it is dialled so.
    if *without_national_prefix(national, code.main())? != *rest {
        return None;
    }
    let number = [&digits[..digits.len() - national.len()], rest].concat();
    (Outcome::of(digits) == Outcome::NONE && Outcome::of(&number) != Outcome::NONE).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(digits: &str) -> Result<(&'static str, &'static str), Unassigned> {
        lookup(digits.as_bytes()).map(|found| (found.region.name(), found.kind.name()))
    }

    #[test]
    fn numbers_have_region_and_kind() {
        for (digits, region, kind) in [
            ("12345678900", "US", "fixed-line-or-mobile"),
            ("14165550123", "CA", "fixed-line-or-mobile"),
            ("18005550123", "US", "toll-free"),
            ("447400123456", "GB", "mobile"),
            ("447781123456", "GG", "mobile"),
            ("390612345678", "IT", "fixed-line"),
            ("390669812345", "VA", "fixed-line"),
            ("80012345678", "001", "toll-free"),
            ("4915123456789", "DE", "mobile"),
        ] {
            assert_eq!(said(digits), Ok((region, kind)), "{digits}");
        }
    }

    #[test]
    fn numbers_of_nobody_have_a_reason() {
        for (digits, reason) in [
            ("99912345", Unassigned::CallingCode),
            ("12", Unassigned::TooShort),
            ("141555501234", Unassigned::TooLong),
            ("11115550123", Unassigned::Range),
            ("4407911123456", Unassigned::TrunkZero),
            ("49030123456", Unassigned::TrunkZero),
            ("3601889008", Unassigned::Range),
            ("", Unassigned::CallingCode),
            ("1415555012x", Unassigned::Range),
            ("68512345678", Unassigned::Length),
        ] {
            assert_eq!(said(digits), Err(reason), "{digits}");
        }
        assert_eq!(Unassigned::TrunkZero.name(), "trunk-zero");
    }

    #[test]
    fn many_numbers_are_read_as_one_by_one() {
        let texts = ["12345678900", "4", "447400123456", "1", "80012345678", "390669812345", "12", "1234567890123456"];
        for from in 0..texts.len() {
            let numbers: Vec<_> = texts[from..].iter().map(|text| Digits::read(text.as_bytes()).unwrap()).collect();
            let many = Outcome::of_many(&numbers);
            let one_by_one: Vec<_> = texts[from..].iter().map(|text| Outcome::of(text.as_bytes())).collect();
            assert_eq!(many, one_by_one);
        }
        assert_eq!(Outcome::of_many(&[Digits::NONE; 5]), [Outcome::NONE; 5]);
    }

    /// A number for each state, by the digits that lead there from the start of its length.
    fn numbers() -> Vec<Vec<u8>> {
        let mut numbers = Vec::new();
        for length in 1..=15 {
            let mut seen = std::collections::HashSet::new();
            let mut ways = vec![(usize::from(entry(STARTS, length)), Vec::new())];
            while let Some((state, digits)) = ways.pop() {
                if digits.len() <= length && seen.insert((state, digits.len())) {
                    let next = |digit: u8| usize::from(entry(state, usize::from(digit)));
                    ways.extend((0..10).map(|digit| (next(digit), [&digits[..], &[b'0' + digit]].concat())));
                    numbers.push([digits.clone(), vec![b'0'; length - digits.len()]].concat());
                }
            }
        }
        numbers
    }

    #[test]
    fn what_the_first_digits_settle_is_what_all_of_them_say() {
        let mut late = 0;
        for text in numbers() {
            let mut state = usize::from(entry(STARTS, text.len()));
            let outcomes = text.iter().map(|digit| {
                state = usize::from(entry(state, usize::from(digit - b'0')));
                entry(state, OUTCOME)
            });
            let outcomes: Vec<_> = outcomes.collect();
            let last = outcomes[text.len() - 1];
            assert_eq!(Outcome::of(&text), Outcome(last), "{}", text.escape_ascii());
            late += usize::from(last != 0 && outcomes[..STEPS.min(text.len())].iter().all(|outcome| *outcome == 0));
        }
        assert!(late > 500, "{late}");
    }

    #[test]
    fn the_table_is_small() {
        assert!(STATES.len().is_multiple_of(STATE) && STATES.len() < 300_000, "{}", STATES.len());
    }
}
