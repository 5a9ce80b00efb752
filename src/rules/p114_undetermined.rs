use super::common::customer_field;
use crate::rule::prelude::*;

declare_rule! {
    /// Something that decides about the send is not known.
    ///
    /// ## What it checks
    /// For a send that no other rule blocks, everything needed to allow it is known: the channel, the customer, the number, the
    /// sessions and their owners, the customer's last message, the template, CreatedDate and the consent status, as far as the
    /// kind of channel asks for them.
    ///
    /// ## Why it matters
    /// What is not known must not pass by accident: the send may turn out to be impossible, or unwanted. Source: the article; each
    /// unknown belongs to one of the rules P101 to P113.
    ///
    /// ## Example
    /// Fails: a WhatsApp send to a user without LastInboundMessageTime and sessions. Passes: the same with both.
    ///
    /// ## How to mend it
    /// Give what the message names: another table, or another column of one.
    ///
    /// ## Nulls and unknowns
    /// This is the rule about unknowns. Sends that P201 flags are not judged.
    ///
    /// ## Since
    /// 0.1.0
    code: "P114",
    name: "undetermined",
    tables: &[Sends],
    severity: Info,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::Undetermined(check),
    describe: Describe::Send(|send, _, unknowns, _| {
        let names: Vec<_> = unknowns.names().collect();
        let message = format!("Not known, and needed to decide: {}.", names.join(", "));
        Description::new(customer_field(send), message)
    }),
}

fn check(situation: &Situation<'_>, unknowns: Unknowns) -> Ruling {
    match situation.plan.fault {
        Some(_) => Ruling::NotApplicable,
        None => Ruling::fail_if(!unknowns.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn unknowns_are_named() {
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
                "MessagingEndUserId,Phone,MessagingChannelId,OwnerId\n0PA000000000001,,0Mj000000000001,005000000000001\n0PA000000000003,,0Mj000000000003,005000000000001\n,,0Mj000000000003,005000000000001\n0PA000000000004,,0Mj000000000001,005000000000001\n",
            ),
        ]);
        assert_eq!(found.rows("P114"), [0]);
        assert_eq!(found.checked("P114"), 3);
        assert_eq!(found.message(0, "P114"), "Not known, and needed to decide: sessions.");
    }

    #[test]
    fn with_everything_known_nothing_is_left() {
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
                "sessions",
                "Id,MessagingEndUserId,Status,OwnerId\n0Mw000000000001,0PA000000000001,Ended,005000000000001\n",
            ),
            (
                "sends",
                "MessagingEndUserId,MessagingChannelId,OwnerId\n0PA000000000001,0Mj000000000001,005000000000001\n",
            ),
        ]);
        assert!(found.rows("P114").is_empty());
        assert_eq!(found.checked("P114"), 1);
    }
}
