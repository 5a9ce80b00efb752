use crate::model::picklists::STATUS;
use crate::rule::prelude::*;

declare_rule! {
    /// A New session is older than 48 hours and should have ended.
    ///
    /// ## What it checks
    /// As-of minus StartTime of every session with Status New is at most `policy.stale_new_after` (48 hours).
    ///
    /// ## Why it matters
    /// A session that a rep starts is New until the customer answers, and ends when 48 hours go by without an answer or
    /// an opt-out. One that is older blocks other reps for nothing, or the export is stale. Source: the article,
    /// general considerations.
    ///
    /// ## Example
    /// As of 2026-11-22T12:00:00Z fails: `Status=New, StartTime=2026-11-20T11:59:59Z`. Passes: the same with
    /// `StartTime=2026-11-20T12:00:00Z`.
    ///
    /// ## How to mend it
    /// Export the sessions again; if the session is still New, end it in Salesforce and look for what keeps it open.
    ///
    /// ## Nulls and unknowns
    /// Other statuses are not judged, nor is a session whose StartTime is missing or unreadable (S401).
    ///
    /// ## Since
    /// 0.1.0
    code: "S101",
    name: "stale-new-session",
    tables: &[Sessions],
    severity: Error,
    default: true,
    needs: &[Need::Column(Sessions, session::START)],
    since: "0.1.0",
    decide: Decide::Sessions(|sessions, context, marks| {
        marks.each(sessions.iter().map(|session| check(session, context)));
    }),
    describe: Describe::Session(|session, case| {
        let start = session.batch().time(session::START, session.row).millis().unwrap_or_default();
        let message = format!(
            "The session is New since {}, longer than the {} after which an unanswered one ends; it blocks other reps.",
            timestamp::span(case.context.as_of - start),
            timestamp::span(case.context.policy.stale_new_after)
        );
        Description::new(session::START, message)
    }),
}

fn check(session: Session<'_>, context: &Context) -> Verdict {
    if !session.batch().pick(session::STATUS, session.row).is(const { STATUS.position("New") }) {
        return Undecided;
    }
    let start = session.batch().time(session::START, session.row).millis();
    start.map_or(Undecided, |start| Verdict::fail_if(context.as_of - start > context.policy.stale_new_after))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::sessions;

    #[test]
    fn exactly_48_hours_are_fine() {
        let found = sessions(
            "MessagingEndUserId,Status,StartTime\n0PA000000000001,New,2026-11-20T12:00:00Z\n0PA000000000002,new,2026-11-20T11:59:59.999Z\n0PA000000000003,Active,2026-11-01T00:00:00Z\n0PA000000000004,New,\n0PA000000000005,New,x\n0PA000000000006,New,2026-11-22T12:00:00Z\n",
        );
        assert_eq!(found.rows("S101"), [1]);
        assert_eq!(found.checked("S101"), 3);
        assert!(found.message(1, "S101").contains("2 days"));
    }
}
