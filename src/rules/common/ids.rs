//! Cells of Id columns.

use crate::fixes::id_fix;
use crate::model::objects::Type;
use crate::rule::{Description, Verdict};
use crate::tables::batch::Batch;
use crate::tables::id::{Fault, Id, IdCell, State};

/// Judges one cell of an Id column.
#[must_use]
pub const fn id_verdict(cell: IdCell) -> Verdict {
    match cell.state {
        State::Missing => Verdict::Undecided,
        State::Valid => Verdict::Pass,
        State::Damaged | State::Malformed => Verdict::Fail,
    }
}

/// Describes a malformed Id.
#[must_use]
pub fn describe_id(batch: &Batch, field: usize, row: usize) -> Description {
    let definition = &batch.table().fields()[field];
    let prefixes = match definition.kind {
        Type::Id(prefixes) | Type::Reference(prefixes, _) => prefixes,
        _ => &[],
    };
    let text = batch.shown(field, row).unwrap_or_default();
    let name = definition.name;
    match Id::read(&text, prefixes) {
        Id::Repairable(..) => Description::new(
            field,
            format!(
                "{name} lost its letter case; its suffix proves the right one. Salesforce would not find the record."
            ),
        )
        .fixed_by(id_fix(&text, prefixes)),
        Id::Malformed(fault) => {
            let wrong = match fault {
                Fault::Length => format!("has {} characters, not 15 or 18", text.chars().count()),
                Fault::Alphabet => "holds characters other than ASCII letters and digits".to_owned(),
                Fault::Suffix => "has a suffix that does not belong to its first 15 characters".to_owned(),
                Fault::Prefix => format!(
                    "starts with '{}', the prefix of another object; expected {}",
                    text.get(..3).unwrap_or_default(),
                    prefixes.join(" or ")
                ),
            };
            Description::new(field, format!("{name} {wrong}; Salesforce refuses it as a malformed id."))
        }
        Id::Missing | Id::Valid(_) => Description::new(field, format!("{name} is malformed.")),
    }
}
