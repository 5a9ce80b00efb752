use super::common::{channels_can_be_found, names_a_channel};
use crate::rule::prelude::*;

declare_rule! {
    /// The session's channel is not among the given channels.
    ///
    /// ## What it checks
    /// MessagingChannelId of every session is the Id of a given channel. A column MessagingChannel.MessagingPlatformKey
    /// or MessagingChannel.MasterLabel names a channel by that value instead.
    ///
    /// ## Why it matters
    /// Salesforce refuses a reference to a channel that the org does not have, and a session on an unknown channel
    /// cannot be judged by the channel's rules. Source: status code INVALID_CROSS_REFERENCE_KEY of the API; Object
    /// Reference, MessagingSession.
    ///
    /// ## Example
    /// Fails: `0Mj000000000009` when the channels hold `0Mj000000000001` only. Passes: `0Mj000000000001`.
    ///
    /// ## How to mend it
    /// Export channels and sessions from the same org, and give all its channels.
    ///
    /// ## Nulls and unknowns
    /// A missing channel is S201, a malformed Id S204. Runs only when channels are given and named by the same kind of
    /// key.
    ///
    /// ## Since
    /// 0.1.0
    code: "S302",
    name: "unknown-channel",
    tables: &[Sessions],
    severity: Error,
    default: true,
    needs: &[Need::Other(|context| channels_can_be_found(context, Sessions))],
    since: "0.1.0",
    decide: Decide::Sessions(|sessions, _, marks| marks.each(sessions.iter().map(check))),
    describe: Describe::Session(|_, _| {
        let message = "MessagingChannelId names none of the given channels; Salesforce refuses a reference to a channel that \
                       the org does not have.";
        Description::new(session::CHANNEL, message)
    }),
}

fn check(session: Session<'_>) -> Verdict {
    let link = session.link();
    if names_a_channel(link) { Verdict::fail_if(link.found.is_none()) } else { Undecided }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, sessions};

    #[test]
    fn the_channel_must_be_given() {
        let found = check(&[
            ("channels", "Id,MessageType\n0MjHo000000PCQz,WhatsApp\n"),
            (
                "sessions",
                "MessagingEndUserId,MessagingChannelId,Status\n0PA000000000001,0MjHo000000PCQzKAO,Ended\n0PA000000000001,0MjHo000000PCQy,Ended\n0PA000000000001,,Ended\n0PA000000000001,0Mj,Ended\n",
            ),
        ]);
        assert_eq!(found.rows("S302"), [1]);
        assert_eq!(found.checked("S302"), 2);
    }

    #[test]
    fn without_channels_or_the_column_it_is_skipped() {
        let found = sessions("MessagingEndUserId,MessagingChannelId,Status\n0PA000000000001,0Mj000000000001,Ended\n");
        assert_eq!(found.skipped("S302").as_deref(), Some("no channels were given"));
        let found = check(&[
            ("channels", "Id,MessageType\n0MjHo000000PCQz,WhatsApp\n"),
            ("sessions", "MessagingEndUserId,Status\n0PA000000000001,Ended\n"),
        ]);
        assert_eq!(found.skipped("S302").as_deref(), Some("sessions have no column MessagingChannelId"));
    }
}
