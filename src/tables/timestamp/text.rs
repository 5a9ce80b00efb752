//! Instants and spans of time as text.

/// Whether a readable text has a form that Bulk API takes: `yyyy-MM-ddTHH:mm:ss[.SSS]` with `Z` or `+HH:mm`.
#[must_use]
pub fn is_bulk_form(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some((head, tail)) = bytes.split_first_chunk::<19>() else { return false };
    let ([b'.', _, _, _, zone @ ..] | zone) = tail;
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
    use super::super::Time;
    use super::*;

    #[test]
    fn forms_of_bulk_api_are_known() {
        for taken in ["2026-11-22T12:00:00Z", "2026-11-22T12:00:00.123Z", "2026-11-22T13:00:00.000+01:00"] {
            assert!(is_bulk_form(taken) && !Time::read(taken, false).is_unreadable(), "{taken}");
        }
        for other in [
            "2026-11-22 12:00:00Z",
            "2026-11-22T12:00:00+0100",
            "2026-11-22T12:00:00.1Z",
            "2026-11-22T12:00:00.12Z",
            "2026-11-22T12:00:00.1+01:00",
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
}
