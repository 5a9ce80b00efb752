use super::common::customers_can_be_found;
use crate::rule::prelude::*;

declare_rule! {
    /// The session is on another channel than its customer.
    ///
    /// ## What it checks
    /// MessagingChannelId of every session is that of the messaging user that it belongs to. The customer is looked up
    /// among users, then among existing_users.
    ///
    /// ## Why it matters
    /// A messaging user is one address on one channel, so all its sessions are on that channel. Where they differ,
    /// either reference is wrong, and answers would go elsewhere. Source: Object Reference, MessagingEndUser and
    /// MessagingSession.
    ///
    /// ## Example
    /// Fails: a session on `0Mj000000000002` of a user linked to `0Mj000000000001`. Passes: a session on
    /// `0Mj000000000001`.
    ///
    /// ## How to mend it
    /// Refer to the customer's messaging user on the session's channel; every channel has its own.
    ///
    /// ## Nulls and unknowns
    /// Sessions whose customer is not found, and those where either channel is missing, malformed or named by another
    /// kind of key, are not judged.
    ///
    /// ## Since
    /// 0.1.0
    code: "S303",
    name: "channel-differs-from-user",
    tables: &[Sessions],
    severity: Error,
    default: true,
    needs: &[
        Need::Column(Sessions, session::CHANNEL),
        Need::Other(|context| customers_can_be_found(context, Some(user::CHANNEL))),
    ],
    since: "0.1.0",
    decide: Decide::Joined(|session, customer| check(*session, customer)),
    describe: Describe::Session(|_, _| {
        let message = "The session's channel is not the channel of its messaging user; a messaging user has sessions on its \
                       own channel only.";
        Description::new(session::CHANNEL, message)
    }),
}

fn check(session: JoinedSession, customer: Option<&JoinedUser>) -> Verdict {
    customer.and_then(|customer| session.channel.differs(customer.channel)).map_or(Undecided, Verdict::fail_if)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn two_known_channels_are_compared() {
        let found = check(&[
            (
                "users",
                "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n0PA000000000001,+12345678900,0MjHo000000PCQz,Text\n0PA000000000002,+12345678901,,Text\n",
            ),
            ("existing_users", "Id,MessagingChannelId\n0PA000000000003,0Mj000000000003\n"),
            (
                "sessions",
                "MessagingEndUserId,MessagingChannelId,Status\n0PA000000000001,0MjHo000000PCQzKAO,Ended\n0PA000000000001,0Mj000000000002,Ended\n0PA000000000001,,Ended\n0PA000000000002,0Mj000000000002,Ended\n0PA000000000003,0Mj000000000002,Ended\n0PA000000000009,0Mj000000000002,Ended\n",
            ),
        ]);
        assert_eq!(found.rows("S303"), [1, 4]);
        assert_eq!(found.checked("S303"), 3);
    }

    #[test]
    fn without_the_column_it_is_skipped() {
        let found = check(&[
            (
                "users",
                "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n0PA000000000001,+12345678900,0Mj000000000001,Text\n",
            ),
            ("sessions", "MessagingEndUserId,Status\n0PA000000000001,Ended\n"),
        ]);
        assert_eq!(found.skipped("S303").as_deref(), Some("sessions have no column MessagingChannelId"));
    }

    #[test]
    fn users_without_a_channel_are_nothing_to_compare_with() {
        let found = check(&[
            ("channels", "Id,MessageType\n0Mj000000000001,Text\n"),
            ("existing_users", "Id\n0PA000000000001\n"),
            ("sessions", "MessagingEndUserId,MessagingChannelId,Status\n0PA000000000001,0Mj000000000001,Ended\n"),
        ]);
        assert_eq!(found.skipped("S303").as_deref(), Some("users have no column MessagingChannelId"));
    }
}
