use super::common::{customer_field, describe_closed, window_ruling};
use crate::rule::prelude::*;

declare_rule! {
    /// Facebook Messenger more than 7 days after the customer's last message.
    ///
    /// ## What it checks
    /// On a covered Facebook Messenger channel, SendTime minus the customer's last message is at most
    /// `policy.messenger_window` (7 days). Exactly 7 days is still open. Where LastInboundMessageTime is missing, sessions can
    /// prove the window open or closed as in W102.
    ///
    /// ## Why it matters
    /// Beyond seven days Send a Message cannot be used at all. Source: the article, considerations for Enhanced Facebook
    /// Messenger.
    ///
    /// ## Example
    /// Fails: a send 7 days and one second after the customer's last message. Passes: one at exactly 7 days.
    ///
    /// ## How to mend it
    /// Wait until the customer writes again, or use another channel.
    ///
    /// ## Nulls and unknowns
    /// Without a known last message the send is undetermined (P114).
    ///
    /// ## Since
    /// 0.1.0
    code: "P107",
    name: "messenger-window-closed",
    tables: &[Sends],
    severity: Error,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::Send(check),
    describe: Describe::Send(|send, situation, _, _| {
        let closed = describe_closed(situation, Window::Messenger);
        let message = format!("{closed}: nothing can be sent on Messenger until the customer writes again.");
        Description::new(customer_field(send), message)
    }),
}

fn check(situation: &Situation<'_>) -> Ruling {
    if situation.covered() && situation.kind == Kind::Facebook {
        return window_ruling(situation, Window::Messenger);
    }
    Ruling::NotApplicable
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn exactly_seven_days_is_open() {
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
                "MessagingEndUserId,MessagingChannelId,SendTime\n0PA000000000003,0Mj000000000003,\n0PA000000000003,0Mj000000000003,2026-11-22T12:00:01Z\n0PA000000000009,0Mj000000000003,2026-11-22T12:00:01Z\n",
            ),
        ]);
        assert_eq!(found.rows("P107"), [1]);
        assert_eq!(found.checked("P107"), 2);
    }

    #[test]
    fn other_channels_have_no_such_window() {
        let found = check(&[
            (
                "channels",
                "Id,MessageType,PlatformType\n0Mj000000000001,Text,Enhanced\n0Mj000000000002,WhatsApp,Enhanced\n0Mj000000000003,Facebook,Enhanced\n0Mj000000000004,Text,Standard\n0Mj000000000005,Voice,Enhanced\n0Mj000000000006,EmbeddedMessaging,Enhanced\n0Mj000000000007,Facebook,Standard\n",
            ),
            (
                "users",
                "Id,MessagingPlatformKey,MessagingChannelId,MessageType,LastInboundMessageTime\n0PA000000000001,+12345678900,0Mj000000000001,Text,2026-01-01T00:00:00Z\n0PA000000000002,77,0Mj000000000007,Facebook,2026-01-01T00:00:00Z\n0PA000000000003,78,0Mj000000000003,Facebook,2026-01-01T00:00:00Z\n",
            ),
            (
                "sends",
                "MessagingEndUserId,MessagingChannelId\n0PA000000000001,0Mj000000000001\n0PA000000000002,0Mj000000000007\n0PA000000000003,0Mj000000000003\n",
            ),
        ]);
        assert_eq!((found.rows("P107"), found.checked("P107")), (vec![2], 1));
    }
}
