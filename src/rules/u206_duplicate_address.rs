use crate::rule::prelude::*;

declare_rule! {
    /// Two users have one address on one channel.
    ///
    /// ## What it checks
    /// Every pair of channel and MessagingPlatformKey occurs once, in the file and among existing_users. On SMS and
    /// WhatsApp channels, numbers are compared by their digits, so punctuation and the plus sign make no difference;
    /// elsewhere the text counts exactly.
    ///
    /// ## Why it matters
    /// A messaging user is one address on one channel. A second record for it splits the customer's history, consent
    /// and open conversations in two. Source: Object Reference, MessagingEndUser.
    ///
    /// ## Example
    /// Fails: the second of `+14155550123` and `+1 (415) 555-0123` on one SMS channel. Passes: the two on different
    /// channels.
    ///
    /// ## How to mend it
    /// Keep one record. Where the org has the user already, update that one by its Id instead of inserting another.
    ///
    /// ## Nulls and unknowns
    /// A user without a readable channel or without a key is not compared. Two records with one Id are U205. An
    /// existing user without a readable Id is left out; a new user without an Id counts as another record than the
    /// existing one.
    ///
    /// ## Since
    /// 0.1.0
    code: "U206",
    name: "duplicate-address",
    tables: &[Users],
    severity: Error,
    default: true,
    needs: &[Need::Column(Users, user::CHANNEL)],
    since: "0.1.0",
    decide: Decide::First(Identity::Address),
    describe: Describe::User(|_, case| {
        let message = format!(
            "The address belongs to another user of the same channel, {}; a second record would split the customer in \
             two.",
            case.other()
        );
        Description::new(user::PLATFORM_KEY, message)
    }),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, users};

    #[test]
    fn numbers_are_compared_by_digits_within_a_channel() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType\n+14155550123,0Mj000000000001,Text\n+1 (415) 555-0123,0Mj000000000001CAA,Text\n+14155550123,0Mj000000000002,Text\n,0Mj000000000001,Text\n+14155550123,,Text\nabc,0Mj000000000003,Custom\nABC,0Mj000000000003,Custom\nabc,0Mj000000000003,Custom\n",
        );
        assert_eq!(found.related("U206"), [(1, Some(0)), (7, Some(5))]);
        assert_eq!(found.checked("U206"), 6);
    }

    #[test]
    fn existing_users_with_another_id_collide() {
        let found = check(&[
            (
                "existing_users",
                "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n0PA000000000001,+12345678900,0Mj000000000001,Text\n,+12345678901,0Mj000000000001,Text\n",
            ),
            (
                "users",
                "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n0PA000000000001,+12345678900,0Mj000000000001,Text\n0PA000000000002,+12345678900,0Mj000000000001,Text\n,+12345678900,0Mj000000000001,Text\n,+12345678901,0Mj000000000001,Text\n",
            ),
        ]);
        assert_eq!(found.related("U206"), [(1, None), (2, None)]);
        assert_eq!(found.checked("U206"), 4);
        assert!(found.message(1, "U206").contains("in the org already"));
    }

    #[test]
    fn one_record_given_twice_is_not_a_second_user() {
        let found = users(
            "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n0PA000000000001,+12345678900,0Mj000000000001,Text\n0PA000000000001,+12345678900,0Mj000000000001,Text\n",
        );
        assert!(found.rows("U206").is_empty());
    }
}
