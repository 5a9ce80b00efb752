use super::common::LiveSessions;
use crate::rule::prelude::*;

declare_rule! {
    /// A customer has several live sessions under different owners.
    ///
    /// ## What it checks
    /// The live sessions (Status neither Ended nor Error) of each customer. When their owners differ, every one but the
    /// earliest (by StartTime, then record number) fails; related is the earliest live session with another owner.
    ///
    /// ## Why it matters
    /// A customer in a live session cannot be written to by a different rep: that rep sees an error. Two live sessions with
    /// two reps cannot both be true. Source: the article, general considerations.
    ///
    /// ## Example
    /// Fails: the later of two Active sessions of one customer, owned by 005000000000001 and 005000000000002. Passes: one
    /// of them Ended.
    ///
    /// ## How to mend it
    /// Find out which session is really open and end the others in Salesforce before the load.
    ///
    /// ## Nulls and unknowns
    /// A session with an unreadable Status or customer is left out, as are later records of one Id. An unknown StartTime
    /// sorts last. An unknown owner counts as no evidence of a different one: then S103 applies.
    ///
    /// ## Since
    /// 0.1.0
    code: "S102",
    name: "conflicting-live-sessions",
    tables: &[Sessions],
    severity: Error,
    default: true,
    needs: &[Need::Column(Sessions, session::OWNER)],
    since: "0.1.0",
    decide: Decide::Customer(|spans, marks| {
        let live = LiveSessions::of(spans);
        marks.checked(live.count());
        if live.owners_differ() {
            live.after_the_first(|span, _| marks.fail(span.row, live.earliest_of_another(span)));
        }
    }),
    describe: Describe::Session(|_, case| {
        let message = format!("The customer is in another live session with a different owner, {}; only one rep can write to a customer.", case.other());
        Description::new(session::OWNER, message)
    }),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::sessions;

    #[test]
    fn all_but_the_earliest_conflict() {
        let found = sessions(
            "Id,MessagingEndUserId,Status,OwnerId,StartTime\n0Mw000000000001,0PA000000000001,Active,005000000000001,2026-11-22T10:00:00Z\n0Mw000000000002,0PA000000000001,Active,005000000000002,2026-11-22T09:00:00Z\n0Mw000000000003,0PA000000000001,Waiting,005000000000002,2026-11-22T11:00:00Z\n0Mw000000000004,0PA000000000001,Ended,005000000000003,2026-11-22T08:00:00Z\n0Mw000000000005,0PA000000000002,Active,005000000000001,2026-11-22T10:00:00Z\n",
        );
        assert_eq!(found.related("S102"), [(0, Some(1)), (2, Some(0))]);
        assert_eq!(found.checked("S102"), 4);
    }
}
