use super::common::{customer_field, describe_closed, window_ruling};
use crate::rule::prelude::*;
use crate::tables::sends::Message;

declare_rule! {
    /// Free text on WhatsApp more than 24 hours after the customer's last message.
    ///
    /// ## What it checks
    /// For a freeform send on a covered WhatsApp channel, SendTime minus the customer's last message is at most
    /// `policy.whatsapp_window` (24 hours). Exactly 24 hours is still open. Where LastInboundMessageTime is missing, sessions
    /// can prove the window open or closed as in W101.
    ///
    /// ## Why it matters
    /// Beyond 24 hours a rep cannot write free text on WhatsApp, only send a notification on an approved template. Source: the
    /// article, considerations for Enhanced WhatsApp.
    ///
    /// ## Example
    /// Fails: a freeform send 24 hours and one second after the customer's last message. Passes: one at exactly 24 hours.
    ///
    /// ## How to mend it
    /// Send a notification on an approved template instead (MessageKind notification), or wait for the customer to write.
    ///
    /// ## Nulls and unknowns
    /// Without a known last message the send is undetermined (P114). A missing MessageKind is freeform.
    ///
    /// ## Since
    /// 0.1.0
    code: "P105",
    name: "template-required",
    tables: &[Sends],
    severity: Error,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::Send(check),
    describe: Describe::Send(|send, situation, _, _| {
        let closed = describe_closed(situation, Window::WhatsApp);
        let message = format!("{closed}: free text is not possible on WhatsApp, only a notification on an approved template.");
        Description::new(customer_field(send), message)
    }),
}

fn check(situation: &Situation<'_>) -> Ruling {
    let freeform = situation.plan.message == Message::Freeform;
    if situation.covered() && situation.kind == Kind::WhatsApp && freeform {
        return window_ruling(situation, Window::WhatsApp);
    }
    Ruling::NotApplicable
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn exactly_24_hours_is_open() {
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
                "MessagingEndUserId,MessagingChannelId,MessageKind,SendTime\n0PA000000000002,0Mj000000000002,freeform,2026-11-22T12:00:00Z\n0PA000000000002,0Mj000000000002,,2026-11-22T13:00:01+01:00\n0PA000000000002,0Mj000000000002,Notification,2026-11-23T12:00:00Z\n0PA000000000001,0Mj000000000001,,2026-11-30T12:00:00Z\n0PA000000000009,0Mj000000000002,,2026-11-22T12:00:00Z\n",
            ),
        ]);
        assert_eq!(found.rows("P105"), [1]);
        assert_eq!(found.checked("P105"), 2);
        assert!(found.message(1, "P105").contains("more than 1 day"), "{}", found.message(1, "P105"));
    }
}
