//! Messaging windows: what a user's sessions tell of the customer's last message when the user's record does not.

use super::context::Context;
use crate::model::channel::{Coverage, Kind};
use crate::model::objects::user;
use crate::tables::users::User;

/// The channels that have a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// 24 hours by default.
    WhatsApp,
    /// 7 days by default.
    Messenger,
}

impl Window {
    /// The window that applies to a user: covered channels only.
    #[must_use]
    pub fn of(user: User<'_>) -> Option<Self> {
        match (user.kind(), user.coverage()) {
            (Kind::WhatsApp, Coverage::Covered) => Some(Self::WhatsApp),
            (Kind::Facebook, Coverage::Covered) => Some(Self::Messenger),
            _ => None,
        }
    }

    /// Its length in milliseconds.
    #[must_use]
    pub const fn length(self, context: &Context) -> i64 {
        match self {
            Self::WhatsApp => context.policy.whatsapp_window,
            Self::Messenger => context.policy.messenger_window,
        }
    }

    /// How long ago the customer last wrote, when the user's record tells; [`None`] when it is missing, unreadable or
    /// lies in the future.
    #[must_use]
    pub fn age(user: User<'_>, context: &Context) -> Option<i64> {
        let last = user.batch().time(user::LAST_INBOUND, user.row).millis()?;
        (!context.is_future(last)).then_some(context.as_of - last)
    }
}

/// The window of a user whose own record does not tell the last message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pending {
    /// Nothing to find out.
    No,
    /// Sessions may tell.
    Yes(Window),
}

impl Pending {
    /// Whether sessions are asked about a user.
    #[must_use]
    pub fn of(user: User<'_>) -> Self {
        match Window::of(user) {
            Some(window) if user.batch().time(user::LAST_INBOUND, user.row).is_missing() => Self::Yes(window),
            _ => Self::No,
        }
    }
}

/// What the sessions of one user prove about the customer's last message.
#[derive(Debug, Clone, Copy)]
pub struct Evidence {
    /// The window in question.
    pub window: Window,
    /// The customer wrote at this instant or later: the newest session that the customer started.
    pub at_least: Option<i64>,
    /// The customer did not write after this instant: the newest end, when all sessions are known and over.
    pub at_most: Option<i64>,
}

impl Evidence {
    /// Whether the window is proven open or closed at an instant; nothing when neither is.
    #[must_use]
    pub fn is_open(&self, at: i64, context: &Context) -> Option<bool> {
        let within = |instant: i64| at - instant <= self.window.length(context);
        match (self.at_least, self.at_most) {
            (Some(at_least), _) if within(at_least) => Some(true),
            (_, Some(at_most)) if !within(at_most) => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Operation, Policy};

    #[test]
    fn a_window_is_open_or_closed_only_where_it_is_proven() {
        const HOUR: i64 = 3_600_000;
        let context = Context::new(0, Policy::default(), Operation::Audit);
        let evidence = |at_least, at_most| Evidence { window: Window::WhatsApp, at_least, at_most };
        let (recent, old) = (Some(-24 * HOUR), Some(-24 * HOUR - 1));
        for (at_least, at_most, open) in [
            (recent, None, Some(true)),
            (old, None, None),
            (None, recent, None),
            (None, old, Some(false)),
            (old, recent, None),
            (old, old, Some(false)),
            (None, None, None),
        ] {
            assert_eq!(evidence(at_least, at_most).is_open(0, &context), open, "{at_least:?} {at_most:?}");
        }
    }
}
