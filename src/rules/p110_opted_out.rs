use super::common::{customer_field, users_are_given};
use crate::model::picklists::CONSENT;
use crate::rule::prelude::*;

declare_rule! {
    /// The customer opted out.
    ///
    /// ## What it checks
    /// The MessagingConsentStatus of the customer's messaging user is not OptedOut.
    ///
    /// ## Why it matters
    /// Nobody may write to a customer who opted out, and Salesforce does not send to one. Source: the article, whose rules protect
    /// customers from unwanted messages; Object Reference, MessagingEndUser.MessagingConsentStatus.
    ///
    /// ## Example
    /// Fails: a send to a user with `OptedOut`. Passes: one with `ExplicitlyOptedIn`.
    ///
    /// ## How to mend it
    /// Take the send out of the plan. If the customer has opted in again, correct the status, with evidence.
    ///
    /// ## Nulls and unknowns
    /// A missing or unknown status is undetermined (P114).
    ///
    /// ## Since
    /// 0.1.0
    code: "P110",
    name: "opted-out",
    tables: &[Sends],
    severity: Error,
    default: true,
    needs: &[Need::Other(users_are_given)],
    since: "0.1.0",
    decide: Decide::Send(check),
    describe: Describe::Send(|send, _, _, _| {
        Description::new(customer_field(send), "The customer opted out (consent status OptedOut); nobody may write to this customer.")
    }),
}

fn check(situation: &Situation<'_>) -> Ruling {
    let Some(known) = situation.found().filter(|_| situation.covered()) else { return Ruling::NotApplicable };
    let opted_out = known.consent.value().map(|at| at == const { CONSENT.position("OptedOut") });
    Ruling::of(opted_out, Unknowns::CONSENT)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn a_known_status_decides() {
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
                "MessagingEndUserId,MessagingChannelId\n0PA000000000001,0Mj000000000001\n0PA000000000003,0Mj000000000003\n0PA000000000004,0Mj000000000001\n0PA000000000009,0Mj000000000003\n",
            ),
        ]);
        assert_eq!(found.rows("P110"), [1]);
        assert_eq!(found.checked("P110"), 2);
    }

    #[test]
    fn the_cell_that_names_the_customer_is_told() {
        let found = check(&[
            ("channels", "Id,MessageType,PlatformType\n0Mj000000000001,Text,Enhanced\n"),
            (
                "users",
                "Id,MessagingPlatformKey,MessagingChannelId,MessageType,MessagingConsentStatus\n0PA000000000001,+12345678900,0Mj000000000001,Text,OptedOut\n",
            ),
            (
                "sends",
                "MessagingEndUserId,Phone,MessagingChannelId\n0PA000000000001,,0Mj000000000001\n,+12345678900,0Mj000000000001\n",
            ),
        ]);
        assert_eq!(found.rows("P110"), [0, 1]);
        assert_eq!(found.column(0, "P110"), "MessagingEndUserId");
        assert_eq!(found.column(1, "P110"), "Phone");
    }
}
