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
use crate::rule::{Rule, Severity};
use crate::rules::custom::Custom;

/// One check: bind and push each table, finish it, then take the outcome.
#[pyclass(name = "Engine", module = "sendworthy._core", frozen)]
pub struct PyEngine {
    engine: Mutex<Option<Engine>>,
    cancel: Cancel,
    selected: Vec<&'static str>,
}

/// A rule of the user's: code, name, table, severity, message.
#[derive(FromPyObject)]
struct GivenRule(String, String, String, String, String);

impl GivenRule {
    fn read(self) -> Result<&'static Rule> {
        let Self(code, name, table, severity, message) = self;
        let Some(severity) = Severity::named(&severity) else {
            return Err(Error::Config(format!(
                "rule {code}: severity '{severity}' is unknown; use error, warning or info"
            )));
        };
        Custom { code, name, table: read_table(&table)?, severity, message }.into_rule()
    }
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
    #[pyo3(signature = (*, as_of, operation="audit", policy=None, select=None, ignore=None, severity=None, threads=None, rules=None))]
    #[expect(clippy::needless_pass_by_value, reason = "pyo3 extracts arguments by value")]
    #[expect(clippy::too_many_arguments, reason = "Python gives them by name")]
    fn new(
        as_of: i64,
        operation: &str,
        policy: Option<&Bound<'_, PyDict>>,
        select: Option<Vec<String>>,
        ignore: Option<Vec<String>>,
        severity: Option<BTreeMap<String, String>>,
        threads: Option<usize>,
        rules: Option<Vec<GivenRule>>,
    ) -> PyResult<Self> {
        let custom = rules.into_iter().flatten().map(GivenRule::read).collect::<Result<Vec<_>>>()?;
        let (ignore, severity) = (ignore.unwrap_or_default(), severity.unwrap_or_default());
        let selection = Selection::with(&custom, select.as_deref(), &ignore, &severity)?;
        let selected = selection.all().map(|active| active.rule.code).collect();
        let engine = Engine::new(as_of, read_policy(policy)?, Operation::parse(operation)?, selection, threads)?;
        Ok(Self { cancel: engine.cancel().clone(), engine: Mutex::new(Some(engine)), selected })
    }

    fn selected(&self) -> Vec<&'static str> {
        self.selected.clone()
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
