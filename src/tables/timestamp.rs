//! Instants, as Bulk API and Data Loader write them and as Arrow holds them.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::cell::is_missing;

/// A decoded timestamp cell in eight bytes: milliseconds since 1970 in UTC, and how certain they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time(i64);

const DAY: i64 = 86_400_000;
const NAIVE: i64 = 1;
const AMBIGUOUS: i64 = 2;

impl Time {
    /// Null, blank or `#N/A`.
    pub const MISSING: Self = Self(i64::MIN);
    /// A text in none of the accepted forms.
    pub const UNREADABLE: Self = Self(i64::MIN + 1);

    const fn new(millis: i64, naive: bool, ambiguous: bool) -> Self {
        Self(millis << 2 | if naive { NAIVE } else { 0 } | if ambiguous { AMBIGUOUS } else { 0 })
    }

    /// An instant that Arrow holds; without a zone it is taken as UTC. Outside the years that Salesforce takes
    /// (1700 to 4000) it is unreadable.
    #[must_use]
    pub fn native(millis: i64, naive: bool) -> Self {
        const FIRST: i64 = -8_520_336_000_000;
        const END: i64 = 64_092_211_200_000;
        if (FIRST..END).contains(&millis) { Self::new(millis, naive, false) } else { Self::UNREADABLE }
    }

