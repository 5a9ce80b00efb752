use crate::model::catalog::{self, Lookup};
use crate::rule::prelude::*;
use crate::rules::common::headers::{self as common, is_doubtful};
use crate::tables::headers::is_custom;

declare_rule! {
    /// A header refers to a parent record in a form that Bulk API refuses.
    ///
    /// ## What it checks
    /// Headers with a dot or a colon over the object's own relationships: `Relationship.Field` where there is one kind
    /// of parent, `Type:Relationship.Field` where there are several (Owner), one level up, and a field that finds the
    /// parent. Fields of parents other than channels and messaging users are not judged; headers that Bulk API may well
    /// take, but that are doubtful, are H107. Runs only with operation insert, update or upsert.
    ///
    /// ## Why it matters
    /// Salesforce refuses the whole file. Source: Bulk API 2.0 Developer Guide, relationship fields in a header row.
    ///
    /// ## Example
    /// Fails: `Owner.Username`, `MessagingChannel:MessagingChannel.MasterLabel`,
    /// `MessagingEndUser.MessagingPlatformKey`. Passes: `User:Owner.Username`, `MessagingChannel.MasterLabel`.
    ///
    /// ## How to mend it
    /// Write the header as the message says, or give the parent's Id.
    ///
    /// ## Nulls and unknowns
    /// Rules about headers look at every kind of source. Columns mapped with columns=, --map or --sdl count under the
    /// names of their fields; with a Data Loader mapping, columns that it does not name are not loaded and not judged.
    ///
    /// ## Since
    /// 0.1.0
    code: "H104",
    name: "bad-relationship-header",
    tables: &[Users, Sessions],
    severity: Error,
    default: true,
    needs: &[Need::Other(common::load)],
    since: "0.1.0",
    decide: Decide::Header(check),
    describe: Describe::Noted,
}

fn check(headers: &Headers, _: &Context) -> HeaderVerdict {
    let mut verdict = HeaderVerdict::default();
    for (header, name) in headers.fields().filter(|(_, name)| name.contains(['.', ':']) && !is_custom(name)) {
        let path = name.split('.').next().unwrap_or_default();
        let parent = path.rsplit(':').next().unwrap_or_default();
        let Some(lookup) = catalog::relationship(headers.table, parent) else {
            if !name.contains('.') {
                let form = "write 'Relationship.Field' (or 'Type:Relationship.Field' for owners)";
                verdict
                    .judge(Some(Note::on(&header.spelled, format!("Salesforce finds no field of this name; {form}."))));
            }
            continue;
        };
        let refused = problem(lookup, name);
        verdict.judge(refused.map(|why| Note::on(&header.spelled, format!("Salesforce refuses this header: {why}."))));
    }
    verdict
}

fn problem(lookup: &Lookup, name: &str) -> Option<String> {
    let Lookup { relationship, parents } = lookup;
    let Some((path, field)) = name.split_once('.') else {
        return Some(format!("a field of the parent must follow after a dot, as in '{relationship}.Id'"));
    };
    if field.contains('.') {
        return Some("it goes up more than one level".to_owned());
    }
    match (path.split_once(':'), *parents) {
        (Some(_), [_]) => {
            return Some(format!("{relationship} has one kind of parent; write '{relationship}.{field}'"));
        }
        (None, [_, _, ..]) => {
            let forms: Vec<_> = parents.iter().map(|parent| format!("'{parent}:{relationship}.{field}'")).collect();
            return Some(format!("{relationship} has several kinds of parents; write {}", forms.join(" or ")));
        }
        (Some((kind, _)), several) if !several.iter().any(|parent| parent.eq_ignore_ascii_case(kind)) => {
            return Some(format!("{relationship} cannot be of type {kind}, only {}", several.join(" or ")));
        }
        _ => {}
    }
    let [parent] = *parents else { return None };
    let finds = catalog::lookup_fields(parent)?;
    let known = is_custom(field) || is_doubtful(parent, field);
    if known || finds.iter().any(|name| name.eq_ignore_ascii_case(field)) {
        return None;
    }
    Some(format!("no {parent} is found by {field}, only by {} or an external Id", finds.join(", ")))
}

#[cfg(test)]
mod tests {
    use crate::model::objects::Table;
    use crate::policy::Operation;
    use crate::rules::testing::header_findings;

    #[test]
    fn finds_what_it_says() {
        let users = |names: &str| header_findings("H104", Table::Users, names, Operation::Insert);
        for bad in [
            "Owner.Username",
            "MessagingChannel:MessagingChannel.MasterLabel",
            "Case:Owner.Id",
            "Contact.Account.Name",
            "MessagingChannel.IsActive",
            "Contact:Key",
        ] {
            assert_eq!(users(bad).columns, [bad]);
        }
        let good =
            "User:Owner.Username,MessagingChannel.MasterLabel,Contact.Email,MessagingChannel.Key__c,Name,X__r.Y.Z";
        let found = users(good);
        assert_eq!((found.columns, found.checked), (vec![], 4));
        let sessions =
            header_findings("H104", Table::Sessions, "MessagingEndUser.MessagingPlatformKey", Operation::Insert);
        assert!(sessions.messages[0].contains("only by Id, Name or an external Id"), "{:?}", sessions.messages);
    }
}
