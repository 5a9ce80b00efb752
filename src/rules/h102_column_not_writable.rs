use crate::model::catalog::{self, CatalogField};
use crate::policy::Operation;
use crate::rule::prelude::*;
use crate::rules::common::headers as common;

declare_rule! {
    /// A column holds a field that the operation must not write.
    ///
    /// ## What it checks
    /// Insert: fields that only Salesforce sets, Id among them. Update: fields that cannot be changed once the record
    /// is there. Upsert, which does both: fields that can be neither set nor changed; Id is what records are found by.
    /// Runs only with operation insert, update or upsert.
    ///
    /// ## Why it matters
    /// Salesforce refuses every record with `INVALID_FIELD_FOR_INSERT_UPDATE`. Source: Object Reference,
    /// MessagingEndUser and MessagingSession, properties Create and Update of each field.
    ///
    /// ## Example
    /// Fails: CreatedDate on insert, MessagingPlatformKey on update. Passes: Name on both.
    ///
    /// ## How to mend it
    /// Take the column out of the file that is loaded.
    ///
    /// ## Nulls and unknowns
    /// Rules about headers look at every kind of source. Columns mapped with columns=, --map or --sdl count under the
    /// names of their fields; with a Data Loader mapping, columns that it does not name are not loaded and not judged.
    /// Fields of which the Object Reference does not say whether they can be written are not judged.
    ///
    /// ## Since
    /// 0.1.0
    code: "H102",
    name: "column-not-writable",
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
    for (header, name) in headers.fields() {
        let field = match name.split_once('.') {
            Some((path, _)) => of_relationship(headers.table, path.rsplit(':').next().unwrap_or_default()),
            None => catalog::find(headers.table, name),
        };
        let Some((field, create, update)) = field.and_then(|field| Some((field, field.create?, field.update?))) else {
            continue;
        };
        let is_key = field.name == "Id";
        let (refused, why) = match context.operation {
            Operation::Audit => continue,
            Operation::Insert => (!create, "cannot be set when a record is inserted"),
            Operation::Update => (!update && !is_key, "cannot be changed once the record is there"),
            Operation::Upsert => (!create && !update && !is_key, "is set by Salesforce alone"),
        };
        let message = || format!("{} {why}: Salesforce refuses every record; take the column out.", field.name);
        verdict.judge(refused.then(|| Note::on(&header.spelled, message())));
    }
    verdict
}

fn of_relationship(table: Table, name: &str) -> Option<&'static CatalogField> {
    let is_it =
        |field: &&CatalogField| field.lookup.is_some_and(|lookup| lookup.relationship.eq_ignore_ascii_case(name));
    catalog::catalog(table).iter().find(is_it)
}

#[cfg(test)]
mod tests {
    use crate::model::objects::Table;
    use crate::policy::Operation;
    use crate::rules::testing::header_findings;

    #[test]
    fn finds_what_it_says() {
        let users = |operation| {
            header_findings("H102", Table::Users, "Id,Name,CreatedDate,MessageType,Odd,CurrencyIsoCode", operation)
        };
        assert_eq!(users(Operation::Insert).columns, ["Id", "CreatedDate"]);
        assert_eq!(users(Operation::Update).columns, ["CreatedDate", "MessageType"]);
        assert_eq!(users(Operation::Upsert).columns, ["CreatedDate"]);
        assert_eq!(users(Operation::Upsert).checked, 4);
        let parent = header_findings("H102", Table::Sessions, "EndUserContact.Id,Case.Id", Operation::Insert);
        assert_eq!(parent.columns, ["EndUserContact.Id"]);
    }
}
