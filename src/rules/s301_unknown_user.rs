use super::common::customers_can_be_found;
use crate::rule::prelude::*;

declare_rule! {
    /// The session's messaging user is not among the given users.
    ///
    /// ## What it checks
    /// MessagingEndUserId of every session is the Id of a record in users or existing_users. Both lengths of an Id are
    /// equal.
    ///
    /// ## Why it matters
    /// Salesforce refuses a reference to a record that is not there, and a session that belongs to nobody says nothing
    /// about whom reps may write to. Source: status code INVALID_CROSS_REFERENCE_KEY of the API.
    ///
    /// ## Example
    /// Fails: a session of 0PA000000000009 when users hold 0PA000000000001 only. Passes: a session of 0PA000000000001.
    ///
    /// ## How to mend it
    /// Load the missing users first, or give the users that are in the org already as existing_users.
    ///
    /// ## Nulls and unknowns
    /// A missing customer is S201, a malformed one S204. Runs only when some given user has a readable Id, and when
    /// both sides use the same kind of key.
    ///
    /// ## Since
    /// 0.1.0
    code: "S301",
    name: "unknown-user",
    tables: &[Sessions],
    severity: Error,
    default: true,
    needs: &[Need::Other(users_with_ids)],
    since: "0.1.0",
    decide: Decide::Joined(|_, customer| Verdict::fail_if(customer.is_none())),
    describe: Describe::Session(|_, _| {
        Description::new(session::USER, "MessagingEndUserId is the Id of none of the given users; load the user first.")
    }),
}

fn users_with_ids(context: &Context) -> Result<(), String> {
    customers_can_be_found(context, None)?;
    if context.user_ids_known { Ok(()) } else { Err("no given user has a readable Id".to_owned()) }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn users_and_existing_users_are_known() {
        let found = check(&[
            (
                "users",
                "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n0PA000000000001,+12345678900,0Mj000000000001,Text\n",
            ),
            ("existing_users", "Id\n0PA000000000002\n"),
            (
                "sessions",
                "MessagingEndUserId,Status\n0PA000000000001GAA,Ended\n0PA000000000002,Ended\n0PA000000000003,Ended\n,Ended\n",
            ),
        ]);
        assert_eq!(found.rows("S301"), [2]);
        assert_eq!(found.checked("S301"), 3);
    }

    #[test]
    fn without_users_that_have_ids_it_is_skipped_with_the_reason() {
        let sessions = ("sessions", "MessagingEndUserId,Status\n0PA000000000001,Ended\n");
        let users = |csv| ("users", csv);
        let skipped = |tables: &[(&str, &str)]| {
            let found = check(tables);
            assert_eq!(found.checked("S301"), 0);
            found.skipped("S301").unwrap()
        };
        let bad =
            users("Id,MessagingPlatformKey,MessagingChannelId,MessageType\nnone,+12345678900,0Mj000000000001,Text\n");
        assert_eq!(skipped(&[bad, sessions]), "no given user has a readable Id");
        assert!(skipped(&[sessions]).contains("users"), "{}", skipped(&[sessions]));
    }
}
