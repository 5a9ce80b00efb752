//! Messaging windows of users.

use crate::engine::context::Context;
use crate::engine::window::Window;
use crate::model::objects::{Table, user};
use crate::rule::Verdict;
use crate::tables::timestamp::span;
use crate::tables::users::User;

/// W101 and W102 need LastInboundMessageTime, or sessions that say when customers wrote.
///
/// # Errors
/// What is missing.
pub fn window_can_be_decided(context: &Context) -> Result<(), String> {
    if context.has(Table::Users, user::LAST_INBOUND) || context.sessions_tell_of_messages() {
        return Ok(());
    }
    Err("users have no column LastInboundMessageTime, and there are no sessions with StartTime and Origin for users with Ids".to_owned())
}

/// Whether a user's window is closed, as far as the user's own record tells.
#[must_use]
pub fn window_verdict(user: User<'_>, window: Window, context: &Context) -> Verdict {
    match (Window::of(user), Window::age(user, context)) {
        (Some(its), Some(age)) if its == window => Verdict::fail_if(age > window.length(context)),
        _ => Verdict::Undecided,
    }
}

/// Says how long ago the customer last wrote.
#[must_use]
pub fn describe_window(user: User<'_>, window: Window, context: &Context) -> String {
    let limit = span(window.length(context));
    Window::age(user, context).map_or_else(
        || format!("All sessions of the customer ended more than {limit} before as-of"),
        |age| format!("The customer last wrote {} before as-of, more than {limit}", span(age)),
    )
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, users};

    #[test]
    fn a_window_needs_a_column_or_sessions_that_tell() {
        const NONE: &str =
            "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n0PA000000000001,491,0Mj000000000001,WhatsApp\n";
        const SESSIONS: &str = "Id,MessagingEndUserId,Status,StartTime,Origin\n0Mw000000000001,0PA000000000001,Ended,2026-11-20T12:00:00Z,InboundInitiated\n";
        let reason = users(NONE).skipped("W101").unwrap();
        assert!(
            reason.starts_with("users have no column LastInboundMessageTime, and there are no sessions"),
            "{reason}"
        );
        assert_eq!(check(&[("users", NONE), ("sessions", SESSIONS)]).skipped("W101"), None);
        assert_eq!(
            users(&NONE.replace("Type\n", "Type,LastInboundMessageTime\n").replace("App\n", "App,\n")).skipped("W101"),
            None
        );
    }
}
