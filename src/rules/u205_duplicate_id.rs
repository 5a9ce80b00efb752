use crate::rule::prelude::*;

declare_rule! {
    /// Two user records have one Id.
    ///
    /// ## What it checks
    /// Every Id occurs once. The 15- and the 18-character form of an Id are the same Id.
    ///
    /// ## Why it matters
    /// One load cannot change a record twice: Bulk API refuses or, worse, keeps whichever came last. Source: Bulk API 2.0
    /// Developer Guide; status code DUPLICATE_VALUE of the API.
    ///
    /// ## Example
    /// Fails: the second of `0PA000000000001` and `0PA000000000001GAA`. Passes: a single one of them.
    ///
    /// ## How to mend it
    /// Decide which record is right and remove the others.
    ///
    /// ## Nulls and unknowns
    /// Records without a readable Id are not compared. The first record with an Id is the one that others refer to.
    ///
    /// ## Since
    /// 0.1.0
    code: "U205",
    name: "duplicate-id",
    tables: &[Users],
    severity: Error,
    default: true,
    needs: &[Need::Column(Users, user::ID)],
    since: "0.1.0",
    decide: Decide::First(Identity::Id),
    describe: Describe::User(|_, case| {
        Description::new(user::ID, format!("The Id was given before, by {}; one load cannot change a record twice.", case.other()))
    }),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::users;

    #[test]
    fn both_lengths_are_one_id() {
        let found = users(
            "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n0PA000000000001,+12345678900,0Mj000000000001,Text\n0PA000000000001GAA,+12345678901,0Mj000000000001,Text\n0PA000000000002,+12345678902,0Mj000000000001,Text\n,+12345678903,0Mj000000000001,Text\n",
        );
        assert_eq!(found.related("U205"), [(1, Some(0))]);
        assert_eq!(found.checked("U205"), 3);
    }
}
