//! Timestamps, eight bytes at a time and through chrono, against splitting and counting days.

use proptest::prelude::*;
use proptest::sample::select;
use sendworthy::tables::timestamp::{Time, is_bulk_form, span, to_text};

use super::cells::is_blank;
use super::driver::{drive, require, same};
use super::inputs::{hostile, pattern};

#[derive(Debug, PartialEq)]
enum Plain {
    Missing,
    Unreadable,
    At { millis: i64, naive: bool, ambiguous: bool },
}

fn digits(text: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let good = lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if good { text.parse().ok() } else { None }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 0,
    }
}

/// Days from 1970 on, counted.
fn day(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1700..=4000).contains(&year) || day < 1 || day > length(year, month) {
        return None;
    }
    let year_length = |year| if is_leap(year) { 366 } else { 365 };
    let years =
        if year >= 1970 { (1970..year).map(year_length).sum() } else { -(year..1970).map(year_length).sum::<i64>() };
    Some(years + (1..month).map(|month| length(year, month)).sum::<i64>() + day - 1)
}

/// The day, whether day and month may be swapped, and what may stand before a time of day.
fn date(text: &str, day_first: bool) -> Option<(i64, bool, &'static str)> {
    if let Some(_whole) = digits(text, 8..=8) {
        let part = |from: usize, to: usize| text[from..to].parse().unwrap_or(0);
        return Some((day(part(0, 4), part(4, 6), part(6, 8))?, false, "T"));
    }
    let dashed: Vec<_> = text.split('-').collect();
    if let [year, month, at] = dashed[..] {
        return Some((day(digits(year, 4..=4)?, digits(month, 2..=2)?, digits(at, 2..=2)?)?, false, "T "));
    }
    let slashed: Vec<_> = text.split('/').collect();
    let [first, second, year] = slashed[..] else { return None };
    let (first, second, year) = (digits(first, 1..=2)?, digits(second, 1..=2)?, digits(year, 4..=4)?);
    let swap = if first > 12 || second > 12 { first > 12 } else { day_first };
    let (month, at) = if swap { (second, first) } else { (first, second) };
    Some((day(year, month, at)?, first <= 12 && second <= 12 && first != second, " "))
}

/// Milliseconds of the day, and what follows.
fn clock(text: &str, fractions: bool) -> Option<(i64, &str)> {
    let (head, mut rest) = text.split_at_checked(8)?;
    let parts: Vec<_> = head.split(':').collect();
    let [hour, minute, second] = parts[..] else { return None };
    let (hour, minute, second) = (digits(hour, 2..=2)?, digits(minute, 2..=2)?, digits(second, 2..=2)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut millis = 0;
    if fractions && rest.starts_with('.') {
        let end = rest[1..].find(|letter: char| !letter.is_ascii_digit()).map_or(rest.len(), |at| at + 1);
        let fraction = &rest[1..end];
        digits(fraction, 1..=9)?;
        millis = format!("{fraction:0<3}")[..3].parse().ok()?;
        rest = &rest[end..];
    }
    Some((((hour * 60 + minute) * 60 + second) * 1000 + millis, rest))
}

/// Milliseconds ahead of UTC, and whether there is a zone at all.
fn zone(text: &str) -> Option<(i64, bool)> {
    if matches!(text, "" | "Z") {
        return Some((0, text == "Z"));
    }
    let sign = match text.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let rest = &text[1..];
    let (hours, minutes) = match rest.len() {
        4 => rest.split_at(2),
        5 => rest.split_once(':')?,
        _ => return None,
    };
    let (hours, minutes) = (digits(hours, 2..=2)?, digits(minutes, 2..=2)?);
    let ahead = hours * 60 + minutes;
    (minutes < 60 && ahead <= 18 * 60).then_some((sign * ahead * 60_000, true))
}

fn instant(text: &[u8], day_first: bool) -> Option<(i64, bool, bool)> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.is_ascii())?;
    let cut = text.find(['T', ' ']).unwrap_or(text.len());
    let (day, ambiguous, separators) = date(&text[..cut], day_first)?;
    if cut == text.len() {
        return Some((day * 86_400_000, true, ambiguous));
    }
    let rest = text[cut..].strip_prefix(|letter| separators.contains(letter))?;
    let (millis, rest) = clock(rest, separators.contains('T'))?;
    let (ahead, zoned) = zone(rest)?;
    Some((day * 86_400_000 + millis - ahead, !zoned, ambiguous))
}

