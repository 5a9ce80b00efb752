//! The other forms, by chrono: ISO 8601 in its variants, and the dates with slashes of Data Loader.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::Time;

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

/// A text of any of them.
pub fn read(bytes: &[u8], day_first: bool) -> Option<Time> {
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
