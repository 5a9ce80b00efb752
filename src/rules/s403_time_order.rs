use super::common::any_of;
use crate::rule::prelude::*;

const FIELDS: &[usize] = &[session::START, session::ACCEPT, session::END];

/// Earlier and later field of each pair, so that the first pair out of order begins with the first offending field.
const PAIRS: [(usize, usize); 3] =
    [(session::START, session::ACCEPT), (session::START, session::END), (session::ACCEPT, session::END)];

declare_rule! {
    /// The session's times are out of order.
    ///
    /// ## What it checks
    /// StartTime is not after AcceptTime, AcceptTime not after EndTime, and StartTime not after EndTime. Equal times
    /// are in order.
    ///
    /// ## Why it matters
    /// A session starts, is accepted by a rep, and ends. Times in another order are wrong ones, and ages and windows
    /// that are computed from them are wrong too. Source: Object Reference, MessagingSession (StartTime, AcceptTime,
    /// EndTime).
    ///
    /// ## Example
    /// Fails: `StartTime=2026-11-22T12:00:00Z, EndTime=2026-11-22T11:59:59Z`. Passes: the same with
    /// `EndTime=2026-11-22T12:00:00Z`.
    ///
    /// ## How to mend it
    /// Look for a column in another time zone than the others, or for swapped columns.
    ///
    /// ## Nulls and unknowns
    /// Only times that can be read are compared; a session with fewer than two of them is not judged.
    ///
    /// ## Since
    /// 0.1.0
    code: "S403",
    name: "time-order",
    tables: &[Sessions],
    severity: Error,
    default: true,
    needs: &[Need::Columns(Sessions, 2, FIELDS)],
    since: "0.1.0",
    decide: Decide::Sessions(|sessions, _, marks| marks.each(sessions.iter().map(check))),
    describe: Describe::Session(|session, _| {
        let is_wrong = |pair: &(usize, usize)| ahead(session, *pair).is_some_and(|ahead| ahead > 0);
        let wrong: Vec<_> = PAIRS.into_iter().filter(is_wrong).collect();
        let name = |field: usize| Sessions.fields()[field].name;
        let list: Vec<_> = wrong
            .iter()
            .map(|pair| {
                let ahead = ahead(session, *pair).unwrap_or_default();
                format!("{} lies {} after {}", name(pair.0), timestamp::span(ahead), name(pair.1))
            })
            .collect();
        let message = format!("{}; a session starts, is accepted and ends in this order.", list.join(", and "));
        Description::new(wrong.first().map_or(session::START, |pair| pair.0), message)
    }),
}

/// By how much the first time of a pair is after the second.
fn ahead(session: Session<'_>, (first, second): (usize, usize)) -> Option<i64> {
    let millis = |field| session.batch().time(field, session.row).millis();
    Some(millis(first)? - millis(second)?)
}

fn check(session: Session<'_>) -> Verdict {
    any_of(PAIRS.into_iter().map(|pair| ahead(session, pair).map_or(Undecided, |ahead| Verdict::fail_if(ahead > 0))))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::sessions;

    #[test]
    fn equal_times_are_in_order() {
        let found = sessions(
            "MessagingEndUserId,Status,StartTime,AcceptTime,EndTime\n0PA000000000001,Ended,2026-11-22T10:00:00Z,2026-11-22T10:00:00Z,2026-11-22T10:00:00Z\n0PA000000000001,Ended,2026-11-22T10:00:00Z,,2026-11-22T09:59:59.999Z\n0PA000000000001,Ended,2026-11-22T10:00:00Z,2026-11-22T11:00:00Z,2026-11-22T10:30:00Z\n0PA000000000001,Ended,2026-11-22T10:00:00Z,x,\n0PA000000000001,Ended,,2026-11-22T11:00:00Z,2026-11-22T10:30:00Z\n0PA000000000001,Ended,2026-11-22T12:00:00Z,2026-11-22T11:00:00Z,2026-11-22T10:00:00Z\n",
        );
        assert_eq!(found.rows("S403"), [1, 2, 4, 5]);
        assert_eq!(found.checked("S403"), 5);
        assert_eq!(found.column(1, "S403"), "StartTime");
        assert_eq!(found.column(2, "S403"), "AcceptTime");
        assert!(found.message(2, "S403").starts_with("AcceptTime lies 30 minutes after EndTime;"));
        assert!(found.message(5, "S403").contains("StartTime lies 2 hours after EndTime"));
    }

    #[test]
    fn one_column_alone_is_skipped() {
        let found = sessions("MessagingEndUserId,Status,StartTime\n0PA000000000001,Ended,2026-11-22T10:00:00Z\n");
        assert!(found.skipped("S403").is_some());
    }
}
