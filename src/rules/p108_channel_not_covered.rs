use crate::model::picklists::PLATFORM_TYPE;
use crate::rule::prelude::*;

declare_rule! {
    /// The send goes over a channel from which the business cannot start a conversation.
    ///
    /// ## What it checks
    /// The channel of a planned send is one that the article covers: Enhanced In-App Chat, WhatsApp, Facebook Messenger, SMS, Apple
    /// Messages for Business or LINE, or Bring Your Own Channel. Without channels, the kind comes from the customer's
    /// messaging user.
    ///
    /// ## Why it matters
    /// Business-initiated messaging does not work on Enhanced Web Chat, Standard Facebook Messenger and Standard SMS channels.
    /// Source: the article, on what it applies to.
    ///
    /// ## Example
    /// Fails: a send over a Standard SMS channel. Passes: one over an Enhanced SMS channel.
    ///
    /// ## How to mend it
    /// Choose a covered channel that the customer is linked to, or upgrade the channel.
    ///
    /// ## Nulls and unknowns
    /// PlatformType missing counts as Enhanced (C105). A channel that is not found, or EmbeddedMessaging without Surface, is
    /// undetermined (P114). No other rule about sends judges a channel that is not covered.
    ///
    /// ## Since
    /// 0.1.0
    code: "P108",
    name: "channel-not-covered",
    tables: &[Sends],
    severity: Error,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::Send(check),
    describe: Describe::Send(|_, situation, _, _| {
        let message = format!("{} is no channel from which a rep can start a conversation.", name(situation));
        Description::new(send::CHANNEL, message)
    }),
}

fn check(situation: &Situation<'_>) -> Ruling {
    match situation.coverage {
        Coverage::Covered => Ruling::Pass,
        Coverage::NotCovered => Ruling::Fail,
        Coverage::Unknown => Ruling::Unknown(Unknowns::CHANNEL),
    }
}

fn name(situation: &Situation<'_>) -> String {
    let standard =
        situation.channel.is_some_and(|channel| channel.platform.is(const { PLATFORM_TYPE.position("Standard") }));
    match situation.kind {
        Kind::Outside => "A channel of this MessageType".to_owned(),
        kind if standard => format!("Standard {}", kind.label()),
        kind => kind.label().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn only_covered_channels() {
        let found = check(&[
            (
                "channels",
                "Id,MessageType,PlatformType,ConsentType\n0Mj000000000001,Text,Enhanced,ImplicitOptIn\n0Mj000000000002,WhatsApp,Enhanced,DoubleOptIn\n0Mj000000000003,Facebook,Enhanced,\n0Mj000000000004,Text,Standard,\n0Mj000000000005,EmbeddedMessaging,Enhanced,\n",
            ),
            (
                "users",
                "Id,MessagingPlatformKey,MessagingChannelId,MessageType,MessagingConsentStatus,CreatedDate,LastInboundMessageTime\n0PA000000000001,+12345678900,0Mj000000000001,Text,ExplicitlyOptedIn,2026-11-22T11:50:00Z,2026-11-22T11:00:00Z\n0PA000000000002,491512345678,0Mj000000000002,WhatsApp,ExplicitlyOptedIn,2026-11-22T11:50:00.001Z,2026-11-21T12:00:00Z\n0PA000000000003,77,0Mj000000000003,Facebook,OptedOut,,2026-11-15T12:00:00Z\n0PA000000000004,4155550123,0Mj000000000001,Text,,,\n",
            ),
            (
                "sends",
                "MessagingEndUserId,MessagingChannelId\n0PA000000000001,0Mj000000000001\n0PA000000000001,0Mj000000000004\n0PA000000000001,0Mj000000000005\n0PA000000000001,0Mj000000000009\n",
            ),
        ]);
        assert_eq!(found.rows("P108"), [1]);
        assert_eq!(found.checked("P108"), 2);
        assert_eq!(found.rows("P114"), [0, 2, 3]);
    }

    #[test]
    fn the_channel_is_named() {
        let found = check(&[
            (
                "channels",
                "Id,MessageType,PlatformType,Surface\n0Mj000000000001,Text,Enhanced,\n0Mj000000000004,Text,Standard,\n0Mj000000000005,Voice,Enhanced,\n0Mj000000000006,EmbeddedMessaging,Enhanced,web\n",
            ),
            (
                "users",
                "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n0PA000000000001,+12345678900,0Mj000000000001,Text\n",
            ),
            (
                "sends",
                "MessagingEndUserId,MessagingChannelId\n0PA000000000001,0Mj000000000004\n0PA000000000001,0Mj000000000005\n0PA000000000001,0Mj000000000006\n",
            ),
        ]);
        assert_eq!(found.rows("P108"), [0, 1, 2]);
        let told = |row| found.message(row, "P108");
        assert_eq!(told(0), "Standard SMS is no channel from which a rep can start a conversation.");
        assert_eq!(told(1), "A channel of this MessageType is no channel from which a rep can start a conversation.");
        assert_eq!(told(2), "Web Chat is no channel from which a rep can start a conversation.");
    }
}
