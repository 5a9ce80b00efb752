use crate::rule::prelude::*;

declare_rule! {
    /// A first SMS to a customer without a messaging user lacks the confirmed consent.
    ///
    /// ## What it checks
    /// On a covered SMS channel, a planned send to a customer who has no messaging user on it has ConsentConfirmed true.
    ///
    /// ## Why it matters
    /// With + New Conversation the rep must tick a box that says the customer agreed to receive SMS from the business; without
    /// it nothing is sent. Source: the article, considerations for Enhanced SMS.
    ///
    /// ## Example
    /// Fails: a send to a Phone that no user holds, with ConsentConfirmed false or empty. Passes: the same with true.
    ///
    /// ## How to mend it
    /// Obtain the customer's consent, then set ConsentConfirmed to true.
    ///
    /// ## Nulls and unknowns
    /// An empty cell is not a confirmation. Without the column, or when it cannot be told whether the customer has a messaging
    /// user, the send is undetermined (P114).
    ///
    /// ## Since
    /// 0.1.0
    code: "P102",
    name: "consent-not-confirmed",
    tables: &[Sends],
    severity: Error,
    default: true,
    needs: &[Need::Column(Sends, send::CONSENT_CONFIRMED)],
    since: "0.1.0",
    decide: Decide::Send(check),
    describe: Describe::Send(|_, _, _, _| {
        let message = "The customer has no messaging user on this SMS channel, and consent to receive SMS is not confirmed; the rep must tick that box before the first message.";
        Description::new(send::CONSENT_CONFIRMED, message)
    }),
}

fn check(situation: &Situation<'_>) -> Ruling {
    if situation.starts_new() {
        return Ruling::of(situation.plan.consented.map(|consented| !consented), Unknowns::CONFIRMATION);
    }
    if situation.covered() && situation.kind == Kind::Sms && situation.link == Link::Unknown {
        return Ruling::Unknown(Unknowns::USER);
    }
    Ruling::NotApplicable
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn only_new_customers_need_the_box() {
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
                "MessagingEndUserId,Phone,MessagingChannelId,ConsentConfirmed\n0PA000000000001,,0Mj000000000001,false\n,+12345678901,0Mj000000000001,true\n,+12345678902,0Mj000000000001,false\n,+12345678903,0Mj000000000001,\n,+12345678904,0Mj000000000001,maybe\n,+1 234 567 8900,0Mj000000000001,\n,+12345678905,0Mj000000000004,false\n0PA000000000002,,0Mj000000000001,\n",
            ),
        ]);
        assert_eq!(found.rows("P102"), [2, 3, 7]);
        assert_eq!(found.checked("P102"), 4);
        assert_eq!(found.rows("P201"), [4]);
    }

    #[test]
    fn it_is_unknown_only_where_the_customer_is() {
        let channels = (
            "channels",
            "Id,MessageType,PlatformType\n0Mj000000000001,Text,Enhanced\n0Mj000000000002,WhatsApp,Enhanced\n0Mj000000000003,Facebook,Enhanced\n0Mj000000000004,Text,Standard\n0Mj000000000005,Voice,Enhanced\n0Mj000000000006,EmbeddedMessaging,Enhanced\n",
        );
        let sends = "MessagingEndUserId,MessagingChannelId,ConsentConfirmed\n0PA000000000001,0Mj000000000001,false\n0PA000000000001,0Mj000000000003,false\n";
        let nobody_given = check(&[channels, ("sends", sends)]);
        assert_eq!((nobody_given.rows("P102"), nobody_given.checked("P102")), (vec![], 0));
        assert!(nobody_given.message(0, "P114").contains(": user"), "{}", nobody_given.message(0, "P114"));
        let linked = check(&[
            channels,
            (
                "users",
                "Id,MessagingPlatformKey,MessagingChannelId,MessageType,MessagingConsentStatus,CreatedDate\n0PA000000000001,+12345678900,0Mj000000000001,Text,ExplicitlyOptedIn,2026-11-01T11:50:00Z\n",
            ),
            (
                "sends",
                "MessagingEndUserId,MessagingChannelId,ConsentConfirmed\n0PA000000000001,0Mj000000000001,false\n",
            ),
        ]);
        assert_eq!((linked.rows("P102"), linked.checked("P102")), (vec![], 0));
        assert_eq!(linked.message(0, "P114"), "Not known, and needed to decide: sessions.");
        let other_kind = check(&[
            channels,
            (
                "users",
                "Id,MessagingPlatformKey,MessagingChannelId,MessageType,MessagingConsentStatus,CreatedDate\n0PA000000000002,+491512345678,0Mj000000000002,WhatsApp,ExplicitlyOptedIn,2026-11-01T11:50:00Z\n",
            ),
            (
                "sends",
                "MessagingEndUserId,MessagingChannelId,ConsentConfirmed\n0PA000000000002,0Mj000000000002,false\n",
            ),
        ]);
        assert_eq!((other_kind.rows("P102"), other_kind.checked("P102")), (vec![], 0));
        assert!(!other_kind.message(0, "P114").contains("user"), "{}", other_kind.message(0, "P114"));
    }
}
