//! The headers of a table as they are spelled, and the fields that they are loaded as.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::catalog::{self, catalog};
use crate::model::objects::Table;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// As the source spells it.
    pub spelled: String,
    /// The fields that it is loaded as: its own name unless it is mapped; none when a mapping leaves it out.
    pub fields: Vec<String>,
}

/// The columns of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headers {
    /// The table.
    pub table: Table,
    /// The columns, in the order of the source.
    pub columns: Vec<Header>,
    /// Fields that a mapping fills without a column.
    pub constants: Vec<String>,
}

/// How columns become fields.
#[derive(Debug, Clone, Default)]
pub struct Mapping {
    /// Column by field.
    pub columns: BTreeMap<String, String>,
    /// Only what is mapped is loaded, and fields are whatever it says: a Data Loader mapping file.
    pub whole: bool,
    /// Fields that get a constant.
    pub constants: Vec<String>,
}

impl Headers {
    /// The headers of a source. `names` are those of its columns in memory, which differ from the spelled ones where
    /// a header occurs twice.
    ///
    /// # Errors
    /// A mapping, other than a whole one, of a field that the object does not have, or from a column that is not there.
    pub fn new(table: Table, source: &str, spelled: &[String], names: &[String], mapping: &Mapping) -> Result<Self> {
        if !mapping.whole {
            for (field, column) in &mapping.columns {
                require_field(table, source, field)?;
                if !names.iter().any(|name| name.eq_ignore_ascii_case(column)) {
                    return Err(Error::Column(format!(
                        "{}: {source}: {field} is mapped to the column '{column}', which is not there.",
                        table.name()
                    )));
                }
            }
        }
        let exact = names.iter().any(|name| mapping.columns.values().any(|column| column == name));
        let columns = spelled.iter().zip(names).map(|(spelled, name)| {
            let is_this = |column: &str| column == name || (!exact && column.eq_ignore_ascii_case(name));
            let mapped = mapping.columns.iter().filter(|(_, column)| is_this(column)).map(|(field, _)| field.clone());
            let mut fields: Vec<_> = mapped.collect();
            if fields.is_empty() && !mapping.whole {
                fields.push(spelled.clone());
            }
            Header { spelled: spelled.clone(), fields }
        });
        let constants = mapping.constants.clone();
        Ok(Self { table, columns: columns.collect(), constants })
    }

    /// Each field that is loaded, with the column that it comes from; not what belongs to no object: columns of result
    /// files and of simple-salesforce, and empty names.
    pub fn fields(&self) -> impl Iterator<Item = (&Header, &str)> {
        self.columns.iter().flat_map(|header| header.fields.iter().map(move |field| (header, field.as_str()))).filter(
            |(_, field)| {
                let first = field.split('.').next().unwrap_or_default();
                !field.is_empty() && first != "attributes" && !self.is_result(field)
            },
        )
    }

    /// Whether a column was added by Salesforce or Data Loader to tell what became of the record. Data Loader's STATUS
    /// is one only beside the field Status, where the object has that field.
    #[must_use]
    pub fn is_result(&self, name: &str) -> bool {
        let alike = || self.columns.iter().filter(|header| header.spelled.trim().eq_ignore_ascii_case(name)).count();
        catalog::RESULT_COLUMNS.contains(&name) && (catalog::find(self.table, name).is_none() || alike() > 1)
    }

    /// Whether a field is given: by its own name, by its relationship, or as a constant.
    #[must_use]
    pub fn gives(&self, field: &str) -> bool {
        let lookup = catalog::find(self.table, field).and_then(|field| field.lookup);
        let stands = |name: &str| {
            let path = name.split_once('.').and_then(|(path, _)| path.rsplit(':').next());
            name.eq_ignore_ascii_case(field)
                || path.zip(lookup).is_some_and(|(path, lookup)| path.eq_ignore_ascii_case(lookup.relationship))
        };
        self.fields().any(|(_, name)| stands(name)) || self.constants.iter().any(|name| stands(name))
    }
}

