use crate::model::picklists::PLATFORM_TYPE;
use crate::rule::prelude::*;

declare_rule! {
    /// The user is on a channel that the article's rules do not cover.
    ///
    /// ## What it checks
    /// The channel of every user, by kind and platform. Covered are Enhanced SMS, WhatsApp, Facebook Messenger, LINE, Apple
    /// Messages for Business, In-App Chat and Bring Your Own Channel; not covered are Web Chat, every Standard channel,
    /// and kinds that the article does not mention, like voice or e-mail. Where the channel is not among those given, the
    /// user's own MessageType counts, as on an Enhanced channel.
    ///
    /// ## Why it matters
    /// The record loads, but no rep can start a conversation with this customer on that channel. An upgrade of WhatsApp
    /// makes a new channel and leaves the users of the old one behind. Source: the article, its lists of channels that it
    /// does and does not apply to; Object Reference, MessagingChannel.PlatformType.
    ///
    /// ## Example
    /// Fails: a user of a channel with `MessageType=Text, PlatformType=Standard`. Passes: a user of one with
    /// `MessageType=Text, PlatformType=Enhanced`.
    ///
    /// ## How to mend it
    /// Load the customer as a user of an enhanced channel, or leave the record out when reps are to write first.
    ///
    /// ## Nulls and unknowns
    /// An unknown PlatformType counts as Enhanced (C105 says so). EmbeddedMessaging without Surface (U306) and a user
    /// whose kind of channel cannot be told are not judged.
    ///
    /// ## Since
    /// 0.1.0
    code: "U305",
    name: "user-channel-not-covered",
    tables: &[Users],
    severity: Warning,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::Users(|users, _, marks| marks.each(users.iter().map(check))),
    describe: Describe::User(|user, _| {
        let kind = user.kind();
        let standard = user.channel().is_some_and(|its| its.platform.is(const { PLATFORM_TYPE.position("Standard") }));
        let what = match kind {
            Kind::Outside => "a channel of another kind".to_owned(),
            Kind::Web => "Web Chat".to_owned(),
            _ if standard => format!("Standard {}", kind.label()),
            _ => kind.label().to_owned(),
        };
        // Where the channel is found it decides; else the record's own type did.
        let field = if user.channel().is_some() { user::CHANNEL } else { user::MESSAGE_TYPE };
        let message = format!("The user is on {what}, where reps cannot start conversations; no rep can write first.");
        Description::new(field, message)
    }),
}

fn check(user: User<'_>) -> Verdict {
    match user.coverage() {
        Coverage::Unknown => Undecided,
        Coverage::Covered => Pass,
        Coverage::NotCovered => Fail,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, users};

    #[test]
    fn the_channel_decides_where_it_is_found() {
        let found = check(&[
            (
                "channels",
                "Id,MessageType,PlatformType,Surface\n0Mj000000000001,Text,Enhanced,\n0Mj000000000002,Text,Standard,\n0Mj000000000003,EmbeddedMessaging,Enhanced,web\n0Mj000000000004,EmbeddedMessaging,Enhanced,in-app\n0Mj000000000005,EmbeddedMessaging,Enhanced,\n0Mj000000000006,Email,,\n0Mj000000000007,Txt,Standard,\n0Mj000000000008,WhatsApp,,\n",
            ),
            (
                "users",
                "MessagingPlatformKey,MessagingChannelId,MessageType\na,0Mj000000000001,Text\nb,0Mj000000000002,Text\nc,0Mj000000000003,EmbeddedMessaging\nd,0Mj000000000004,EmbeddedMessaging\ne,0Mj000000000005,EmbeddedMessaging\nf,0Mj000000000006,Email\ng,0Mj000000000007,Text\nh,0Mj000000000008,WhatsApp\ni,0Mj000000000009,Voice\nj,,SMS\n",
            ),
        ]);
        assert_eq!(found.rows("U305"), [1, 2, 5, 8]);
        assert_eq!(found.checked("U305"), 8);
        assert!(found.message(1, "U305").contains("Standard SMS"));
        assert!(found.message(2, "U305").contains("Web Chat"));
        assert_eq!(found.column(1, "U305"), "MessagingChannelId");
        assert_eq!(found.column(8, "U305"), "MessageType");
    }

    #[test]
    fn without_channels_the_own_type_counts_as_enhanced() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType\na,0Mj000000000001,Text\nb,0Mj000000000001,Voice\nc,0Mj000000000001,EmbeddedMessaging\nd,0Mj000000000001,PSTNVoice\ne,0Mj000000000001,\n",
        );
        assert_eq!(found.rows("U305"), [1, 3]);
        assert_eq!(found.checked("U305"), 3);
    }
}
