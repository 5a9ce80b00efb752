use crate::model::catalog::required_columns;
use crate::rule::prelude::*;
use crate::rules::common::headers as common;

declare_rule! {
    /// A column that new records must have is missing.
    ///
    /// ## What it checks
    /// Insert and upsert. Users: MessagingChannelId, MessageType, MessagingPlatformKey, Name; sessions:
    /// MessagingChannelId, MessagingEndUserId, Status. A relationship column stands for its reference, and so does a
    /// constant in a Data Loader mapping. Runs only with operation insert, update or upsert. On update it asks for
    /// nothing.
    ///
    /// ## Why it matters
    /// Salesforce refuses every record with `REQUIRED_FIELD_MISSING`. Source: Object Reference, MessagingEndUser and
    /// MessagingSession: fields that can be created, are not nillable and have no default.
    ///
    /// ## Example
    /// Fails: users without Name. Passes: users with all four.
    ///
    /// ## How to mend it
    /// Add the column.
    ///
    /// ## Nulls and unknowns
    /// Rules about headers look at every kind of source. Columns mapped with columns=, --map or --sdl count under the
    /// names of their fields; with a Data Loader mapping, columns that it does not name are not loaded and not judged.
    ///
    /// ## Since
    /// 0.1.0
    code: "H103",
    name: "missing-required-column",
    tables: &[Users, Sessions],
    severity: Error,
    default: true,
    needs: &[Need::Other(common::load)],
    since: "0.1.0",
    decide: Decide::Header(check),
    describe: Describe::Noted,
}

fn check(headers: &Headers, context: &Context) -> HeaderVerdict {
    let mut verdict = HeaderVerdict::default();
    if context.operation.creates() {
        for name in required_columns(headers.table) {
            let object = headers.table.object();
            let message = || format!("There is no column for {name}, which every new {object} must have; add it.");
            verdict.judge((!headers.gives(name)).then(|| Note::on(name, message())));
        }
    }
    verdict
}

#[cfg(test)]
mod tests {
    use crate::model::objects::Table;
    use crate::policy::Operation;
    use crate::rules::testing::header_findings;

    #[test]
    fn finds_what_it_says() {
        let found =
            header_findings("H103", Table::Users, "MessagingChannel.MasterLabel,MessageType", Operation::Insert);
        assert_eq!((found.checked, found.columns), (4, vec!["MessagingPlatformKey".to_owned(), "Name".to_owned()]));
        let names = "MessagingChannelId,MessagingEndUserId,status";
        assert_eq!(header_findings("H103", Table::Sessions, names, Operation::Upsert).columns, Vec::<String>::new());
        assert_eq!(header_findings("H103", Table::Sessions, "Id", Operation::Update).checked, 0);
    }
}
