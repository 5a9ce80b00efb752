//! What fixes would change in the records of a check, and what two checks of one data set say differently.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringViewArray, UInt64Array};
use arrow_schema::{DataType, Field, Schema};

use super::outcome::{Outcome, TableFindings};
use crate::engine::chunk::Records;
use crate::engine::identity::Other;
use crate::error::Result;
use crate::fixes::{Change, Mender};
use crate::model::objects::{Table, user};
use crate::rule::Severity;
use crate::tables::batch::Batch;

/// A finding of this check that another one did not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewFinding {
    /// The record.
    pub row: u32,
    /// The code of the rule.
    pub code: &'static str,
    /// The other record, when it is of the same table.
    pub other: Option<u32>,
}

impl Outcome {
    /// The cells of a batch, whose first record has number `offset`, that have a certain replacement.
    ///
    /// # Errors
    /// A batch without the columns that were bound.
    pub fn changes(&self, table: Table, offset: u64, batch: &RecordBatch) -> Result<RecordBatch> {
        let Some(binding) = self.context.binding(table) else { return to_batch(table, offset, &[], |_| None, |_| "") };
        let records =
            Records::new(Batch::decode(binding, &batch.clone().into(), &self.context.policy)?, binding, &self.context);
        let changes = Mender::new(&self.context, &self.selection, table, binding).changes(&records);
        let id = |place: usize| records.batch().shown(user::ID, place);
        let header = |field: usize| binding.column(field).map_or("", |column| column.header.as_str());
        to_batch(table, offset, &changes, id, header)
    }

    /// Findings of a table that an earlier check of the same records did not have: those of severity error, and those
    /// that name another record. A record that was found equal to others before is so again, not anew, when it is found
    /// equal to another one of them.
    #[must_use]
    pub fn new_findings(&self, before: &Self, table: Table) -> Vec<NewFinding> {
        let (Some(now), Some(then)) = (self.table(table), before.table(table)) else { return Vec::new() };
        let errors = self.selection.bits(table, Severity::Error);
        let active: Vec<_> = self.selection.on(table).collect();
        let mut found = Vec::new();
        for (row, (mask, earlier)) in (0_u32..).zip(now.masks_from(0).zip(then.masks_from(0))) {
            for active in active.iter().filter(|active| mask >> active.bit & 1 == 1) {
                let other = now.other(row, active.bit);
                let had = earlier >> active.bit & 1 == 1;
                let is_new = match other {
                    _ if !had => other.is_some() || errors >> active.bit & 1 == 1,
                    other if other == then.other(row, active.bit) => false,
                    Some(Other::Row(other)) => first_of(then, row, active.bit) != first_of(then, other, active.bit),
                    Some(Other::Existing(_)) | None => true,
                };
                if is_new {
                    let other = match other {
                        Some(Other::Row(other)) => Some(other),
                        Some(Other::Existing(_)) | None => None,
                    };
                    found.push(NewFinding { row, code: active.rule.code, other });
                }
            }
        }
        found
    }
}

/// The first record of those that one is equal to: itself when nothing was found.
fn first_of(findings: &TableFindings, row: u32, bit: u8) -> Other {
    findings.other(row, bit).unwrap_or(Other::Row(row))
}

fn to_batch<'a>(
    table: Table,
    offset: u64,
    changes: &[Change],
    id: impl Fn(usize) -> Option<String>,
    header: impl Fn(usize) -> &'a str,
) -> Result<RecordBatch> {
    let name = |change: &Change| table.fields()[change.field].name;
    let rows: UInt64Array = changes.iter().map(|change| Some(offset + change.place as u64)).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("row", Arc::new(rows)),
        ("record_id", Arc::new(changes.iter().map(|change| id(change.place)).collect::<StringViewArray>())),
        ("column", text(changes, name)),
        ("before", text(changes, |change| &change.before)),
        ("after", text(changes, |change| &change.fix.value)),
        ("code", text(changes, |change| change.code)),
        ("safety", text(changes, |change| change.fix.safety())),
        ("header", text(changes, |change| header(change.field))),
    ];
    let field = |name: &str, kind: &DataType| Field::new(name, kind.clone(), name == "record_id");
    let fields: Vec<_> = columns.iter().map(|(name, column)| field(name, column.data_type())).collect();
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

fn text<'a>(changes: &'a [Change], get: impl Fn(&'a Change) -> &'a str) -> ArrayRef {
    Arc::new(changes.iter().map(|change| Some(get(change))).collect::<StringViewArray>())
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;
    use arrow_array::types::UInt64Type;

    use super::*;
    use crate::rules::testing::check;

    const USERS: &str = "Id,MessagingPlatformKey,MessagingChannelId,MessageType,CreatedDate,LastInboundMessageTime\n";

    fn changed(rows: &str) -> Vec<(u64, String, String, String, String)> {
        let found = check(&[("users", &format!("{USERS}{rows}"))]);
        let batch = found.changes(Table::Users);
        let column = |name: &str| batch.column_by_name(name).unwrap().clone();
        let text = |name: &str, row: usize| arrow_cast::display::array_value_to_string(&column(name), row).unwrap();
        let row = |at: usize| text("row", at).parse().unwrap();
        (0..batch.num_rows())
            .map(|at| (row(at), text("column", at), text("after", at), text("code", at), text("safety", at)))
            .collect()
    }

    fn change(row: u64, column: &str, after: &str, code: &str, safety: &str) -> (u64, String, String, String, String) {
        (row, column.to_owned(), after.to_owned(), code.to_owned(), safety.to_owned())
    }

    #[test]
    fn every_offending_cell_of_a_record_is_mended() {
        let found = changed(
            "0PA000000000001,+1 415 555 0123,0mjho000000pcqzkao,text,2026-11-22 10:00:00,11/22/2026 10:00:00Z\n",
        );
        assert_eq!(
            found,
            [
                change(0, "Id", "0PA000000000001GAA", "id18", "safe"),
                change(0, "MessagingChannelId", "0MjHo000000PCQzKAO", "U204", "safe"),
                change(0, "MessageType", "Text", "U202", "safe"),
                change(0, "CreatedDate", "2026-11-22T10:00:00.000Z", "U209", "unsafe"),
                change(0, "LastInboundMessageTime", "2026-11-22T10:00:00.000Z", "bulk-time", "safe"),
                change(0, "MessagingPlatformKey", "+14155550123", "U101", "safe"),
            ]
        );
    }

    #[test]
    fn sound_and_uncertain_cells_are_left_alone() {
        let found = changed(
            "0PA000000000001GAA,+14155550123,0MjHo000000PCQzKAO,Text,2026-11-22T10:00:00Z,03/04/2026 10:00:00\n,4155550123,,SMS,yesterday,#N/A\n0PA000000000000000,1.4E+10,000000000000000,Text,,2026-11-22T10:00:00+01:00\n",
        );
        assert_eq!(found, []);
    }

    #[test]
    fn records_are_numbered_from_the_first_of_the_batch_and_need_no_id() {
        let found = check(&[("users", &format!("{USERS},4155550123,0MjHo000000PCQzKAO,text,,\n"))]);
        let batch = found.outcome.changes(Table::Users, 5, &found.tables[0].1).unwrap();
        let rows: Vec<_> = batch.column(0).as_primitive::<UInt64Type>().values().to_vec();
        assert_eq!(rows, [5]);
        let schema = batch.schema();
        let nullable: Vec<_> = schema.fields().iter().filter(|field| field.is_nullable()).collect();
        assert_eq!(nullable.iter().map(|field| field.name().as_str()).collect::<Vec<_>>(), ["record_id"]);
    }
}
