use crate::rule::prelude::*;

declare_rule! {
    /// Two WhatsApp users of one channel have the two forms of one number.
    ///
    /// ## What it checks
    /// In three countries a mobile number has two forms of which WhatsApp may know either: Brazil, with or without the 9
    /// in front of eight digits (`55`, two digits of the area, `9`, eight digits); Mexico, with or without a 1 behind the
    /// calling code (`521` or `52`, ten digits); Argentina, with or without a 9 behind it (`549` or `54`, ten digits).
    /// A WhatsApp user fails when another record of the same channel has the other form of its number: a record of
    /// existing_users with another Id, or an earlier one of the file. Numbers are compared by their digits.
    ///
    /// ## Why it matters
    /// The number that a customer dials and the one that WhatsApp reports differ in these countries. Two records for one
    /// person split history, consent and open conversations, and messages sent to the wrong one arrive nowhere. Source:
    /// help pages of several WhatsApp providers on Brazilian, Mexican and Argentine numbers.
    ///
    /// ## Example
    /// Fails: the second of `5511987654321` and `551187654321` on one channel. Passes: the two on different channels.
    ///
    /// ## How to mend it
    /// Keep the record in whose form WhatsApp reports the customer: the one that has sessions. The digits cannot tell a
    /// Brazilian fixed line from a mobile number without its 9, so look at the pair before one is dropped.
    ///
    /// ## Nulls and unknowns
    /// Numbers of other countries and other lengths, texts that are no numbers, and users without a readable channel are
    /// not compared. The same digits are U206. Two records with one Id are U205. An existing user without a readable Id
    /// is left out; a new user without an Id counts as another record than the existing one.
    ///
    /// ## Since
    /// 0.1.0
    code: "U207",
    name: "near-duplicate-address",
    tables: &[Users],
    severity: Warning,
    default: true,
    needs: &[Need::Column(Users, user::CHANNEL)],
    since: "0.1.0",
    decide: Decide::First(Identity::Variant),
    describe: Describe::User(|_, case| {
        let message = format!(
            "WhatsApp may know this number in another form, which another user of the same channel has: {}; both may be \
             one customer.",
            case.other()
        );
        Description::new(user::PLATFORM_KEY, message)
    }),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, users};

    const HEADER: &str = "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n";

    #[test]
    fn every_record_behind_one_of_the_other_form_fails() {
        let found = users(&format!(
            "{HEADER},5511987654321,0Mj000000000001,WhatsApp\n,5511987654321,0Mj000000000001,WhatsApp\n,+551187654321,0Mj000000000001CAA,WhatsApp\n,55 11 98765-4321,0Mj000000000001,WhatsApp\n,551187654321,0Mj000000000002,WhatsApp\n,525512345678,0Mj000000000001,WhatsApp\n,5215512345678,0Mj000000000001,WhatsApp\n,+541123456789,0Mj000000000001,WhatsApp\n,+5491123456789,0Mj000000000001,WhatsApp\n",
        ));
        assert_eq!(found.related("U207"), [(2, Some(0)), (3, Some(2)), (6, Some(5)), (8, Some(7))]);
        assert_eq!(found.checked("U207"), 9);
        assert_eq!(found.related("U206"), [(1, Some(0)), (3, Some(0))]);
    }

    #[test]
    fn other_numbers_kinds_and_unknown_channels_are_not_compared() {
        let found = users(&format!(
            "{HEADER},14155550123,0Mj000000000001,WhatsApp\n,5511987654321,,WhatsApp\n,551187654321,,WhatsApp\n,5511987654321,0Mj000000000001,Text\n,551187654321,0Mj000000000001,Text\n,55119876543211,0Mj000000000001,WhatsApp\n,,0Mj000000000001,WhatsApp\n",
        ));
        assert!(found.rows("U207").is_empty());
        assert_eq!(found.checked("U207"), 0);
    }

    #[test]
    fn one_record_given_twice_is_not_a_second_user() {
        let found = users(&format!(
            "{HEADER}0PA000000000001,5511987654321,0Mj000000000001,WhatsApp\n0PA000000000001,551187654321,0Mj000000000001,WhatsApp\n0PA000000000002,551187654321,0Mj000000000001,WhatsApp\n",
        ));
        assert_eq!(found.related("U207"), [(2, Some(0))]);
        assert_eq!(found.checked("U207"), 3);
    }

    #[test]
    fn existing_users_with_another_id_are_compared_first() {
        let found = check(&[
            (
                "existing_users",
                &format!(
                    "{HEADER},551187654321,0Mj000000000001,WhatsApp\n0PA000000000001,551187654321,0Mj000000000001,WhatsApp\n0PA000000000002,551187654321,0Mj000000000001,WhatsApp\n",
                ),
            ),
            (
                "users",
                &format!(
                    "{HEADER}0PA000000000001,5511987654321,0Mj000000000001,WhatsApp\n0PA000000000003,5511987654321,0Mj000000000001,WhatsApp\n,5511987654321,0Mj000000000001,WhatsApp\n0PA000000000004,551187654321,0Mj000000000001,WhatsApp\n",
                ),
            ),
        ]);
        assert_eq!(found.related("U207"), [(0, None), (1, None), (2, None), (3, Some(0))]);
        assert!(found.message(0, "U207").contains("in the org already"));
    }
}
