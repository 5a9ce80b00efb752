use crate::rule::prelude::*;

declare_rule! {
    /// A first SMS does not start from a contact, person account or lead.
    ///
    /// ## What it checks
    /// On a covered SMS channel, a planned send to a customer who has no messaging user on it has a SourceRecordId of a contact
    /// (003), person account (001) or lead (00Q).
    ///
    /// ## Why it matters
    /// The first SMS to a customer without a messaging user starts from one of these records; Salesforce then makes the messaging
    /// user. Source: the article, considerations for Enhanced SMS.
    ///
    /// ## Example
    /// Fails: `500000000000001` (a case), or no SourceRecordId. Passes: `003000000000001`.
    ///
    /// ## How to mend it
    /// Start from the customer's contact, person account or lead record.
    ///
    /// ## Nulls and unknowns
    /// A malformed Id is P201. Without the column, the send is undetermined (P114). Whether an account is a person account
    /// cannot be seen in its Id.
    ///
    /// ## Since
    /// 0.1.0
    code: "P113",
    name: "wrong-source-record",
    tables: &[Sends],
    severity: Error,
    default: true,
    needs: &[Need::Column(Sends, send::SOURCE)],
    since: "0.1.0",
    decide: Decide::Send(check),
    describe: Describe::Send(|_, _, _, _| {
        let message = "The customer has no messaging user on this SMS channel, so the first message must start from a contact, person account or lead record.";
        Description::new(send::SOURCE, message)
    }),
}

fn check(situation: &Situation<'_>) -> Ruling {
    if !situation.starts_new() {
        return Ruling::NotApplicable;
    }
    Ruling::of(situation.plan.source.map(|right| !right), Unknowns::SOURCE)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn contacts_person_accounts_and_leads() {
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
                "Phone,MessagingChannelId,SourceRecordId\n+12345678901,0Mj000000000001,003000000000001\n+12345678901,0Mj000000000001,00Q000000000001\n+12345678901,0Mj000000000001,001000000000001\n+12345678901,0Mj000000000001,500000000000001\n+12345678901,0Mj000000000001,\n+12345678901,0Mj000000000001,x\n+12345678900,0Mj000000000001,500000000000001\n",
            ),
        ]);
        assert_eq!(found.rows("P113"), [3, 4]);
        assert_eq!(found.checked("P113"), 5);
    }
}
