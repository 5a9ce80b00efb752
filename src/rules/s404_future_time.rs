use super::common::{describe_first, describe_future, future_verdict};
use crate::rule::prelude::*;

const FIELDS: &[usize] = &[session::START, session::ACCEPT, session::END];

declare_rule! {
    /// StartTime, AcceptTime or EndTime lies in the future.
    ///
    /// ## What it checks
    /// None of the three is after as-of by more than `policy.clock_tolerance` (5 minutes, for clocks that differ).
    ///
    /// ## Why it matters
    /// All three say what has happened. A session that starts tomorrow would never count as stale, and would seem to
    /// prove a message that the customer has not written. Source: Object Reference, MessagingSession; the limits in the
    /// article, which count from what has happened.
    ///
    /// ## Example
    /// As of 2026-11-22T12:00:00Z fails: `StartTime=2026-11-22T12:05:01Z`. Passes: `StartTime=2026-11-22T12:05:00Z`.
    ///
    /// ## How to mend it
    /// Look for a time zone that was dropped or applied twice, or for an as-of that is older than the data.
    ///
    /// ## Nulls and unknowns
    /// Only times that can be read are judged; unreadable ones are S401.
    ///
    /// ## Since
    /// 0.1.0
    code: "S404",
    name: "future-time",
    tables: &[Sessions],
    severity: Error,
    default: true,
    needs: &[Need::Columns(Sessions, 1, FIELDS)],
    since: "0.1.0",
    decide: Decide::Sessions(|sessions, context, marks| {
        marks.any_of(sessions.batch.times(FIELDS), |time| future_verdict(time, context));
    }),
    describe: Describe::Session(|session, case| {
        let fails = |field| future_verdict(session.batch().time(field, session.row), case.context) == Fail;
        let describe = |field| describe_future(session.batch(), field, session.row, case.context);
        describe_first(session.batch(), FIELDS, fails, describe)
    }),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::sessions;

    #[test]
    fn five_minutes_are_tolerated() {
        let found = sessions(
            "MessagingEndUserId,Status,StartTime,EndTime\n0PA000000000001,Ended,2026-11-22T12:05:00Z,\n0PA000000000001,Ended,2026-11-22T12:00:00Z,2026-11-22T12:05:00.001Z\n0PA000000000001,Ended,2026-11-23T12:00:00Z,2026-11-24T12:00:00Z\n0PA000000000001,Ended,,x\n",
        );
        assert_eq!(found.rows("S404"), [1, 2]);
        assert_eq!(found.checked("S404"), 3);
        assert_eq!(found.column(1, "S404"), "EndTime");
        assert!(found.message(2, "S404").contains("1 day after") && found.message(2, "S404").contains("EndTime"));
    }
}
