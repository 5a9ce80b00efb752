use crate::rule::prelude::*;

declare_rule! {
    /// The user is not linked to a channel, so no rep can start a session with it.
    ///
    /// ## What it checks
    /// MessagingChannelId of every user whose kind of channel is known and is not SMS has a value.
    ///
    /// ## Why it matters
    /// On all channels but enhanced SMS, a rep can only write to a customer who has a messaging user that is linked to
    /// the channel in question. Source: the article, general considerations. SMS users without the field are U201,
    /// because a load needs it all the same.
    ///
    /// ## Example
    /// Fails: `MessageType=WhatsApp, MessagingChannelId=` (empty). Passes: the same with
    /// `MessagingChannelId=0MjHo000000PCQzKAO`.
    ///
    /// ## How to mend it
    /// Fill in the Id of the channel on which the customer gave consent.
    ///
    /// ## Nulls and unknowns
    /// This is a rule about null. A user whose MessageType cannot be read is not judged; a malformed Id is U204.
    ///
    /// ## Since
    /// 0.1.0
    code: "U301",
    name: "user-not-linked",
    tables: &[Users],
    severity: Error,
    default: true,
    needs: &[Need::Column(Users, user::CHANNEL)],
    since: "0.1.0",
    decide: Decide::Users(|users, _, marks| marks.each(users.iter().map(check))),
    describe: Describe::User(|user, _| {
        let message = format!(
            "MessagingChannelId has no value; reps can write to a {} user only if it is linked to the channel.",
            if user.kind() == Kind::Outside { "messaging" } else { user.kind().label() }
        );
        Description::new(user::CHANNEL, message)
    }),
}

fn check(user: User<'_>) -> Verdict {
    match user.kind() {
        Kind::Unknown | Kind::Sms => Undecided,
        _ => Verdict::fail_if(user.link().state == State::Missing),
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::users;

    #[test]
    fn all_kinds_but_sms_need_a_channel() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType\n491,0Mj000000000001,WhatsApp\n492,,WhatsApp\n+12345678900,,Text\n493,,Whats\n494,0Mj,Line\n495,000000000000000AAA,EmbeddedMessaging\n",
        );
        assert_eq!(found.rows("U301"), [1, 5]);
        assert_eq!(found.checked("U301"), 4);
    }
}
