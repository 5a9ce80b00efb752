use crate::rule::prelude::*;

declare_rule! {
    /// Two channel records have one Id.
    ///
    /// ## What it checks
    /// Every channel Id occurs once. The 15- and the 18-character form of an Id are the same Id.
    ///
    /// ## Why it matters
    /// Users and sessions are judged by the channel that they name. With two records for it, which one counts would
    /// depend on their order. Source: Object Reference, MessagingChannel; Salesforce Help on 15- and 18-character Ids.
    ///
    /// ## Example
    /// Fails: the second of `0MjHo000000PCQz` and `0MjHo000000PCQzKAO`. Passes: a single one of them.
    ///
    /// ## How to mend it
    /// Export the channels afresh and in one go; two exports glued together are the usual cause.
    ///
    /// ## Nulls and unknowns
    /// Channels without a readable Id are not compared. The first record with an Id is the one that others refer to.
    ///
    /// ## Since
    /// 0.1.0
    code: "C101",
    name: "duplicate-channel-id",
    tables: &[Channels],
    severity: Error,
    default: true,
    needs: &[Need::Column(Channels, channel::ID)],
    since: "0.1.0",
    decide: Decide::First(Identity::Id),
    describe: Describe::Channel(|_, case| {
        let message = format!(
            "The Id was given before, by {}; that record is the one that users and sessions are judged by.",
            case.other()
        );
        Description::new(channel::ID, message)
    }),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::channels;

    #[test]
    fn both_lengths_are_one_id() {
        let found = channels(
            "Id,MessageType\n0MjHo000000PCQz,Text\n0MjHo000000PCQzKAO,Text\n0MjHo000000PCQy,Text\n,Text\nx,Text\n",
        );
        assert_eq!(found.related("C101"), [(1, Some(0))]);
        assert_eq!(found.checked("C101"), 3);
    }
}
