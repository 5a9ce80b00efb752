//! The outcome of a check: masks, counts, and the pairs of records that conflict.

use std::num::NonZero;
use std::sync::Arc;

use arrow_array::RecordBatch;

use super::marks::Tally;
use super::notes::Note;
use super::tallies::Tallies;
use crate::eligibility::{Eligibility, Eligibles};
use crate::engine::context::Context;
use crate::engine::identity::Other;
use crate::engine::select::{Active, Selection};
use crate::engine::sends::Planning;
use crate::error::Result;
use crate::files::{Concern, Fault, FaultKind, HEADER, ScannedFile};
use crate::model::objects::Table;
use crate::rule::{Rule, Severity, Verdict};
use crate::tables::batch::Batch;
use crate::tables::users::Users;

/// A record with another record that it conflicts with.
#[derive(Debug, Clone, Copy)]
struct Pair {
    row: u32,
    bit: u8,
    other: Other,
}

#[derive(Debug)]
struct Masks {
    first: u32,
    rows: usize,
    bits: Option<Box<[u64]>>,
}

/// What was found in one table.
#[derive(Debug, Default)]
pub struct TableFindings {
    masks: Vec<Masks>,
    tallies: Vec<Tally>,
    pairs: Vec<Pair>,
    /// Records that pairs name, in order, with their Ids once they were read.
    named: Vec<(u32, Option<String>)>,
    /// Findings about the source, with the bits of their rules, in order of codes.
    notes: Vec<(u8, Note)>,
    /// The table's files, where their bytes were looked at.
    files: Vec<KeptFile>,
}

/// A file of a table.
#[derive(Debug)]
struct KeptFile {
    /// The number of its first record in the table.
    first: u64,
    /// How many of its records are known to begin on the line that their number says.
    on_own_line: u64,
    file: ScannedFile,
}

impl TableFindings {
    /// Adds a finding about the source, which is counted apart.
    pub fn note(&mut self, bit: u8, note: Note) {
        self.notes.push((bit, note));
    }

    /// The findings about the source, with the bits of their rules.
    pub fn notes(&self) -> impl Iterator<Item = (u8, &Note)> {
        self.notes.iter().map(|(bit, note)| (*bit, note))
    }

    /// Keeps what is wrong with records until it is put into words.
    pub fn keep_files(&mut self, files: Vec<ScannedFile>) {
        let mut first = 0;
        for mut file in files {
            // A record with a line end in a value begins where it should, those after it do not.
            let on_own_line = |fault: &Fault| match (fault.kind, fault.record) {
                (_, HEADER) => 0,
                (FaultKind::Newline, record) => u64::from(record) + 1,
                (_, record) => u64::from(record),
            };
            let breaks = file.faults.iter().filter(|fault| fault.kind.breaks_lines());
            let on_own_line = breaks.map(on_own_line).min().unwrap_or(u64::MAX);
            file.faults.retain(|fault| fault.record != HEADER);
            file.faults.sort_unstable_by_key(|fault| (fault.record, fault.kind.concern()));
            let records = file.records;
            self.files.push(KeptFile { first, on_own_line, file });
            first += records;
        }
    }

    /// The place in `files` of the file that a record is in.
    fn file_of(&self, row: u32) -> Option<usize> {
        self.files.partition_point(|kept| kept.first <= u64::from(row)).checked_sub(1)
    }

    /// What is wrong with the bytes of a record, and the file that it is in.
    #[must_use]
    pub fn fault(&self, row: u32, concern: Concern) -> Option<(&ScannedFile, &Fault)> {
        let KeptFile { first, file, .. } = &self.files[self.file_of(row)?];
        let wanted = (u32::try_from(u64::from(row) - first).ok()?, concern);
        let fault = file.faults.binary_search_by_key(&wanted, |fault| (fault.record, fault.kind.concern())).ok()?;
        Some((file, &file.faults[fault]))
    }

    /// The number of the file that a record is in, and its line counted from 1: only where every record before it is
    /// known to have one line.
    #[must_use]
    pub fn place(&self, row: u32) -> Option<(usize, Option<u64>)> {
        let at = self.file_of(row)?;
        let record = u64::from(row) - self.files[at].first;
        Some((at, (record < self.files[at].on_own_line).then_some(record + 2)))
    }

