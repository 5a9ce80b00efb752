use crate::model::picklists::CONSENT;
use crate::rule::prelude::*;

declare_rule! {
    /// The customer has opted out.
    ///
    /// ## What it checks
    /// MessagingConsentStatus of every user is not OptedOut. The value counts in any case.
    ///
    /// ## Why it matters
    /// The record loads, but Salesforce sends nothing to this customer, and nobody may. Source: Salesforce Help, consent
    /// for messaging; Object Reference, MessagingEndUser.MessagingConsentStatus.
    ///
    /// ## Example
    /// Fails: `MessagingConsentStatus=OptedOut`. Passes: `MessagingConsentStatus=ExplicitlyOptedIn`.
    ///
    /// ## How to mend it
    /// Nothing is wrong with the record: keep it, so that the opt-out is known, and leave the customer out of campaigns.
    /// Change the status only with evidence of a later opt-in.
    ///
    /// ## Nulls and unknowns
    /// A missing status is U403, an unknown one U202; neither is judged here.
    ///
    /// ## Since
    /// 0.1.0
    code: "U401",
    name: "opted-out",
    tables: &[Users],
    severity: Warning,
    default: true,
    needs: &[Need::Column(Users, user::CONSENT)],
    since: "0.1.0",
    decide: Decide::Users(|users, _, marks| marks.each(users.iter().map(check))),
    describe: Describe::User(|_, _| {
        Description::new(user::CONSENT, "The customer has opted out on this channel; no message may be sent.")
    }),
}

fn check(user: User<'_>) -> Verdict {
    let consent = user.batch().pick(user::CONSENT, user.row);
    match consent.value() {
        None => Undecided,
        Some(_) => Verdict::fail_if(consent.is(const { CONSENT.position("OptedOut") })),
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::users;

    #[test]
    fn a_status_that_reads_opted_out_fails() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType,MessagingConsentStatus\na,0Mj000000000001,Text,OptedOut\nb,,Voice,optedout\nc,0Mj000000000001,Text,ImplicitlyOptedIn\nd,0Mj000000000001,Text,\ne,0Mj000000000001,Text,Opted Out\n",
        );
        assert_eq!(found.rows("U401"), [0, 1]);
        assert_eq!(found.checked("U401"), 3);
    }

    #[test]
    fn without_the_column_it_is_skipped() {
        let found = users("MessagingPlatformKey,MessagingChannelId,MessageType\na,0Mj000000000001,Text\n");
        assert_eq!(found.skipped("U401").as_deref(), Some("users have no column MessagingConsentStatus"));
    }
}
