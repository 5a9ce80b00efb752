//! The extension module: the only place that knows of Python.

mod convert;
mod engine;
mod errors;
mod files;
mod generate;
mod outcome;
mod phone;
mod planning;
mod redaction;
mod rules;
mod streams;
mod tallies;

use pyo3::prelude::*;

/// The compiled core of the `sendworthy` package.
// It shares nothing that the compiler has not seen to be safe, so importing it leaves Python without its lock.
#[pymodule(gil_used = false)]
mod _core {
    #[pymodule_export]
    use super::engine::PyEngine;
    #[pymodule_export]
    use super::errors::{ColumnError, ConfigError, InputError, SendworthyError};
    #[pymodule_export]
    use super::files::{PyCsvReader, PyCsvRecords, PyFileScan, compacted, csv_records};
    #[pymodule_export]
    use super::generate::{Generated, generate};
    #[pymodule_export]
    use super::outcome::PyOutcome;
    #[pymodule_export]
    use super::phone::{
        count_assigned, is_e164_column, phone_info_column, repair_phone, to_e164_column, to_id18_column,
    };
    #[pymodule_export]
    use super::redaction::redacted;
    #[pymodule_export]
    use super::rules::rules;
    #[pymodule_export]
    use super::streams::PySoundStream;
    use crate::engine::panics;
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        if std::env::var_os("SENDWORTHY_DEBUG").is_none() {
            panics::keep_quiet();
        }
        module.add("DEBUG_BUILD", cfg!(debug_assertions))?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
