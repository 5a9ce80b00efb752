//! Instants as text. Only the forms that generated tables need, and quick: three of them stand in every record.

/// One day in milliseconds.
pub const DAY: i64 = 86_400_000;
/// One hour in milliseconds.
pub const HOUR: i64 = 3_600_000;
/// One minute in milliseconds.
pub const MINUTE: i64 = 60_000;

/// Year, month, day, hour, minute, second, millisecond in UTC.
fn civil(millis: i64) -> [i64; 7] {
    let (days, rest) = (millis.div_euclid(DAY) + 719_468, millis.rem_euclid(DAY));
    // Years are counted from March here, so that the leap day comes last.
    let era = days.div_euclid(146_097);
    let day = days.rem_euclid(146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    [year, month, date, rest / HOUR, rest / MINUTE % 60, rest / 1000 % 60, rest % 1000]
}

/// Appends the digits of a number, with zeros in front up to `width`.
pub fn push_number(text: &mut String, number: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let (mut left, mut at) = (number, digits.len());
    while left > 0 {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
    }
    let start = at.min(digits.len() - width.min(digits.len()));
    text.push_str(std::str::from_utf8(&digits[start..]).unwrap_or_default());
}

fn push(text: &mut String, parts: &[(i64, usize, &str)]) {
    for (number, width, end) in parts {
        push_number(text, number.unsigned_abs(), *width);
        text.push_str(end);
    }
}

/// `yyyy-MM-ddTHH:mm:ss.SSSZ`.
#[must_use]
pub fn utc(millis: i64) -> [u8; 24] {
    let mut bytes = *b"0000-00-00T00:00:00.000Z";
    for (number, end) in civil(millis).into_iter().zip([4, 7, 10, 13, 16, 19, 23]) {
        let (mut left, mut at) = (number.unsigned_abs(), end);
        while left > 0 && at > 0 {
            at -= 1;
            bytes[at] = b'0' + (left % 10) as u8;
            left /= 10;
        }
    }
    bytes
}

/// The same instant without a zone, in one of several forms.
#[must_use]
pub fn naive(millis: i64, kind: u64) -> String {
    let utc = utc(millis);
    let text = std::str::from_utf8(&utc).unwrap_or_default();
    let [year, month, day, hour, minute, second, fraction] = civil(millis);
    match kind % 3 {
        0 => text[..23].to_owned(),
        1 if fraction == 0 => {
            let mut text = String::new();
            push(&mut text, &[(month, 2, "/"), (day, 2, "/"), (year, 4, " ")]);
            push(&mut text, &[(hour, 2, ":"), (minute, 2, ":"), (second, 2, "")]);
            text
        }
        _ => text[..23].replace('T', " "),
    }
}

/// A text that is meant as an instant but is none.
#[must_use]
pub fn unreadable(millis: i64, kind: u64) -> String {
    let utc = utc(millis);
    let text = std::str::from_utf8(&utc).unwrap_or_default();
    let [year, ..] = civil(millis);
    match kind % 6 {
        0 => format!("{}-02-30T{}", &text[..4], &text[11..]),
        1 => format!("{}-13-{}", &text[..4], &text[8..]),
        // What a spreadsheet makes of a date: days since 1900.
        2 => format!("{}.5", millis / DAY + 25_569),
        3 => format!("{}T24:61:00Z", &text[..10]),
        4 => format!("{}.{}.{year}", &text[8..10], &text[5..7]),
        _ => "yesterday".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::timestamp::Time;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn texts_are_read_as_meant(millis in -8_000_000_000_000_i64..60_000_000_000_000, kind in 0_u64..6) {
            let text = utc(millis);
            let time = Time::read(std::str::from_utf8(&text).unwrap(), false);
            prop_assert_eq!((time.millis(), time.is_naive()), (Some(millis), false));
            let time = Time::read(&naive(millis, kind), false);
            prop_assert_eq!((time.millis(), time.is_naive()), (Some(millis), true));
            prop_assert!(Time::read(&unreadable(millis, kind), false).is_unreadable());
        }
    }

    #[test]
    fn days_around_new_year_and_the_leap_day_are_those_of_chrono() {
        for year in 1700..4000 {
            let start = chrono::NaiveDate::from_ymd_opt(year, 2, 26).unwrap();
            for date in start
                .iter_days()
                .take(5)
                .chain(chrono::NaiveDate::from_ymd_opt(year, 12, 26).unwrap().iter_days().take(9))
            {
                let millis = date.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp_millis();
                assert_eq!(utc(millis).escape_ascii().to_string(), format!("{date}T00:00:00.000Z"));
            }
        }
    }

    #[test]
    fn there_are_several_forms() {
        let noon = 1_795_348_800_000;
        let told = [0, 1, 2].map(|kind| naive(noon, kind));
        assert_eq!(told, ["2026-11-22T12:00:00.000", "11/22/2026 12:00:00", "2026-11-22 12:00:00.000"]);
        assert_eq!(naive(noon + 1, 1), "2026-11-22 12:00:00.001");
        let told = [0, 1, 2, 3, 4, 5].map(|kind| unreadable(noon, kind));
        assert_eq!(told[..2], ["2026-02-30T12:00:00.000Z", "2026-13-22T12:00:00.000Z"]);
        assert_eq!(told[2..], ["46348.5", "2026-11-22T24:61:00Z", "22.11.2026", "yesterday"]);
    }

    #[test]
    fn numbers_keep_their_width() {
        let mut text = String::new();
        push_number(&mut text, 0, 2);
        push_number(&mut text, 1234, 2);
        push_number(&mut text, 7, 7);
        assert_eq!(text, "0012340000007");
    }
}