    /// How many records of each file have this bit; findings about the source count for the first file.
    #[must_use]
    pub fn by_file(&self, bit: u8) -> Vec<u64> {
        let mut counts = vec![0; self.files.len()];
        for row in self.with(1 << bit) {
            if let Some(at) = self.file_of(row) {
                counts[at] += 1;
            }
        }
        if let Some(first) = counts.first_mut() {
            *first += self.notes().filter(|(noted, _)| *noted == bit).count() as u64;
        }
        counts
    }

    /// Whether the table has more than one file.
    #[must_use]
    pub fn has_several_files(&self) -> bool {
        self.files.len() > 1
    }

    /// Adds the next chunk.
    pub fn push(&mut self, first: u32, rows: usize, bits: Option<Box<[u64]>>, tallies: &[Tally]) {
        self.masks.push(Masks { first, rows, bits });
        for (bit, tally) in (0_u8..).zip(tallies) {
            self.count(bit, *tally);
        }
    }

    /// Adds to the counts of a rule.
    pub fn count(&mut self, bit: u8, tally: Tally) {
        self.tallies.resize(64, Tally::default());
        self.tallies[usize::from(bit)].add(tally);
    }

    /// Sets a bit whose count is added apart.
    pub fn fail(&mut self, row: u32, bit: u8, other: Option<Other>) {
        if let Some(mask) = self.mask_mut(row) {
            *mask |= 1 << bit;
        }
        if let Some(other) = other {
            self.pairs.push(Pair { row, bit, other });
        }
    }

    /// Replaces what a rule said of a record at first sight.
    pub fn revise(&mut self, row: u32, bit: u8, verdict: Verdict) {
        let Some(mask) = self.mask_mut(row) else { return };
        let failed = *mask >> bit & 1 == 1;
        *mask &= !(1 << bit);
        if verdict == Verdict::Fail {
            *mask |= 1 << bit;
        }
        let tally = &mut self.tallies[usize::from(bit)];
        if failed {
            tally.checked -= 1;
            tally.failed -= 1;
        }
        tally.count(verdict);
    }

    fn mask_mut(&mut self, row: u32) -> Option<&mut u64> {
        let at = self.masks.partition_point(|masks| masks.first <= row).checked_sub(1)?;
        let masks = &mut self.masks[at];
        let bits = masks.bits.get_or_insert_with(|| vec![0; masks.rows].into());
        bits.get_mut((row - masks.first) as usize)
    }

    /// The number of records.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.masks.last().map_or(0, |last| u64::from(last.first) + last.rows as u64)
    }

    /// The masks of records from `offset` on.
    pub fn masks_from(&self, offset: u64) -> impl Iterator<Item = u64> {
        let at = self.masks.partition_point(|masks| u64::from(masks.first) + masks.rows as u64 <= offset);
        self.masks[at..].iter().flat_map(move |masks| {
            let skipped = usize::try_from(offset.saturating_sub(u64::from(masks.first))).unwrap_or(0);
            let bits = masks.bits.as_deref();
            (skipped..masks.rows).map(move |row| bits.map_or(0, |bits| bits[row]))
        })
    }

    /// The records with one of these bits, skipping chunks without any.
    fn with(&self, wanted: u64) -> impl Iterator<Item = u32> {
        self.masks.iter().filter_map(|masks| Some((masks.first, masks.bits.as_deref()?))).flat_map(
            move |(first, bits)| (first..).zip(bits).filter(move |(_, mask)| **mask & wanted != 0).map(|(row, _)| row),
        )
    }

    /// The other record of a finding.
    #[must_use]
    pub fn other(&self, row: u32, bit: u8) -> Option<Other> {
        let at = self.pairs.binary_search_by_key(&(row, bit), |pair| (pair.row, pair.bit)).ok()?;
        Some(self.pairs[at].other)
    }
}

/// How often a rule was decided and failed in one table.
#[derive(Debug, Clone, Copy)]
pub struct Count {
    /// The rule.
    pub active: Active,
    /// The table.
    pub table: Table,
    /// The counts.
    pub tally: Tally,
}

/// A rule that could not run.
#[derive(Debug, Clone)]
pub struct Skipped {
    /// The rule.
    pub rule: &'static Rule,
    /// The table.
    pub table: Table,
    /// Why.
    pub reason: String,
}

