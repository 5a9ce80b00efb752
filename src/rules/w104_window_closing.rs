use crate::rule::prelude::*;

declare_rule! {
    /// The customer's WhatsApp or Messenger window closes soon.
    ///
    /// ## What it checks
    /// Users on a covered WhatsApp or Facebook Messenger channel whose window is open: more than
    /// `policy.window_closing_within` (2 hours) of it is left. Off unless selected.
    ///
    /// ## Why it matters
    /// After 24 hours on WhatsApp and seven days on Messenger reps can no longer answer freely; whoever is to be
    /// written to should be first in line. Source: the article, considerations for enhanced WhatsApp and for enhanced
    /// Facebook Messenger. The two hours are this tool's choice.
    ///
    /// ## Example
    /// As of 2026-11-22T12:00:00Z, on WhatsApp, fails: `2026-11-21T14:00:00Z` (two hours left). Passes:
    /// `2026-11-21T14:00:01Z`.
    ///
    /// ## How to mend it
    /// Nothing is wrong. Write to these customers first.
    ///
    /// ## Nulls and unknowns
    /// A window that is closed (W101, W102) or unknown (W103) is not judged, and sessions are not asked.
    ///
    /// ## Since
    /// 0.1.0
    code: "W104",
    name: "window-closing",
    tables: &[Users],
    severity: Info,
    default: false,
    needs: &[Need::Column(Users, user::LAST_INBOUND)],
    since: "0.1.0",
    decide: Decide::Window(
        |users, context, marks| marks.each(users.iter().map(|user| check(user, context))),
        |_, _| Undecided,
    ),
    describe: Describe::User(|user, case| {
        let left = left(user, case.context).unwrap_or_default();
        let message = format!(
            "The {} window closes at {}; after that reps can no longer write freely.",
            user.kind().label(),
            timestamp::to_text(case.context.as_of + left)
        );
        Description::new(user::LAST_INBOUND, message)
    }),
}

/// How long the window stays open, if it is open.
fn left(user: User<'_>, context: &Context) -> Option<i64> {
    let left = Window::of(user)?.length(context) - Window::age(user, context)?;
    (left >= 0).then_some(left)
}

fn check(user: User<'_>, context: &Context) -> Verdict {
    left(user, context).map_or(Undecided, |left| Verdict::fail_if(left <= context.policy.window_closing_within))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::users;

    #[test]
    fn exactly_two_hours_is_soon() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType,LastInboundMessageTime\n491,0Mj000000000001,WhatsApp,2026-11-21T14:00:00Z\n492,0Mj000000000001,WhatsApp,2026-11-21T14:00:00.001Z\n493,0Mj000000000001,WhatsApp,2026-11-21T12:00:00Z\n494,0Mj000000000001,WhatsApp,2026-11-21T11:59:59.999Z\n495,0Mj000000000001,WhatsApp,\n6,0Mj000000000001,Facebook,2026-11-15T13:00:00Z\n+12345678900,0Mj000000000001,Text,2026-11-21T14:00:00Z\n",
        );
        assert_eq!(found.rows("W104"), [0, 2, 5]);
        assert_eq!(found.checked("W104"), 4);
        assert!(found.message(0, "W104").contains("2026-11-22T14:00:00.000Z"));
    }
}
