//! Whole checks of tables of hostile cells, cut into batches of any size: nothing panics, every record is accounted for,
//! counts are the findings grouped, and neither batches nor the kind of array show in the outcome.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;
use arrow_select::concat::concat_batches;
use proptest::prelude::*;
use proptest::sample::select;
use sendworthy::engine::Engine;
use sendworthy::engine::select::Selection;
use sendworthy::findings::outcome::Outcome;
use sendworthy::model::objects::Table;
use sendworthy::policy::{Operation, Policy};
use sendworthy::rule::Severity;
use sendworthy::tables::phone::Region;

use super::columns::{Kept, array, cell, kept};
use super::driver::{drive, require, same};

/// 2026-11-22T12:00:00Z
const AS_OF: i64 = 1_795_348_800_000;
/// The order in which tables are pushed.
const ORDER: [Table; 5] = [Table::Channels, Table::Sends, Table::ExistingUsers, Table::Users, Table::Sessions];

/// Cells of the tables, row by row; each row has as many as its table has fields.
type Rows = Vec<Vec<Option<String>>>;

#[derive(Debug, Clone)]
struct Input {
    tables: Vec<(Table, Rows)>,
    kept: Kept,
    size: usize,
    around: usize,
    operation: Operation,
}

fn batch(table: Table, rows: &[Vec<Option<String>>], kept: Kept, around: usize) -> RecordBatch {
    let columns = table.fields().iter().enumerate().map(|(at, field)| {
        let cells: Vec<_> = rows.iter().map(|row| row[at].clone()).collect();
        (field.name, array(&cells, kept, around), true)
    });
    RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length")
}

