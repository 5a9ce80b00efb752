//! Missing values, lengths, and values in messages.

use crate::model::objects::Type;
use crate::rule::{Description, Verdict};
use crate::tables::batch::{Batch, Extent};
use crate::tables::id::State;

/// A value in quotation marks, cut off after 40 characters.
#[must_use]
pub fn quoted(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("'{}...'", &text[..end]),
        None => format!("'{text}'"),
    }
}

/// Whether a cell has no value, as its field reads cells; true where there is no column.
#[must_use]
pub fn is_missing(batch: &Batch, field: usize, row: usize) -> bool {
    match batch.table().fields()[field].kind {
        Type::Id(_) | Type::Reference(..) => batch.id(field, row).state == State::Missing,
        Type::Picklist(_) => batch.pick(field, row).is_missing(),
        Type::Time => batch.time(field, row).is_missing(),
        Type::Text(_) => batch.extent(field, row) == Extent::Missing,
        Type::Flag => batch.text(field, row).is_none(),
    }
}

/// Describes a required field without a value.
#[must_use]
pub fn describe_missing(batch: &Batch, field: usize) -> Description {
    let name = batch.table().fields()[field].name;
    let object = batch.table().object();
    Description::new(
        field,
        format!("{name} has no value; every {object} record needs one, so Salesforce refuses this one."),
    )
}

/// Judges the length of one text cell in UTF-16 units.
#[must_use]
pub const fn length_verdict(extent: Extent) -> Verdict {
    match extent {
        Extent::Missing => Verdict::Undecided,
        Extent::Fits => Verdict::Pass,
        Extent::Long => Verdict::Fail,
    }
}

/// Describes a text that is too long.
#[must_use]
pub fn describe_length(batch: &Batch, field: usize, row: usize) -> Description {
    let units = batch.text(field, row).map_or(0, |text| text.encode_utf16().count());
    let Type::Text(limit) = batch.table().fields()[field].kind else {
        return Description::new(field, "It is too long.");
    };
    let name = batch.table().fields()[field].name;
    let message =
        format!("{name} has {units} characters and may have {limit}; Salesforce refuses it instead of cutting it off.");
    Description::new(field, message)
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn long_values_are_cut_between_characters() {
        assert_eq!(quoted("New"), "'New'");
        assert_eq!(quoted(&"é".repeat(40)), format!("'{}'", "é".repeat(40)));
        assert_eq!(quoted(&"é".repeat(41)), format!("'{}...'", "é".repeat(40)));
    }
}
