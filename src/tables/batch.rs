//! One decoded batch: a typed column per bound field, and the cells as given for whoever describes them.

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{Array, ArrayRef, RecordBatch, StringViewArray};
use arrow_cast::cast;
use arrow_cast::display::array_value_to_string;
use arrow_schema::{DataType, TimeUnit};

use super::bind::{Binding, Form};
use super::cell::{is_missing, read_bool};
use super::id::{Id, IdCell};
use super::timestamp::Time;
use crate::error::{Error, Result};
use crate::model::objects::{Table, Type};
use crate::model::picklists::{Pick, Picklist};
use crate::policy::Policy;

/// The typed cells of one field.
#[derive(Debug)]
enum Cells {
    Absent,
    Ids(Vec<IdCell>),
    Picks(Vec<Pick>),
    Times(Vec<Time>),
    Flags(Vec<Option<bool>>),
    Text,
}

/// The cells of one field as given.
#[derive(Debug)]
enum Given {
    Absent,
    Text(StringViewArray),
    Native(ArrayRef),
}

/// A decoded batch of any table.
#[derive(Debug)]
pub struct Batch {
    table: Table,
    rows: usize,
    cells: Vec<Cells>,
    given: Vec<Given>,
}

impl Batch {
    /// Decodes every bound column once.
    ///
    /// # Errors
    /// A batch without a bound column, or one that Arrow cannot read as text.
    pub fn decode(binding: &Binding, batch: &RecordBatch, policy: &Policy) -> Result<Self> {
        let fields = binding.table.fields();
        let (mut cells, mut given) = (Vec::with_capacity(fields.len()), Vec::with_capacity(fields.len()));
        for (at, field) in fields.iter().enumerate() {
            let Some(column) = binding.column(at) else {
                cells.push(Cells::Absent);
                given.push(Given::Absent);
                continue;
            };
            let Some(array) = batch.column_by_name(&column.header) else {
                return Err(Error::Input(format!(
                    "{}: {}: column '{}' was in the header but not in a later part of the data",
                    binding.table.name(),
                    binding.source,
                    column.header
                )));
            };
            let (typed, raw) = decode(array, field.kind, column.form, policy)?;
            cells.push(typed);
            given.push(raw);
        }
        Ok(Self { table: binding.table, rows: batch.num_rows(), cells, given })
    }

    /// The number of records.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// The table that the records belong to.
    #[must_use]
    pub const fn table(&self) -> Table {
        self.table
    }

    /// An Id or reference; missing where there is no column.
    #[must_use]
    pub fn id(&self, field: usize, row: usize) -> IdCell {
        match &self.cells[field] {
            Cells::Ids(cells) => cells[row],
            _ => IdCell::MISSING,
        }
    }

    /// A picklist value; missing where there is no column.
    #[must_use]
    pub fn pick(&self, field: usize, row: usize) -> Pick {
        match &self.cells[field] {
            Cells::Picks(cells) => cells[row],
            _ => Pick::MISSING,
        }
    }

    /// An instant; missing where there is no column.
    #[must_use]
    pub fn time(&self, field: usize, row: usize) -> Time {
        match &self.cells[field] {
            Cells::Times(cells) => cells[row],
            _ => Time::MISSING,
        }
    }

    /// A boolean, when there is one that can be read.
    #[must_use]
    pub fn flag(&self, field: usize, row: usize) -> Option<bool> {
        match &self.cells[field] {
            Cells::Flags(cells) => cells[row],
            _ => None,
        }
    }

    /// The text of a cell that is not missing.
    #[must_use]
    pub fn text(&self, field: usize, row: usize) -> Option<&str> {
        match &self.given[field] {
            Given::Text(array) if array.is_valid(row) => Some(array.value(row)).filter(|text| !is_missing(text)),
            _ => None,
        }
    }

    /// The cell as given, to be shown; a native timestamp in ISO form.
    #[must_use]
    pub fn shown(&self, field: usize, row: usize) -> Option<String> {
        match &self.given[field] {
            Given::Text(array) => array.is_valid(row).then(|| array.value(row).to_owned()),
            Given::Native(array) if array.is_valid(row) => array_value_to_string(array, row).ok(),
            Given::Native(_) | Given::Absent => None,
        }
    }
}

fn decode(array: &ArrayRef, kind: Type, form: Form, policy: &Policy) -> Result<(Cells, Given)> {
    if matches!(array.data_type(), DataType::Timestamp(..) | DataType::Date32 | DataType::Date64) {
        return Ok((Cells::Times(native_times(array)?), Given::Native(array.clone())));
    }
    let text = cast(array, &DataType::Utf8View)?;
    let text = text.as_string_view().clone();
    let cells = match kind {
        Type::Id(prefixes) | Type::Reference(prefixes, _) if form == Form::Plain => {
            Cells::Ids(each(&text, IdCell::MISSING, |cell| Id::read(cell, prefixes).cell()))
        }
        Type::Id(_) | Type::Reference(..) => Cells::Ids(each(&text, IdCell::MISSING, IdCell::external)),
        Type::Picklist(list) => Cells::Picks(picks(&text, list)),
        Type::Time => Cells::Times(each(&text, Time::MISSING, |cell| Time::read(cell, policy.day_first))),
        Type::Flag => Cells::Flags(each(&text, None, read_bool)),
        Type::Text(_) => Cells::Text,
    };
    Ok((cells, Given::Text(text)))
}

fn each<T: Copy>(text: &StringViewArray, null: T, read: impl Fn(&str) -> T) -> Vec<T> {
    if text.null_count() == 0 {
        return (0..text.len()).map(|row| read(text.value(row))).collect();
    }
    (0..text.len()).map(|row| if text.is_valid(row) { read(text.value(row)) } else { null }).collect()
}

/// Reads picklist cells. A column holds few different texts, so those read last are kept: by length and last byte, which
/// tell the values of every list apart, most cells cost one comparison.
fn picks(text: &StringViewArray, list: &'static Picklist) -> Vec<Pick> {
    const KEPT: usize = 32;
    let mut kept = [("", Pick::MISSING); KEPT];
    (0..text.len())
        .map(|row| {
            if text.is_null(row) {
                return Pick::MISSING;
            }
            let cell = text.value(row);
            let last = cell.as_bytes().last().copied().unwrap_or_default();
            let slot = &mut kept[(cell.len() * 5 + usize::from(last)) % KEPT];
            if cell != slot.0 {
                *slot = (cell, if is_missing(cell) { Pick::MISSING } else { list.read(cell) });
            }
            slot.1
        })
        .collect()
}

fn native_times(array: &ArrayRef) -> Result<Vec<Time>> {
    let naive = !matches!(array.data_type(), DataType::Timestamp(_, Some(_)));
    let millis = cast(array, &DataType::Timestamp(TimeUnit::Millisecond, None))?;
    let millis = millis.as_primitive::<TimestampMillisecondType>();
    Ok((0..millis.len())
        .map(|row| if millis.is_valid(row) { Time::native(millis.value(row), naive) } else { Time::MISSING })
        .collect())
}
