use super::common::{describe_first, describe_zone, zone_verdict};
use crate::rule::prelude::*;

const FIELDS: &[usize] = &[session::START, session::ACCEPT, session::END];

declare_rule! {
    /// StartTime, AcceptTime or EndTime could mean several instants.
    ///
    /// ## What it checks
    /// All three have a time zone, and day and month of a date with slashes cannot be swapped.
    ///
    /// ## Why it matters
    /// Data Loader reads a time without a zone in the zone of its own settings, this check as UTC. A limit of 24 or 48
    /// hours is wrong by the difference, and a swapped day and month by months. Source: Data Loader Guide, data types;
    /// Bulk API 2.0 Developer Guide, date formats.
    ///
    /// ## Example
    /// Fails: `2026-11-22T12:00:00`, `2026-11-22`, `03/04/2026 12:00:00Z`. Passes: `2026-11-22T12:00:00Z`.
    ///
    /// ## How to mend it
    /// Write ISO 8601 with `Z` or an offset. If slash dates put the day first, set `policy.day_first`. `--unsafe-fixes`
    /// takes a time without zone for UTC, unless its day and month could be swapped; `--fix` alone writes times with a
    /// zone in the form that Bulk API takes, to the millisecond.
    ///
    /// ## Nulls and unknowns
    /// Missing values pass; unreadable ones are S401. Other rules use the value as UTC, and with the month first.
    ///
    /// ## Since
    /// 0.1.0
    code: "S402",
    name: "timestamp-without-zone",
    tables: &[Sessions],
    severity: Warning,
    default: true,
    needs: &[Need::Columns(Sessions, 1, FIELDS)],
    since: "0.1.0",
    decide: Decide::Sessions(|sessions, _, marks| marks.any_of(sessions.batch.times(FIELDS), zone_verdict)),
    describe: Describe::Session(|session, _| {
        let fails = |field| zone_verdict(session.batch().time(field, session.row)) == Fail;
        describe_first(session.batch(), FIELDS, fails, |field| describe_zone(session.batch(), field, session.row))
    }),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::sessions;

    #[test]
    fn zone_less_and_swappable_times_fail() {
        let found = sessions(
            "MessagingEndUserId,Status,StartTime,EndTime\n0PA000000000001,Ended,2026-11-22T10:00:00Z,2026-11-22T11:00:00+01:00\n0PA000000000001,Ended,2026-11-22T10:00:00Z,2026-11-22\n0PA000000000001,Ended,03/04/2026,x\n0PA000000000001,Ended,,x\n",
        );
        assert_eq!(found.rows("S402"), [1, 2]);
        assert_eq!(found.checked("S402"), 3);
        assert_eq!(found.column(1, "S402"), "EndTime");
        assert!(found.message(2, "S402").contains("no time zone") && found.message(2, "S402").contains("swapped"));
    }
}
