//! Arguments from Python, and Arrow streams in both directions.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema};
use arrow_select::concat::concat_batches;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyDictMethods};
use pyo3_arrow::PyTable;

use super::errors::ConfigError;
use super::files::PyCsvRecords;
use crate::error::{Error, Result};
use crate::model::objects::Table;
use crate::policy::Policy;
use crate::tables::raw::Raw;

/// The table with this name.
pub fn table(name: &str) -> Result<Table> {
    Table::named(name).ok_or_else(|| Error::Config(format!("there is no table '{name}'")))
}

/// Records of a table, in either form.
#[derive(FromPyObject)]
pub enum Given<'py> {
    #[pyo3(transparent)]
    Csv(Bound<'py, PyCsvRecords>),
    #[pyo3(transparent)]
    Arrow(PyTable),
}

impl Given<'_> {
    /// The batches that they came in.
    pub fn parts(self) -> Vec<Raw> {
        match self {
            Self::Csv(records) => vec![Raw::Csv(records.get().0.clone())],
            Self::Arrow(table) => table.into_inner().0.into_iter().map(Raw::from).collect(),
        }
    }

    /// All of them.
    pub fn whole(self) -> Result<Raw> {
        match self {
            Self::Csv(records) => Ok(Raw::Csv(records.get().0.clone())),
            Self::Arrow(table) => one_batch(table).map(Raw::Arrow),
        }
    }
}

/// A table of named columns for Python.
pub fn to_table(columns: Vec<(&str, ArrayRef)>) -> PyResult<PyTable> {
    let fields: Vec<_> =
        columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema, columns.into_iter().map(|(_, column)| column).collect());
    batch_table(batch.map_err(Error::from)?)
}

/// A batch for Python.
pub fn batch_table(batch: RecordBatch) -> PyResult<PyTable> {
    let schema = batch.schema();
    PyTable::try_new(vec![batch], schema)
}

/// A table from Python as one batch.
pub fn one_batch(table: PyTable) -> Result<RecordBatch> {
    let (batches, schema) = table.into_inner();
    match <[RecordBatch; 1]>::try_from(batches) {
        Ok([batch]) => Ok(batch),
        Err(batches) => Ok(concat_batches(&schema, &batches)?),
    }
}

/// Reads the policy's numbers (milliseconds) and switches.
pub fn policy(given: Option<&Bound<'_, PyDict>>) -> PyResult<Policy> {
    let mut policy = Policy::default();
    for (name, value) in given.into_iter().flat_map(PyDictMethods::iter) {
        let name: String = name.extract()?;
        match name.as_str() {
            "whatsapp_window" => policy.whatsapp_window = value.extract()?,
            "messenger_window" => policy.messenger_window = value.extract()?,
            "stale_new_after" => policy.stale_new_after = value.extract()?,
            "stale_inactive_after" => policy.stale_inactive_after = value.extract()?,
            "user_available_after" => policy.user_available_after = value.extract()?,
            "window_closing_within" => policy.window_closing_within = value.extract()?,
            "clock_tolerance" => policy.clock_tolerance = value.extract()?,
            "ended_statuses" => policy.set_ended_statuses(&value.extract::<Vec<String>>()?)?,
            "sessions_complete" => policy.sessions_complete = value.extract()?,
            "capacity_model" => policy.set_capacity_model(value.extract::<Option<String>>()?.as_deref())?,
            "day_first" => policy.day_first = value.extract()?,
            _ => return Err(ConfigError::new_err(format!("policy has no setting '{name}'"))),
        }
    }
    Ok(policy)
}