    /// Milliseconds since 1970 in UTC, when the cell can be read.
    #[must_use]
    pub const fn millis(self) -> Option<i64> {
        if self.0 <= i64::MIN + 1 { None } else { Some(self.0 >> 2) }
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_missing(self) -> bool {
        self == Self::MISSING
    }

    /// Whether the value could not be read.
    #[must_use]
    pub fn is_unreadable(self) -> bool {
        self == Self::UNREADABLE
    }

    /// Whether a readable value has no zone.
    #[must_use]
    pub const fn is_naive(self) -> bool {
        self.millis().is_some() && self.0 & NAIVE != 0
    }

    /// Whether day and month of a readable value could be swapped.
    #[must_use]
    pub const fn is_ambiguous(self) -> bool {
        self.millis().is_some() && self.0 & AMBIGUOUS != 0
    }

    /// Reads a text cell.
    #[must_use]
    pub fn read(text: &(impl AsRef<[u8]> + ?Sized), day_first: bool) -> Self {
        let bytes = text.as_ref();
        if let Some(time) = common(bytes) {
            return time;
        }
        if is_missing(bytes) {
            return Self::MISSING;
        }
        uncommon(bytes, day_first).unwrap_or(Self::UNREADABLE)
    }
}

/// `yyyy-MM-ddTHH:mm:ss[.SSS]Z` without chrono: nearly every cell of a real file has this form.
fn common(bytes: &[u8]) -> Option<Time> {
    let (date, rest) = bytes.split_first_chunk()?;
    let (clock, tail) = rest.split_first_chunk()?;
    let tail = match tail {
        [b':', tens, ones, b'Z'] => [b':', *tens, *ones, b'.', b'0', b'0', b'0', b'Z'],
        _ => tail.try_into().ok()?,
    };
    let date = Eight::read(*date, const { Pattern::of(*b"0000-00-") })?;
    let clock = Eight::read(*clock, const { Pattern::of(*b"00T00:00") })?;
    let tail = Eight::read(tail, const { Pattern::of(*b":00.000Z") })?;
    let (year, month, day) = (date.two(0) * 100 + date.two(2), date.two(5), clock.two(0));
    let (hour, minute, second) = (clock.two(3), clock.two(6), tail.two(1));
    let start = YEARS.get(usize::try_from(year - FIRST_YEAR).ok()?)?;
    let (before, length) = MONTHS[usize::from(start.leap)][usize::try_from(month & 15).ok()?];
    // A day of no month is beyond its length; two digits of a month above 15 are none of the table's.
    let real = (1..=i64::from(length)).contains(&day) && month < 16 && hour < 24 && minute < 60 && second < 60;
    let days = i64::from(start.day) + i64::from(before) + day - 1;
    let millis = ((hour * 60 + minute) * 60 + second) * 1000 + tail.two(4) * 10 + tail.one(6);
    real.then(|| Time::new(days * DAY + millis, false, false))
}

const FIRST_YEAR: i64 = 1700;

/// Where a year begins.
#[derive(Clone, Copy)]
struct Year {
    /// Days from 1970 to its first day.
    day: i32,
    leap: bool,
}

/// The years that Salesforce takes: 1700 to 4000.
static YEARS: [Year; 2301] = {
    let mut years = [Year { day: -98_615, leap: false }; 2301];
    let (mut at, mut year, mut day) = (0, 1700, -98_615);
    while at < years.len() {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        years[at] = Year { day, leap };
        day += if leap { 366 } else { 365 };
        year += 1;
        at += 1;
    }
    years
};

/// Of ordinary and of leap years, by number: the days before a month, and its own. What is no month has no days.
static MONTHS: [[(u16, u8); 16]; 2] = {
    let mut months = [[(0, 0); 16]; 2];
    let mut leap = 0;
    while leap < 2 {
        let (mut month, mut before) = (1, 0);
        while month <= 12 {
            let length = match month {
                2 if leap == 1 => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            months[leap][month] = (before, length);
            before += length as u16;
            month += 1;
        }
        leap += 1;
    }
    months
};

/// Eight characters in which `0` stands for any digit and everything else for itself.
#[derive(Clone, Copy)]
struct Pattern {
    text: u64,
    separators: u64,
}

impl Pattern {
    const fn of(text: [u8; 8]) -> Self {
        let (mut separators, mut at) = ([0xff; 8], 0);
        while at < 8 {
            if text[at] == b'0' {
                separators[at] = 0;
            }
            at += 1;
        }
        Self { text: u64::from_le_bytes(text), separators: u64::from_le_bytes(separators) }
    }
}

/// Eight characters at once, as the values of their digits; a separator is a zero.
struct Eight {
    /// Each digit by itself.
    ones: u64,
    /// Each digit as the tens of the next one.
    twos: u64,
}

impl Eight {
    fn read(text: [u8; 8], pattern: Pattern) -> Option<Self> {
        // XOR leaves the value of a digit, zero for a separator that is right, and something larger otherwise.
        let ones = u64::from_le_bytes(text) ^ pattern.text;
        let above_nine = (ones.wrapping_add(0x7676_7676_7676_7676) | ones) & 0x8080_8080_8080_8080;
        let good = above_nine | ones & pattern.separators == 0;
        // No byte overflows: 9 * 10 + 9.
        good.then(|| Self { ones, twos: ones.wrapping_mul(10).wrapping_add(ones >> 8) })
    }

    fn one(&self, at: usize) -> i64 {
        i64::from(self.ones.to_le_bytes()[at])
    }

    fn two(&self, at: usize) -> i64 {
        i64::from(self.twos.to_le_bytes()[at])
    }
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

fn uncommon(bytes: &[u8], day_first: bool) -> Option<Time> {
    let mut rest = Reader(bytes);
    let (date, ambiguous, separators): (_, _, &[u8]) = if bytes.get(4) == Some(&b'-') {
        let year = rest.fixed(4)?;
        rest.skip(b'-')?;
        let month = rest.fixed(2)?;
        rest.skip(b'-')?;
        (NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, rest.fixed(2)?)?, false, b"T ")
    } else if bytes.len() >= 8 && bytes[..8].iter().all(u8::is_ascii_digit) {
        let (year, month, day) = (rest.fixed(4)?, rest.fixed(2)?, rest.fixed(2)?);
        (NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?, false, b"T")
    } else {
        let (date, ambiguous) = rest.slash_date(day_first)?;
        (date, ambiguous, b" ")
    };
    if !(1700..=4000).contains(&chrono::Datelike::year(&date)) {
        return None;
    }
    let (time, offset) = if rest.0.is_empty() {
        (NaiveTime::MIN, None)
    } else {
        let separator = rest.next()?;
        if !separators.contains(&separator) {
            return None;
        }
        // Only the forms with a T may have a fraction, or ISO dates with a blank: Data Loader's slash dates have none.
        let time = rest.time(separators.contains(&b'T'))?;
        let offset = if rest.0.is_empty() { None } else { Some(rest.zone()?) };
        (time, offset)
    };
    let millis = NaiveDateTime::new(date, time).and_utc().timestamp_millis() - offset.unwrap_or(0);
    Some(Time::new(millis, offset.is_none(), ambiguous))
}

/// Reads a text from its front.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn skip(&mut self, wanted: u8) -> Option<()> {
        (self.next()? == wanted).then_some(())
    }

