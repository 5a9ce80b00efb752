use crate::engine::identity::Other;
use crate::model::picklists::CONSENT;
use crate::rule::prelude::*;

declare_rule! {
    /// The load would opt a customer in again who has opted out.
    ///
    /// ## What it checks
    /// No user with an opted-in MessagingConsentStatus has channel and platform key of a record of existing_users whose
    /// status is OptedOut. Keys are compared as by U206: phones by their digits, other keys exactly. Ids do not matter:
    /// an update of that record, and a second record for its address, both bring the customer back.
    ///
    /// ## Why it matters
    /// An opt-out is the customer's word, and in most countries the law's. Overwriting it sends messages to somebody who
    /// refused them; nothing in Salesforce stops the load. Source: Salesforce Help, consent for messaging; the article,
    /// general considerations, by which whoever loads users answers for their consent.
    ///
    /// ## Example
    /// Fails: `+14155550123` with `ExplicitlyOptedIn` where the org holds `+14155550123` on that channel as `OptedOut`.
    /// Passes: the same user with `OptedOut`.
    ///
    /// ## How to mend it
    /// Leave the record out, or load it as OptedOut. Only a later opt-in of which there is evidence may replace the
    /// opt-out.
    ///
    /// ## Nulls and unknowns
    /// A user whose status is missing or unknown, and one without a readable channel or without a key, are not judged. An
    /// existing record counts whether or not its Id can be read.
    ///
    /// ## Since
    /// 0.1.0
    code: "U404",
    name: "opt-out-overwritten",
    tables: &[Users],
    severity: Error,
    default: true,
    needs: &[
        Need::Column(Users, user::CONSENT),
        Need::Column(Users, user::CHANNEL),
        Need::Column(ExistingUsers, user::CONSENT),
        Need::Column(ExistingUsers, user::CHANNEL),
        Need::Column(ExistingUsers, user::PLATFORM_KEY),
    ],
    since: "0.1.0",
    scope: Some(Scope::Address),
    decide: Decide::Users(|users, context, marks| {
        marks.each_naming(users.iter().map(|user| check(user, context)));
    }),
    describe: Describe::User(|user, case| {
        let status = user.batch().pick(user::CONSENT, user.row).value().map_or("opted in", |at| CONSENT.values[at]);
        let message = format!(
            "The customer has opted out on this channel according to {}; loading the status {status} would overwrite that.",
            case.other()
        );
        Description::new(user::CONSENT, message)
    }),
}

fn check(user: User<'_>, context: &Context) -> (Verdict, Option<Other>) {
    let consent = user.batch().pick(user::CONSENT, user.row);
    if consent.value().is_none() || !user.address().is_some() {
        return (Undecided, None);
    }
    if consent.is(const { CONSENT.position("OptedOut") }) {
        return (Pass, None);
    }
    let held = context.opted_out.get(&user.address()).copied().map(Other::Existing);
    (Verdict::fail_if(held.is_some()), held)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    const HEADER: &str = "Id,MessagingPlatformKey,MessagingChannelId,MessageType,MessagingConsentStatus\n";

    fn existing() -> String {
        format!(
            "{HEADER}0PA000000000001,+12345678900,0Mj000000000001,Text,ExplicitlyOptedIn\n0PA000000000002,+1 (234) 567-8900,0Mj000000000001,Text,OptedOut\n0PA000000000003,+12345678900,0Mj000000000001,Text,optedout\n,+12345678901,0Mj000000000001,Text,OptedOut\n0PA000000000004,+12345678902,0Mj000000000001,Text,\n0PA000000000005,,0Mj000000000001,Text,OptedOut\n"
        )
    }

    #[test]
    fn opted_in_users_at_an_opted_out_address_fail() {
        let found = check(&[
            ("existing_users", &existing()),
            (
                "users",
                &format!(
                    "{HEADER}0PA000000000009,+12345678900,0Mj000000000001CAA,Text,ImplicitlyOptedIn\n0PA000000000002,12345678900,0Mj000000000001,Text,DoublyOptedIn\n,+12345678901,0Mj000000000001,Text,explicitlyoptedin\n,+12345678900,0Mj000000000001,Text,OptedOut\n,+12345678900,0Mj000000000001,Text,\n,+12345678900,0Mj000000000001,Text,Yes\n,+12345678900,0Mj000000000002,Text,DoublyOptedIn\n,+12345678900,,Text,DoublyOptedIn\n,+12345678902,0Mj000000000001,Text,DoublyOptedIn\n,,0Mj000000000001,Text,DoublyOptedIn\n"
                ),
            ),
        ]);
        assert_eq!(found.related("U404"), [(0, None), (1, None), (2, None)]);
        assert_eq!(found.checked("U404"), 6);
        assert!(found.message(1, "U404").contains("in the org already; loading the status DoublyOptedIn"));
        assert_eq!(found.column(0, "U404"), "MessagingConsentStatus");
    }

    #[test]
    fn without_what_it_compares_it_is_skipped() {
        let users = format!("{HEADER},+12345678900,0Mj000000000001,Text,OptedOut\n");
        let alone = check(&[("users", &users)]);
        assert_eq!(alone.skipped("U404").as_deref(), Some("no existing_users were given"));
        let found =
            check(&[("users", &users), ("existing_users", "Id,MessagingConsentStatus\n0PA000000000001,OptedOut\n")]);
        assert_eq!(found.skipped("U404").as_deref(), Some("existing_users have no column MessagingChannelId"));
    }
}
