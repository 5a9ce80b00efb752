use super::common::{describe_first, describe_id, id_verdict};
use crate::rule::prelude::*;

const FIELDS: &[usize] = &[user::ID, user::CHANNEL, user::ACCOUNT, user::CONTACT, user::LEAD, user::OWNER];

declare_rule! {
    /// An Id is damaged or belongs to another object.
    ///
    /// ## What it checks
    /// Id, MessagingChannelId, AccountId, ContactId, LeadId and OwnerId: 15 or 18 ASCII letters and digits, a suffix that
    /// belongs to the first 15, and the prefix of the right object (0PA, 0Mj, 001, 003, 00Q, 005 or 00G). Columns that
    /// hold keys of another system are not looked at.
    ///
    /// ## Why it matters
    /// Salesforce refuses the record as a malformed id or finds another one: Ids differ by case alone. Source: Salesforce
    /// Help on 15- and 18-character Ids; status code MALFORMED_ID of the API.
    ///
    /// ## Example
    /// Fails: `0mjho000000pcqzkao` (case lost, can be repaired), `0MjHo000000PCQ`. Passes: `0MjHo000000PCQzKAO`.
    ///
    /// ## How to mend it
    /// `--fix` takes the suggested Id where the suffix proves it, and gives sound Ids of 15 characters their suffix;
    /// otherwise export the Id again, as text and with 18 characters.
    ///
    /// ## Nulls and unknowns
    /// Null, blank and all zeros pass. Rules that compare Ids treat an Id that cannot be repaired as unknown.
    ///
    /// ## Since
    /// 0.1.0
    code: "U204",
    name: "malformed-id",
    tables: &[Users, ExistingUsers],
    severity: Error,
    default: true,
    needs: &[Need::Ids(Users, FIELDS)],
    since: "0.1.0",
    decide: Decide::Users(|users, _, marks| marks.any_of(users.batch.ids(FIELDS), id_verdict)),
    describe: Describe::User(|user, _| {
        let fails = |field| id_verdict(user.batch().id(field, user.row)) == Fail;
        describe_first(user.batch(), FIELDS, fails, |field| describe_id(user.batch(), field, user.row))
    }),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::users;

    #[test]
    fn a_damaged_id_is_found_and_repaired() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType\n+12345678900,0MjHo000000PCQzKAO,Text\n+12345678901,0mjho000000pcqzkao,Text\n+12345678902,0PAHo000000PCQz,Text\n+12345678903,,Text\n",
        );
        assert_eq!(found.rows("U204"), [1, 2]);
        assert_eq!(found.checked("U204"), 3);
        assert_eq!(found.fix(1, "U204").as_deref(), Some("0MjHo000000PCQzKAO"));
        assert_eq!(found.fix(2, "U204"), None);
    }
}
