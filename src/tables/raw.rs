//! Records as they came, before any cell is decoded.

use arrow_array::{ArrayRef, RecordBatch, UInt64Array};
use arrow_cast::cast;
use arrow_schema::{DataType, Schema};
use arrow_select::take::take_record_batch;

use super::texts::Texts;
use crate::error::Result;
use crate::files::values;

/// Some records of a table.
#[derive(Debug, Clone)]
pub enum Raw {
    /// An Arrow batch.
    Arrow(RecordBatch),
    /// Records of a CSV file: no value was copied.
    Csv(values::Records),
}

/// A column of some records.
#[derive(Debug)]
pub enum RawColumn {
    /// Text.
    Text(Texts),
    /// Days or instants.
    Times(ArrayRef),
}

impl Raw {
    /// How many records there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Arrow(batch) => batch.num_rows(),
            Self::Csv(records) => records.rows(),
        }
    }

    /// About as many bytes as they take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Arrow(batch) => batch.get_array_memory_size(),
            Self::Csv(records) => records.size(),
        }
    }

    /// Some of them.
    #[must_use]
    pub fn slice(&self, first: usize, rows: usize) -> Self {
        match self {
            Self::Arrow(batch) => Self::Arrow(batch.slice(first, rows)),
            Self::Csv(records) => Self::Csv(records.slice(first, rows)),
        }
    }

    /// Some of them as a batch, by their places.
    ///
    /// # Errors
    /// None that is known.
    pub fn take(&self, places: &[usize]) -> Result<RecordBatch> {
        match self {
            Self::Arrow(batch) => {
                let places: UInt64Array = places.iter().map(|place| *place as u64).collect();
                Ok(take_record_batch(batch, &places)?)
            }
            Self::Csv(records) => records.batch_of(places.iter().copied()),
        }
    }

    /// A column; what is neither text nor time comes as text.
    ///
    /// # Errors
    /// A column that Arrow cannot write as text.
    pub fn column(&self, name: &str) -> Result<Option<RawColumn>> {
        match self {
            Self::Arrow(batch) => batch.column_by_name(name).map(of_array).transpose(),
            Self::Csv(records) => Ok(records.column(name).map(Texts::Csv).map(RawColumn::Text)),
        }
    }

    /// Arrow columns besides: a CSV file has none.
    pub fn arrays(&self) -> impl Iterator<Item = (&str, &ArrayRef)> {
        let batch = if let Self::Arrow(batch) = self { Some(batch) } else { None };
        let names = batch.map(RecordBatch::schema_ref).map(AsRef::as_ref).into_iter().flat_map(Schema::fields);
        let columns = batch.into_iter().flat_map(RecordBatch::columns);
        names.map(|field| field.name().as_str()).zip(columns)
    }
}

impl From<RecordBatch> for Raw {
    fn from(batch: RecordBatch) -> Self {
        Self::Arrow(batch)
    }
}

fn of_array(array: &ArrayRef) -> Result<RawColumn> {
    use arrow_array::cast::AsArray;
    if matches!(array.data_type(), DataType::Timestamp(..) | DataType::Date32 | DataType::Date64) {
        return Ok(RawColumn::Times(array.clone()));
    }
    let text = cast(array, &DataType::Utf8View)?;
    Ok(RawColumn::Text(Texts::from(text.as_string_view())))
}
