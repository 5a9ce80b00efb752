//! Putting findings into words: flagged records are read a second time, and each rule describes its own.

use std::sync::Arc;
use std::thread::scope;

use arrow_array::builder::{StringViewBuilder, UInt64Builder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};

use super::outcome::{Outcome, TableFindings};
use crate::engine::chunk::{Judge, Records};
use crate::engine::identity::Other;
use crate::engine::queue::guard;
use crate::engine::select::Active;
use crate::error::{Error, Result};
use crate::files::Concern;
use crate::fixes::Fix;
use crate::model::objects::{Table, user};
use crate::rule::{Case, Decide, Describe, DescribeSend, Description, Related, Severity};
use crate::rules::custom;
use crate::tables::batch::Batch;
use crate::tables::channels::ChannelRow;
use crate::tables::raw::Raw;
use crate::tables::sends::SendRow;

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A value of the record: the field of the description.
    Field,
    /// The record as it stands in its file, and the column, if it is one.
    Record(Option<String>),
    /// The table's source and none of its records, and the column, if it is one.
    Source(Option<String>),
}

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
    /// What it is about.
    pub subject: Subject,
}

impl Finding {
    /// The column concerned.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match &self.subject {
            Subject::Field => Some(self.table.fields()[self.description.field].name),
            Subject::Record(column) | Subject::Source(column) => column.as_deref(),
        }
    }

    /// The record concerned.
    #[must_use]
    pub fn record(&self) -> Option<u32> {
        if matches!(self.subject, Subject::Source(_)) { None } else { Some(self.row) }
    }
}

impl Outcome {
    /// The findings about the source of a table and none of its records, at most so many of each rule.
    #[must_use]
    pub fn describe_source(&self, table: Table, most: usize) -> Vec<Finding> {
        let mut described: Vec<Finding> = Vec::new();
        for (bit, note) in self.table(table).into_iter().flat_map(TableFindings::notes) {
            let Some(active) = self.selection.on(table).find(|active| active.bit == bit) else { continue };
            if described.iter().rev().take_while(|finding| finding.active.bit == bit).count() < most {
                described.push(Finding {
                    active: *active,
                    table,
                    row: 0,
                    record_id: None,
                    value: note.value.clone(),
                    related: None,
                    description: Description::new(0, note.message.clone()),
                    subject: Subject::Source(note.column.clone()),
                });
            }
        }
        described
    }

