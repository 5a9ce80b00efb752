use super::common::{channels_can_be_found, meets_consent};
use crate::model::picklists::{CONSENT, CONSENT_TYPE};
use crate::rule::prelude::*;

declare_rule! {
    /// The customer's consent is weaker than the channel asks.
    ///
    /// ## What it checks
    /// MessagingConsentStatus against the ConsentType of the user's channel. ImplicitOptIn is met by every opted-in
    /// status, ExplicitOptIn by ExplicitlyOptedIn and DoublyOptedIn, DoubleOptIn by DoublyOptedIn alone.
    ///
    /// ## Why it matters
    /// Salesforce counts a customer as fully opted in only when the status meets the channel's consent type; until then
    /// messages are held back. Source: Salesforce Help, consent for messaging; Object Reference,
    /// MessagingEndUser.IsFullyOptedIn and MessagingChannel.ConsentType.
    ///
    /// ## Example
    /// Fails: `MessagingConsentStatus=ImplicitlyOptedIn` on a channel with `ConsentType=ExplicitOptIn`. Passes:
    /// `DoublyOptedIn` on the same channel.
    ///
    /// ## How to mend it
    /// Ask the customer for the consent that is missing. Do not raise the status without evidence.
    ///
    /// ## Nulls and unknowns
    /// OptedOut is U401, a missing status U403, an unknown one U202. A user whose channel is not found, and a channel
    /// whose ConsentType is missing or none of the three, are not judged. The case of ConsentType does not matter.
    ///
    /// ## Since
    /// 0.1.0
    code: "U402",
    name: "consent-below-channel",
    tables: &[Users],
    severity: Warning,
    default: true,
    needs: &[
        Need::Other(|context| channels_can_be_found(context, Users)),
        Need::Column(Channels, channel::CONSENT_TYPE),
        Need::Column(Users, user::CONSENT),
    ],
    since: "0.1.0",
    decide: Decide::Users(|users, _, marks| marks.each(users.iter().map(check))),
    describe: Describe::User(|user, _| {
        let status = user.batch().pick(user::CONSENT, user.row).value().map_or("unknown", |at| CONSENT.values[at]);
        let asked = user.channel().and_then(|channel| channel.consent_type.value());
        let asked = asked.map_or("more", |at| CONSENT_TYPE.values[at]);
        let message = format!(
            "The consent status {status} is weaker than the channel asks ({asked}); messages are held back until the \
             customer has opted in as it asks."
        );
        Description::new(user::CONSENT, message)
    }),
}

fn check(user: User<'_>) -> Verdict {
    let asked = user.channel().map(|channel| channel.consent_type);
    let met = asked.and_then(|asked| meets_consent(user.batch().pick(user::CONSENT, user.row), asked));
    met.map_or(Undecided, |met| Verdict::fail_if(!met))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    const STATUSES: [&str; 6] = ["ImplicitlyOptedIn", "ExplicitlyOptedIn", "DoublyOptedIn", "OptedOut", "", "Yes"];

    fn found(asked: &str) -> (Vec<u32>, u64) {
        let rows: Vec<_> = STATUSES
            .iter()
            .map(|status| format!("x,0Mj000000000001,Text,{status}\nx,0Mj000000000002,Text,{status}\n"))
            .collect();
        let found = check(&[
            ("channels", &format!("Id,MessageType,ConsentType\n0Mj000000000001,Text,{asked}\n")),
            (
                "users",
                &format!(
                    "MessagingPlatformKey,MessagingChannelId,MessageType,MessagingConsentStatus\n{}",
                    rows.concat()
                ),
            ),
        ]);
        (found.rows("U402"), found.checked("U402"))
    }

    #[test]
    fn each_level_is_met_by_itself_and_by_stronger_ones() {
        assert_eq!(found("ImplicitOptIn"), (vec![], 3));
        assert_eq!(found("ExplicitOptIn"), (vec![0], 3));
        assert_eq!(found("DoubleOptIn"), (vec![0, 2], 3));
        assert_eq!(found("doubleoptin"), (vec![0, 2], 3));
    }

    #[test]
    fn both_levels_are_named() {
        let found = check(&[
            ("channels", "Id,MessageType,ConsentType\n0Mj000000000001,Text,DoubleOptIn\n"),
            (
                "users",
                "MessagingPlatformKey,MessagingChannelId,MessageType,MessagingConsentStatus\nx,0Mj000000000001,Text,ImplicitlyOptedIn\n",
            ),
        ]);
        let told = found.message(0, "U402");
        assert!(
            told.starts_with("The consent status ImplicitlyOptedIn is weaker than the channel asks (DoubleOptIn);"),
            "{told}"
        );
    }

    #[test]
    fn what_the_channel_asks_may_be_unknown() {
        assert_eq!(found(""), (vec![], 0));
        assert_eq!(found("Double"), (vec![], 0));
    }

    #[test]
    fn without_the_columns_it_is_skipped() {
        let users = "MessagingPlatformKey,MessagingChannelId,MessageType\nx,0Mj000000000001,Text\n";
        let alone = check(&[("users", users)]);
        assert_eq!(alone.skipped("U402").as_deref(), Some("no channels were given"));
        let found = check(&[("channels", "Id,MessageType\n0Mj000000000001,Text\n"), ("users", users)]);
        assert_eq!(found.skipped("U402").as_deref(), Some("channels have no column ConsentType"));
        let found = check(&[("channels", "Id,MessageType,ConsentType\n0Mj000000000001,Text,\n"), ("users", users)]);
        assert_eq!(found.skipped("U402").as_deref(), Some("users have no column MessagingConsentStatus"));
    }
}