    fn fixed(&mut self, digits: usize) -> Option<u32> {
        let (head, rest) = self.0.split_at_checked(digits)?;
        self.0 = rest;
        u32::try_from(number(head)?).ok()
    }

    fn one_or_two(&mut self) -> Option<u32> {
        let digits = self.0.iter().take(2).take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 { None } else { self.fixed(digits) }
    }

    fn slash_date(&mut self, day_first: bool) -> Option<(NaiveDate, bool)> {
        let first = self.one_or_two()?;
        self.skip(b'/')?;
        let second = self.one_or_two()?;
        self.skip(b'/')?;
        let year = i32::try_from(self.fixed(4)?).ok()?;
        let ambiguous = first <= 12 && second <= 12 && first != second;
        let first_is_day = if first > 12 {
            true
        } else if second > 12 {
            false
        } else {
            day_first
        };
        let (day, month) = if first_is_day { (first, second) } else { (second, first) };
        Some((NaiveDate::from_ymd_opt(year, month, day)?, ambiguous))
    }

    fn time(&mut self, may_have_fraction: bool) -> Option<NaiveTime> {
        let hour = self.fixed(2)?;
        self.skip(b':')?;
        let minute = self.fixed(2)?;
        self.skip(b':')?;
        let second = self.fixed(2)?;
        let mut millis = 0;
        if may_have_fraction && self.0.first() == Some(&b'.') {
            self.next();
            let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !(1..=9).contains(&digits) {
                return None;
            }
            let (fraction, rest) = self.0.split_at(digits);
            self.0 = rest;
            millis = fraction.iter().chain(b"00").take(3).fold(0, |sum, byte| sum * 10 + u32::from(byte - b'0'));
        }
        NaiveTime::from_hms_milli_opt(hour, minute, second, millis)
    }

    /// The rest of the text: milliseconds that the clock is ahead of UTC.
    fn zone(&mut self) -> Option<i64> {
        let sign = self.next()?;
        if sign == b'Z' {
            return self.0.is_empty().then_some(0);
        }
        let hours = self.fixed(2)?;
        if self.0.first() == Some(&b':') {
            self.next();
        }
        let minutes = self.fixed(2)?;
        let ahead = i64::from(hours * 60 + minutes) * 60_000;
        if !self.0.is_empty() || minutes > 59 || ahead > 18 * 3_600_000 {
            return None;
        }
        match sign {
            b'+' => Some(ahead),
            b'-' => Some(-ahead),
            _ => None,
        }
    }
}

/// Whether a readable text has a form that Bulk API takes: `yyyy-MM-ddTHH:mm:ss[.SSS]` with `Z` or `+HH:mm`.
#[must_use]
pub fn is_bulk_form(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some((head, tail)) = bytes.split_first_chunk::<19>() else { return false };
    let zone = match tail {
        [b'.', a, b, c, zone @ ..] if [a, b, c].iter().all(|digit| digit.is_ascii_digit()) => zone,
        zone => zone,
    };
    head[4] == b'-' && head[10] == b'T' && matches!(zone, [b'Z'] | [b'+' | b'-', _, _, b':', _, _])
}

