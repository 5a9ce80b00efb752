use super::common::{describe_future, future_verdict};
use crate::rule::prelude::*;

declare_rule! {
    /// The customer's last message lies in the future.
    ///
    /// ## What it checks
    /// LastInboundMessageTime is not after as-of by more than `policy.clock_tolerance` (5 minutes, for clocks that
    /// differ).
    ///
    /// ## Why it matters
    /// A message that has not been written yet opens no window: with a wrong zone or a swapped date a closed window
    /// would look open. Source: the windows of 24 hours and seven days in the article, which count from the customer's
    /// last message.
    ///
    /// ## Example
    /// As of 2026-11-22T12:00:00Z fails: `2026-11-22T12:05:01Z`. Passes: `2026-11-22T12:05:00Z`.
    ///
    /// ## How to mend it
    /// Look for a time zone that was dropped or applied twice, or for an as-of that is older than the data.
    ///
    /// ## Nulls and unknowns
    /// A missing time passes, an unreadable one is U208. The window rules do not decide for a record that fails here.
    ///
    /// ## Since
    /// 0.1.0
    code: "U210",
    name: "last-message-in-future",
    tables: &[Users],
    severity: Error,
    default: true,
    needs: &[Need::Column(Users, user::LAST_INBOUND)],
    since: "0.1.0",
    decide: Decide::Users(|users, context, marks| {
        marks.any_of(users.batch.times(&[user::LAST_INBOUND]), |time| future_verdict(time, context));
    }),
    describe: Describe::User(|user, case| describe_future(user.batch(), user::LAST_INBOUND, user.row, case.context)),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::users;

    #[test]
    fn five_minutes_are_tolerated() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType,LastInboundMessageTime\n+12345678900,0Mj000000000001,Text,2026-11-22T12:05:00Z\n+12345678901,0Mj000000000001,Text,2026-11-22T12:05:00.001Z\n+12345678902,0Mj000000000001,Text,\n+12345678903,0Mj000000000001,Text,x\n",
        );
        assert_eq!(found.rows("U210"), [1]);
        assert_eq!(found.checked("U210"), 2);
    }
}
