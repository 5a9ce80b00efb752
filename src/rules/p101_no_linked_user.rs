use super::common::customer_field;
use crate::rule::prelude::*;

declare_rule! {
    /// The customer has no messaging user linked to the channel of the send.
    ///
    /// ## What it checks
    /// On every covered kind of channel but SMS, the customer of a planned send is a messaging user whose MessagingChannelId is
    /// the channel of the send. The customer is looked up among users, then among existing_users: by MessagingEndUserId, or by
    /// Phone on WhatsApp channels.
    ///
    /// ## Why it matters
    /// A rep can start a session only with a customer who has a messaging user record that is linked to the channel; SMS is the
    /// one exception. Source: the article, on messaging user records in all supported channels except enhanced SMS.
    ///
    /// ## Example
    /// Fails: a WhatsApp send to a user of another channel. Passes: the same send over the user's own channel.
    ///
    /// ## How to mend it
    /// Send over a channel that the customer is linked to, or load a messaging user for this channel first, with consent
    /// obtained elsewhere, and wait ten minutes.
    ///
    /// ## Nulls and unknowns
    /// Undetermined (P114) when no users are given, when the user's channel cannot be read, and for a Phone on kinds of channel
    /// where a phone does not identify a customer. SMS is P102 and P113.
    ///
    /// ## Since
    /// 0.1.0
    code: "P101",
    name: "no-linked-user",
    tables: &[Sends],
    severity: Error,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::Send(check),
    describe: Describe::Send(|send, situation, _, _| {
        let message = match situation.customer {
            Customer::Found(_) => "The customer's messaging user is not linked to the channel of the send; the rep cannot start a session.",
            _ => "The customer has no messaging user; on this channel a rep can write only to one that is linked to it.",
        };
        Description::new(customer_field(send), message)
    }),
}

fn check(situation: &Situation<'_>) -> Ruling {
    if !situation.covered() || situation.kind == Kind::Sms {
        return Ruling::NotApplicable;
    }
    match situation.link {
        Link::Linked => Ruling::Pass,
        Link::Not => Ruling::Fail,
        Link::Unknown => Ruling::Unknown(Unknowns::USER),
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn all_kinds_but_sms_need_a_linked_user() {
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
                "MessagingEndUserId,Phone,MessagingChannelId\n0PA000000000002,,0Mj000000000002\n0PA000000000001,,0Mj000000000002\n0PA000000000009,,0Mj000000000003\n0PA000000000009,,0Mj000000000001\n,+49 1512 345678,0Mj000000000002\n,+491,0Mj000000000002\n,77,0Mj000000000003\n0PA000000000001,,0Mj000000000004\n",
            ),
        ]);
        assert_eq!(found.rows("P101"), [1, 2, 5]);
        assert_eq!(found.checked("P101"), 5);
    }
}
