//! The engine for Python. Every call that may take long lets other threads of the interpreter run.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3_arrow::PyTable;

use super::convert::{policy as read_policy, table as read_table};
use super::outcome::PyOutcome;
use crate::engine::Engine;
use crate::engine::queue::{Cancel, guard};
use crate::engine::select::Selection;
use crate::error::{Error, Result};
use crate::policy::Operation;
use crate::tables::phone::Region;

/// One check: bind and push each table, finish it, then take the outcome.
#[pyclass(name = "Engine", module = "sendworthy._core", frozen)]
pub struct PyEngine {
    engine: Mutex<Option<Engine>>,
    cancel: Cancel,
}

impl PyEngine {
    fn lock(&self) -> MutexGuard<'_, Option<Engine>> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, work: impl FnOnce(&mut Engine) -> Result<T>) -> Result<T> {
        match self.lock().as_mut() {
            Some(engine) => guard(|| work(engine)),
            None => Err(Error::Internal("the check is finished already".to_owned())),
        }
    }
}

#[pymethods]
impl PyEngine {
    #[new]
    #[pyo3(signature = (*, as_of, operation="audit", policy=None, select=None, ignore=None, severity=None, threads=None, default_region=None))]
    #[expect(clippy::needless_pass_by_value, reason = "pyo3 extracts arguments by value")]
    fn new(
        as_of: i64,
        operation: &str,
        policy: Option<&Bound<'_, PyDict>>,
        select: Option<Vec<String>>,
        ignore: Option<Vec<String>>,
        severity: Option<BTreeMap<String, String>>,
        threads: Option<usize>,
        default_region: Option<&str>,
    ) -> PyResult<Self> {
        let selection = Selection::new(select.as_deref(), &ignore.unwrap_or_default(), &severity.unwrap_or_default())?;
        let mut engine = Engine::new(as_of, read_policy(policy)?, Operation::parse(operation)?, selection, threads)?;
        if let Some(code) = default_region {
            let region = Region::named(code).ok_or_else(|| {
                Error::Config(format!(
                    "default_region must be an ISO 3166-1 alpha-2 code like US or DE with a calling code, not '{code}'"
                ))
            })?;
            engine.set_default_region(region);
        }
        Ok(Self { cancel: engine.cancel().clone(), engine: Mutex::new(Some(engine)) })
    }

    #[pyo3(signature = (table, source, schema, columns=None))]
    fn bind(
        &self,
        table: &str,
        source: &str,
        schema: PyTable,
        columns: Option<BTreeMap<String, String>>,
    ) -> PyResult<Vec<String>> {
        let (_, schema) = schema.into_inner();
        let columns = columns.unwrap_or_default();
        Ok(self.with(|engine| engine.bind(read_table(table)?, source, &schema, &columns))?)
    }

    fn push(&self, py: Python<'_>, table: &str, batch: PyTable) -> PyResult<u64> {
        let (batches, _) = batch.into_inner();
        let rows = py.detach(|| {
            self.with(|engine| {
                let table = read_table(table)?;
                batches.into_iter().try_fold(0, |_, batch| engine.push(table, batch))
            })
        });
        Ok(rows?)
    }

    fn finish_table(&self, py: Python<'_>, table: &str) -> PyResult<u64> {
        Ok(py.detach(|| self.with(|engine| engine.finish_table(read_table(table)?)))?)
    }

    fn cancel(&self) {
        self.cancel.cancel();
    }

    fn finish(&self, py: Python<'_>) -> PyResult<PyOutcome> {
        let engine = self.lock().take().ok_or_else(|| Error::Internal("the check is finished already".to_owned()))?;
        Ok(PyOutcome::new(py.detach(|| guard(|| engine.finish()))?))
    }
}
