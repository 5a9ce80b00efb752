//! The binder of columns against its rules, read one after the other: nothing is guessed, nothing is bound twice.

use std::collections::BTreeMap;

use arrow_schema::{DataType, Field, Schema};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use sendworthy::Error;
use sendworthy::model::catalog::RESULT_COLUMNS;
use sendworthy::model::objects::{Table, Type};
use sendworthy::tables::bind::Binding;
use sendworthy::tables::headers::{Headers, Mapping};

use super::driver::{drive, require, same};
use super::inputs::hostile;

/// Which headers stand for a field by its name or its relationship.
fn candidates<'a>(free: &[&'a str], name: &str, kind: Type) -> Vec<&'a str> {
    let lower = |text: &str| text.to_ascii_lowercase();
    let mut named: Vec<&str> = free.iter().copied().filter(|header| lower(header) == lower(name)).collect();
    if named.len() > 1 {
        named.retain(|header| !RESULT_COLUMNS.contains(header));
    }
    let Type::Reference(_, relationship) = kind else { return named };
    if !named.is_empty() {
        return named;
    }
    let related = |header: &&str| {
        let path = header.split('.').next().unwrap_or_default();
        header.contains('.') && lower(path.split(':').next_back().unwrap_or_default()) == lower(relationship)
    };
    free.iter().copied().filter(related).collect()
}

/// The column of every field; nothing where the table must be refused.
fn plain(
    table: Table,
    headers: &[String],
    mapping: &BTreeMap<String, String>,
    channels: bool,
) -> Option<Vec<Option<String>>> {
    let mut mapped = BTreeMap::new();
    for (field, column) in mapping {
        let Some(at) = table.fields().iter().position(|known| known.name.eq_ignore_ascii_case(field)) else { continue };
        let alike = |header: &&String| header.eq_ignore_ascii_case(column);
        let found = headers.iter().find(|header| *header == column).or_else(|| headers.iter().find(alike))?;
        mapped.insert(at, found.as_str());
    }
    let free: Vec<&str> =
        headers.iter().map(String::as_str).filter(|header| !mapped.values().any(|taken| taken == header)).collect();
    let mut bound = Vec::new();
    for (at, field) in table.fields().iter().enumerate() {
        let found = mapped.get(&at).map_or_else(|| candidates(&free, field.name, field.kind), |header| vec![*header]);
        if found.len() > 1 {
            return None;
        }
        bound.push(found.first().map(|header| (*header).to_owned()));
    }
    let has =
        |name: &str| table.fields().iter().zip(&bound).any(|(field, column)| field.name == name && column.is_some());
    let complete = match table {
        Table::Channels => has("Id") && has("MessageType"),
        Table::Users => has("MessagingPlatformKey") && has("MessagingChannelId") && (channels || has("MessageType")),
        Table::Sessions => has("MessagingEndUserId") && has("Status"),
        Table::Sends => has("MessagingChannelId") && (has("MessagingEndUserId") || has("Phone")),
        Table::ExistingUsers => has("Id"),
    };
    complete.then_some(bound)
}

type Input = (Table, Vec<String>, BTreeMap<String, String>, bool, bool);

