use super::common::{describe_first, describe_unreadable, unreadable_verdict};
use crate::rule::prelude::*;

const FIELDS: &[usize] = &[user::CREATED, user::LAST_INBOUND];

declare_rule! {
    /// CreatedDate or LastInboundMessageTime cannot be read.
    ///
    /// ## What it checks
    /// Both are timestamps in a form that Bulk API or Data Loader takes: ISO 8601 with date and time, a bare date, the
    /// basic form without hyphens, or month/day/year. The date and time must exist, and the year lie between 1700 and
    /// 4000.
    ///
    /// ## Why it matters
    /// Salesforce refuses a date that it cannot parse, and without the time it is unknown whether the customer may be
    /// written to. Source: Bulk API 2.0 Developer Guide, date formats; Data Loader Guide.
    ///
    /// ## Example
    /// Fails: `yesterday`, `46348.5`, `2026-02-30T10:00:00Z`. Passes: `2026-11-22T12:00:00Z`, `2026-11-22
    /// 12:00:00+01:00`.
    ///
    /// ## How to mend it
    /// Export the column as ISO 8601 with a zone. A bare number means that a spreadsheet or a clock count got in
    /// between.
    ///
    /// ## Nulls and unknowns
    /// Missing values pass. The rules that need the time do not decide for this record. Existing users are judged too.
    ///
    /// ## Since
    /// 0.1.0
    code: "U208",
    name: "unreadable-timestamp",
    tables: &[Users, ExistingUsers],
    severity: Error,
    default: true,
    needs: &[Need::Columns(Users, 1, FIELDS)],
    since: "0.1.0",
    decide: Decide::Users(|users, _, marks| marks.any_of(users.batch.times(FIELDS), unreadable_verdict)),
    describe: Describe::User(|user, _| {
        let fails = |field| unreadable_verdict(user.batch().time(field, user.row)) == Fail;
        describe_first(user.batch(), FIELDS, fails, |field| describe_unreadable(user.batch(), field, user.row))
    }),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::users;

    #[test]
    fn texts_that_are_no_time_fail() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType,CreatedDate,LastInboundMessageTime\n+12345678900,0Mj000000000001,Text,2026-11-22T10:00:00Z,\n+12345678901,0Mj000000000001,Text,2026-11-22T10:00:00Z,yesterday\n+12345678902,0Mj000000000001,Text,46348.5,x\n+12345678903,0Mj000000000001,Text,,#N/A\n",
        );
        assert_eq!(found.rows("U208"), [1, 2]);
        assert_eq!(found.checked("U208"), 3);
        assert_eq!(found.column(1, "U208"), "LastInboundMessageTime");
        assert!(found.message(2, "U208").contains("bare number") && found.message(2, "U208").contains("LastInbound"));
    }
}
