//! `yyyy-MM-ddTHH:mm:ss[.SSS]Z` without chrono: nearly every cell of a real file has this form.

use super::{DAY, Time};

/// A text of this form.
#[inline]
pub fn read(bytes: &[u8]) -> Option<Time> {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_common_forms_are_read_here(millis in -8_520_336_000_000_i64..64_092_211_200_000) {
            let time = chrono::DateTime::from_timestamp_millis(millis).unwrap();
            let read = |form: &str| read(time.format(form).to_string().as_bytes()).and_then(Time::millis);
            prop_assert_eq!(read("%Y-%m-%dT%H:%M:%S%.3fZ"), Some(millis));
            prop_assert_eq!(read("%Y-%m-%dT%H:%M:%SZ"), Some(millis.div_euclid(1000) * 1000));
        }
    }
}