fn check((table, headers, mapping, channels, whole): &Input) -> Result<(), String> {
    let fields = headers.iter().map(|name| Field::new(name, DataType::Utf8, true));
    let schema = Schema::new(fields.collect::<Vec<_>>());
    let bound = Binding::new(*table, "fuzz.csv", &schema, mapping, *channels);
    let ours = bound.as_ref().ok().map(|binding| {
        (0..table.fields().len()).map(|at| binding.column(at).map(|column| column.header.clone())).collect()
    });
    same("columns of the fields", &ours, &plain(*table, headers, mapping, *channels))?;
    match &bound {
        Ok(binding) => {
            let needed = binding.headers(&schema);
            require("what is needed is there, in order", {
                let mut left = headers.iter();
                needed.iter().all(|name| left.any(|header| header == name))
            })?;
            for name in &needed {
                require("what is needed is a field's", binding.field(name).is_some())?;
            }
        }
        Err(Error::Column(message)) => {
            let named = message.contains("fuzz.csv") && message.starts_with(table.name());
            require("an error names table and source", named)?;
            require("an error fits a screen", message.len() < 4000)?;
        }
        Err(other) => return Err(format!("another error: {other}")),
    }
    let mapping = Mapping { columns: mapping.clone(), whole: *whole, constants: vec!["Name".to_owned()] };
    match Headers::new(*table, "fuzz.csv", headers, headers, &mapping) {
        Ok(spelled) => {
            same("all columns are kept", &spelled.columns.len(), &headers.len())?;
            let own = spelled.fields().filter(|(header, field)| header.spelled == *field).count();
            require("a whole mapping loads nothing else", !whole || own <= mapping.columns.len())?;
            let given =
                table.fields().iter().filter(|field| spelled.gives(field.name) && !spelled.is_result(field.name));
            require("no more fields than there are", given.count() <= table.fields().len())?;
            Ok(())
        }
        Err(Error::Column(message)) => {
            require("a whole mapping says itself what fields are", !whole)?;
            require("an error names the source", message.contains("fuzz.csv"))
        }
        Err(other) => Err(format!("another error: {other}")),
    }
}

/// Headers of a table: all that are needed, mostly, and others, damaged now and then.
fn input() -> impl Strategy<Value = Input> {
    let names: Vec<Vec<u8>> =
        Table::ALL.into_iter().flat_map(Table::fields).map(|field| field.name.as_bytes().to_vec()).collect();
    let stray = hostile(include_str!("corpus/headers.txt"), select(names));
    let stray = stray.prop_map(|name| String::from_utf8_lossy(&name).into_owned());
    let fields = proptest::collection::vec((any::<Index>(), 0..12_u8), 0..12);
    let strays = proptest::collection::vec(stray, 0..5);
    let mapping = proptest::collection::vec((any::<Index>(), any::<Index>(), 0..6_u8), 0..3);
    (select(&Table::ALL[..]), any::<bool>(), fields, strays, mapping, any::<(bool, bool)>()).prop_map(
        |(table, complete, fields, strays, pairs, (channels, whole))| {
            let known = table.fields();
            let mut headers: Vec<String> = Vec::new();
            if complete {
                headers.extend(known.iter().map(|field| field.name.to_owned()));
            }
            for (at, form) in fields {
                let field = &known[at.index(known.len())];
                let relationship = if let Type::Reference(_, name) = field.kind { name } else { "Contact" };
                headers.push(match form {
                    0..=5 => field.name.to_owned(),
                    6 => field.name.to_ascii_uppercase(),
                    7 => field.name.to_ascii_lowercase(),
                    8 => format!("{relationship}.MasterLabel"),
                    9 => format!("User:{relationship}.External__c"),
                    10 => format!("{relationship}.MessagingPlatformKey"),
                    _ => format!(" {}", field.name),
                });
            }
            headers.extend(strays);
            // A source has no name twice: polars sees to it.
            let mut seen = Vec::new();
            headers.retain(|name| {
                !seen.contains(name) && {
                    seen.push(name.clone());
                    true
                }
            });
            let mut mapping = BTreeMap::new();
            for (field, column, form) in pairs {
                let field = known[field.index(known.len())].name;
                let column = headers.get(column.index(headers.len().max(1))).cloned().unwrap_or_default();
                let field = if form == 0 { field.to_ascii_lowercase() } else { field.to_owned() };
                mapping.insert(
                    field,
                    if form == 1 {
                        column.to_ascii_uppercase()
                    } else if form == 2 {
                        "absent".to_owned()
                    } else {
                        column
                    },
                );
            }
            (table, headers, mapping, channels, whole)
        },
    )
}

/// Runs the target.
pub fn run(cases: u32, seed: u64) -> Result<u64, String> {
    drive("headers", cases, seed, &input(), check)
}
