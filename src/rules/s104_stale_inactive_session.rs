use crate::model::picklists::STATUS;
use crate::rule::prelude::*;

declare_rule! {
    /// An Inactive session is older than 30 hours and should have ended.
    ///
    /// ## What it checks
    /// As-of minus StartTime of every session with Status Inactive is at most `policy.stale_inactive_after` (30 hours).
    ///
    /// ## Why it matters
    /// Salesforce ends an idle session by itself, between 24 and 30 hours after it began. An older one is still live,
    /// so it keeps other reps from writing to the customer. Source: Salesforce Help on inactive messaging sessions and
    /// their automatic end; for live sessions the article, general considerations.
    ///
    /// ## Example
    /// As of 2026-11-22T12:00:00Z fails: `Status=Inactive, StartTime=2026-11-21T05:59:59Z`. Passes: the same with
    /// `StartTime=2026-11-21T06:00:00Z`.
    ///
    /// ## How to mend it
    /// Export the sessions again; if the session is still Inactive, end it in Salesforce.
    ///
    /// ## Nulls and unknowns
    /// Other statuses are not judged, nor is a session whose StartTime is missing or unreadable (S401).
    ///
    /// ## Since
    /// 0.1.0
    code: "S104",
    name: "stale-inactive-session",
    tables: &[Sessions],
    severity: Warning,
    default: true,
    needs: &[Need::Column(Sessions, session::START)],
    since: "0.1.0",
    decide: Decide::Sessions(|sessions, context, marks| {
        marks.each(sessions.iter().map(|session| check(session, context)));
    }),
    describe: Describe::Session(|session, case| {
        let start = session.batch().time(session::START, session.row).millis().unwrap_or_default();
        let message = format!(
            "The Inactive session began {} before as-of; Salesforce ends an idle one within {}, and until then it \
             blocks other reps.",
            timestamp::span(case.context.as_of - start),
            timestamp::span(case.context.policy.stale_inactive_after)
        );
        Description::new(session::START, message)
    }),
}

fn check(session: Session<'_>, context: &Context) -> Verdict {
    if !session.batch().pick(session::STATUS, session.row).is(const { STATUS.position("Inactive") }) {
        return Undecided;
    }
    let start = session.batch().time(session::START, session.row).millis();
    start.map_or(Undecided, |start| Verdict::fail_if(context.as_of - start > context.policy.stale_inactive_after))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::sessions;

    #[test]
    fn exactly_30_hours_are_fine() {
        let found = sessions(
            "MessagingEndUserId,Status,StartTime\n0PA000000000001,Inactive,2026-11-21T06:00:00Z\n0PA000000000002,Inactive,2026-11-21T05:59:59.999Z\n0PA000000000003,Active,2026-11-01T00:00:00Z\n0PA000000000004,Inactive,\n0PA000000000005,Inactive,x\n",
        );
        assert_eq!(found.rows("S104"), [1]);
        assert_eq!(found.checked("S104"), 2);
        let told = found.message(1, "S104");
        assert!(told.starts_with("The Inactive session began 1 day 6 hours before as-of"), "{told}");
    }
}
