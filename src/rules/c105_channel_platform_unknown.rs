use crate::rule::prelude::*;

declare_rule! {
    /// The channel's PlatformType is not given, so Standard and Enhanced cannot be told apart.
    ///
    /// ## What it checks
    /// PlatformType of every channel is `Standard` or `Enhanced`, in any case. A channel without it is judged as Enhanced.
    ///
    /// ## Why it matters
    /// The article covers Enhanced channels only (its list of channels that it applies to). On a Standard channel its
    /// rules would raise false alarms. Source: the article; Object Reference, MessagingChannel.PlatformType.
    ///
    /// ## Example
    /// Fails: `Id=0MjHo000000PCQzKAO, MessageType=Text` without PlatformType. Passes: the same with `PlatformType=Enhanced`.
    ///
    /// ## How to mend it
    /// Add PlatformType to the query that exports the channels.
    ///
    /// ## Nulls and unknowns
    /// Null, blank, any other value and an absent column all fail: this is the rule about not knowing.
    ///
    /// ## Since
    /// 0.1.0
    code: "C105",
    name: "channel-platform-unknown",
    tables: &[Channels],
    severity: Info,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::Channels(|batch, _, marks| {
        marks.each((0..batch.rows()).map(|row| check(ChannelRow { batch, row })));
    }),
    describe: Describe::Channel(|_, _| {
        Description::new(
            channel::PLATFORM_TYPE,
            "PlatformType is not given, so Standard and Enhanced cannot be told apart; the channel is judged as Enhanced.",
        )
    }),
}

fn check(record: ChannelRow<'_>) -> Verdict {
    Verdict::fail_if(record.batch.pick(channel::PLATFORM_TYPE, record.row).value().is_none())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::channels;

    #[test]
    fn anything_but_the_two_values_is_unknown() {
        let found = channels(
            "Id,MessageType,PlatformType\n0Mj000000000001,Text,Enhanced\n0Mj000000000002,Text,\n0Mj000000000003,Text,Lightning\n0Mj000000000004,Text,standard\n",
        );
        assert_eq!(found.rows("C105"), [1, 2]);
        assert_eq!(found.checked("C105"), 4);
    }
}
