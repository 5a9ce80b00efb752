use super::common::{any_of, describe_first};
use crate::model::picklists::STATUS;
use crate::rule::prelude::*;

const FIELDS: &[usize] = &[session::END, session::ENDED_BY_TYPE];

declare_rule! {
    /// Status and the end of the session contradict each other.
    ///
    /// ## What it checks
    /// A session with Status Ended has an EndTime; a live one (Status neither Ended nor Error) has neither EndTime nor
    /// EndedByType.
    ///
    /// ## Why it matters
    /// Whether a session is live decides whether another rep may write to the customer. When its fields disagree, one
    /// of them is stale. Source: Object Reference, MessagingSession (Status, EndTime, EndedByType); for live sessions
    /// the article, general considerations.
    ///
    /// ## Example
    /// Fails: `Status=Active, EndTime=2026-11-22T11:00:00Z`; `Status=Ended` without EndTime. Passes: `Status=Ended,
    /// EndTime=2026-11-22T11:00:00Z`.
    ///
    /// ## How to mend it
    /// Export the sessions again; Status and EndTime of one record must be from the same moment.
    ///
    /// ## Nulls and unknowns
    /// A session whose Status cannot be read is not judged. An unreadable EndTime (S401) counts neither as given nor as
    /// missing. Without a column EndTime nothing is said about it.
    ///
    /// ## Since
    /// 0.1.0
    code: "S405",
    name: "end-status-mismatch",
    tables: &[Sessions],
    severity: Warning,
    default: true,
    needs: &[Need::Columns(Sessions, 1, FIELDS)],
    since: "0.1.0",
    decide: Decide::Sessions(|sessions, _, marks| marks.each(sessions.iter().map(check))),
    describe: Describe::Session(|session, _| {
        describe_first(session.batch(), FIELDS, |field| contradicts(session, field), |field| {
            let status = status(session).map_or("unknown", |at| STATUS.values[at]);
            let name = Sessions.fields()[field].name;
            let message = if field == session::END && session.batch().time(field, session.row).is_missing() {
                format!("Status is {status}, but EndTime has no value; one of the two is out of date.")
            } else {
                format!(
                    "{name} has a value although Status {status} says that the session goes on; one of the two is out \
                     of date."
                )
            };
            Description::new(field, message)
        })
    }),
}

fn status(session: Session<'_>) -> Option<usize> {
    session.batch().pick(session::STATUS, session.row).value()
}

fn contradicts(session: Session<'_>, field: usize) -> bool {
    if field == session::ENDED_BY_TYPE {
        return session.is_live() && !session.batch().pick(field, session.row).is_missing();
    }
    let end = session.batch().time(field, session.row);
    let ended = status(session) == Some(const { STATUS.position("Ended") });
    (session.is_live() && end.millis().is_some()) || (ended && end.is_missing() && session.binding().has(field))
}

fn check(session: Session<'_>) -> Verdict {
    if status(session).is_none() {
        return Undecided;
    }
    any_of(FIELDS.iter().map(|field| Verdict::fail_if(contradicts(session, *field))))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::sessions;

    #[test]
    fn ended_and_live_sessions_must_agree_with_their_end() {
        let found = sessions(
            "MessagingEndUserId,Status,EndTime,EndedByType\n0PA000000000001,Ended,2026-11-22T10:00:00Z,Agent\n0PA000000000001,Ended,,Agent\n0PA000000000001,Active,2026-11-22T10:00:00Z,Agent\n0PA000000000001,Active,,x\n0PA000000000001,Active,x,\n0PA000000000001,Error,,\n0PA000000000001,Closed,,Agent\n0PA000000000001,Ended,x,\n",
        );
        assert_eq!(found.rows("S405"), [1, 2, 3]);
        assert_eq!(found.checked("S405"), 7);
        assert!(found.message(2, "S405").contains("EndedByType"));
        assert_eq!(found.column(3, "S405"), "EndedByType");
    }

    #[test]
    fn a_missing_column_is_no_missing_end() {
        let found =
            sessions("MessagingEndUserId,Status,EndedByType\n0PA000000000001,Ended,\n0PA000000000001,New,Bot\n");
        assert_eq!(found.rows("S405"), [1]);
    }
}
