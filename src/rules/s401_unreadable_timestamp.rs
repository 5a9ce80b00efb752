use super::common::{describe_first, describe_unreadable, unreadable_verdict};
use crate::rule::prelude::*;

const FIELDS: &[usize] = &[session::START, session::ACCEPT, session::END];

declare_rule! {
    /// StartTime, AcceptTime or EndTime cannot be read.
    ///
    /// ## What it checks
    /// All three are timestamps in a form that Bulk API or Data Loader takes: ISO 8601 with date and time, a bare date,
    /// the basic form without hyphens, or month/day/year. The date and time must exist, and the year lie between 1700
    /// and 4000.
    ///
    /// ## Why it matters
    /// Salesforce refuses a date that it cannot parse. Without it, whether a session is stale and what it proves about
    /// the customer's last message stays unknown. Source: Bulk API 2.0 Developer Guide, date formats; Data Loader
    /// Guide.
    ///
    /// ## Example
    /// Fails: `22.11.2026 12:00`, `1795348800000`. Passes: `2026-11-22T12:00:00Z`, `2026-11-22 12:00:00+01:00`.
    ///
    /// ## How to mend it
    /// Export the column as ISO 8601 with a zone. A bare number means that a spreadsheet or a clock count got in
    /// between.
    ///
    /// ## Nulls and unknowns
    /// Missing values pass. The rules that need the time do not decide for this record.
    ///
    /// ## Since
    /// 0.1.0
    code: "S401",
    name: "unreadable-timestamp",
    tables: &[Sessions],
    severity: Error,
    default: true,
    needs: &[Need::Columns(Sessions, 1, FIELDS)],
    since: "0.1.0",
    decide: Decide::Sessions(|sessions, _, marks| marks.any_of(sessions.batch.times(FIELDS), unreadable_verdict)),
    describe: Describe::Session(|session, _| {
        let fails = |field| unreadable_verdict(session.batch().time(field, session.row)) == Fail;
        describe_first(session.batch(), FIELDS, fails, |field| describe_unreadable(session.batch(), field, session.row))
    }),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::sessions;

    #[test]
    fn texts_that_are_no_time_fail() {
        let found = sessions(
            "MessagingEndUserId,Status,StartTime,EndTime\n0PA000000000001,Ended,2026-11-22T10:00:00Z,2026-11-22T11:00:00Z\n0PA000000000001,Ended,22.11.2026 12:00, 2026-11-22T11:00:00Z\n0PA000000000001,Ended,2026-11-22T10:00:00Z,1795348800000\n0PA000000000001,Ended,,\n",
        );
        assert_eq!(found.rows("S401"), [1, 2]);
        assert_eq!(found.checked("S401"), 3);
        assert_eq!(found.column(1, "S401"), "StartTime");
        assert!(found.message(1, "S401").contains("EndTime"));
        assert!(found.message(2, "S401").contains("bare number"));
    }

    #[test]
    fn without_the_columns_it_is_skipped() {
        let found = sessions("MessagingEndUserId,Status\n0PA000000000001,Ended\n");
        assert!(found.skipped("S401").is_some_and(|reason| reason.contains("StartTime, AcceptTime, EndTime")));
    }
}
