//! The outcome for Python: counts, masks and findings as Arrow tables.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, StringViewArray, UInt64Array};
use arrow_buffer::BooleanBuffer;
use arrow_cast::cast;
use arrow_schema::{DataType, Schema};
use pyo3::prelude::*;
use pyo3_arrow::PyTable;

use super::convert::{Given, batch_table, one_batch, table as read_table, to_table};
use super::{planning, tallies};
use crate::engine::queue::guard;
use crate::error::{Error, Result};
use crate::findings::describe::to_batch;
use crate::findings::outcome::{Count, Outcome, Skipped};
use crate::rule::Severity;
use crate::tables::raw::Raw;

/// What a check found. Any number of threads may look at it; the Ids that one of them learns are the same for all.
#[pyclass(name = "Outcome", module = "sendworthy._core", frozen)]
pub struct PyOutcome {
    outcome: RwLock<Outcome>,
}

impl PyOutcome {
    pub const fn new(outcome: Outcome) -> Self {
        Self { outcome: RwLock::new(outcome) }
    }

    /// Who holds the lock never waits for the interpreter meanwhile, so that the two cannot wait for each other.
    fn look(&self) -> RwLockReadGuard<'_, Outcome> {
        self.outcome.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn text<'a, T: 'a>(items: &'a [T], get: impl Fn(&'a T) -> &'a str) -> ArrayRef {
    Arc::new(items.iter().map(|item| Some(get(item))).collect::<StringViewArray>())
}

fn numbers<T>(items: &[T], get: impl Fn(&T) -> u64) -> ArrayRef {
    Arc::new(items.iter().map(get).collect::<UInt64Array>())
}

#[pymethods]
impl PyOutcome {
    fn rows(&self, table: &str) -> PyResult<u64> {
        Ok(self.look().rows(read_table(table)?))
    }

    fn counts(&self) -> PyResult<PyTable> {
        let counts: Vec<Count> = self.look().counts();
        to_table(vec![
            ("code", text(&counts, |count| count.active.rule.code)),
            ("name", text(&counts, |count| count.active.rule.name)),
            ("severity", text(&counts, |count| count.active.severity.name())),
            ("table", text(&counts, |count| count.table.name())),
            ("rows", numbers(&counts, |count| count.tally.failed)),
            ("checked", numbers(&counts, |count| count.tally.checked)),
        ])
    }

    fn skipped(&self) -> PyResult<PyTable> {
        let skipped: Vec<Skipped> = self.look().skipped();
        to_table(vec![
            ("code", text(&skipped, |skipped| skipped.rule.code)),
            ("name", text(&skipped, |skipped| skipped.rule.name)),
            ("table", text(&skipped, |skipped| skipped.table.name())),
            ("reason", text(&skipped, |skipped| &skipped.reason)),
        ])
    }

    fn flagged(&self, py: Python<'_>, table: &str) -> PyResult<u64> {
        let table = read_table(table)?;
        Ok(py.detach(|| self.look().flagged(table, Severity::Info)))
    }

    fn rejected(&self, py: Python<'_>, table: &str) -> PyResult<u64> {
        let table = read_table(table)?;
        Ok(py.detach(|| self.look().flagged(table, Severity::Error)))
    }

    fn ready_mask(&self, py: Python<'_>, table: &str, offset: u64, length: usize) -> PyResult<PyTable> {
        let table = read_table(table)?;
        let ready: BooleanBuffer = py.detach(|| self.look().ready(table, offset, length).collect());
        to_table(vec![("ready", Arc::new(BooleanArray::from(ready)))])
    }

    #[pyo3(signature = (table, *, most=None))]
    fn source_findings(&self, py: Python<'_>, table: &str, most: Option<usize>) -> PyResult<PyTable> {
        let table = read_table(table)?;
        batch_table(py.detach(|| to_batch(&self.look().describe_source(table, most.unwrap_or(usize::MAX))))?)
    }

    fn first_rows(&self, py: Python<'_>, table: &str, code: &str, n: usize) -> PyResult<Vec<u32>> {
        let table = read_table(table)?;
        Ok(py.detach(|| self.look().first_rows(table, code, n)))
    }

    fn place(&self, table: &str, row: u32) -> PyResult<Option<(usize, Option<u64>)>> {
        Ok(self.look().table(read_table(table)?).and_then(|findings| findings.place(row)))
    }