fn plain(text: &[u8], day_first: bool) -> Plain {
    if is_blank(text) {
        return Plain::Missing;
    }
    instant(text, day_first).map_or(Plain::Unreadable, |(millis, naive, ambiguous)| Plain::At {
        millis,
        naive,
        ambiguous,
    })
}

fn ours(time: Time) -> Plain {
    match time.millis() {
        Some(millis) => Plain::At { millis, naive: time.is_naive(), ambiguous: time.is_ambiguous() },
        None if time.is_missing() => Plain::Missing,
        None => Plain::Unreadable,
    }
}

/// The form that Bulk API takes, of a text that is an instant.
fn plain_bulk(text: &str) -> bool {
    let Some((date, rest)) = text.split_once('T') else { return false };
    let Some((_, zone)) = clock(rest, true) else { return false };
    let fraction = rest.len() - zone.len();
    date.contains('-') && matches!(fraction, 8 | 12) && (zone == "Z" || (zone.len() == 6 && zone.contains(':')))
}

fn check((text, day_first): &(Vec<u8>, bool)) -> Result<(), String> {
    let read = Time::read(text, *day_first);
    same("an instant", &ours(read), &plain(text, *day_first))?;
    let text = std::str::from_utf8(text);
    if let (Some(millis), Ok(text)) = (read.millis(), text) {
        same("the form of Bulk API", &is_bulk_form(text), &plain_bulk(text))?;
        let written = to_text(millis);
        // An offset may lead out of the years that Salesforce takes.
        if Time::native(millis, false).millis().is_some() {
            same("written and read again", &Time::read(&written, *day_first).millis(), &Some(millis))?;
            require("written as Bulk API takes it", is_bulk_form(&written))?;
        }
        require("a span has words", !span(millis).is_empty())?;
    } else if let Ok(text) = text {
        let _ = is_bulk_form(text);
    }
    Ok(())
}

/// An instant in one of the forms, or nearly.
pub fn expected() -> BoxedStrategy<Vec<u8>> {
    let two = || {
        select(
            &[
                "00", "01", "02", "04", "09", "10", "11", "12", "13", "15", "16", "23", "24", "28", "29", "30", "31",
                "32", "59", "60", "99",
            ][..],
        )
    };
    let year = select(
        &["1600", "1699", "1700", "1800", "1900", "1970", "2000", "2024", "2026", "2100", "4000", "4001", "9999"][..],
    );
    let zone = prop_oneof![4 => Just("Z".to_owned()), 1 => Just(String::new()), 2 => (select(&["+", "-"][..]), two(), select(&["", ":"][..]), two()).prop_map(|(a, b, c, d)| format!("{a}{b}{c}{d}"))];
    let fraction = prop_oneof![3 => Just(String::new()), 2 => "\\.[0-9]{3}", 1 => "\\.[0-9]{0,10}"];
    (year, two(), two(), 0..8_u8, (two(), two(), two(), fraction), zone)
        .prop_map(|(year, month, day, form, (hour, minute, second, fraction), zone)| {
            let clock = format!("{hour}:{minute}:{second}{fraction}{zone}");
            let slashes = format!("{}/{}/{year}", month.trim_start_matches('0'), day);
            match form {
                0 => format!("{year}-{month}-{day}"),
                1 => format!("{year}{month}{day}T{clock}"),
                2 => format!("{year}-{month}-{day} {clock}"),
                3 => slashes,
                4 => format!("{slashes} {clock}"),
                _ => format!("{year}-{month}-{day}T{clock}"),
            }
            .into_bytes()
        })
        .boxed()
}

/// Timestamps of any form.
pub fn inputs() -> BoxedStrategy<Vec<u8>> {
    let expected = prop_oneof![4 => expected(), 1 => pattern("[-+:./TZ 0-9]{0,30}")];
    hostile(include_str!("corpus/times.txt"), expected)
}

/// Runs the target.
pub fn run(cases: u32, seed: u64) -> Result<u64, String> {
    drive("times", cases, seed, &(inputs(), any::<bool>()), check)
}
