//! Findings with values masked, for Python.

use pyo3::prelude::*;
use pyo3_arrow::PyTable;

use super::convert::{batch_table, one_batch};
use crate::engine::queue::guard;
use crate::error::Error;
use crate::findings::redaction::Redaction;

/// The columns of findings that may hold values, masked.
#[pyfunction]
pub fn redacted(py: Python<'_>, findings: PyTable, mode: &str, key: &[u8]) -> PyResult<PyTable> {
    let redaction = Redaction::named(mode, key)?;
    let batch = one_batch(findings)?;
    let masked = py.detach(|| guard(|| redaction.redact(&batch)));
    batch_table(masked.map_err(|error: Error| PyErr::from(error))?)
}
