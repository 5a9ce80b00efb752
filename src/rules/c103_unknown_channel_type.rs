use super::common::{describe_pick, pick_verdict};
use crate::rule::prelude::*;

declare_rule! {
    /// A channel's MessageType is not a value of the picklist.
    ///
    /// ## What it checks
    /// MessageType of every channel is one of the values that Salesforce knows, spelled exactly. `PSTNVoice` and
    /// `PstnVoice` both count as exact.
    ///
    /// ## Why it matters
    /// MessageType says whether a channel is SMS, WhatsApp or another kind, and with that which of the article's rules
    /// hold for its users. A restricted picklist takes no other value. Source: Object Reference,
    /// MessagingChannel.MessageType; status code INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST of the API.
    ///
    /// ## Example
    /// Fails: `SMS` (the value is `Text`), `whatsapp` (wrong case). Passes: `Text`, `WhatsApp`.
    ///
    /// ## How to mend it
    /// Take the suggested spelling, or export the channels from the object itself: the Metadata API uses other names.
    ///
    /// ## Nulls and unknowns
    /// A missing value is not judged. A value in the wrong case is read as the one that is meant; any other leaves the
    /// kind of the channel unknown.
    ///
    /// ## Since
    /// 0.1.0
    code: "C103",
    name: "unknown-channel-type",
    tables: &[Channels],
    severity: Error,
    default: true,
    needs: &[Need::Column(Channels, channel::MESSAGE_TYPE)],
    since: "0.1.0",
    decide: Decide::Channels(|batch, _, marks| {
        marks.any_of(batch.picks(&[channel::MESSAGE_TYPE]), pick_verdict);
    }),
    describe: Describe::Channel(|record, _| describe_pick(record.batch, channel::MESSAGE_TYPE, record.row)),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::channels;

    #[test]
    fn only_exact_values_pass() {
        let found = channels(
            "Id,MessageType\n0Mj000000000001,Text\n0Mj000000000002,SMS\n0Mj000000000003,whatsapp\n0Mj000000000004,\n0Mj000000000005,PstnVoice\n",
        );
        assert_eq!(found.rows("C103"), [1, 2]);
        assert_eq!(found.checked("C103"), 4);
        assert_eq!(found.fix(1, "C103"), None);
        assert!(found.message(1, "C103").contains("'Text'"));
        assert_eq!(found.fix(2, "C103").as_deref(), Some("WhatsApp"));
    }
}
