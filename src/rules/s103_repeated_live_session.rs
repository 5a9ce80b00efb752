use super::common::LiveSessions;
use crate::rule::prelude::*;

declare_rule! {
    /// A customer has several live sessions under one owner.
    ///
    /// ## What it checks
    /// The live sessions (Status neither Ended nor Error) of each customer. When there are several and no two of them
    /// are known to have different owners, every one but the earliest (by StartTime, then record number) fails; related
    /// is the earliest.
    ///
    /// ## Why it matters
    /// A customer is in one live conversation at a time. A second live session of the same rep is mostly one that was
    /// never ended, and it counts against the rep's load. Source: the article, general considerations.
    ///
    /// ## Example
    /// Fails: the later of two Active sessions of one customer, both owned by 005000000000001. Passes: one of them
    /// Ended.
    ///
    /// ## How to mend it
    /// Find out which session is really open and end the others in Salesforce.
    ///
    /// ## Nulls and unknowns
    /// A session with an unreadable Status or customer is left out, as are later records of one Id. An unknown
    /// StartTime sorts last. Unknown owners count as the same; two known ones that differ make it S102.
    ///
    /// ## Since
    /// 0.1.0
    code: "S103",
    name: "repeated-live-session",
    tables: &[Sessions],
    severity: Warning,
    default: true,
    needs: &[Need::Column(Sessions, session::OWNER)],
    since: "0.1.0",
    decide: Decide::Customer(|spans, marks| {
        let live = LiveSessions::of(spans);
        marks.checked(live.count());
        if !live.owners_differ() {
            live.after_the_first(|span, earliest| marks.fail(span.row, earliest.row));
        }
    }),
    describe: Describe::Session(|_, case| {
        let message = format!(
            "The customer is in an earlier live session of the same owner, {}; at most one of them can be going on.",
            case.other()
        );
        Description::new(session::USER, message)
    }),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::sessions;

    #[test]
    fn one_owner_repeats_and_two_conflict() {
        let found = sessions(
            "Id,MessagingEndUserId,Status,OwnerId,StartTime\n0Mw000000000001,0PA000000000001,Active,005000000000001,\n0Mw000000000002,0PA000000000001,Active,005000000000001,2026-11-22T09:00:00Z\n0Mw000000000003,0PA000000000001,Waiting,,2026-11-22T11:00:00Z\n0Mw000000000004,0PA000000000002,Active,005000000000001,2026-11-22T08:00:00Z\n0Mw000000000005,0PA000000000002,Active,005000000000002,2026-11-22T10:00:00Z\n0Mw000000000006,,Active,005000000000001,2026-11-22T10:00:00Z\n0Mw000000000002,0PA000000000001,Active,005000000000001,2026-11-22T09:00:00Z\n",
        );
        assert_eq!(found.related("S103"), [(0, Some(1)), (2, Some(1))]);
        assert_eq!(found.checked("S103"), 5);
    }
}
