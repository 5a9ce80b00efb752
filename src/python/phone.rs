//! Columns of phone numbers and Ids for Python: what the polars expressions run on.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, StringViewBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StringViewArray, StructArray};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, Fields};
use pyo3::prelude::*;
use pyo3_arrow::PyChunkedArray;

use super::errors::{ColumnError, ConfigError};
use crate::engine::queue::guard;
use crate::error::Result;
use crate::tables::id::id18;
use crate::tables::phone::plan::Outcome;
use crate::tables::phone::{Digits, Region, is_e164, repair, why_not_e164};
use crate::tables::texts::Texts;

/// How many numbers are read before the plan is asked: so few stay in the cache of the processor.
const BLOCK: usize = 1024;

/// Runs over the chunks of a text column, without holding Python up.
fn each(
    py: Python<'_>,
    column: PyChunkedArray,
    to: &DataType,
    of: impl Fn(&StringViewArray) -> Result<ArrayRef> + Sync,
) -> PyResult<PyChunkedArray> {
    let (chunks, field) = column.into_inner();
    if !matches!(field.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) {
        let found = field.data_type();
        return Err(ColumnError::new_err(format!("the column '{}' is {found}, not text", field.name())));
    }
    let field = Field::new(field.name(), to.clone(), true);
    let made = py.detach(|| {
        guard(|| {
            chunks
                .iter()
                .map(|chunk| of(arrow_cast::cast(chunk, &DataType::Utf8View)?.as_string_view()))
                .collect::<Result<Vec<_>>>()
        })
    })?;
    PyChunkedArray::try_new(made, Arc::new(field))
}

/// The region with this code.
fn region(code: Option<&str>) -> PyResult<Option<Region>> {
    let unknown = |code| ConfigError::new_err(format!("'{code}' is no region of ISO 3166-1 that has phone numbers"));
    code.map(|code| Region::named(code).ok_or_else(|| unknown(code))).transpose()
}

/// Whether each text is a number in E.164 form.
#[pyfunction]
pub fn is_e164_column(py: Python<'_>, column: PyChunkedArray) -> PyResult<PyChunkedArray> {
    each(py, column, &DataType::Boolean, |texts| {
        let mut column = BooleanBuilder::with_capacity(texts.len());
        texts.iter().for_each(|text| column.append_option(text.map(is_e164)));
        Ok(Arc::new(column.finish()))
    })
}

fn info_fields() -> Fields {
    Fields::from(vec![
        Field::new("e164", DataType::Boolean, true),
        Field::new("valid", DataType::Boolean, true),
        Field::new("region", DataType::Utf8View, true),
        Field::new("kind", DataType::Utf8View, true),
        Field::new("reason", DataType::Utf8View, true),
    ])
}

/// The digits of a text in E.164 form.
#[inline]
fn number(text: &[u8]) -> Option<Digits> {
    text.strip_prefix(b"+").and_then(Digits::read).filter(|digits| digits.are_a_number())
}

fn info(texts: &StringViewArray) -> Result<ArrayRef> {
    let rows = texts.len();
    let (mut form, mut valid) = (BooleanBuilder::with_capacity(rows), BooleanBuilder::with_capacity(rows));
    let mut names = [(); 3].map(|()| StringViewBuilder::with_capacity(rows));
    let numbers = Texts::from(texts).each(None, number);
    let formed: Vec<_> = numbers.iter().flatten().copied().collect();
    let mut outcomes = Outcome::of_many(&formed).into_iter();
    for (text, number) in texts.iter().zip(numbers) {
        let outcome = number.and_then(|_| outcomes.next());
        let found = text.zip(outcome).map(|(text, outcome)| outcome.judge(&text.as_bytes()[1..]));
        let said = match (text, found) {
            (None, _) => [None, None, None],
            (Some(text), None) => [None, None, Some(why_not_e164(text))],
            (_, Some(Ok(found))) => [Some(found.region.name()), Some(found.kind.name()), None],
            (_, Some(Err(reason))) => [None, None, Some(reason.sentence())],
        };
        form.append_option(text.map(|_| found.is_some()));
        valid.append_option(text.map(|_| matches!(found, Some(Ok(_)))));
        names.iter_mut().zip(said).for_each(|(names, name)| names.append_option(name));
    }
    let mut columns: Vec<ArrayRef> = vec![Arc::new(form.finish()), Arc::new(valid.finish())];
    columns.extend(names.iter_mut().map(|names| Arc::new(names.finish()) as ArrayRef));
    let nulls = texts.nulls().map(|nulls| NullBuffer::new(nulls.inner().clone()));
    Ok(Arc::new(StructArray::try_new(info_fields(), columns, nulls)?))
}

/// Form, validity, region, kind and reason of each text.
#[pyfunction]
pub fn phone_info_column(py: Python<'_>, column: PyChunkedArray) -> PyResult<PyChunkedArray> {
    each(py, column, &DataType::Struct(info_fields()), info)
}

/// The E.164 form of each text that has one; null where it is in doubt.
#[pyfunction]
#[pyo3(signature = (column, region=None))]
pub fn to_e164_column(py: Python<'_>, column: PyChunkedArray, region: Option<&str>) -> PyResult<PyChunkedArray> {
    let region = self::region(region)?;
    each(py, column, &DataType::Utf8View, |texts| {
        let mut column = StringViewBuilder::with_capacity(texts.len());
        for text in texts {
            column.append_option(text.and_then(|text| repair(text, region)).map(|repair| repair.e164));
        }
        Ok(Arc::new(column.finish()))
    })
}

/// The 18-character form of each Id; null where a text is no Id.
#[pyfunction]
pub fn to_id18_column(py: Python<'_>, column: PyChunkedArray) -> PyResult<PyChunkedArray> {
    each(py, column, &DataType::Utf8View, |texts| {
        let mut column = StringViewBuilder::with_capacity(texts.len());
        for text in texts {
            column.append_option(text.and_then(id18));
        }
        Ok(Arc::new(column.finish()))
    })
}

/// The E.164 form of a text, and whether it is certain.
#[pyfunction]
#[pyo3(signature = (text, region=None))]
pub fn repair_phone(text: &str, region: Option<&str>) -> PyResult<Option<(String, bool)>> {
    let region = self::region(region)?;
    Ok(guard(|| Ok(repair(text, region).map(|repair| (repair.e164, repair.certain))))?)
}

/// How many of the numbers a plan assigns: the bare walk, for measurements.
#[pyfunction]
pub fn count_assigned(py: Python<'_>, column: PyChunkedArray) -> PyResult<u64> {
    let (chunks, _) = column.into_inner();
    Ok(py.detach(|| {
        guard(|| {
            let mut count = 0;
            for chunk in &chunks {
                let texts = arrow_cast::cast(chunk, &DataType::Utf8View)?;
                let texts = texts.as_string_view();
                for from in (0..texts.len()).step_by(BLOCK) {
                    let block = Texts::from(&texts.slice(from, BLOCK.min(texts.len() - from)));
                    let numbers = block.each(Digits::NONE, |text| number(text).unwrap_or(Digits::NONE));
                    let assigned = |outcome: &Outcome| outcome.assigned().is_some();
                    count += Outcome::of_many(&numbers).into_iter().filter(assigned).count() as u64;
                }
            }
            Ok(count)
        })
    })?)
}
