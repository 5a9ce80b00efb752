use super::common::{describe_first, describe_pick, pick_verdict};
use crate::rule::prelude::*;

const FIELDS: &[usize] = &[session::STATUS, session::ORIGIN, session::AGENT_TYPE, session::ENDED_BY_TYPE];

declare_rule! {
    /// Status, Origin, AgentType or EndedByType is not a value of its picklist.
    ///
    /// ## What it checks
    /// Each of the four fields holds one of the values that Salesforce knows, spelled exactly.
    ///
    /// ## Why it matters
    /// The picklists are restricted. A Status that cannot be read leaves open whether the session is live, and with
    /// that whether other reps are blocked. Source: Object Reference, MessagingSession; status code
    /// INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST of the API.
    ///
    /// ## Example
    /// Fails: `Status=Closed` (the value is `Ended`), `Origin=inboundinitiated` (wrong case). Passes: `Status=Ended`.
    ///
    /// ## How to mend it
    /// `--fix` takes the suggested spelling where there is one; otherwise export API values, not translated labels.
    ///
    /// ## Nulls and unknowns
    /// Missing values pass. A value in the wrong case is read as the one that is meant; any other counts as unknown for
    /// the rules that need it.
    ///
    /// ## Since
    /// 0.1.0
    code: "S202",
    name: "unknown-picklist-value",
    tables: &[Sessions],
    severity: Error,
    default: true,
    needs: &[Need::Columns(Sessions, 1, FIELDS)],
    since: "0.1.0",
    decide: Decide::Sessions(|sessions, _, marks| marks.any_of(sessions.batch.picks(FIELDS), pick_verdict)),
    describe: Describe::Session(|session, _| {
        let fails = |field| pick_verdict(session.batch().pick(field, session.row)) == Fail;
        describe_first(session.batch(), FIELDS, fails, |field| describe_pick(session.batch(), field, session.row))
    }),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::sessions;

    #[test]
    fn wrong_case_is_mended_and_other_words_are_not() {
        let found = sessions(
            "MessagingEndUserId,Status,Origin,AgentType,EndedByType\n0PA000000000001,Ended,Help,Bot,EndUser\n0PA000000000002,Closed,Help,Bot,enduser\n0PA000000000003,Ended,INBOUNDINITIATED,,\n0PA000000000004,,,,\n0PA000000000005,,,Robot,\n",
        );
        assert_eq!(found.rows("S202"), [1, 2, 4]);
        assert_eq!(found.checked("S202"), 4);
        assert!(found.message(1, "S202").contains("'Ended'") && found.message(1, "S202").contains("EndedByType"));
        assert_eq!(found.fix(2, "S202").as_deref(), Some("InboundInitiated"));
        assert_eq!(found.column(4, "S202"), "AgentType");
    }
}
