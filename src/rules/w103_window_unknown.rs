use crate::rule::prelude::*;

declare_rule! {
    /// It is not known whether this WhatsApp or Messenger customer may be written to now.
    ///
    /// ## What it checks
    /// Users on a covered WhatsApp or Facebook Messenger channel have a LastInboundMessageTime, or sessions that show
    /// the window open or closed.
    ///
    /// ## Why it matters
    /// Both channels close some time after the customer's last message, and no Salesforce field stores when that was.
    /// Sending on a guess fails for the rep. Source: the article, considerations for enhanced WhatsApp and for enhanced
    /// Facebook Messenger.
    ///
    /// ## Example
    /// Fails: `MessageType=WhatsApp` without LastInboundMessageTime and without sessions. Passes: the same with
    /// `LastInboundMessageTime=2026-11-22T09:00:00Z`.
    ///
    /// ## How to mend it
    /// Add the column from the conversation entries or from the messaging provider, or give the sessions with StartTime
    /// and Origin: a session that the customer started proves a message.
    ///
    /// ## Nulls and unknowns
    /// This is the rule about not knowing: a missing time and an absent column fail unless sessions help. An unreadable
    /// time (U208) and one in the future (U210) are not judged again.
    ///
    /// ## Since
    /// 0.1.0
    code: "W103",
    name: "window-unknown",
    tables: &[Users],
    severity: Info,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::Window(
        |users, context, marks| marks.each(users.iter().map(|user| check(user, context))),
        |evidence, context| Verdict::fail_if(evidence.is_open(context.as_of, context).is_none()),
    ),
    describe: Describe::User(|user, _| {
        let message = format!(
            "The customer's last {} message is not known, so it cannot be told whether reps may write now.",
            user.kind().label()
        );
        Description::new(user::LAST_INBOUND, message)
    }),
}

fn check(user: User<'_>, context: &Context) -> Verdict {
    if Window::of(user).is_none() {
        return Undecided;
    }
    if user.batch().time(user::LAST_INBOUND, user.row).is_missing() {
        return Fail;
    }
    if Window::age(user, context).is_some() { Pass } else { Undecided }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, users};

    #[test]
    fn only_a_missing_time_is_unknown() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType,LastInboundMessageTime\n491,0Mj000000000001,WhatsApp,2020-01-01T00:00:00Z\n492,0Mj000000000001,WhatsApp,\n3,0Mj000000000001,Facebook,#N/A\n494,0Mj000000000001,WhatsApp,x\n495,0Mj000000000001,WhatsApp,2026-11-22T12:05:00.001Z\n+12345678900,0Mj000000000001,Text,\n",
        );
        assert_eq!(found.rows("W103"), [1, 2]);
        assert_eq!(found.checked("W103"), 3);
        assert!(found.message(2, "W103").contains("Facebook Messenger"));
    }

    #[test]
    fn without_the_column_every_window_is_unknown() {
        let found = users("MessagingPlatformKey,MessagingChannelId,MessageType\n491,0Mj000000000001,WhatsApp\n");
        assert_eq!(found.rows("W103"), [0]);
    }

    #[test]
    fn sessions_may_tell() {
        let found = check(&[
            (
                "users",
                "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n0PA000000000001,491,0Mj000000000001,WhatsApp\n0PA000000000002,492,0Mj000000000001,WhatsApp\n0PA000000000003,493,0Mj000000000001,WhatsApp\n",
            ),
            (
                "sessions",
                "MessagingEndUserId,Status,Origin,StartTime\n0PA000000000001,Active,InboundInitiated,2026-11-21T12:00:00Z\n0PA000000000002,Active,InboundInitiated,2026-11-21T11:59:59Z\n0PA000000000003,Active,AgentInitiated,2026-11-22T11:00:00Z\n",
            ),
        ]);
        assert_eq!(found.rows("W103"), [1, 2]);
        assert_eq!(found.checked("W103"), 3);
    }
}
