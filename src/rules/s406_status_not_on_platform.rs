use super::common::channels_can_be_found;
use crate::model::picklists::{ORIGIN, PLATFORM_TYPE, STATUS};
use crate::rule::prelude::*;

declare_rule! {
    /// The session's Status does not occur on its channel's platform.
    ///
    /// ## What it checks
    /// On a Standard channel, Status is not Consent, Paused, Inactive or Error. On any other, Status is not New, unless
    /// Origin is AgentInitiated or not told.
    ///
    /// ## Why it matters
    /// Those four statuses belong to enhanced channels. New belongs to standard ones and to sessions that a rep starts
    /// with Send a Message. Any other combination means that PlatformType, Status or the channel is wrong. Source:
    /// Object Reference, MessagingSession.Status; the article, general considerations, for New.
    ///
    /// ## Example
    /// Fails: `Status=Inactive` on a channel with `PlatformType=Standard`; `Status=New, Origin=InboundInitiated` on an
    /// Enhanced one. Passes: `Status=New, Origin=AgentInitiated` on an Enhanced one.
    ///
    /// ## How to mend it
    /// Export channels and sessions at the same time; a channel that was upgraded in between explains most of these.
    ///
    /// ## Nulls and unknowns
    /// A session whose channel is not found or whose Status cannot be read is not judged, nor a New one with an unknown
    /// Origin. A channel whose PlatformType is unknown counts as Enhanced.
    ///
    /// ## Since
    /// 0.1.0
    code: "S406",
    name: "status-not-on-platform",
    tables: &[Sessions],
    severity: Warning,
    default: true,
    needs: &[
        Need::Other(|context| channels_can_be_found(context, Sessions)),
        Need::Column(Channels, channel::PLATFORM_TYPE),
    ],
    since: "0.1.0",
    decide: Decide::Sessions(|sessions, _, marks| marks.each(sessions.iter().map(check))),
    describe: Describe::Session(|session, _| {
        let status = session.batch().pick(session::STATUS, session.row).value();
        let message = if status == Some(NEW) {
            "Status New on an Enhanced channel belongs to sessions that a rep starts, and Origin says otherwise; one of \
             Status, Origin and the channel's PlatformType is wrong."
                .to_owned()
        } else {
            let status = status.map_or("unknown", |at| STATUS.values[at]);
            format!(
                "Status {status} occurs on Enhanced channels only, but the channel's PlatformType is Standard; one of the \
                 two is wrong."
            )
        };
        Description::new(session::STATUS, message)
    }),
}

const NEW: usize = STATUS.position("New");
const ENHANCED_ONLY: [usize; 4] =
    [STATUS.position("Consent"), STATUS.position("Paused"), STATUS.position("Inactive"), STATUS.position("Error")];

fn check(session: Session<'_>) -> Verdict {
    let status = session.batch().pick(session::STATUS, session.row).value();
    let (Some(channel), Some(status)) = (session.channel(), status) else { return Undecided };
    let origin = session.batch().pick(session::ORIGIN, session.row);
    if status == NEW && !origin.is_missing() && origin.value().is_none() {
        return Undecided;
    }
    if channel.platform.is(const { PLATFORM_TYPE.position("Standard") }) {
        return Verdict::fail_if(ENHANCED_ONLY.contains(&status));
    }
    let by_rep = origin.is_missing() || origin.is(const { ORIGIN.position("AgentInitiated") });
    Verdict::fail_if(status == NEW && !by_rep)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn each_platform_has_its_statuses() {
        let found = check(&[
            (
                "channels",
                "Id,MessageType,PlatformType\n0Mj000000000001,Text,Standard\n0Mj000000000002,Text,Enhanced\n0Mj000000000003,Text,\n",
            ),
            (
                "sessions",
                "MessagingEndUserId,MessagingChannelId,Status,Origin\n0PA000000000001,0Mj000000000001,Inactive,\n0PA000000000001,0Mj000000000001,New,InboundInitiated\n0PA000000000001,0Mj000000000002,Inactive,\n0PA000000000001,0Mj000000000002,New,InboundInitiated\n0PA000000000001,0Mj000000000002,New,AgentInitiated\n0PA000000000001,0Mj000000000002,New,\n0PA000000000001,0Mj000000000002,New,x\n0PA000000000001,0Mj000000000003,New,Help\n0PA000000000001,0Mj000000000009,Inactive,\n0PA000000000001,0Mj000000000001,Closed,\n0PA000000000001,0Mj000000000002,Active,x\n",
            ),
        ]);
        assert_eq!(found.rows("S406"), [0, 3, 7]);
        assert_eq!(found.checked("S406"), 8);
        assert!(found.message(0, "S406").contains("Standard") && found.message(3, "S406").contains("Origin"));
    }

    #[test]
    fn without_platform_types_it_is_skipped() {
        let found = check(&[
            ("channels", "Id,MessageType\n0Mj000000000001,Text\n"),
            ("sessions", "MessagingEndUserId,MessagingChannelId,Status\n0PA000000000001,0Mj000000000001,Inactive\n"),
        ]);
        assert_eq!(found.skipped("S406").as_deref(), Some("channels have no column PlatformType"));
    }
}
