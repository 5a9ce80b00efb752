use crate::rule::prelude::*;

declare_rule! {
    /// The user was created too recently to be selected.
    ///
    /// ## What it checks
    /// As-of minus CreatedDate is at least `policy.user_available_after` (10 minutes).
    ///
    /// ## Why it matters
    /// A new messaging user shows up in Send a Message only after about ten minutes; until then a rep does not find it.
    /// Source: the article, general considerations.
    ///
    /// ## Example
    /// As of 2026-11-22T12:00:00Z fails: `2026-11-22T11:50:01Z`. Passes: `2026-11-22T11:50:00Z`.
    ///
    /// ## How to mend it
    /// Wait. Plan sends for ten minutes after the load or later.
    ///
    /// ## Nulls and unknowns
    /// A missing CreatedDate is not judged, an unreadable one is U208. A date in the future fails too.
    ///
    /// ## Since
    /// 0.1.0
    code: "U307",
    name: "user-not-yet-available",
    tables: &[Users],
    severity: Info,
    default: true,
    needs: &[Need::Column(Users, user::CREATED)],
    since: "0.1.0",
    decide: Decide::Users(|users, context, marks| marks.each(users.iter().map(|user| check(user, context)))),
    describe: Describe::User(|user, case| {
        let created = user.batch().time(user::CREATED, user.row).millis().unwrap_or_default();
        let available = timestamp::to_text(created + case.context.policy.user_available_after);
        let message = format!("The user is too new: Send a Message offers it from about {available} on.");
        Description::new(user::CREATED, message)
    }),
}

fn check(user: User<'_>, context: &Context) -> Verdict {
    let created = user.batch().time(user::CREATED, user.row).millis();
    created.map_or(Undecided, |created| Verdict::fail_if(context.as_of - created < context.policy.user_available_after))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::users;

    #[test]
    fn exactly_ten_minutes_are_enough() {
        let found = users(
            "MessagingPlatformKey,MessagingChannelId,MessageType,CreatedDate\n+12345678900,0Mj000000000001,Text,2026-11-22T11:50:00Z\n+12345678901,0Mj000000000001,Text,2026-11-22T11:50:00.001Z\n+12345678902,0Mj000000000001,Text,2027-01-01T00:00:00Z\n+12345678903,0Mj000000000001,Text,\n+12345678904,0Mj000000000001,Text,x\n",
        );
        assert_eq!(found.rows("U307"), [1, 2]);
        assert_eq!(found.checked("U307"), 3);
        assert!(found.message(1, "U307").contains("2026-11-22T12:00:00.001Z"));
    }
}
