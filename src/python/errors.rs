//! Errors as Python exceptions, one class for each kind.

use pyo3::PyErr;
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyKeyboardInterrupt, PyRuntimeError};

use crate::error::Error;

create_exception!(sendworthy._core, SendworthyError, PyException, "Base of every error that sendworthy raises.");
create_exception!(
    sendworthy._core,
    InputError,
    SendworthyError,
    "An input that cannot be read as what it claims to be."
);
create_exception!(
    sendworthy._core,
    ColumnError,
    SendworthyError,
    "A column that is missing, ambiguous or of a wrong type."
);
create_exception!(
    sendworthy._core,
    ConfigError,
    SendworthyError,
    "A setting, selector or policy number that makes no sense."
);

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::Input(_) => InputError::new_err(text),
            Error::Column(_) => ColumnError::new_err(text),
            Error::Config(_) => ConfigError::new_err(text),
            Error::Cancelled => PyKeyboardInterrupt::new_err(text),
            Error::Internal(_) => PyRuntimeError::new_err(text),
        }
    }
}
