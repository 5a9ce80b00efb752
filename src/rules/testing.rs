//! Checks small CSV texts, for the unit tests of rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringViewArray};

use crate::eligibility::Eligibility;
use crate::engine::Engine;
use crate::engine::context::Context;
use crate::engine::select::Selection;
use crate::engine::sends::Load;
use crate::engine::sends::decision::{Decision, Rep, load};
use crate::files::scan::Scanner;
use crate::findings::outcome::Outcome;
use crate::findings::tallies::Tallies;
use crate::model::objects::Table;
use crate::policy::{Operation, Policy};
use crate::rule::Decide;
use crate::tables::headers::{Headers, Mapping};
use crate::tables::id::{Id, id_of};

/// 2026-11-22T12:00:00Z
pub const AS_OF: i64 = 1_795_348_800_000;

/// The outcome of a check of CSV texts without quotes; empty cells are null.
pub struct Found {
    pub outcome: Outcome,
    pub tables: Vec<(Table, RecordBatch)>,
}

/// Checks users alone.
pub fn users(csv: &str) -> Found {
    check(&[("users", csv)])
}

/// Checks sessions alone.
pub fn sessions(csv: &str) -> Found {
    check(&[("sessions", csv)])
}

/// Checks channels beside one user that has no findings of its own.
pub fn channels(csv: &str) -> Found {
    check(&[("channels", csv), ("sessions", "MessagingEndUserId,Status\n0PA000000000001,Ended\n")])
}

/// Checks several tables with every rule, those that are off by default included.
pub fn check(tables: &[(&str, &str)]) -> Found {
    check_with(tables, Policy::default(), Operation::Audit)
}

/// Checks with another policy or operation.
pub fn check_with(tables: &[(&str, &str)], policy: Policy, operation: Operation) -> Found {
    check_by(|_| {}, tables, policy, operation)
}

/// Checks after an engine was told more.
pub fn check_by(
    prepare: impl FnOnce(&mut Engine),
    tables: &[(&str, &str)],
    policy: Policy,
    operation: Operation,
) -> Found {
    let (engine, tables) = run(tables, policy, operation, prepare);
    Found { outcome: engine.finish().unwrap(), tables }
}

/// Whether and how each user may be written to.
pub fn eligibility(tables: &[(&str, &str)]) -> Vec<Eligibility> {
    let (engine, tables) = run(tables, Policy::default(), Operation::Audit, Engine::keep_eligibility);
    let (_, users) = tables.iter().find(|(table, _)| *table == Table::Users).unwrap();
    engine.finish().unwrap().eligibility(0, users).unwrap().unwrap()
}

fn run(
    tables: &[(&str, &str)],
    policy: Policy,
    operation: Operation,
    prepare: impl FnOnce(&mut Engine),
) -> (Engine, Vec<(Table, RecordBatch)>) {
    let all: Vec<String> = ["C", "F", "H", "U", "W", "S", "P"].map(str::to_owned).into();
    let selection = Selection::new(Some(&all), &[], &BTreeMap::new()).unwrap();
    let mut engine = Engine::new(AS_OF, policy, operation, selection, Some(1)).unwrap();
    prepare(&mut engine);
    let mut given: Vec<_> = tables.iter().map(|(name, csv)| (Table::named(name).unwrap(), read(csv))).collect();
    // Tables that others refer to come first.
    let order = [Table::Channels, Table::Sends, Table::ExistingUsers, Table::Users, Table::Sessions];
    given.sort_by_key(|(table, _)| order.iter().position(|its| its == table));
    for (table, batch) in &given {
        engine.bind(*table, "test", &batch.schema(), &BTreeMap::new()).unwrap();
    }
    for (table, batch) in &given {
        engine.push(*table, batch.clone()).unwrap();
        engine.finish_table(*table).unwrap();
    }
    (engine, given)
}

/// A table of a CSV text without quotes; empty cells are null.
pub fn read(csv: &str) -> RecordBatch {
    let mut lines = csv.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    RecordBatch::try_from_iter_with_nullable(names.iter().enumerate().map(|(at, name)| {
        let cells = rows.iter().map(|row| Some(row[at]).filter(|cell| !cell.is_empty()));
        (*name, Arc::new(cells.collect::<StringViewArray>()) as ArrayRef, true)
    }))
    .unwrap()
}

/// What a rule about files says of the bytes of a file of users.
pub struct FileCounts {
    pub checked: u64,
    pub failed: u64,
    /// Records with a finding.
    pub rows: Vec<u32>,
    /// The messages about the file as a whole.
    pub messages: Vec<String>,
}

/// Runs one rule on the bytes of a CSV file of users with two columns. What the values are does not matter to it.
pub fn file_counts(code: &str, bytes: &[u8]) -> FileCounts {
    let mut scanner = Scanner::new(b',');
    scanner.push(bytes).unwrap();
    let file = scanner.finish().unwrap();
    let rows = usize::try_from(file.records).unwrap();
    let csv = "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n".to_owned() + &"1,2,3,4\n".repeat(rows);
    let batch = read(&csv);
    let mut engine = engine(&[code.to_owned()], Operation::Audit);
    engine.bind(Table::Users, "test", &batch.schema(), &BTreeMap::new()).unwrap();
    engine.push(Table::Users, batch).unwrap();
    engine.files(Table::Users, Ok(vec![file]));
    engine.finish_table(Table::Users).unwrap();
    let outcome = engine.finish().unwrap();
    let tally = outcome.counts()[0].tally;
    let found = outcome.describe_source(Table::Users, usize::MAX);
    FileCounts {
        checked: tally.checked,
        failed: tally.failed,
        rows: outcome.first_rows(Table::Users, code, usize::MAX),
        messages: found.into_iter().map(|finding| finding.description.message).collect(),
    }
}

