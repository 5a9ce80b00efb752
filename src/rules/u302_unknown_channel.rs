use super::common::{channels_can_be_found, names_a_channel};
use crate::rule::prelude::*;

declare_rule! {
    /// The user's channel is not among the given channels.
    ///
    /// ## What it checks
    /// MessagingChannelId of every user is the Id of a given channel. A column MessagingChannel.MessagingPlatformKey or
    /// MessagingChannel.MasterLabel names a channel by that value instead.
    ///
    /// ## Why it matters
    /// Salesforce refuses a reference to a channel that the org does not have. Channel Ids differ between a sandbox and
    /// production, which is how most wrong ones arise. Source: status code INVALID_CROSS_REFERENCE_KEY of the API;
    /// Object Reference, MessagingChannel.
    ///
    /// ## Example
    /// Fails: `0Mj000000000009` when the channels hold `0Mj000000000001` only. Passes: `0Mj000000000001`.
    ///
    /// ## How to mend it
    /// Take the channel Ids from an export of the org that the users are loaded into, and give all its channels.
    ///
    /// ## Nulls and unknowns
    /// A missing channel is U201 or U301, a malformed Id U204. Runs only when channels are given and named by the same
    /// kind of key.
    ///
    /// ## Since
    /// 0.1.0
    code: "U302",
    name: "unknown-channel",
    tables: &[Users],
    severity: Error,
    default: true,
    needs: &[Need::Other(|context| channels_can_be_found(context, Users))],
    since: "0.1.0",
    decide: Decide::Users(|users, _, marks| marks.each(users.iter().map(check))),
    describe: Describe::User(|_, _| {
        let message = "MessagingChannelId names none of the given channels; Salesforce refuses a reference to a channel that \
                       the org does not have.";
        Description::new(user::CHANNEL, message)
    }),
}

fn check(user: User<'_>) -> Verdict {
    let link = user.link();
    if names_a_channel(link) { Verdict::fail_if(link.found.is_none()) } else { Undecided }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, users};

    #[test]
    fn the_channel_must_be_given() {
        let found = check(&[
            ("channels", "Id,MessageType\n0MjHo000000PCQz,WhatsApp\n"),
            (
                "users",
                "MessagingPlatformKey,MessagingChannelId\n491,0MjHo000000PCQzKAO\n492,0MjHo000000PCQy\n493,\n494,0Mj\n495,0mjho000000pcqzkao\n",
            ),
        ]);
        assert_eq!(found.rows("U302"), [1]);
        assert_eq!(found.checked("U302"), 3);
    }

    #[test]
    fn a_label_names_a_channel_too() {
        let found = check(&[
            ("channels", "Id,MessageType,MasterLabel\n0Mj000000000001,WhatsApp,Shop\n,Text,Desk\n"),
            ("users", "MessagingPlatformKey,MessagingChannel.MasterLabel\n491,Shop\n492,shop\n493,\n494,Desk\n"),
        ]);
        assert_eq!(found.rows("U302"), [1]);
        assert_eq!(found.checked("U302"), 3);
    }

    #[test]
    fn without_channels_it_is_skipped() {
        let found = users("MessagingPlatformKey,MessagingChannelId,MessageType\n491,0Mj000000000001,WhatsApp\n");
        assert_eq!(found.skipped("U302").as_deref(), Some("no channels were given"));
    }
}
