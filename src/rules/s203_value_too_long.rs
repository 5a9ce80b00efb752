use super::common::{describe_first, describe_length, length_verdict};
use crate::rule::prelude::*;

const FIELDS: &[usize] =
    &[session::SESSION_KEY, session::CHANNEL_GROUP, session::CHANNEL_INTENT, session::CHANNEL_LOCALE];

declare_rule! {
    /// A text is longer than its field.
    ///
    /// ## What it checks
    /// SessionKey has at most 36 characters; ChannelGroup, ChannelIntent and ChannelLocale have at most 255. Characters
    /// are counted as UTF-16 units: an emoji counts twice.
    ///
    /// ## Why it matters
    /// Bulk API does not cut a long value off, it refuses the whole record. Source: Object Reference, MessagingSession;
    /// status code STRING_TOO_LONG of the API; Data Loader Guide.
    ///
    /// ## Example
    /// Fails: a SessionKey of 38 characters, braces around a UUID. Passes: the UUID alone, 36 characters.
    ///
    /// ## How to mend it
    /// Shorten the value or leave it empty.
    ///
    /// ## Nulls and unknowns
    /// Missing values pass. Blanks around a value count.
    ///
    /// ## Since
    /// 0.1.0
    code: "S203",
    name: "value-too-long",
    tables: &[Sessions],
    severity: Error,
    default: true,
    needs: &[Need::Columns(Sessions, 1, FIELDS)],
    since: "0.1.0",
    decide: Decide::Sessions(|sessions, _, marks| marks.any_of(sessions.batch.extents(FIELDS), length_verdict)),
    describe: Describe::Session(|session, _| {
        let fails = |field| length_verdict(session.batch().extent(field, session.row)) == Fail;
        describe_first(session.batch(), FIELDS, fails, |field| describe_length(session.batch(), field, session.row))
    }),
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::sessions;

    #[test]
    fn a_uuid_fits_exactly() {
        let uuid = "123e4567-e89b-12d3-a456-426614174000";
        let long = "x".repeat(256);
        let found = sessions(&format!(
            "MessagingEndUserId,Status,SessionKey,ChannelIntent\n0PA000000000001,Ended,{uuid},\n0PA000000000002,Ended,{uuid}0,{long}\n0PA000000000003,Ended,,\n"
        ));
        assert_eq!(found.rows("S203"), [1]);
        assert_eq!(found.checked("S203"), 2);
        assert!(found.message(1, "S203").contains("37") && found.message(1, "S203").contains("ChannelIntent"));
    }
}
