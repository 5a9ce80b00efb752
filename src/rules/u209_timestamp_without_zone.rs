use super::common::{describe_first, describe_zone, zone_verdict};
use crate::rule::prelude::*;

const FIELDS: &[usize] = &[user::CREATED, user::LAST_INBOUND];

declare_rule! {
    /// CreatedDate or LastInboundMessageTime could mean several instants.
    ///
    /// ## What it checks
    /// Both have a time zone, and day and month of a date with slashes cannot be swapped.
    ///
    /// ## Why it matters
    /// Data Loader reads a time without a zone in the zone of its own settings, this check as UTC. A window of 24 hours
    /// is wrong by the difference, and a swapped day and month by months. Source: Data Loader Guide, data types; Bulk
    /// API 2.0 Developer Guide, date formats.
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
    /// Missing values pass; unreadable ones are U208. Other rules use the value as UTC, and with the month first.
    ///
    /// ## Since
    /// 0.1.0
    code: "U209",
    name: "timestamp-without-zone",
    tables: &[Users],
    severity: Warning,
    default: true,
    needs: &[Need::Columns(Users, 1, FIELDS)],
    since: "0.1.0",
    decide: Decide::Users(|users, _, marks| marks.any_of(users.batch.times(FIELDS), zone_verdict)),
    describe: Describe::User(|user, _| {
        let fails = |field| zone_verdict(user.batch().time(field, user.row)) == Fail;
        describe_first(user.batch(), FIELDS, fails, |field| describe_zone(user.batch(), field, user.row))
    }),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::users;

    #[test]
    fn zone_less_and_swappable_times_fail() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType,CreatedDate,LastInboundMessageTime\n+12345678900,0Mj000000000001,Text,2026-11-22T10:00:00Z,\n+12345678901,0Mj000000000001,Text,2026-11-22T10:00:00Z,2026-11-22 10:00:00\n+12345678902,0Mj000000000001,Text,03/04/2026 10:00:00Z,x\n+12345678903,0Mj000000000001,Text,,x\n+12345678904,0Mj000000000001,Text,04/04/2026 10:00:00Z,\n",
        );
        assert_eq!(found.rows("U209"), [1, 2]);
        assert_eq!(found.checked("U209"), 4);
        assert!(found.message(1, "U209").contains("2026-11-22T10:00:00.000Z"));
        assert!(found.message(2, "U209").contains("swapped"));
    }
}