/// What a check found.
#[derive(Debug)]
pub struct Outcome {
    pub(super) context: Context,
    pub(super) selection: Arc<Selection>,
    tables: [Option<TableFindings>; Table::ALL.len()],
    pub(super) planning: Option<Planning>,
    eligibles: Option<Eligibles>,
    tallies: Tallies,
    pub(super) threads: NonZero<usize>,
}

impl Outcome {
    /// Puts the findings of all tables in order.
    #[must_use]
    pub fn new(
        context: Context,
        selection: Arc<Selection>,
        mut tables: [Option<TableFindings>; Table::ALL.len()],
        planning: Option<Planning>,
        eligibles: Option<Eligibles>,
    ) -> Self {
        let mut named = [const { Vec::<u32>::new() }; Table::ALL.len()];
        for (table, findings) in Table::ALL.into_iter().zip(&mut tables) {
            let Some(findings) = findings else { continue };
            findings.pairs.sort_unstable_by_key(|pair| (pair.row, pair.bit, pair.other));
            for pair in &findings.pairs {
                match pair.other {
                    Other::Row(row) => named[table as usize].push(row),
                    Other::Existing(row) => named[Table::ExistingUsers as usize].push(row),
                }
            }
        }
        for (findings, mut named) in tables.iter_mut().zip(named) {
            named.sort_unstable();
            named.dedup();
            if let Some(findings) = findings {
                findings.named = named.into_iter().map(|row| (row, None)).collect();
            }
        }
        let threads = NonZero::<usize>::MIN;
        Self { context, selection, tables, planning, eligibles, tallies: Tallies::default(), threads }
    }

    /// The same, put into words by so many threads.
    #[must_use]
    pub fn with_threads(self, threads: NonZero<usize>) -> Self {
        Self { threads, ..self }
    }

    /// The same with what charts show.
    #[must_use]
    pub fn with_tallies(self, tallies: Tallies) -> Self {
        Self { tallies, ..self }
    }

    /// What charts show.
    #[must_use]
    pub const fn tallies(&self) -> &Tallies {
        &self.tallies
    }

    /// The planned sends, if there are any.
    #[must_use]
    pub const fn planning(&self) -> Option<&Planning> {
        self.planning.as_ref()
    }

    /// The frame of the check.
    #[must_use]
    pub const fn context(&self) -> &Context {
        &self.context
    }

    /// Whether and how each user of a batch may be written to; the first record has number `offset`. Nothing unless the
    /// check was asked to keep what that needs.
    ///
    /// # Errors
    /// A batch that cannot be decoded.
    pub fn eligibility(&self, offset: u64, batch: &RecordBatch) -> Result<Option<Vec<Eligibility>>> {
        let (Some(eligibles), Some(binding)) = (&self.eligibles, self.context.binding(Table::Users)) else {
            return Ok(None);
        };
        let batch = Batch::decode(binding, &batch.clone().into(), &self.context.policy)?;
        let users = Users::new(batch, binding, &self.context.channels);
        let rows = (u32::try_from(offset).unwrap_or(u32::MAX))..;
        Ok(Some(rows.zip(users.iter()).map(|(row, user)| eligibles.of(row, user, &self.context)).collect()))
    }

    /// The findings of a table, if it was given.
    #[must_use]
    pub fn table(&self, table: Table) -> Option<&TableFindings> {
        self.tables[table as usize].as_ref()
    }

    /// The header of the column that holds a field.
    #[must_use]
    pub fn header(&self, table: Table, field: usize) -> Option<&str> {
        Some(self.context.binding(table)?.column(field)?.header.as_str())
    }

    /// The number of records of a table.
    #[must_use]
    pub fn rows(&self, table: Table) -> u64 {
        self.table(table).map_or(0, TableFindings::rows)
    }

    /// Counts of every rule that ran, zeros too, by table and code.
    #[must_use]
    pub fn counts(&self) -> Vec<Count> {
        self.each_rule(|active, table, met| {
            let tallies = self.table(table).map(|findings| findings.tallies.as_slice()).unwrap_or_default();
            let tally = tallies.get(usize::from(active.bit)).copied().unwrap_or_default();
            met.is_ok().then_some(Count { active: *active, table, tally })
        })
    }

    /// The rules that could not run, by table and code.
    #[must_use]
    pub fn skipped(&self) -> Vec<Skipped> {
        self.each_rule(|active, table, met| met.err().map(|reason| Skipped { rule: active.rule, table, reason }))
    }

