//! The rulebook for Python.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::fixes::Mending;
use crate::rules::RULES;

/// Every rule with its documentation, in order of codes.
#[pyfunction]
pub fn rules(py: Python<'_>) -> PyResult<Bound<'_, PyList>> {
    let list = PyList::empty(py);
    for rule in RULES {
        let item = PyDict::new(py);
        item.set_item("code", rule.code)?;
        item.set_item("name", rule.name)?;
        item.set_item("severity", rule.severity.name())?;
        item.set_item("table", if rule.is_about_sources() { "all" } else { rule.table().name() })?;
        item.set_item("scope", rule.scope().name())?;
        item.set_item("enabled", rule.default)?;
        item.set_item("summary", rule.summary())?;
        item.set_item("since", rule.since)?;
        let mends = |table| Mending::ALL.iter().any(|mending| mending.rule(table) == Some(rule.code));
        item.set_item("fixes", rule.tables.iter().copied().any(mends))?;
        item.set_item("doc", rule.doc)?;
        list.append(item)?;
    }
    Ok(list)
}
