use super::common::channels_can_be_found;
use crate::rule::prelude::*;

declare_rule! {
    /// The user's channel is not active.
    ///
    /// ## What it checks
    /// IsActive of the channel that the user names is true.
    ///
    /// ## Why it matters
    /// Nothing can be sent on a channel that is switched off, so none of its users can be written to. Source: Object
    /// Reference, MessagingChannel.IsActive; error code MESSAGING_INACTIVE_CHANNEL of the API.
    ///
    /// ## Example
    /// Fails: a user of a channel with `IsActive=false`. Passes: a user of a channel with `IsActive=true`.
    ///
    /// ## How to mend it
    /// Activate the channel, or link the users to the channel that took its place: an upgrade to enhanced WhatsApp
    /// makes a new one.
    ///
    /// ## Nulls and unknowns
    /// A user whose channel is not among the given ones, or whose channel does not say whether it is active, is not
    /// judged.
    ///
    /// ## Since
    /// 0.1.0
    code: "U303",
    name: "inactive-channel",
    tables: &[Users],
    severity: Error,
    default: true,
    needs: &[Need::Other(|context| channels_can_be_found(context, Users)), Need::Column(Channels, channel::IS_ACTIVE)],
    since: "0.1.0",
    decide: Decide::Users(|users, _, marks| marks.each(users.iter().map(check))),
    describe: Describe::User(|_, _| {
        let message = "The channel is not active, so nothing can be sent to this user until it is activated.";
        Description::new(user::CHANNEL, message)
    }),
}

fn check(user: User<'_>) -> Verdict {
    user.channel().and_then(|channel| channel.active).map_or(Undecided, |active| Verdict::fail_if(!active))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn only_a_known_false_fails() {
        let found = check(&[
            (
                "channels",
                "Id,MessageType,IsActive\n0Mj000000000001,WhatsApp,true\n0Mj000000000002,WhatsApp,NO\n0Mj000000000003,WhatsApp,\n",
            ),
            (
                "users",
                "MessagingPlatformKey,MessagingChannelId\n491,0Mj000000000001\n492,0Mj000000000002\n493,0Mj000000000003\n494,0Mj000000000004\n495,\n",
            ),
        ]);
        assert_eq!(found.rows("U303"), [1]);
        assert_eq!(found.checked("U303"), 2);
    }

    #[test]
    fn without_the_column_it_is_skipped() {
        let found = check(&[
            ("channels", "Id,MessageType\n0Mj000000000001,WhatsApp\n"),
            ("users", "MessagingPlatformKey,MessagingChannelId\n491,0Mj000000000001\n"),
        ]);
        assert_eq!(found.skipped("U303").as_deref(), Some("channels have no column IsActive"));
    }
}
