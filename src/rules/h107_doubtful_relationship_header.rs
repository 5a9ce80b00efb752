use crate::model::catalog;
use crate::rule::prelude::*;
use crate::rules::common::headers::{self as common, is_doubtful};

declare_rule! {
    /// A header refers to a parent record in a form that may fail or hit the wrong one.
    ///
    /// ## What it checks
    /// `MessagingChannel.DeveloperName`, which the Object Reference does not mark as a field that finds records, though
    /// an org's describe may differ; `MessagingEndUser.Name`, which finds records but is not unique. Runs only with
    /// operation insert, update or upsert.
    ///
    /// ## Why it matters
    /// Bulk API refuses the file, or the record where several parents have the name. Source: Object Reference,
    /// MessagingChannel and MessagingEndUser; Bulk API 2.0 Developer Guide, relationship fields in a header row.
    ///
    /// ## Example
    /// Fails: `MessagingChannel.DeveloperName`. Passes: `MessagingChannel.MasterLabel`.
    ///
    /// ## How to mend it
    /// Use MessagingChannel.MasterLabel or MessagingChannel.MessagingPlatformKey, or the parent's Id.
    ///
    /// ## Nulls and unknowns
    /// Rules about headers look at every kind of source. Columns mapped with columns=, --map or --sdl count under the
    /// names of their fields; with a Data Loader mapping, columns that it does not name are not loaded and not judged.
    ///
    /// ## Since
    /// 0.1.0
    code: "H107",
    name: "doubtful-relationship-header",
    tables: &[Users, Sessions],
    severity: Warning,
    default: true,
    needs: &[Need::Other(common::load)],
    since: "0.1.0",
    decide: Decide::Header(check),
    describe: Describe::Noted,
}

fn check(headers: &Headers, _: &Context) -> HeaderVerdict {
    let mut verdict = HeaderVerdict::default();
    for (header, name) in headers.fields() {
        let Some((parent, field)) = name.split_once('.') else { continue };
        if catalog::relationship(headers.table, parent).is_none() {
            continue;
        }
        let why = if parent.eq_ignore_ascii_case("MessagingChannel") {
            "The Object Reference does not mark DeveloperName as a field that finds channels: Salesforce probably refuses \
             the file; use MessagingChannel.MasterLabel or MessagingChannel.MessagingPlatformKey."
        } else {
            "Names of messaging users are not unique: a record may hit the wrong customer, or fail; use \
             MessagingEndUserId."
        };
        verdict.judge(is_doubtful(parent, field).then(|| Note::on(&header.spelled, why)));
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
        let users =
            header_findings("H107", Table::Users, "MessagingChannel.DeveloperName,Contact.Email", Operation::Insert);
        assert_eq!((users.checked, users.columns), (2, vec!["MessagingChannel.DeveloperName".to_owned()]));
        let names = "MessagingEndUser.Name,MessagingChannel.MasterLabel";
        assert_eq!(
            header_findings("H107", Table::Sessions, names, Operation::Update).columns,
            ["MessagingEndUser.Name"]
        );
    }
}