    fn each_rule<T>(&self, take: impl Fn(&Active, Table, Result<(), String>) -> Option<T>) -> Vec<T> {
        let mut taken = Vec::new();
        for table in Table::ALL {
            for active in self.selection.on(table) {
                // What a rule judges besides its own table is judged only when it was given.
                let own = active.rule.table() == table && !active.rule.is_about_sources();
                if own || self.context.given(table) {
                    taken.extend(take(active, table, self.context.meets(active.rule, table)));
                }
            }
        }
        taken
    }

    /// The number of records with a finding of at least this weight.
    #[must_use]
    pub fn flagged(&self, table: Table, severity: Severity) -> u64 {
        let bits = self.selection.bits(table, severity);
        self.table(table).map_or(0, |findings| findings.with(bits).count() as u64)
    }

    /// Whether records from `offset` on are free of errors.
    pub fn ready(&self, table: Table, offset: u64, length: usize) -> impl Iterator<Item = bool> {
        let errors = self.selection.bits(table, Severity::Error);
        let masks = self.table(table).into_iter().flat_map(move |findings| findings.masks_from(offset));
        masks.take(length).map(move |mask| mask & errors == 0)
    }

    /// The first records that a rule flagged.
    #[must_use]
    pub fn first_rows(&self, table: Table, code: &str, most: usize) -> Vec<u32> {
        let bits = self.selection.on(table).filter(|active| active.rule.code == code);
        let bits = bits.fold(0, |bits, active| bits | 1 << active.bit);
        self.table(table).map_or_else(Vec::new, |findings| findings.with(bits).take(most).collect())
    }

    /// How many findings of a rule each file of a table has; nothing where the bytes of files were not looked at.
    #[must_use]
    pub fn by_file(&self, table: Table, code: &str) -> Vec<u64> {
        let active = self.selection.on(table).find(|active| active.rule.code == code);
        active.zip(self.table(table)).map_or_else(Vec::new, |(active, findings)| findings.by_file(active.bit))
    }

    /// How many leading records of a table hold every record that findings name: those are given to
    /// [`Outcome::learn_ids`] before findings are described.
    #[must_use]
    pub fn related_rows(&self, table: Table) -> u64 {
        let has_ids = table.id_field().is_some_and(|field| self.context.has(table, field));
        let last = self.table(table).filter(|_| has_ids).and_then(|findings| findings.named.last());
        last.map_or(0, |(row, _)| u64::from(*row) + 1)
    }

    /// Takes the Ids of records from `offset` on, as given.
    pub fn learn_ids<'a>(&mut self, table: Table, offset: u64, ids: impl Fn(usize) -> Option<&'a str>, rows: usize) {
        let Some(findings) = &mut self.tables[table as usize] else { return };
        let start = findings.named.partition_point(|(row, _)| u64::from(*row) < offset);
        for (row, id) in &mut findings.named[start..] {
            let Some(at) = usize::try_from(u64::from(*row) - offset).ok().filter(|at| *at < rows) else { break };
            *id = ids(at).map(str::to_owned);
        }
    }

    /// The Id of a record that a finding names, once it was learned.
    pub(super) fn named_id(&self, table: Table, row: u32) -> Option<String> {
        let findings = self.table(table)?;
        let at = findings.named.binary_search_by_key(&row, |(row, _)| *row).ok()?;
        findings.named[at].1.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_thought_changes_mask_and_counts() {
        let revised = |verdict| {
            let mut findings = TableFindings::default();
            findings.push(0, 3, Some(vec![0, 1, 3].into()), &[Tally { checked: 5, failed: 2 }]);
            findings.push(3, 2, None, &[Tally { checked: 1, failed: 0 }]);
            findings.revise(1, 0, verdict);
            findings.revise(3, 0, verdict);
            findings.revise(9, 0, verdict);
            (findings.masks_from(0).collect::<Vec<_>>(), findings.tallies[0])
        };
        assert_eq!(revised(Verdict::Fail), (vec![0, 1, 3, 1, 0], Tally { checked: 7, failed: 3 }));
        assert_eq!(revised(Verdict::Pass), (vec![0, 0, 3, 0, 0], Tally { checked: 7, failed: 1 }));
        assert_eq!(revised(Verdict::Undecided), (vec![0, 0, 3, 0, 0], Tally { checked: 5, failed: 1 }));
    }
}
