//! Instants, as Bulk API and Data Loader write them and as Arrow holds them.

mod common;
mod other;
mod text;

use super::cell::is_missing;

pub use text::{is_bulk_form, span, to_text};

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
        if let Some(time) = common::read(bytes) {
            return time;
        }
        if is_missing(bytes) {
            return Self::MISSING;
        }
        other::read(bytes, day_first).unwrap_or(Self::UNREADABLE)
    }
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
