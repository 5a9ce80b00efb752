use super::common::{describe_window, window_verdict};
use crate::rule::prelude::*;

declare_rule! {
    /// The customer's last Facebook Messenger message is more than seven days old: nothing can be sent.
    ///
    /// ## What it checks
    /// Users on a covered Facebook Messenger channel: as-of minus LastInboundMessageTime is at most
    /// `policy.messenger_window` (7 days). Exactly seven days is still open. Where the record does not tell, sessions
    /// are asked, as for W101.
    ///
    /// ## Why it matters
    /// After seven days reps cannot use Send a Message for this customer at all; unlike WhatsApp, no template helps.
    /// Source: the article, considerations for enhanced Facebook Messenger.
    ///
    /// ## Example
    /// As of 2026-11-22T12:00:00Z fails: `2026-11-15T11:59:59Z`. Passes: `2026-11-15T12:00:00Z`.
    ///
    /// ## How to mend it
    /// Nothing in the record is wrong. Reach the customer on another channel, or wait until they write.
    ///
    /// ## Nulls and unknowns
    /// Without a known last message the rule does not decide, and W103 says so. An unreadable time is U208, a future
    /// one U210.
    ///
    /// ## Since
    /// 0.1.0
    code: "W102",
    name: "messenger-window-closed",
    tables: &[Users],
    severity: Warning,
    default: true,
    needs: &[Need::Other(super::common::window_can_be_decided)],
    since: "0.1.0",
    decide: Decide::Window(
        |users, context, marks| {
            marks.each(users.iter().map(|user| window_verdict(user, Window::Messenger, context)));
        },
        |evidence, context| match (evidence.window, evidence.is_open(context.as_of, context)) {
            (Window::Messenger, Some(open)) => Verdict::fail_if(!open),
            _ => Undecided,
        },
    ),
    describe: Describe::User(|user, case| {
        let message = describe_window(user, Window::Messenger, case.context);
        let message = format!("{message}; Send a Message cannot be used until the customer writes.");
        Description::new(user::LAST_INBOUND, message)
    }),
}

#[cfg(test)]
mod tests {
    use crate::policy::{Operation, Policy};
    use crate::rules::testing::{check_with, users};

    #[test]
    fn exactly_seven_days_is_open() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType,LastInboundMessageTime\n1,0Mj000000000001,Facebook,2026-11-15T12:00:00Z\n2,0Mj000000000001,Facebook,2026-11-15T11:59:59.999Z\n3,0Mj000000000001,Facebook,\n4,0Mj000000000001,WhatsApp,2020-01-01T00:00:00Z\n5,0Mj000000000001,Facebook,2026-11-22T12:05:00.001Z\n",
        );
        assert_eq!(found.rows("W102"), [1]);
        assert_eq!(found.checked("W102"), 2);
        assert!(found.message(1, "W102").contains("7 days"));
    }

    #[test]
    fn complete_sessions_show_a_window_closed() {
        let tables = [
            (
                "users",
                "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n0PA000000000001,1,0Mj000000000001,Facebook\n0PA000000000002,2,0Mj000000000001,Facebook\n0PA000000000003,3,0Mj000000000001,Facebook\n",
            ),
            (
                "sessions",
                "MessagingEndUserId,Status,Origin,StartTime,EndTime\n0PA000000000001,Ended,InboundInitiated,2026-11-01T10:00:00Z,2026-11-01T11:00:00Z\n0PA000000000002,Ended,InboundInitiated,2026-11-20T10:00:00Z,2026-11-20T11:00:00Z\n",
            ),
        ];
        let policy = Policy { sessions_complete: true, ..Policy::default() };
        let found = check_with(&tables, policy, Operation::Audit);
        assert_eq!(found.rows("W102"), [0]);
        assert_eq!(found.checked("W102"), 2);
        assert_eq!(found.rows("W103"), [2]);
    }
}
