use super::common::{describe_id, id_verdict};
use crate::rule::prelude::*;

declare_rule! {
    /// A channel's Id is damaged or belongs to another object.
    ///
    /// ## What it checks
    /// Id of every channel: 15 or 18 ASCII letters and digits, a suffix that belongs to the first 15, and the prefix
    /// 0Mj.
    ///
    /// ## Why it matters
    /// Users and sessions find their channel by this Id. Where it cannot be read, they are on no known channel, and the
    /// article's rules cannot be applied to them. Source: Salesforce Help on 15- and 18-character Ids; Object
    /// Reference, MessagingChannel.
    ///
    /// ## Example
    /// Fails: `0mjho000000pcqzkao` (case lost, can be repaired), `0gL000000000001` (a MessagingChannelUsage). Passes:
    /// `0MjHo000000PCQzKAO`.
    ///
    /// ## How to mend it
    /// Take the suggested Id where the suffix proves it; otherwise export the channels again, as text and with 18
    /// characters.
    ///
    /// ## Nulls and unknowns
    /// Null, blank and all zeros are not judged. A column that holds keys of another system is left alone: then the
    /// rule is skipped.
    ///
    /// ## Since
    /// 0.1.0
    code: "C102",
    name: "malformed-channel-id",
    tables: &[Channels],
    severity: Error,
    default: true,
    needs: &[Need::Ids(Channels, &[channel::ID])],
    since: "0.1.0",
    decide: Decide::Channels(|batch, _, marks| marks.any_of(batch.ids(&[channel::ID]), id_verdict)),
    describe: Describe::Channel(|record, _| describe_id(record.batch, channel::ID, record.row)),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::channels;

    #[test]
    fn damaged_and_foreign_ids_fail() {
        let found = channels(
            "Id,MessageType\n0MjHo000000PCQzKAO,Text\n0mjho000000pcqzkao,Text\n0gL000000000001,Text\n0Mj,Text\n,Text\n000000000000000,Text\n",
        );
        assert_eq!(found.rows("C102"), [1, 2, 3]);
        assert_eq!(found.checked("C102"), 4);
        assert_eq!(found.fix(1, "C102").as_deref(), Some("0MjHo000000PCQzKAO"));
        assert_eq!(found.fix(2, "C102"), None);
    }

    #[test]
    fn the_id_of_another_object_is_told_as_such() {
        let found = channels("Id,MessageType\n001000000000001,Text\n");
        assert_eq!(found.rows("C102"), [0]);
        let message = found.message(0, "C102");
        assert!(message.contains("starts with '001'") && message.contains("expected 0Mj"), "{message}");
    }
}