/// Whether a name is made by the org: a custom field, or a field of a parent over a custom relationship.
#[must_use]
pub fn is_custom(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.ends_with("__c") && !lower.contains('.') || lower.contains("__r.")
}

/// The field names of an object nearest to a name.
#[must_use]
pub fn nearest(table: Table, wanted: &str) -> Vec<&'static str> {
    let wanted = wanted.to_ascii_lowercase();
    let names = catalog(table).iter().map(|field| field.name).chain(catalog::own_columns(table).iter().copied());
    let mut near: Vec<_> = names
        .map(|name| (strsim::jaro_winkler(&name.to_ascii_lowercase(), &wanted), name))
        .filter(|(nearness, _)| *nearness > 0.8)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.into_iter().map(|(_, name)| name).take(3).collect()
}

fn require_field(table: Table, source: &str, field: &str) -> Result<()> {
    let ours = catalog::own_columns(table).iter().any(|name| name.eq_ignore_ascii_case(field));
    if ours || field.contains('.') || is_custom(field) || catalog::find(table, field).is_some() {
        return Ok(());
    }
    let near = nearest(table, field);
    let hint = if near.is_empty() { String::new() } else { format!("; the nearest names are {}", near.join(", ")) };
    Err(Error::Column(format!(
        "{}: {source}: columns are mapped to '{field}', which is no field of {}{hint}.",
        table.name(),
        table.object()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn headers(spelled: &[&str], mapping: &[(&str, &str)], whole: bool) -> Result<Headers> {
        let columns = mapping.iter().map(|(field, column)| ((*field).to_owned(), (*column).to_owned())).collect();
        let mapping = Mapping { columns, whole, constants: Vec::new() };
        Headers::new(Table::Users, "x.csv", &names(spelled), &names(spelled), &mapping)
    }

    #[test]
    fn mapped_columns_count_under_their_fields() {
        let found = headers(&["phone", "Name"], &[("MessagingPlatformKey", "PHONE")], false).unwrap();
        let fields: Vec<_> = found.fields().map(|(header, field)| (header.spelled.as_str(), field)).collect();
        assert_eq!(fields, [("phone", "MessagingPlatformKey"), ("Name", "Name")]);
        let found = headers(&["phone", "Name"], &[("Any", "phone")], true).unwrap();
        assert_eq!(found.fields().map(|(_, field)| field).collect::<Vec<_>>(), ["Any"]);
    }

    #[test]
    fn a_mapping_to_an_unknown_field_names_the_nearest() {
        let error = headers(&["phone"], &[("MessagingPlatformKye", "phone")], false).unwrap_err().to_string();
        assert!(error.contains("no field of MessagingEndUser; the nearest names are MessagingPlatformKey"), "{error}");
        assert!(headers(&["a", "b"], &[("Score__c", "a"), ("LastInboundMessageTime", "b")], false).is_ok());
        assert!(headers(&["phone"], &[("Name", "absent")], false).unwrap_err().to_string().contains("'absent'"));
    }

    #[test]
    fn a_reference_is_given_by_its_relationship_too() {
        let found = headers(&["MessagingChannel.MasterLabel", "sf__Id", "attributes.type"], &[], false).unwrap();
        assert!(found.gives("MessagingChannelId") && !found.gives("Name") && found.fields().count() == 1);
    }

    #[test]
    fn status_in_capitals_is_the_field_where_it_stands_alone() {
        let of = |spelled: &[&str]| {
            let spelled = names(spelled);
            Headers::new(Table::Sessions, "x.csv", &spelled, &spelled, &Mapping::default()).unwrap()
        };
        assert!(of(&["STATUS"]).gives("Status") && !of(&["STATUS"]).is_result("STATUS"));
        assert_eq!(of(&["Status", "STATUS", "ERROR"]).fields().count(), 1);
    }
}