/// What is told of a finding.
type Told = (Table, u32, &'static str, Option<String>, Option<u32>, String);

fn outcome(input: &Input, kept: Kept, size: usize, around: usize) -> Result<(Outcome, Vec<Told>), String> {
    let text = |error: sendworthy::Error| error.to_string();
    let all: Vec<String> = ["C", "H", "U", "W", "S", "P"].map(str::to_owned).into();
    let selection = Selection::new(Some(&all), &[], &BTreeMap::new()).map_err(text)?;
    let mut engine = Engine::new(AS_OF, Policy::default(), input.operation, selection, Some(1)).map_err(text)?;
    engine.keep_eligibility();
    engine.set_default_region(Region::named("US").ok_or("no US")?);
    for (table, _) in &input.tables {
        engine.bind(*table, "fuzz", &batch(*table, &[], kept, 0).schema(), &BTreeMap::new()).map_err(text)?;
    }
    for (table, rows) in &input.tables {
        for part in rows.chunks(size) {
            engine.push(*table, batch(*table, part, kept, around)).map_err(text)?;
        }
        same("records", &engine.finish_table(*table).map_err(text)?, &(rows.len() as u64))?;
    }
    let outcome = engine.finish().map_err(text)?;
    let mut told = Vec::new();
    for (table, rows) in &input.tables {
        let parts: Vec<_> = rows.chunks(size).map(|part| batch(*table, part, kept, around)).collect();
        let Some(first) = parts.first() else { continue };
        let whole = concat_batches(&first.schema(), &parts).map_err(|error| error.to_string())?;
        for finding in outcome.describe(*table, 0, &whole.clone().into(), None, false).map_err(text)? {
            require("a finding has words", !finding.description.message.is_empty())?;
            let related = finding.related.as_ref().and_then(|related| related.row);
            told.push((
                *table,
                finding.row,
                finding.active.rule.code,
                finding.value.clone(),
                related,
                finding.description.message.clone(),
            ));
        }
        if *table == Table::Users {
            let eligible = outcome.eligibility(0, &whole).map_err(text)?.ok_or("no eligibility")?;
            same("eligibility of every user", &eligible.len(), &rows.len())?;
        }
    }
    Ok((outcome, told))
}

fn check(input: &Input) -> Result<(), String> {
    let (whole, told) = outcome(input, Kept::View, usize::MAX, 0)?;
    for count in whole.counts() {
        let code = count.active.rule.code;
        let source = whole.describe_source(count.table, usize::MAX);
        let of_source = source.iter().filter(|finding| finding.active.rule.code == code).count();
        let of_rows = told.iter().filter(|(table, _, of, ..)| *table == count.table && *of == code).count();
        same(&format!("{code}: counts are the findings"), &count.tally.failed, &((of_source + of_rows) as u64))?;
        require(&format!("{code}: no more failed than checked"), count.tally.failed <= count.tally.checked)?;
        let most = if count.active.rule.is_about_sources() { u64::MAX } else { whole.rows(count.table) };
        require(&format!("{code}: no more checked than there are"), count.tally.checked <= most)?;
    }
    for (table, rows) in &input.tables {
        let errors = whole.counts().into_iter().filter(|count| count.active.severity == Severity::Error);
        let codes: BTreeSet<_> = errors.map(|count| count.active.rule.code).collect();
        let rejected: BTreeSet<_> = told
            .iter()
            .filter(|(of, _, code, ..)| of == table && codes.contains(code))
            .map(|(_, row, ..)| *row as usize)
            .collect();
        let ready: Vec<bool> = whole.ready(*table, 0, rows.len()).collect();
        same("a verdict for every record", &ready.len(), &rows.len())?;
        let plain: Vec<bool> = (0..rows.len()).map(|row| !rejected.contains(&row)).collect();
        same("rejected is what has an error", &ready, &plain)?;
    }
    let (_, cut) = outcome(input, input.kept, input.size, input.around)?;
    same("findings of the same values, cut and kept otherwise", &cut, &told)
}

/// Rows of a table: cells that fit their fields, from a small choice so that records meet, or hostile ones.
fn rows(table: Table) -> BoxedStrategy<Rows> {
    use sendworthy::model::objects::Type;
    let fields: Vec<_> = table
        .fields()
        .iter()
        .map(|field| {
            let fitting: Vec<String> = match field.kind {
                Type::Id(prefixes) | Type::Reference(prefixes, _) => {
                    let prefix = prefixes.first().unwrap_or(&"500");
                    (1..4).map(|number| format!("{prefix}{number:012}")).collect()
                }
                Type::Picklist(list) => list.values.iter().map(|value| (*value).to_owned()).collect(),
                Type::Time => {
                    ["2026-11-22T11:30:00Z", "2026-11-20T10:00:00.000Z", "2026-11-22T12:30:00Z", "2026-11-21"]
                        .map(str::to_owned)
                        .into()
                }
                Type::Flag => ["true", "false"].map(str::to_owned).into(),
                Type::Text(_) => {
                    ["+14155550123", "+1 415 555 0123", "14155550123", "+5511987654321", "551187654321", "x", "US"]
                        .map(str::to_owned)
                        .into()
                }
            };
            prop_oneof![6 => select(fitting).prop_map(Some), 1 => Just(None), 1 => cell()].boxed()
        })
        .collect();
    let most = if table == Table::Channels { 4 } else { 12 };
    proptest::collection::vec(fields, 1..most).boxed()
}

fn input() -> impl Strategy<Value = Input> {
    let given = ORDER.map(|table| {
        proptest::option::weighted(if matches!(table, Table::Users | Table::Sessions) { 0.9 } else { 0.5 }, rows(table))
    });
    let operation = select(&[Operation::Audit, Operation::Insert, Operation::Update, Operation::Upsert][..]);
    let [channels, sends, existing, users, sessions] = given;
    ((channels, sends, existing, users, sessions), kept(), 1..20_usize, 0..4_usize, operation).prop_map(
        |((channels, sends, existing, users, sessions), kept, size, around, operation)| {
            let all = ORDER.into_iter().zip([channels, sends, existing, users, sessions]);
            let tables = all.filter_map(|(table, rows)| Some((table, rows?))).collect();
            Input { tables, kept, size, around, operation }
        },
    )
}

/// Runs the target.
pub fn run(cases: u32, seed: u64) -> Result<u64, String> {
    drive("engine", cases, seed, &input(), check)
}
