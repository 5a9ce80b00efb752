use super::common::{describe_first, describe_pick, pick_verdict};
use crate::rule::prelude::*;

const FIELDS: &[usize] = &[user::MESSAGE_TYPE, user::CONSENT];

declare_rule! {
    /// MessageType or MessagingConsentStatus is not a value of its picklist.
    ///
    /// ## What it checks
    /// Both fields hold one of the values that Salesforce knows, spelled exactly.
    ///
    /// ## Why it matters
    /// The picklists are restricted: Salesforce refuses any other value, and a spelling in another case is at best
    /// accepted by luck. Source: Object Reference, MessagingEndUser; status code
    /// INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST of the API.
    ///
    /// ## Example
    /// Fails: `MessageType=SMS` (the value is `Text`), `MessagingConsentStatus=optedout` (wrong case). Passes: `Text`,
    /// `OptedOut`.
    ///
    /// ## How to mend it
    /// `--fix` takes the suggested spelling where there is one; otherwise map the source system's words to
    /// Salesforce's values.
    ///
    /// ## Nulls and unknowns
    /// Missing values pass. A value in the wrong case is read as the one that is meant; any other counts as unknown for
    /// the rules that need it. Existing users are judged too.
    ///
    /// ## Since
    /// 0.1.0
    code: "U202",
    name: "unknown-picklist-value",
    tables: &[Users, ExistingUsers],
    severity: Error,
    default: true,
    needs: &[Need::Columns(Users, 1, FIELDS)],
    since: "0.1.0",
    decide: Decide::Users(|users, _, marks| marks.any_of(users.batch.picks(FIELDS), pick_verdict)),
    describe: Describe::User(|user, _| {
        let fails = |field| pick_verdict(user.batch().pick(field, user.row)) == Fail;
        describe_first(user.batch(), FIELDS, fails, |field| describe_pick(user.batch(), field, user.row))
    }),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::users;

    #[test]
    fn wrong_case_is_mended_and_other_words_are_not() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType,MessagingConsentStatus\n+12345678900,0Mj000000000001,Text,OptedOut\n+12345678901,0Mj000000000001,Text,optedout\n+12345678902,0Mj000000000001,SMS,Yes\n+12345678903,0Mj000000000001,,\n",
        );
        assert_eq!(found.rows("U202"), [1, 2]);
        assert_eq!(found.checked("U202"), 3);
        assert_eq!(found.fix(1, "U202").as_deref(), Some("OptedOut"));
        assert_eq!(found.column(2, "U202"), "MessageType");
        assert_eq!(found.fix(2, "U202"), None);
        assert!(found.message(2, "U202").ends_with("The same holds for MessagingConsentStatus."));
    }
}