    /// The same as [`Outcome::describe`] as tables that every output shares, made by as many threads as the check had.
    /// They end with the batch: a process that is forked later finds none missing.
    ///
    /// # Errors
    /// Records that no longer say what was checked.
    pub fn describe_batch(
        &self,
        table: Table,
        offset: u64,
        batch: &Raw,
        rows: Option<&[u32]>,
        errors_only: bool,
    ) -> Result<Vec<RecordBatch>> {
        /// Records whose findings are held in words at a time, by each thread.
        const PIECE: usize = 2048;
        let records = batch.rows();
        let describe = |start: usize| {
            let piece = batch.slice(start, PIECE.min(records - start));
            to_batch(&self.describe(table, offset + start as u64, &piece, rows, errors_only)?)
        };
        let share = records.div_ceil(self.threads.get()).next_multiple_of(PIECE).max(PIECE);
        let shared = |start: usize| {
            let pieces = (start..records.min(start + share).max(start + 1)).step_by(PIECE);
            guard(|| pieces.map(describe).collect::<Result<Vec<_>>>())
        };
        if records <= share {
            return shared(0);
        }
        scope(|scope| {
            let threads = (0..records).step_by(share).map(|start| scope.spawn(move || shared(start)));
            let threads: Vec<_> = threads.collect();
            let ended = |_| Error::Internal("a thread that describes findings ended early".to_owned());
            let parts = threads.into_iter().map(|thread| thread.join().map_err(ended)?);
            Ok(parts.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
        })
    }

    /// Describes the flagged records of a batch whose first record has number `offset`; only some `rows` of it when
    /// those are given in order, only errors when asked.
    ///
    /// # Errors
    /// Records that no longer say what was checked.
    pub fn describe(
        &self,
        table: Table,
        offset: u64,
        batch: &Raw,
        rows: Option<&[u32]>,
        errors_only: bool,
    ) -> Result<Vec<Finding>> {
        let (Some(findings), Some(binding)) = (self.table(table), self.context.binding(table)) else {
            return Ok(Vec::new());
        };
        let wanted = self.selection.bits(table, if errors_only { Severity::Error } else { Severity::Info });
        let (mut places, mut masks) = (Vec::new(), Vec::new());
        for (place, mask) in findings.masks_from(offset).take(batch.rows()).enumerate() {
            let row = u32::try_from(offset + place as u64).unwrap_or(u32::MAX);
            if mask & wanted != 0 && rows.is_none_or(|rows| rows.binary_search(&row).is_ok()) {
                places.push(place);
                masks.push(mask);
            }
        }
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let flagged = batch.take(&places)?;
        let records =
            Records::new(Batch::decode(binding, &flagged.into(), &self.context.policy)?, binding, &self.context);
        self.still_true(&records, &masks, table, &binding.source)?;
        let active: Vec<_> = self.selection.on(table).filter(|active| wanted >> active.bit & 1 == 1).collect();
        let mut described = Vec::new();
        for (at, (place, mask)) in places.into_iter().zip(masks).enumerate() {
            let row = u32::try_from(offset + place as u64).unwrap_or(u32::MAX);
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
            (Describe::Send(describe), Records::Sends(batch)) => {
                self.describe_send(*describe, SendRow { batch, row: at }, row, &case)
            }
            (Describe::Summary, _) => custom::describe(active.rule),
            _ => Description::new(0, active.rule.summary()),
        };
        let batch = records.batch();
        if let Decide::Faults(concern) = active.rule.decide {
            return self.fault(batch, at, row, active, table, concern);
        }
        Finding {
            active: *active,
            table,
            row,
            record_id: table.id_field().and_then(|field| batch.shown(field, at)),
            value: batch.shown(description.field, at),
            related: related.or_else(|| description.related.clone()),
            description,
            subject: Subject::Field,
        }
    }

    /// A finding about the bytes of a record.
    fn fault(&self, batch: &Batch, at: usize, row: u32, active: &Active, table: Table, concern: Concern) -> Finding {
        const SHOWN: usize = 100;
        let found = self.table(table).and_then(|findings| Some((findings, findings.fault(row, concern)?)));
        let (mut column, mut value, mut message) = (None, None, active.rule.summary());
        if let Some((findings, (file, fault))) = found {
            message = fault.message(file.header.len());
            if findings.has_several_files() {
                message = format!("{}: {message}", file.name);
            }
            let header = fault.column().and_then(|at| file.column(at));
            let field = header.and_then(|header| self.context.binding(table)?.field(header));
            column = field.map(|field| table.fields()[field].name).or(header).map(str::to_owned);
            value = field.and_then(|field| batch.shown(field, at)).map(|value| value.chars().take(SHOWN).collect());
        }
        Finding {
            active: *active,
            table,
            row,
            record_id: batch.shown(user::ID, at),
            value,
            related: None,
            description: Description::new(user::ID, message),
            subject: Subject::Record(column),
        }
    }

    fn describe_send(&self, describe: DescribeSend, send: SendRow<'_>, row: u32, case: &Case<'_>) -> Description {
        let planning = self.planning.as_ref();
        match planning.and_then(|planning| Some((planning, planning.book.plans().get(row as usize)?))) {
            Some((planning, plan)) => {
                let situation = planning.book.situation(plan, &self.context);
                describe(send, &situation, planning.judgement.unknowns(row), case)
            }
            None => Description::new(0, String::new()),
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
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("table", text(findings, |finding| Some(finding.table.name()))),
        ("row", rows(Finding::record)),
        ("record_id", text(findings, |finding| finding.record_id.as_deref())),
        ("code", text(findings, |finding| Some(finding.active.rule.code))),
        ("name", text(findings, |finding| Some(finding.active.rule.name))),
        ("severity", text(findings, |finding| Some(finding.active.severity.name()))),
        ("column", text(findings, Finding::column)),
        ("value", text(findings, |finding| finding.value.as_deref())),
        ("related_row", rows(|finding| finding.related.as_ref().and_then(|related| related.row))),
        ("related_id", text(findings, |finding| finding.related.as_ref().and_then(|related| related.id.as_deref()))),
        ("message", text(findings, |finding| Some(&finding.description.message))),
        ("fix", text(findings, |finding| finding.description.fix.as_ref().map(|fix| fix.value.as_str()))),
        ("fix_safety", text(findings, |finding| finding.description.fix.as_ref().map(Fix::safety))),
    ];
    let fields = columns.iter().map(|(name, column)| {
        let nullable = !matches!(*name, "table" | "code" | "name" | "severity" | "message");
        Field::new(
            *name,
            if *column.data_type() == DataType::UInt64 { DataType::UInt64 } else { DataType::Utf8View },
            nullable,
        )
    });
    let schema = Schema::new(fields.collect::<Vec<_>>());
    Ok(RecordBatch::try_new(Arc::new(schema), columns.into_iter().map(|(_, column)| column).collect())?)
}
