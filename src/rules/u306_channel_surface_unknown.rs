use crate::rule::prelude::*;

declare_rule! {
    /// In-App Chat and Web Chat cannot be told apart for this user.
    ///
    /// ## What it checks
    /// Every user of an EmbeddedMessaging channel has a channel whose Surface is `in-app` or `web`.
    ///
    /// ## Why it matters
    /// The article covers Enhanced In-App Chat and leaves Enhanced Web Chat out, yet both have the MessageType
    /// EmbeddedMessaging. Without more the article's rules cannot be applied. Source: the article, its lists of
    /// channels; Object Reference, MessagingChannel.MessageType.
    ///
    /// ## Example
    /// Fails: a user with `MessageType=EmbeddedMessaging` and no channel given. Passes: a user of a channel with
    /// `Surface=in-app`.
    ///
    /// ## How to mend it
    /// Give the channels with a column Surface. The embedded service deployment of the channel tells whether it is a
    /// web page or a mobile app.
    ///
    /// ## Nulls and unknowns
    /// This is a rule about not knowing: a missing or unknown Surface, and a channel that is not given, fail.
    ///
    /// ## Since
    /// 0.1.0
    code: "U306",
    name: "channel-surface-unknown",
    tables: &[Users],
    severity: Info,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::Users(|users, _, marks| marks.each(users.iter().map(check))),
    describe: Describe::User(|_, _| {
        let message = "The channel may be In-App Chat or Web Chat, and only In-App Chat is covered; give the channel's \
                       Surface, or rules that need it stay undecided.";
        Description::new(user::CHANNEL, message)
    }),
}

fn check(user: User<'_>) -> Verdict {
    match user.kind() {
        Kind::InApp | Kind::Web => Pass,
        Kind::Embedded => Fail,
        _ => Undecided,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn a_known_surface_passes() {
        let found = check(&[
            (
                "channels",
                "Id,MessageType,Surface\n0Mj000000000001,EmbeddedMessaging,in-app\n0Mj000000000002,EmbeddedMessaging,WEB\n0Mj000000000003,EmbeddedMessaging,phone\n0Mj000000000004,Text,\n",
            ),
            (
                "users",
                "MessagingPlatformKey,MessagingChannelId,MessageType\na,0Mj000000000001,\nb,0Mj000000000002,\nc,0Mj000000000003,\nd,0Mj000000000004,\ne,0Mj000000000009,EmbeddedMessaging\n",
            ),
        ]);
        assert_eq!(found.rows("U306"), [2, 4]);
        assert_eq!(found.checked("U306"), 4);
    }
}
