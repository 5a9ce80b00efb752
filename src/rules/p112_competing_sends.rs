use crate::engine::sends::decision::Planned;
use crate::rule::prelude::*;

declare_rule! {
    /// Two reps plan to write to one customer within 48 hours.
    ///
    /// ## What it checks
    /// No earlier planned send to the same customer, by another OwnerId, lies at most `policy.stale_new_after` (48 hours) before a
    /// send. The later of the two is flagged, by SendTime and then record number.
    ///
    /// ## Why it matters
    /// The first message starts a session that stays live until the customer answers or 48 hours have passed; the second rep then
    /// sees an error. Source: the article, on live sessions and on sessions with the status New.
    ///
    /// ## Example
    /// Fails: the second of two sends of different reps to one customer, a day apart. Passes: the same of one rep, or three
    /// days apart.
    ///
    /// ## How to mend it
    /// Leave the customer to one rep, or plan the second send for after the first session has ended.
    ///
    /// ## Nulls and unknowns
    /// Sends without a readable customer, OwnerId or SendTime are not compared. A customer that is named by Id in one send and by
    /// Phone in another is one customer when the phone finds that messaging user.
    ///
    /// ## Since
    /// 0.1.0
    code: "P112",
    name: "competing-sends",
    tables: &[Sends],
    severity: Warning,
    default: true,
    needs: &[Need::Column(Sends, send::OWNER)],
    since: "0.1.0",
    decide: Decide::Rivals(rivals),
    describe: Describe::Send(|_, _, _, case| {
        let message = format!("Another rep plans to write to the same customer less than 48 hours earlier, {}; that session blocks this send.", case.other());
        Description::new(send::OWNER, message)
    }),
}

fn rivals(planned: &[Planned], context: &Context, marks: &mut CustomerMarks<'_>) {
    // The send before, and the one before it that another rep plans: one of the two is the latest of another rep.
    let (mut before, mut of_another): (Option<&Planned>, Option<&Planned>) = (None, None);
    for send in planned {
        if before.is_some_and(|before| before.owner != send.owner) {
            of_another = before;
        }
        if let Some(rival) = of_another.filter(|rival| send.at - rival.at <= context.policy.stale_new_after) {
            marks.fail(send.row, rival.row);
        }
        before = Some(send);
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn the_later_send_of_another_rep_is_flagged() {
        let found = check(&[
            (
                "channels",
                "Id,MessageType,PlatformType,ConsentType\n0Mj000000000001,Text,Enhanced,ImplicitOptIn\n0Mj000000000002,WhatsApp,Enhanced,DoubleOptIn\n0Mj000000000003,Facebook,Enhanced,\n0Mj000000000004,Text,Standard,\n0Mj000000000005,EmbeddedMessaging,Enhanced,\n",
            ),
            (
                "users",
                "Id,MessagingPlatformKey,MessagingChannelId,MessageType,MessagingConsentStatus,CreatedDate,LastInboundMessageTime\n0PA000000000001,+12345678900,0Mj000000000001,Text,ExplicitlyOptedIn,2026-11-22T11:50:00Z,2026-11-22T11:00:00Z\n0PA000000000002,491512345678,0Mj000000000002,WhatsApp,ExplicitlyOptedIn,2026-11-22T11:50:00.001Z,2026-11-21T12:00:00Z\n0PA000000000003,77,0Mj000000000003,Facebook,OptedOut,,2026-11-15T12:00:00Z\n0PA000000000004,4155550123,0Mj000000000001,Text,,,\n",
            ),
            (
                "sends",
                "MessagingEndUserId,Phone,MessagingChannelId,OwnerId,SendTime\n0PA000000000001,,0Mj000000000001,005000000000001,2026-11-22T12:00:00Z\n0PA000000000001,,0Mj000000000001,005000000000002,2026-11-24T12:00:00Z\n,+1 234 567 8900,0Mj000000000001,005000000000001,2026-11-24T12:00:00Z\n0PA000000000001,,0Mj000000000001,005000000000001,2026-11-26T12:00:01Z\n0PA000000000002,,0Mj000000000002,005000000000001,\n0PA000000000002,,0Mj000000000002,,\n",
            ),
        ]);
        assert_eq!(found.related("P112"), [(1, Some(0)), (2, Some(1))]);
        assert_eq!(found.checked("P112"), 5);
    }
}