    fn by_file(&self, table: &str, code: &str) -> PyResult<Vec<u64>> {
        Ok(self.look().by_file(read_table(table)?, code))
    }

    fn related_rows(&self, table: &str) -> PyResult<u64> {
        Ok(self.look().related_rows(read_table(table)?))
    }

    fn learn_ids(&self, py: Python<'_>, table: &str, offset: u64, batch: Given<'_>) -> PyResult<()> {
        let (table, batch) = (read_table(table)?, batch.whole()?);
        py.detach(|| -> Result<()> {
            let mut outcome = self.outcome.write().unwrap_or_else(PoisonError::into_inner);
            match &batch {
                Raw::Csv(records) => {
                    let columns = records.all_values();
                    let id = |row: usize| std::str::from_utf8(columns.first()?.get(row)?).ok();
                    outcome.learn_ids(table, offset, id, records.rows());
                }
                Raw::Arrow(batch) => {
                    let Some(column) = batch.columns().first() else { return Ok(()) };
                    let column = cast(column, &DataType::Utf8View)?;
                    let ids = column.as_string_view();
                    outcome.learn_ids(table, offset, |row| ids.is_valid(row).then(|| ids.value(row)), ids.len());
                }
            }
            Ok(())
        })?;
        Ok(())
    }

    fn decisions(&self, py: Python<'_>) -> PyResult<Option<PyTable>> {
        py.detach(|| {
            let outcome = self.look();
            outcome.planning().map(|planning| planning::decisions(&outcome, planning)).transpose()
        })
    }

    fn by_rep(&self, py: Python<'_>) -> PyResult<Option<PyTable>> {
        py.detach(|| {
            let outcome = self.look();
            outcome.planning().map(|planning| planning::by_rep(&outcome, planning)).transpose()
        })
    }

    fn eligibility(&self, py: Python<'_>, offset: u64, batch: PyTable) -> PyResult<Option<PyTable>> {
        let users = py.detach(|| guard(|| self.look().eligibility(offset, &one_batch(batch)?)))?;
        users.map(|users| planning::eligibility(&users)).transpose()
    }

    fn tallies(&self) -> PyResult<(PyTable, PyTable, PyTable)> {
        let outcome = self.look();
        let counted = outcome.tallies();
        Ok((tallies::by_region(counted)?, tallies::window_closings(counted)?, tallies::live_session_ages(counted)?))
    }

    fn changes(&self, py: Python<'_>, table: &str, offset: u64, batch: PyTable) -> PyResult<PyTable> {
        let table = read_table(table)?;
        let changes = py.detach(|| guard(|| self.look().changes(table, offset, &one_batch(batch)?)));
        batch_table(changes.map_err(|error: Error| PyErr::from(error))?)
    }

    fn new_findings(&self, py: Python<'_>, before: &Self, table: &str) -> PyResult<PyTable> {
        let table = read_table(table)?;
        let found = py.detach(|| self.look().new_findings(&before.look(), table));
        let others: UInt64Array = found.iter().map(|finding| finding.other.map(u64::from)).collect();
        to_table(vec![
            ("row", numbers(&found, |finding| u64::from(finding.row))),
            ("code", text(&found, |finding| finding.code)),
            ("other", Arc::new(others)),
        ])
    }

    fn id_column(&self, table: &str) -> PyResult<Option<String>> {
        let table = read_table(table)?;
        Ok(table.id_field().and_then(|field| self.look().header(table, field).map(str::to_owned)))
    }

    #[pyo3(signature = (table, offset, batch, *, rows=None, errors_only=false))]
    #[expect(clippy::needless_pass_by_value, reason = "pyo3 extracts arguments by value")]
    fn findings(
        &self,
        py: Python<'_>,
        table: &str,
        offset: u64,
        batch: Given<'_>,
        rows: Option<Vec<u32>>,
        errors_only: bool,
    ) -> PyResult<PyTable> {
        let table = read_table(table)?;
        let batch = batch.whole()?;
        let described =
            py.detach(|| guard(|| self.look().describe_batch(table, offset, &batch, rows.as_deref(), errors_only)));
        let described = described.map_err(|error: Error| PyErr::from(error))?;
        let schema = described.first().map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
        PyTable::try_new(described, schema)
    }
}
