//! Whole columns, read by their views and remembered by them, against each cell read by itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, DictionaryArray, LargeStringArray, RecordBatch, StringArray, StringViewArray, new_null_array,
};
use arrow_cast::cast;
use arrow_schema::DataType;
use proptest::prelude::*;
use proptest::sample::select;
use sendworthy::model::objects::{Table, Type};
use sendworthy::policy::Policy;
use sendworthy::tables::batch::{Batch, Extent};
use sendworthy::tables::bind::Binding;
use sendworthy::tables::cell::read_bool;
use sendworthy::tables::id::{IdCell, State};
use sendworthy::tables::timestamp::Time;

use super::cells::is_blank;
use super::driver::{drive, require, same};
use super::{cells, ids, phones, times};

type Cells = Vec<Option<String>>;

/// How Arrow holds a column of text.
#[derive(Debug, Clone, Copy)]
pub enum Kept {
    Text,
    Large,
    View,
    Dictionary,
    Runs,
}

/// A cell of any field.
pub fn cell() -> BoxedStrategy<Option<String>> {
    let long = "x".repeat(254);
    let texts = select(vec![
        String::new(),
        " ".to_owned(),
        "#N/A".to_owned(),
        "é".repeat(128),
        "😀".repeat(10),
        long.clone(),
        format!("{long}xx"),
        format!("{long}é"),
    ]);
    let bytes = prop_oneof![3 => ids::inputs(), 3 => times::inputs(), 3 => phones::inputs(), 2 => cells::expected()];
    let text = prop_oneof![8 => bytes.prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()), 1 => texts];
    proptest::option::weighted(0.85, text).boxed()
}

/// Cells, of which there are so few that they come again.
fn column() -> impl Strategy<Value = Cells> {
    (proptest::collection::vec(cell(), 1..6), 0..200_usize, any::<u64>()).prop_map(|(cells, rows, mut state)| {
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap()
        };
        (0..rows).map(|_| cells[next() % cells.len()].clone()).collect()
    })
}

/// The cells as Arrow holds them, with rows before and after that a slice leaves out.
pub fn array(cells: &[Option<String>], kept: Kept, around: usize) -> ArrayRef {
    let padding = || std::iter::repeat_n(Some("0Mj left out by the slice"), around);
    let all = || padding().chain(cells.iter().map(Option::as_deref)).chain(padding());
    let array: ArrayRef = match kept {
        Kept::Text => Arc::new(all().collect::<StringArray>()),
        Kept::Large => Arc::new(all().collect::<LargeStringArray>()),
        Kept::View => Arc::new(all().collect::<StringViewArray>()),
        Kept::Dictionary => Arc::new(all().collect::<DictionaryArray<Int32Type>>()),
        Kept::Runs => {
            let text: ArrayRef = Arc::new(all().collect::<StringArray>());
            let runs = DataType::RunEndEncoded(
                Arc::new(arrow_schema::Field::new("run_ends", DataType::Int32, false)),
                Arc::new(arrow_schema::Field::new("values", DataType::Utf8, true)),
            );
            cast(&text, &runs).expect("text as runs")
        }
    };
    array.slice(around, cells.len())
}

fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

fn check((table, at, cells, kept, around, day_first): &(Table, usize, Cells, Kept, usize, bool)) -> Result<(), String> {
    let at = at % table.fields().len();
    let field = &table.fields()[at];
    // Every other field has a column, too, so that the binding takes the table.
    let columns = table.fields().iter().enumerate().map(|(other, field)| {
        let column =
            if other == at { array(cells, *kept, *around) } else { new_null_array(&DataType::Utf8, cells.len()) };
        (field.name, column, true)
    });
    let batch = RecordBatch::try_from_iter_with_nullable(columns).map_err(|error| error.to_string())?;
    let binding =
        Binding::new(*table, "fuzz", &batch.schema(), &BTreeMap::new(), false).map_err(|error| error.to_string())?;
    let policy = Policy { day_first: *day_first, ..Policy::default() };
    let decoded = Batch::decode(&binding, &batch.clone().into(), &policy).map_err(|error| error.to_string())?;
    same("rows", &decoded.rows(), &cells.len())?;
    let missing = decoded.missing(at);
    for (row, cell) in cells.iter().enumerate() {
        let text = cell.as_deref().filter(|text| !is_blank(text.as_bytes()));
        same("the text", &decoded.text(at, row), &text)?;
        same("as given", &decoded.shown(at, row), cell)?;
        let gone = match field.kind {
            Type::Id(prefixes) | Type::Reference(prefixes, _) => {
                let read = text.map_or(IdCell::MISSING, |text| IdCell::read(text.as_bytes(), prefixes));
                same("an Id", &decoded.id(at, row), &read)?;
                read.state == State::Missing
            }
            Type::Picklist(list) => {
                let read = text.map(|text| list.read(text));
                same("a value", &Some(decoded.pick(at, row)).filter(|pick| !pick.is_missing()), &read)?;
                text.is_none()
            }
            Type::Time => {
                let read = text.map_or(Time::MISSING, |text| Time::read(text, *day_first));
                same("an instant", &decoded.time(at, row), &read)?;
                text.is_none()
            }
            Type::Flag => {
                same("a boolean", &decoded.flag(at, row), &text.and_then(read_bool))?;
                text.is_none()
            }
            Type::Text(limit) => {
                let long = |text: &str| if limit > 0 && units(text) > limit { Extent::Long } else { Extent::Fits };
                same("how long", &decoded.extent(at, row), &text.map_or(Extent::Missing, long))?;
                text.is_none()
            }
        };
        same("missing", &missing[row], &gone)?;
        let other = (at + 1) % table.fields().len();
        require("another column stays empty", decoded.text(other, row).is_none())?;
    }
    Ok(())
}

/// How columns may be kept.
pub fn kept() -> impl Strategy<Value = Kept> {
    select(&[Kept::Text, Kept::Large, Kept::View, Kept::View, Kept::Dictionary, Kept::Runs][..])
}

/// Runs the target.
pub fn run(cases: u32, seed: u64) -> Result<u64, String> {
    let field = (select(&Table::ALL[..]), 0..20_usize);
    let strategy = (field, column(), kept(), 0..10_usize, any::<bool>());
    let strategy =
        strategy.prop_map(|((table, at), cells, kept, around, first)| (table, at, cells, kept, around, first));
    drive("columns", cases, seed, &strategy, check)
}