/// Runs one rule on the headers of a table.
pub struct HeaderFindings {
    pub checked: u64,
    pub columns: Vec<String>,
    pub messages: Vec<String>,
}

/// What a rule about headers says of names with commas between them.
pub fn header_findings(code: &str, table: Table, names: &str, operation: Operation) -> HeaderFindings {
    let names: Vec<_> = names.split(',').map(str::to_owned).collect();
    let headers = Headers::new(table, "test", &names, &names, &Mapping::default()).unwrap();
    let context = Context::new(AS_OF, Policy::default(), operation);
    let rule = crate::rules::RULES.iter().find(|rule| rule.code == code).unwrap();
    let Decide::Header(check) = rule.decide else { panic!("{code} is not about headers") };
    let verdict = check(&headers, &context);
    let (columns, messages) = verdict.notes.into_iter().map(|note| (note.column, note.message)).unzip();
    let columns: Vec<Option<String>> = columns;
    HeaderFindings { checked: verdict.checked, columns: columns.into_iter().flatten().collect(), messages }
}

fn engine(select: &[String], operation: Operation) -> Engine {
    let selection = Selection::new(Some(select), &[], &BTreeMap::new()).unwrap();
    Engine::new(AS_OF, Policy::default(), operation, selection, Some(1)).unwrap()
}

impl Found {
    fn table(code: &str) -> Table {
        crate::rules::RULES.iter().find(|rule| rule.code == code).unwrap().table()
    }

    /// The load of a rep, by OwnerId, as planned sends see it.
    pub fn load(&self, owner: &str) -> Option<Load> {
        let Id::Valid(owner) = Id::read(owner, &["005"]) else { panic!("{owner} is no Id") };
        load(&self.outcome.planning().unwrap().book, owner, self.outcome.context())
    }

    /// What becomes of every planned send.
    pub fn decisions(&self) -> Vec<Decision> {
        let planning = self.outcome.planning().unwrap();
        planning.judgement.decisions(&planning.book, self.outcome.context()).collect()
    }

    /// What the planned sends ask of each rep, in order of OwnerIds; the last may be of none.
    pub fn reps(&self) -> Vec<(Option<String>, Rep)> {
        let planning = self.outcome.planning().unwrap();
        let reps = planning.judgement.reps(&planning.book, self.outcome.context());
        let mut reps: Vec<_> = reps.into_iter().map(|(owner, rep)| (id_of(owner), rep)).collect();
        reps.sort_by_key(|(owner, _)| (owner.is_none(), owner.clone()));
        reps
    }

    /// What charts show.
    pub fn tallies(&self) -> &Tallies {
        self.outcome.tallies()
    }

    /// The rows that a rule flagged.
    pub fn rows(&self, code: &str) -> Vec<u32> {
        self.outcome.first_rows(Self::table(code), code, usize::MAX)
    }

    /// The records that a rule decided; 0 when it was skipped.
    pub fn checked(&self, code: &str) -> u64 {
        self.outcome.counts().iter().find(|count| count.active.rule.code == code).map_or(0, |count| count.tally.checked)
    }

    /// Why a rule was skipped.
    pub fn skipped(&self, code: &str) -> Option<String> {
        self.outcome.skipped().iter().find(|skipped| skipped.rule.code == code).map(|skipped| skipped.reason.clone())
    }

    /// The rows that a rule flagged with the row that each refers to.
    pub fn related(&self, code: &str) -> Vec<(u32, Option<u32>)> {
        let findings = self.findings(Self::table(code));
        findings
            .into_iter()
            .filter(|finding| finding.active.rule.code == code)
            .map(|finding| (finding.row, finding.related.and_then(|related| related.row)))
            .collect()
    }

    /// The message of a finding.
    pub fn message(&self, row: u32, code: &str) -> String {
        self.finding(row, code).description.message
    }

    /// The field that a finding names.
    pub fn column(&self, row: u32, code: &str) -> &'static str {
        Self::table(code).fields()[self.finding(row, code).description.field].name
    }

    /// The suggested value of a finding.
    pub fn fix(&self, row: u32, code: &str) -> Option<String> {
        self.finding(row, code).description.fix.map(|fix| fix.value)
    }

    /// The cells of a table that have a certain replacement.
    pub fn changes(&self, table: Table) -> RecordBatch {
        let (_, batch) = self.tables.iter().find(|(given, _)| *given == table).unwrap();
        self.outcome.changes(table, 0, batch).unwrap()
    }

    fn finding(&self, row: u32, code: &str) -> crate::findings::describe::Finding {
        let findings = self.findings(Self::table(code));
        findings.into_iter().find(|finding| finding.row == row && finding.active.rule.code == code).unwrap()
    }

    fn findings(&self, table: Table) -> Vec<crate::findings::describe::Finding> {
        let (_, batch) = self.tables.iter().find(|(given, _)| *given == table).unwrap();
        self.outcome.describe(table, 0, &batch.clone().into(), None, false).unwrap()
    }
}
