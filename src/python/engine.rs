//! The engine for Python. Every call that may take long lets other threads of the interpreter run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::{ArrayRef, Int64Array};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3_arrow::PyTable;

use super::convert::{Given, one_batch, policy as read_policy, table as read_table, to_table};
use super::files::PyCsvReader;
use super::outcome::PyOutcome;
use crate::engine::Engine;
use crate::engine::forms::FormCounts;
use crate::engine::queue::{Cancel, guard};
use crate::engine::select::Selection;
use crate::engine::shard::Whole;
use crate::error::{Error, Result};
use crate::policy::Operation;
use crate::rule::{Rule, Severity};
use crate::rules::custom::Custom;
use crate::tables::headers::Mapping;
use crate::tables::key::Key;
use crate::tables::phone::Region;

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

/// A channel's key, its users whose WhatsApp numbers have a plus sign, and those without.
type GivenForms = ([u8; 12], u64, u64);

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
    #[pyo3(signature = (*, as_of, operation="audit", policy=None, select=None, ignore=None, severity=None, threads=None, rules=None, eligibility=false, default_region=None))]
    #[expect(clippy::needless_pass_by_value, reason = "pyo3 extracts arguments by value")]
    #[expect(clippy::too_many_arguments, reason = "all are options, named by the caller")]
    fn new(
        as_of: i64,
        operation: &str,
        policy: Option<&Bound<'_, PyDict>>,
        select: Option<Vec<String>>,
        ignore: Option<Vec<String>>,
        severity: Option<BTreeMap<String, String>>,
        threads: Option<usize>,
        rules: Option<Vec<GivenRule>>,
        eligibility: bool,
        default_region: Option<&str>,
    ) -> PyResult<Self> {
        let custom = rules.into_iter().flatten().map(GivenRule::read).collect::<Result<Vec<_>>>()?;
        let (ignore, severity) = (ignore.unwrap_or_default(), severity.unwrap_or_default());
        let selection = Selection::with(&custom, select.as_deref(), &ignore, &severity)?;
        let selected = selection.all().map(|active| active.rule.code).collect();
        let mut engine = Engine::new(as_of, read_policy(policy)?, Operation::parse(operation)?, selection, threads)?;
        if eligibility {
            engine.keep_eligibility();
        }
        if let Some(code) = default_region {
            let region = Region::named(code).ok_or_else(|| {
                Error::Config(format!(
                    "default_region must be an ISO 3166-1 alpha-2 code like US or DE with a calling code, not '{code}'"
                ))
            })?;
            engine.set_default_region(region);
        }
        Ok(Self { cancel: engine.cancel().clone(), engine: Mutex::new(Some(engine)), selected })
    }

    fn selected(&self) -> Vec<&'static str> {
        self.selected.clone()
    }

    #[pyo3(signature = (table, source, schema, columns=None, *, headers=None, constants=None))]
    fn bind(
        &self,
        table: &str,
        source: &str,
        schema: PyTable,
        columns: Option<BTreeMap<String, String>>,
        headers: Option<Vec<String>>,
        constants: Option<Vec<String>>,
    ) -> PyResult<Vec<String>> {
        let (_, schema) = schema.into_inner();
        let spelled = headers.unwrap_or_else(|| schema.fields().iter().map(|field| field.name().clone()).collect());
        // Only a Data Loader mapping has constants, none perhaps, and it is a whole one.
        let whole = constants.is_some();
        let mapping = Mapping { columns: columns.unwrap_or_default(), whole, constants: constants.unwrap_or_default() };
        Ok(self.with(|engine| {
            let table = read_table(table)?;
            let needed = engine.bind(table, source, &schema, &mapping.columns)?;
            engine.spell(table, source, &schema, &spelled, &mapping)?;
            Ok(needed)
        })?)
    }

    fn wants_files(&self, table: &str) -> PyResult<bool> {
        Ok(self.with(|engine| Ok(engine.wants_files(read_table(table)?)))?)
    }

    #[expect(clippy::needless_pass_by_value, reason = "pyo3 extracts arguments by value")]
    fn files(&self, table: &str, readers: Vec<Py<PyCsvReader>>) -> PyResult<()> {
        let files: Result<Vec<_>> = readers.iter().map(|reader| reader.get().take()).collect();
        Ok(self.with(|engine| {
            engine.files(read_table(table)?, Ok(files?));
            Ok(())
        })?)
    }

    fn no_files(&self, table: &str, reason: String) -> PyResult<()> {
        Ok(self.with(|engine| {
            engine.files(read_table(table)?, Err(reason));
            Ok(())
        })?)
    }

    fn part_of(&self, user_ids_known: bool, number_forms: Vec<GivenForms>) -> PyResult<()> {
        let forms = number_forms.into_iter();
        let number_forms =
            forms.map(|(channel, plus, bare)| (Key::from_bytes(channel), FormCounts { plus, bare })).collect();
        Ok(self.with(|engine| {
            engine.part_of(Whole { user_ids_known, number_forms, ..Whole::default() });
            Ok(())
        })?)
    }

    fn repeat(&self, rows: Vec<u32>) -> PyResult<()> {
        Ok(self.with(|engine| {
            engine.repeat(rows);
            Ok(())
        })?)
    }

    fn place_columns(&self, table: &str) -> PyResult<Vec<String>> {
        Ok(self.with(|engine| engine.place_columns(read_table(table)?))?)
    }

    fn places(&self, py: Python<'_>, table: &str, batch: PyTable) -> PyResult<PyTable> {
        let table = read_table(table)?;
        let batch = one_batch(batch)?;
        let places = py.detach(|| self.with(|engine| engine.places(table, &batch)))?;
        let column = |places: Vec<Option<u64>>| -> ArrayRef {
            Arc::new(places.into_iter().map(|place| place.map(u64::cast_signed)).collect::<Int64Array>())
        };
        to_table(vec![("id", column(places.ids)), ("other", column(places.others))])
    }

    fn facts(&self, py: Python<'_>, table: &str, batch: PyTable) -> PyResult<(u64, Vec<GivenForms>)> {
        let table = read_table(table)?;
        let batch = one_batch(batch)?;
        let facts = py.detach(|| self.with(|engine| engine.facts(table, &batch)))?;
        let forms = facts.forms.into_iter();
        Ok((facts.ids, forms.map(|(channel, counts)| (channel.bytes(), counts.plus, counts.bare)).collect()))
    }

    fn push(&self, py: Python<'_>, table: &str, batch: Given<'_>) -> PyResult<u64> {
        let batches = batch.parts();
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
