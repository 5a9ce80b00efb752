use crate::model::catalog;
use crate::policy::Operation;
use crate::rule::prelude::*;
use crate::tables::headers::{is_custom, nearest};

declare_rule! {
    /// A column is no field of the object.
    ///
    /// ## What it checks
    /// Every header against the fields of the object, without regard to case. Custom fields (`__c`) and fields of
    /// parents over custom relationships (`__r.`) are the org's own and not judged; nor are the columns that sendworthy
    /// adds (LastInboundMessageTime, Surface, CapacityModel), which are no Salesforce fields and have to be left out of
    /// a load, and those of result files (sf__Id, sf__Created, sf__Error, ERROR, STATUS).
    ///
    /// ## Why it matters
    /// Salesforce refuses the whole file with `Field name not found` and names only the first such column; here every
    /// one is listed. An error for data that is to be loaded, a warning otherwise. Source: Bulk API 2.0 Developer
    /// Guide, errors; Object Reference, MessagingEndUser, MessagingSession, MessagingChannel.
    ///
    /// ## Example
    /// Fails: `PhoneNumber` among users. Passes: `MessagingPlatformKey`, `Score__c`.
    ///
    /// ## How to mend it
    /// Rename the column, map it to its field with columns= or --map, or take it out.
    ///
    /// ## Nulls and unknowns
    /// Rules about headers look at every kind of source. Columns mapped with columns=, --map or --sdl count under the
    /// names of their fields; with a Data Loader mapping, columns that it does not name are not loaded and not judged.
    ///
    /// ## Since
    /// 0.1.0
    code: "H101",
    name: "unknown-column",
    tables: &[Users, Sessions, Channels],
    severity: Warning,
    severity_of_load: Some(Error),
    default: true,
    since: "0.1.0",
    decide: Decide::Header(check),
    describe: Describe::Noted,
}

fn check(headers: &Headers, context: &Context) -> HeaderVerdict {
    let mut verdict = HeaderVerdict::default();
    for (header, field) in headers.fields().filter(|(_, field)| !is_custom(field)) {
        verdict.judge((!is_known(headers.table, field)).then(|| note(headers.table, header, field, context)));
    }
    verdict
}

fn is_known(table: Table, field: &str) -> bool {
    let parent = field.split_once('.').map(|(path, _)| path.rsplit(':').next().unwrap_or_default());
    match parent {
        Some(parent) => catalog::relationship(table, parent).is_some(),
        // Without a dot it is a relationship badly written, which is another rule's business.
        None if field.contains(':') => true,
        None => {
            catalog::find(table, field).is_some()
                || catalog::own_columns(table).iter().any(|own| own.eq_ignore_ascii_case(field))
        }
    }
}

fn note(table: Table, header: &Header, field: &str, context: &Context) -> Note {
    let loads = context.operation != Operation::Audit;
    let effect = if loads { "Salesforce refuses the whole file" } else { "a load of this file would be refused" };
    let mapped = if header.spelled == field { String::new() } else { format!(" (mapped to '{field}')") };
    let hint = if table != Table::Channels && field.eq_ignore_ascii_case("IsOptedOut") {
        " It was one up to API version 48; MessagingConsentStatus took its place.".to_owned()
    } else {
        match nearest(table, field).as_slice() {
            [] => String::new(),
            near => format!(" Nearest: {}.", near.join(", ")),
        }
    };
    let object = table.object();
    Note::on(&header.spelled, format!("The column{mapped} is no field of {object}; {effect}.{hint}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::policy::Policy;
    use crate::rules::testing::{AS_OF, header_findings};
    use crate::tables::headers::Mapping;

    #[test]
    fn finds_what_it_says() {
        let users = |names: &str| header_findings("H101", Table::Users, names, Operation::Audit);
        let found = users("Id,PhoneNumber,messagetype,Score__c,Org__r.Key__c,Contact.Name,Boss.Name,sf__Error");
        assert_eq!((found.checked, found.columns), (5, vec!["PhoneNumber".to_owned(), "Boss.Name".to_owned()]));
        assert_eq!(users("Id,LastInboundMessageTime,Name").columns, Vec::<String>::new());
        assert!(users("IsOptedOut").messages[0].contains("MessagingConsentStatus took its place"));
        assert!(users("MesageType").messages[0].contains("Nearest: MessageType"));
        assert_eq!(header_findings("H101", Table::Channels, "Id,Surface,Colour", Operation::Audit).columns, ["Colour"]);
    }

    #[test]
    fn the_message_says_what_it_means_and_whence_the_name_is() {
        let told = |names: &str, operation| header_findings("H101", Table::Users, names, operation).messages;
        let [audited] = told("Id,Colour", Operation::Audit).try_into().unwrap();
        assert!(
            audited.starts_with("The column is no field of MessagingEndUser; a load of this file would be refused.")
        );
        let [loaded] = told("Id,Colour", Operation::Insert).try_into().unwrap();
        assert!(loaded.starts_with("The column is no field of MessagingEndUser; Salesforce refuses the whole file."));
        let columns = BTreeMap::from([("Colour".to_owned(), "Hue".to_owned())]);
        let mapping = Mapping { columns, whole: true, ..Mapping::default() };
        let headers = Headers::new(Table::Users, "test", &["Hue".to_owned()], &["Hue".to_owned()], &mapping).unwrap();
        let context = Context::new(AS_OF, Policy::default(), Operation::Audit);
        let mapped = check(&headers, &context).notes.remove(0);
        assert!(mapped.message.starts_with("The column (mapped to 'Colour') is no field"), "{}", mapped.message);
        assert_eq!(mapped.column.as_deref(), Some("Hue"));
    }

    #[test]
    fn a_relationship_badly_written_is_another_rules_business() {
        assert!(told_columns("Id,Contact:Name").is_empty());
        assert_eq!(told_columns("Id,Boss.Name"), ["Boss.Name"]);
    }

    fn told_columns(names: &str) -> Vec<String> {
        header_findings("H101", Table::Users, names, Operation::Insert).columns
    }
}
