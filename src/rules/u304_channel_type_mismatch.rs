use super::common::channels_can_be_found;
use crate::model::picklists::{MESSAGE_TYPE, Pick};
use crate::rule::prelude::*;

declare_rule! {
    /// The user's MessageType is not that of its channel.
    ///
    /// ## What it checks
    /// MessageType of the user and of the channel that it names are the same.
    ///
    /// ## Why it matters
    /// A user of one kind on a channel of another gets no messages: its platform key means nothing there. Neither field
    /// can be changed after the record is created. Source: Object Reference, MessagingEndUser (both fields take no
    /// update).
    ///
    /// ## Example
    /// Fails: `MessageType=Text` on a channel with `MessageType=WhatsApp`. Passes: `MessageType=WhatsApp` on it.
    ///
    /// ## How to mend it
    /// Find out which of the two is wrong. Often the file mixes customers of two channels and has one Id for both.
    ///
    /// ## Nulls and unknowns
    /// A user whose channel is not among the given ones is not judged, nor one where either MessageType is missing or
    /// unknown. The other rules go by the channel's MessageType.
    ///
    /// ## Since
    /// 0.1.0
    code: "U304",
    name: "channel-type-mismatch",
    tables: &[Users],
    severity: Error,
    default: true,
    needs: &[Need::Other(|context| channels_can_be_found(context, Users)), Need::Column(Users, user::MESSAGE_TYPE)],
    since: "0.1.0",
    decide: Decide::Users(|users, _, marks| marks.each(users.iter().map(check))),
    describe: Describe::User(|user, _| {
        let name = |pick: Pick| pick.value().map_or("unknown", |at| MESSAGE_TYPE.values[at]);
        let message = format!(
            "MessageType is {}, but the channel's is {}; the user could not be reached on this channel.",
            name(own_type(user)),
            user.channel().map_or("unknown", |channel| name(channel.message_type)),
        );
        Description::new(user::MESSAGE_TYPE, message)
    }),
}

fn own_type(user: User<'_>) -> Pick {
    user.batch().pick(user::MESSAGE_TYPE, user.row)
}

fn check(user: User<'_>) -> Verdict {
    match (user.channel().and_then(|channel| channel.message_type.value()), own_type(user).value()) {
        (Some(theirs), Some(own)) => Verdict::fail_if(!Kind::same_type(theirs, own)),
        _ => Undecided,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn two_known_types_are_compared() {
        let found = check(&[
            (
                "channels",
                "Id,MessageType\n0Mj000000000001,WhatsApp\n0Mj000000000002,Whats\n0Mj000000000003,PSTNVoice\n",
            ),
            (
                "users",
                "MessagingPlatformKey,MessagingChannelId,MessageType\n491,0Mj000000000001,whatsapp\n+12345678900,0Mj000000000001,Text\n492,0Mj000000000001,\n493,0Mj000000000002,Text\n494,0Mj000000000004,Text\n495,0Mj000000000003,PstnVoice\n",
            ),
        ]);
        assert_eq!(found.rows("U304"), [1]);
        assert_eq!(found.checked("U304"), 3);
        assert!(found.message(1, "U304").contains("WhatsApp"));
    }
}
