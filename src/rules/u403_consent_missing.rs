use crate::rule::prelude::*;

declare_rule! {
    /// Nothing tells whether the customer has consented.
    ///
    /// ## What it checks
    /// Every user of a channel that the article covers has a MessagingConsentStatus.
    ///
    /// ## Why it matters
    /// A load presumes that consent was obtained elsewhere, and the status is where it is kept. Without one the customer
    /// does not count as opted in on any channel, so messages are held back. Source: the article, general considerations;
    /// Salesforce Help, consent for messaging; Object Reference, MessagingEndUser.MessagingConsentStatus.
    ///
    /// ## Example
    /// Fails: an SMS user with an empty MessagingConsentStatus. Passes: the same user with `ImplicitlyOptedIn`.
    ///
    /// ## How to mend it
    /// Fill in the consent that the customer gave, with evidence; leave out whoever gave none.
    ///
    /// ## Nulls and unknowns
    /// This is a rule about missing values; a status that is no value of the picklist is U202. A user on a channel that is
    /// not covered is not to be messaged (U305) and not judged, nor is one whose channel cannot be told.
    ///
    /// ## Since
    /// 0.1.0
    code: "U403",
    name: "consent-missing",
    tables: &[Users],
    severity: Warning,
    default: true,
    needs: &[Need::Column(Users, user::CONSENT)],
    since: "0.1.0",
    decide: Decide::Users(|users, _, marks| marks.each(users.iter().map(check))),
    describe: Describe::User(|_, _| {
        let message = "The user has no consent status and does not count as opted in; messages are held back.";
        Description::new(user::CONSENT, message)
    }),
}

fn check(user: User<'_>) -> Verdict {
    match user.coverage() {
        Coverage::Covered => Verdict::fail_if(user.batch().pick(user::CONSENT, user.row).is_missing()),
        Coverage::NotCovered | Coverage::Unknown => Undecided,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, users};

    #[test]
    fn users_to_be_messaged_need_a_status() {
        let found = check(&[
            ("channels", "Id,MessageType,PlatformType\n0Mj000000000001,Text,Enhanced\n0Mj000000000002,Text,Standard\n"),
            (
                "users",
                "MessagingPlatformKey,MessagingChannelId,MessageType,MessagingConsentStatus\na,0Mj000000000001,Text,\nb,0Mj000000000001,Text, \nc,0Mj000000000001,Text,#N/A\nd,0Mj000000000001,Text,Yes\ne,0Mj000000000001,Text,OptedOut\nf,0Mj000000000002,Text,\ng,0Mj000000000003,EmbeddedMessaging,\nh,0Mj000000000003,Texts,\ni,0Mj000000000003,Line,\n",
            ),
        ]);
        assert_eq!(found.rows("U403"), [0, 1, 2, 8]);
        assert_eq!(found.checked("U403"), 6);
    }

    #[test]
    fn without_the_column_it_is_skipped() {
        let found = users("MessagingPlatformKey,MessagingChannelId,MessageType\na,0Mj000000000001,Text\n");
        assert_eq!(found.skipped("U403").as_deref(), Some("users have no column MessagingConsentStatus"));
    }
}
