//! Putting findings into words: flagged records are read a second time, and each rule describes its own.

use std::sync::Arc;

use arrow_array::builder::{StringViewBuilder, UInt64Builder};
use arrow_array::{ArrayRef, RecordBatch, UInt64Array};
use arrow_schema::{DataType, Field, Schema};
use arrow_select::take::take_record_batch;

use super::outcome::Outcome;
use crate::engine::chunk::{Judge, Records};
use crate::engine::identity::Other;
use crate::engine::select::Active;
use crate::error::{Error, Result};
use crate::fixes::Fix;
use crate::model::objects::{Table, user};
use crate::rule::{Case, Describe, Description, Related, Severity};
use crate::tables::batch::Batch;
use crate::tables::channels::ChannelRow;

/// One finding.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule and its weight.
    pub active: Active,
    /// The record's table.
    pub table: Table,
    /// The record's number.
    pub row: u32,
    /// The record's Id as given.
    pub record_id: Option<String>,
    /// The offending value as given.
    pub value: Option<String>,
    /// The other record of a duplicate or conflict.
    pub related: Option<Related>,
    /// What to say.
    pub description: Description,
}

impl Outcome {
    /// Describes the flagged records of a batch whose first record has number `offset`; only some `rows` of it when
    /// those are given in order, only errors when asked.
    ///
    /// # Errors
    /// Records that no longer say what was checked.
    pub fn describe(
        &self,
        table: Table,
        offset: u64,
        batch: &RecordBatch,
        rows: Option<&[u32]>,
        errors_only: bool,
    ) -> Result<Vec<Finding>> {
        let (Some(findings), Some(binding)) = (self.table(table), self.context.binding(table)) else {
            return Ok(Vec::new());
        };
        let wanted = self.selection.bits(table, if errors_only { Severity::Error } else { Severity::Info });
        let (mut places, mut masks) = (Vec::new(), Vec::new());
        for (place, mask) in (0_u64..).zip(findings.masks_from(offset).take(batch.num_rows())) {
            let row = u32::try_from(offset + place).unwrap_or(u32::MAX);
            if mask & wanted != 0 && rows.is_none_or(|rows| rows.binary_search(&row).is_ok()) {
                places.push(place);
                masks.push(mask);
            }
        }
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let flagged = take_record_batch(batch, &UInt64Array::from(places.clone()))?;
        let records = Records::new(Batch::decode(binding, &flagged, &self.context.policy)?, binding, &self.context);
        self.still_true(&records, &masks, table, &binding.source)?;
        let active: Vec<_> = self.selection.on(table).filter(|active| wanted >> active.bit & 1 == 1).collect();
        let mut described = Vec::new();
        for (at, (place, mask)) in places.into_iter().zip(masks).enumerate() {
            let row = u32::try_from(offset + place).unwrap_or(u32::MAX);
            for active in active.iter().filter(|active| mask >> active.bit & 1 == 1) {
                described.push(self.finding(&records, at, row, active, table));
            }
        }
        Ok(described)
    }

    fn finding(&self, records: &Records<'_>, at: usize, row: u32, active: &Active, table: Table) -> Finding {
        let other = self.table(table).and_then(|findings| findings.other(row, active.bit));
        let related = other.map(|other| match other {
            Other::Row(other) => Related { row: Some(other), id: self.named_id(table, other) },
            Other::Existing(other) => Related { row: None, id: self.named_id(Table::ExistingUsers, other) },
        });
        let case = Case { context: &self.context, related: related.as_ref() };
        let description = match (&active.rule.describe, records) {
            (Describe::Channel(describe), Records::Channels(batch)) => describe(ChannelRow { batch, row: at }, &case),
            (Describe::User(describe), Records::Users(users)) => describe(users.user(at), &case),
            (Describe::Session(describe), Records::Sessions(sessions)) => describe(sessions.session(at), &case),
            _ => Description::new(0, active.rule.summary()),
        };
        let batch = records.batch();
        Finding {
            active: *active,
            table,
            row,
            // Every object has its Id in the first place.
            record_id: batch.shown(user::ID, at),
            value: batch.shown(description.field, at),
            related,
            description,
        }
    }

    /// Row rules must say of the flagged records what they said at first.
    fn still_true(&self, records: &Records<'_>, masks: &[u64], table: Table, source: &str) -> Result<()> {
        let row_rules = self
            .selection
            .on(table)
            .filter(|active| active.rule.is_row_rule())
            .fold(0_u64, |bits, active| bits | 1 << active.bit);
        let mut again = vec![0; masks.len()];
        Judge::new(&self.context, &self.selection, table).judge(records, &mut again);
        if masks.iter().zip(again).all(|(first, again)| (first ^ again) & row_rules == 0) {
            return Ok(());
        }
        Err(Error::Input(format!(
            "{}: {source}: the records changed since they were checked, so findings would name the wrong ones. Check \
             again; a lazy query must give its rows in the same order every time.",
            table.name()
        )))
    }
}

/// Findings as an Arrow batch with the columns that every output shares.
///
/// # Errors
/// Never in practice: the columns are made here.
pub fn to_batch(findings: &[Finding]) -> Result<RecordBatch> {
    fn text<'a>(findings: &'a [Finding], get: impl Fn(&'a Finding) -> Option<&'a str>) -> ArrayRef {
        let mut column = StringViewBuilder::with_capacity(findings.len());
        findings.iter().for_each(|finding| column.append_option(get(finding)));
        Arc::new(column.finish())
    }
    let rows = |get: fn(&Finding) -> Option<u32>| -> ArrayRef {
        let mut column = UInt64Builder::with_capacity(findings.len());
        findings.iter().for_each(|finding| column.append_option(get(finding).map(u64::from)));
        Arc::new(column.finish())
    };
    let field_name = |finding: &Finding| finding.table.fields()[finding.description.field].name;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("table", text(findings, |finding| Some(finding.table.name()))),
        ("row", rows(|finding| Some(finding.row))),
        ("record_id", text(findings, |finding| finding.record_id.as_deref())),
        ("code", text(findings, |finding| Some(finding.active.rule.code))),
        ("name", text(findings, |finding| Some(finding.active.rule.name))),
        ("severity", text(findings, |finding| Some(finding.active.severity.name()))),
        ("column", text(findings, |finding| Some(field_name(finding)))),
        ("value", text(findings, |finding| finding.value.as_deref())),
        ("related_row", rows(|finding| finding.related.as_ref().and_then(|related| related.row))),
        ("related_id", text(findings, |finding| finding.related.as_ref().and_then(|related| related.id.as_deref()))),
        ("message", text(findings, |finding| Some(&finding.description.message))),
        ("fix", text(findings, |finding| finding.description.fix.as_ref().map(|fix| fix.value.as_str()))),
        ("fix_safety", text(findings, |finding| finding.description.fix.as_ref().map(Fix::safety))),
    ];
    let fields = columns.iter().map(|(name, column)| {
        let nullable = matches!(*name, "record_id" | "value" | "related_row" | "related_id" | "fix" | "fix_safety");
        Field::new(
            *name,
            if *column.data_type() == DataType::UInt64 { DataType::UInt64 } else { DataType::Utf8View },
            nullable,
        )
    });
    let schema = Schema::new(fields.collect::<Vec<_>>());
    Ok(RecordBatch::try_new(Arc::new(schema), columns.into_iter().map(|(_, column)| column).collect())?)
}
