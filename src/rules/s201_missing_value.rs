use super::common::{describe_first, describe_missing, is_missing};
use crate::rule::prelude::*;

const FIELDS: &[usize] = &[session::USER, session::CHANNEL, session::STATUS];

declare_rule! {
    /// A value that every messaging session needs is missing.
    ///
    /// ## What it checks
    /// MessagingEndUserId and Status of every session, and MessagingChannelId where there is such a column, have a
    /// value.
    ///
    /// ## Why it matters
    /// A session without them cannot be created, and it tells nothing about whom a rep may write to. Source: Object
    /// Reference, MessagingSession; status code REQUIRED_FIELD_MISSING of the API.
    ///
    /// ## Example
    /// Fails: `MessagingEndUserId=0PA000000000001, Status=` (empty). Passes: the same with `Status=Ended`.
    ///
    /// ## How to mend it
    /// Export the sessions again with all three columns, or leave the record out.
    ///
    /// ## Nulls and unknowns
    /// This is the rule about null: empty cells, blanks, `#N/A` and an Id of zeros all count as missing. Every session
    /// is judged.
    ///
    /// ## Since
    /// 0.1.0
    code: "S201",
    name: "missing-value",
    tables: &[Sessions],
    severity: Error,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::Sessions(|sessions, _, marks| {
        let wanted = FIELDS.iter().filter(|field| sessions.binding.has(**field));
        let columns: Vec<_> = wanted.map(|field| sessions.batch.missing(*field)).collect();
        marks.each((0..sessions.batch.rows()).map(|row| Verdict::fail_if(columns.iter().any(|column| column[row]))));
    }),
    describe: Describe::Session(|session, _| {
        let describe = |field| describe_missing(session.batch(), field);
        describe_first(session.batch(), FIELDS, |field| lacks(session, field), describe)
    }),
}

fn lacks(session: Session<'_>, field: usize) -> bool {
    session.binding().has(field) && is_missing(session.batch(), field, session.row)
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::sessions;

    #[test]
    fn each_required_value_is_asked_for() {
        let found = sessions(
            "MessagingEndUserId,MessagingChannelId,Status\n0PA000000000001,0Mj000000000001,Ended\n,0Mj000000000001,Ended\n0PA000000000001,#N/A,Ended\n0PA000000000001,,\n000000000000000,x,y\n",
        );
        assert_eq!(found.rows("S201"), [1, 2, 3, 4]);
        assert_eq!(found.checked("S201"), 5);
        assert_eq!(found.column(2, "S201"), "MessagingChannelId");
        assert!(found.message(3, "S201").contains("Status"));
    }

    #[test]
    fn the_channel_may_have_no_column() {
        let found = sessions("MessagingEndUserId,Status\n0PA000000000001,Ended\n");
        assert!(found.rows("S201").is_empty());
        assert_eq!(found.checked("S201"), 1);
    }
}
