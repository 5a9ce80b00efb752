//! Cells of timestamp columns.

use crate::engine::context::Context;
use crate::fixes::zone_fix;
use crate::rule::{Description, Verdict};
use crate::tables::batch::Batch;
use crate::tables::timestamp::{Time, span, to_text};

fn name(batch: &Batch, field: usize) -> &'static str {
    batch.table().fields()[field].name
}

/// Whether one cell that has a value can be read.
#[must_use]
pub fn unreadable_verdict(time: Time) -> Verdict {
    if time.is_missing() { Verdict::Undecided } else { Verdict::fail_if(time.is_unreadable()) }
}

/// Describes a timestamp that cannot be read.
#[must_use]
pub fn describe_unreadable(batch: &Batch, field: usize, row: usize) -> Description {
    let text = batch.shown(field, row).unwrap_or_default();
    let found = if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        "is a bare number, the way spreadsheets and Unix clocks count time"
    } else if text.trim() != text {
        "has blanks around it or is no time"
    } else {
        "is in none of the accepted forms or names no real date and time"
    };
    let name = name(batch, field);
    Description::new(field, format!("{name} {found}; write it like 2026-11-22T12:00:00Z, or the load fails on it."))
}

/// Whether one readable cell means one instant only.
#[must_use]
pub const fn zone_verdict(time: Time) -> Verdict {
    match time.millis() {
        Some(_) => Verdict::fail_if(time.is_naive() || time.is_ambiguous()),
        None => Verdict::Undecided,
    }
}

/// Describes a timestamp that could mean several instants.
#[must_use]
pub fn describe_zone(batch: &Batch, field: usize, row: usize) -> Description {
    let time = batch.time(field, row);
    let found = match (time.is_naive(), time.is_ambiguous()) {
        (true, true) => "has no time zone, and its day and month could be swapped",
        (false, true) => "has a day and a month that could be swapped",
        _ => "has no time zone",
    };
    let read = time.millis().map(to_text).unwrap_or_default();
    let name = name(batch, field);
    let message = format!("{name} {found}; it was read as {read}, but a loader may read it otherwise.");
    Description::new(field, message).fixed_by(zone_fix(batch, field, row))
}

/// Whether one readable instant lies after as-of by more than clocks differ.
#[must_use]
pub fn future_verdict(time: Time, context: &Context) -> Verdict {
    time.millis().map_or(Verdict::Undecided, |millis| Verdict::fail_if(context.is_future(millis)))
}

/// Describes an instant that is yet to come.
#[must_use]
pub fn describe_future(batch: &Batch, field: usize, row: usize, context: &Context) -> Description {
    let ahead = batch.time(field, row).millis().map_or(0, |millis| millis - context.as_of);
    let name = name(batch, field);
    let message =
        format!("{name} lies {} after as-of and cannot have happened yet; look for a wrong zone or date.", span(ahead));
    Description::new(field, message)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::users;

    #[test]
    fn a_time_that_cannot_be_read_is_told_with_its_field_and_what_it_looks_like() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType,CreatedDate\na,0Mj000000000001,Line,45678.5\nb,0Mj000000000001,Line,2026-11-22T12:00:00Z \nc,0Mj000000000001,Line,2026-02-30T12:00:00Z\n",
        );
        assert_eq!(found.rows("U208"), [0, 1, 2]);
        for (row, what) in [
            (0, "CreatedDate is a bare number"),
            (1, "CreatedDate has blanks around it"),
            (2, "CreatedDate is in none of the accepted forms or names no real date"),
        ] {
            let message = found.message(row, "U208");
            assert!(message.starts_with(what), "{message}");
        }
    }
}