/// An instant in the form that Bulk API takes.
#[must_use]
pub fn to_text(millis: i64) -> String {
    chrono::DateTime::from_timestamp_millis(millis)
        .map(|time| time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
        .unwrap_or_default()
}

/// A span of time in words: the two largest units that are not zero.
#[must_use]
pub fn span(millis: i64) -> String {
    let seconds = millis.abs() / 1000;
    let units = [
        ("day", seconds / 86_400),
        ("hour", seconds / 3600 % 24),
        ("minute", seconds / 60 % 60),
        ("second", seconds % 60),
    ];
    let words: Vec<String> = units
        .iter()
        .filter(|(_, count)| *count > 0)
        .take(2)
        .map(|(unit, count)| format!("{count} {unit}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    if words.is_empty() { format!("{} milliseconds", millis.abs()) } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOON: i64 = 1_795_348_800_000; // 2026-11-22T12:00:00Z

    fn millis(text: &str) -> Option<i64> {
        Time::read(text, false).millis()
    }

    #[test]
    fn one_instant_in_many_forms() {
        for text in [
            "2026-11-22T12:00:00Z",
            "2026-11-22T12:00:00.000Z",
            "2026-11-22 12:00:00Z",
            "2026-11-22T13:00:00+01:00",
            "2026-11-22T06:30:00-0530",
            "20261122T12:00:00Z",
            "11/22/2026 12:00:00Z",
            "2026-11-22T12:00:00.000+0000",
            "2026-11-22T12:00:00.000999999Z",
        ] {
            assert_eq!(millis(text), Some(NOON), "{text}");
            assert!(!Time::read(text, false).is_naive(), "{text}");
        }
    }

    #[test]
    fn zone_less_and_swappable_are_marked() {
        for text in ["2026-11-22T12:00:00", "2026-11-22 12:00:00.5", "2026-11-22", "20261122", "11/22/2026"] {
            assert!(Time::read(text, false).is_naive(), "{text}");
        }
        let swapped = Time::read("03/04/2026", false);
        assert!(swapped.is_ambiguous());
        assert_ne!(swapped.millis(), Time::read("03/04/2026", true).millis());
        assert!(!Time::read("04/04/2026", false).is_ambiguous());
        assert_eq!(millis("22/11/2026 12:00:00Z"), Some(NOON));
    }

    #[test]
    fn other_texts_are_unreadable_and_blank_is_missing() {
        for text in [
            "yesterday",
            "2026-11-31T12:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T12:60:00Z",
            "2026-11-22T12:00:60Z",
            "2026-11-22T12:00Z",
            " 2026-11-22T12:00:00Z",
            "2026-11-22T12:00:00Zx",
            "2026",
            "1699-12-31T00:00:00Z",
            "4001-01-01T00:00:00Z",
            "2026-11-22T12:00:00.Z",
            "2026-11-22T12:00:00+19:00",
            "2026-11-22T12:00:00.1234567890Z",
            "1795348800000",
            "13/13/2026",
            "11/22/2026 12:00:00.5Z",
            "2026-11-22Z",
            "2026-11-22T12:00:00 Z",
        ] {
            assert!(Time::read(text, false).is_unreadable(), "{text}");
        }
        assert!(Time::read(" ", false).is_missing());
        assert!(!Time::UNREADABLE.is_naive() && !Time::MISSING.is_ambiguous());
    }

    #[test]
    fn years_outside_the_platform_are_unreadable_in_native_columns_too() {
        assert_eq!(millis("1700-01-01T00:00:00Z"), Time::native(-8_520_336_000_000, false).millis());
        assert!(Time::native(-8_520_336_000_001, false).is_unreadable());
        assert_eq!(millis("4000-12-31T23:59:59.999Z"), Time::native(64_092_211_199_999, false).millis());
        assert!(Time::native(64_092_211_200_000, false).is_unreadable());
    }

    #[test]
    fn every_part_has_its_limits() {
        let days = [("2024-02-29", true), ("2026-02-29", false), ("2026-01-31", true), ("2026-04-31", false)];
        let more = [("2026-01-00", false), ("2026-00-10", false), ("2026-12-10", true), ("2026-13-10", false)];
        let years = [("1699-12-31", false), ("1700-01-01", true), ("4000-12-31", true), ("4001-01-01", false)];
        let clocks = [("23:59:59", true), ("24:00:00", false), ("23:60:00", false), ("23:59:60", false)];
        let days = days.into_iter().chain(more).chain(years);
        for ((day, is_day), (clock, is_clock)) in days.flat_map(|day| clocks.map(|clock| (day, clock))) {
            for zone in ["Z", ".000Z", "+00:00"] {
                let time = Time::read(&format!("{day}T{clock}{zone}"), false);
                assert_eq!(time.millis().is_some(), is_day && is_clock, "{day}T{clock}{zone}");
            }
        }
    }

    #[test]
    fn zones_are_taken_off_and_have_a_limit() {
        let start = Time::read("2026-01-01T00:00:00Z", false).millis().unwrap();
        for (zone, minutes) in [
            ("+05:30", Some(330)),
            ("-05:30", Some(-330)),
            ("+0530", Some(330)),
            ("+17:59", Some(1079)),
            ("+18:00", Some(1080)),
            ("-18:00", Some(-1080)),
            ("+18:01", None),
            ("-18:01", None),
            ("+10:59", Some(659)),
            ("+10:60", None),
            ("+05:300", None),
            ("*05:30", None),
            ("+05", None),
            ("Zulu", None),
        ] {
            let time = Time::read(&format!("2026-01-01T00:00:00{zone}"), false);
            assert_eq!(time.millis(), minutes.map(|minutes: i64| start - minutes * 60_000), "{zone}");
        }
    }

    #[test]
    fn fractions_are_read_to_the_millisecond() {
        let start = Time::read("2026-01-01T00:00:00Z", false).millis().unwrap();
        for (fraction, millis) in [
            (".5", Some(500)),
            (".05", Some(50)),
            (".25", Some(250)),
            (".123", Some(123)),
            (".123456789", Some(123)),
            (".1234567890", None),
            (".", None),
        ] {
            for zone in ["Z", "+00:00"] {
                let time = Time::read(&format!("2026-01-01T00:00:00{fraction}{zone}"), false);
                assert_eq!(time.millis(), millis.map(|millis: i64| start + millis), "{fraction}{zone}");
            }
        }
    }

    #[test]
    fn days_and_months_are_ambiguous_only_where_both_could_be_either() {
        for (text, american, european, ambiguous) in [
            ("12/11/2026", "2026-12-11", "2026-11-12", true),
            ("11/12/2026", "2026-11-12", "2026-12-11", true),
            ("1/2/2026", "2026-01-02", "2026-02-01", true),
            ("12/12/2026", "2026-12-12", "2026-12-12", false),
            ("13/12/2026", "2026-12-13", "2026-12-13", false),
            ("12/13/2026", "2026-12-13", "2026-12-13", false),
        ] {
            for (day_first, wanted) in [(false, american), (true, european)] {
                let time = Time::read(text, day_first);
                assert_eq!(time.millis(), Time::read(wanted, false).millis(), "{text}");
                assert_eq!((time.is_ambiguous(), time.is_naive()), (ambiguous, true), "{text}");
            }
        }
        assert!(Time::read("13/13/2026", false).is_unreadable());
    }

    #[test]
    fn forms_of_bulk_api_are_known() {
        for taken in ["2026-11-22T12:00:00Z", "2026-11-22T12:00:00.123Z", "2026-11-22T13:00:00.000+01:00"] {
            assert!(is_bulk_form(taken) && !Time::read(taken, false).is_unreadable(), "{taken}");
        }
        for other in [
            "2026-11-22 12:00:00Z",
            "2026-11-22T12:00:00+0100",
            "2026-11-22T12:00:00.1Z",
            "2026-11-22T12:00:00.123456Z",
            "20261122T12:00:00Z",
            "11/22/2026 12:00:00Z",
            "2026-11-22T12:00:00",
            "2026-11-22",
        ] {
            assert!(!is_bulk_form(other) && !Time::read(other, false).is_unreadable(), "{other}");
        }
    }

    #[test]
    fn spans_read_well() {
        assert_eq!(span(25 * 3_600_000), "1 day 1 hour");
        assert_eq!(span(86_401_000), "1 day 1 second");
        assert_eq!(span(90_000), "1 minute 30 seconds");
        assert_eq!(span(48 * 3_600_000), "2 days");
        assert_eq!(span(5), "5 milliseconds");
    }

    proptest! {
        #[test]
        fn the_common_path_agrees_with_chrono(millis in -8_520_336_000_000_i64..64_092_211_200_000) {
            prop_assert_eq!(Time::read(&to_text(millis), false).millis(), Some(millis));
            let plain = chrono::DateTime::from_timestamp_millis(millis).unwrap().format("%Y-%m-%dT%H:%M:%SZ").to_string();
            prop_assert_eq!(Time::read(&plain, false).millis(), Some(millis.div_euclid(1000) * 1000));
        }

        #[test]
        fn nothing_fails_on_any_text(text in "\\PC{0,30}", day_first: bool) {
            let _ = Time::read(&text, day_first);
        }
    }
}
