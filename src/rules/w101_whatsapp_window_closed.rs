use super::common::{describe_window, window_verdict};
use crate::rule::prelude::*;

declare_rule! {
    /// The customer's last WhatsApp message is more than 24 hours old: no free text, only an approved template.
    ///
    /// ## What it checks
    /// Users on a covered WhatsApp channel: as-of minus LastInboundMessageTime is at most `policy.whatsapp_window`
    /// (24 hours). Exactly 24 hours is still open. Where the record does not tell, a session that the customer started
    /// within the window proves it open, and with `policy.sessions_complete` the newest end of its sessions can prove it
    /// closed.
    ///
    /// ## Why it matters
    /// After 24 hours reps cannot write freely with Send a Message; a notification component on an approved template,
    /// without dynamic content, still goes. Source: the article, considerations for enhanced WhatsApp.
    ///
    /// ## Example
    /// As of 2026-11-22T12:00:00Z fails: `2026-11-21T11:59:59Z`. Passes: `2026-11-21T12:00:00Z`.
    ///
    /// ## How to mend it
    /// Nothing in the record is wrong. Plan a template for these customers, or wait until they write.
    ///
    /// ## Nulls and unknowns
    /// Without a known last message the rule does not decide, and W103 says so. An unreadable time is U208, a future one U210.
    ///
    /// ## Since
    /// 0.1.0
    code: "W101",
    name: "whatsapp-window-closed",
    tables: &[Users],
    severity: Warning,
    default: true,
    needs: &[Need::Other(super::common::window_can_be_decided)],
    since: "0.1.0",
    decide: Decide::Window(
        |users, context, marks| {
            marks.each(users.iter().map(|user| window_verdict(user, Window::WhatsApp, context)));
        },
        |evidence, context| match (evidence.window, evidence.is_open(context.as_of, context)) {
            (Window::WhatsApp, Some(open)) => Verdict::fail_if(!open),
            _ => Undecided,
        },
    ),
    describe: Describe::User(|user, case| {
        let message = describe_window(user, Window::WhatsApp, case.context);
        Description::new(user::LAST_INBOUND, format!("{message}; only an approved template without dynamic content can be sent until the customer writes."))
    }),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::users;

    #[test]
    fn exactly_24_hours_is_open() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType,LastInboundMessageTime\n491,0Mj000000000001,WhatsApp,2026-11-21T12:00:00Z\n492,0Mj000000000001,WhatsApp,2026-11-21T11:59:59.999Z\n493,0Mj000000000001,WhatsApp,\n494,0Mj000000000001,Text,2020-01-01T00:00:00Z\n",
        );
        assert_eq!(found.rows("W101"), [1]);
        assert_eq!(found.checked("W101"), 2);
    }
}
