use super::common::{describe_first, describe_id, id_verdict};
use crate::rule::prelude::*;

const FIELDS: &[usize] = &[
    session::ID,
    session::USER,
    session::CHANNEL,
    session::OWNER,
    session::CASE,
    session::LEAD,
    session::OPPORTUNITY,
    session::CONVERSATION,
];

declare_rule! {
    /// An Id is damaged or belongs to another object.
    ///
    /// ## What it checks
    /// Id, MessagingEndUserId, MessagingChannelId, OwnerId, CaseId, LeadId, OpportunityId and ConversationId: 15 or 18
    /// ASCII letters and digits, a suffix that belongs to the first 15, and the prefix of the right object (0Mw, 0PA,
    /// 0Mj, 005 or 00G, 500, 00Q, 006, 0dw). Columns that hold keys of another system are not looked at.
    ///
    /// ## Why it matters
    /// Salesforce refuses the record as a malformed id or finds another one: Ids differ by case alone. Source:
    /// Salesforce Help on 15- and 18-character Ids; status code MALFORMED_ID of the API.
    ///
    /// ## Example
    /// Fails: `0mwgk00000dzhtpsad` (case lost, can be repaired), `0PAgK00000DZhtp` as the session's own Id. Passes:
    /// `0MwgK00000DZhtpSAD`.
    ///
    /// ## How to mend it
    /// `--fix` takes the suggested Id where the suffix proves it, and gives sound Ids of 15 characters their suffix;
    /// otherwise export the Id again, as text and with 18 characters.
    ///
    /// ## Nulls and unknowns
    /// Null, blank and all zeros pass. Rules that compare Ids treat an Id that cannot be repaired as unknown.
    ///
    /// ## Since
    /// 0.1.0
    code: "S204",
    name: "malformed-id",
    tables: &[Sessions],
    severity: Error,
    default: true,
    needs: &[Need::Ids(Sessions, FIELDS)],
    since: "0.1.0",
    decide: Decide::Sessions(|sessions, _, marks| marks.any_of(sessions.batch.ids(FIELDS), id_verdict)),
    describe: Describe::Session(|session, _| {
        let fails = |field| id_verdict(session.batch().id(field, session.row)) == Fail;
        describe_first(session.batch(), FIELDS, fails, |field| describe_id(session.batch(), field, session.row))
    }),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::sessions;

    #[test]
    fn a_damaged_id_is_found_and_repaired() {
        let found = sessions(
            "Id,MessagingEndUserId,Status,OwnerId\n0MwgK00000DZhtpSAD,0PA000000000001,Ended,00G000000000001\n0mwgk00000dzhtpsad,0PA000000000001,Ended,\n0MwgK00000DZhtp,0Mj000000000001,Ended,006000000000001\n,,Ended,\n",
        );
        assert_eq!(found.rows("S204"), [1, 2]);
        assert_eq!(found.checked("S204"), 3);
        assert_eq!(found.fix(1, "S204").as_deref(), Some("0MwgK00000DZhtpSAD"));
        assert_eq!(found.column(2, "S204"), "MessagingEndUserId");
        assert!(found.message(2, "S204").contains("OwnerId"));
    }
}
