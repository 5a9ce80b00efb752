use crate::rule::prelude::*;

declare_rule! {
    /// Two session records have one Id.
    ///
    /// ## What it checks
    /// Every Id occurs once. The 15- and the 18-character form of an Id are the same Id.
    ///
    /// ## Why it matters
    /// One session given twice would look like two live sessions of its customer, and one load cannot change a record
    /// twice. Source: Bulk API 2.0 Developer Guide; status code DUPLICATE_VALUE of the API.
    ///
    /// ## Example
    /// Fails: the second of `0MwgK00000DZhtp` and `0MwgK00000DZhtpSAD`. Passes: a single one of them.
    ///
    /// ## How to mend it
    /// Decide which record is right and remove the others; overlapping exports are the usual cause.
    ///
    /// ## Nulls and unknowns
    /// Records without a readable Id are not compared. The first record with an Id counts for the rules about live and
    /// overlapping sessions, the later ones are left out there.
    ///
    /// ## Since
    /// 0.1.0
    code: "S205",
    name: "duplicate-id",
    tables: &[Sessions],
    severity: Error,
    default: true,
    needs: &[Need::Column(Sessions, session::ID)],
    since: "0.1.0",
    decide: Decide::First(Identity::Id),
    describe: Describe::Session(|_, case| {
        let message = format!("The Id was given before, by {}; one load cannot change a record twice.", case.other());
        Description::new(session::ID, message)
    }),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::sessions;

    #[test]
    fn both_lengths_are_one_id() {
        let found = sessions(
            "Id,MessagingEndUserId,Status\n0MwgK00000DZhtp,0PA000000000001,Ended\n0MwgK00000DZhtpSAD,0PA000000000001,Ended\n0MwgK00000DZhtq,0PA000000000001,Ended\n,0PA000000000001,Ended\n",
        );
        assert_eq!(found.related("S205"), [(1, Some(0))]);
        assert_eq!(found.checked("S205"), 3);
    }
}
