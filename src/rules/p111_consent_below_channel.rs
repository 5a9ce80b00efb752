use super::common::{customer_field, meets_consent, users_are_given};
use crate::rule::prelude::*;

declare_rule! {
    /// The customer's consent is weaker than the channel asks.
    ///
    /// ## What it checks
    /// The MessagingConsentStatus of the customer's messaging user is at least what the channel's ConsentType asks: implicit,
    /// explicit or double opt-in.
    ///
    /// ## Why it matters
    /// A customer whose status does not meet the channel's consent type is not fully opted in, and automated messages are held
    /// back. Source: Object Reference, MessagingChannel.ConsentType and MessagingEndUser.IsFullyOptedIn.
    ///
    /// ## Example
    /// Fails: `ImplicitlyOptedIn` on a channel with `DoubleOptIn`. Passes: `DoublyOptedIn`.
    ///
    /// ## How to mend it
    /// Ask the customer to opt in as the channel wants it.
    ///
    /// ## Nulls and unknowns
    /// A missing or unknown status or ConsentType is not judged; OptedOut is P110.
    ///
    /// ## Since
    /// 0.1.0
    code: "P111",
    name: "consent-below-channel",
    tables: &[Sends],
    severity: Warning,
    default: true,
    needs: &[Need::Other(users_are_given), Need::Column(Channels, channel::CONSENT_TYPE)],
    since: "0.1.0",
    decide: Decide::Send(check),
    describe: Describe::Send(|send, _, _, _| {
        Description::new(customer_field(send), "The customer's consent status is weaker than the channel's ConsentType asks; the customer is not fully opted in.")
    }),
}

fn check(situation: &Situation<'_>) -> Ruling {
    let (Some(known), Some(channel), true) = (situation.found(), situation.channel, situation.covered()) else {
        return Ruling::NotApplicable;
    };
    meets_consent(known.consent, channel.consent_type).map_or(Ruling::NotApplicable, |meets| Ruling::fail_if(!meets))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn the_status_must_meet_the_consent_type() {
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
                "MessagingEndUserId,MessagingChannelId\n0PA000000000001,0Mj000000000001\n0PA000000000002,0Mj000000000002\n0PA000000000003,0Mj000000000003\n0PA000000000004,0Mj000000000001\n",
            ),
        ]);
        assert_eq!(found.rows("P111"), [1]);
        assert_eq!(found.checked("P111"), 2);
    }
}
