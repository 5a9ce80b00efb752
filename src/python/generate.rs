//! Made-up data for Python, chunk by chunk.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::RecordBatch;
use pyo3::prelude::*;
use pyo3_arrow::PyTable;

use super::convert::batch_table;
use crate::engine::queue::guard;
use crate::error::{Error, Result};
use crate::generate::{Generator, Settings};
use crate::model::objects::Table;

/// Synthetic data, made chunk by chunk.
#[pyclass(module = "sendworthy._core", frozen)]
pub struct Generated {
    generator: Arc<Generator>,
    chunk: NonZeroU32,
}

/// The chunks of one table.
#[pyclass(module = "sendworthy._core", frozen)]
struct Chunks {
    generator: Arc<Generator>,
    table: Table,
    chunk: NonZeroU32,
    /// The first record of the next chunk; beyond the last one when all were made.
    next: AtomicU64,
}

/// Gets ready to make data.
#[pyfunction]
#[pyo3(signature = (*, users, sessions, channels=40, seed=1, defect_rate=0.02, as_of, chunk=250_000))]
pub fn generate(
    users: u32,
    sessions: u32,
    channels: u16,
    seed: u64,
    defect_rate: f64,
    as_of: i64,
    chunk: u32,
) -> PyResult<Generated> {
    let chunk = NonZeroU32::new(chunk).ok_or_else(|| Error::Config("generate: chunk must be at least 1".to_owned()))?;
    let settings = Settings { users, sessions, channels, seed, defect_rate, as_of };
    Ok(Generated { generator: Arc::new(Generator::new(settings)?), chunk })
}

impl Generated {
    fn chunks(&self, table: Table) -> Chunks {
        Chunks { generator: Arc::clone(&self.generator), table, chunk: self.chunk, next: AtomicU64::new(0) }
    }
}

#[pymethods]
impl Generated {
    fn channels(&self) -> PyResult<PyTable> {
        batch_table(self.generator.channels()?)
    }

    fn users(&self) -> Chunks {
        self.chunks(Table::Users)
    }

    fn sessions(&self) -> Chunks {
        self.chunks(Table::Sessions)
    }

    fn truth(&self, py: Python<'_>) -> PyResult<PyTable> {
        batch_table(py.detach(|| guard(|| self.generator.truth()))?)
    }
}

impl Chunks {
    /// The next chunk. A table without records has one chunk without records, so that its columns are known.
    fn make(&self) -> Result<Option<RecordBatch>> {
        let rows = self.generator.rows(self.table);
        let first = self.next.fetch_add(u64::from(self.chunk.get()), Ordering::Relaxed);
        let first = match u32::try_from(first) {
            Ok(first) if first < rows || first == 0 => first,
            _ => return Ok(None),
        };
        let chunk = first..first.saturating_add(self.chunk.get()).min(rows);
        match self.table {
            Table::Sessions => self.generator.sessions(chunk),
            _ => self.generator.users(chunk),
        }
        .map(Some)
    }
}

#[pymethods]
impl Chunks {
    const fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<PyTable>> {
        py.detach(|| guard(|| self.make()))?.map(batch_table).transpose()
    }
}
