//! What can go wrong besides findings: findings are data, these are not.

use thiserror::Error;

/// Everything that stops a check.
#[derive(Debug, Error)]
pub enum Error {
    /// An input that cannot be read as what it claims to be. The text names source, record and cure.
    #[error("{0}")]
    Input(String),
    /// A column that is missing, ambiguous or of a type that cannot hold its field.
    #[error("{0}")]
    Column(String),
    /// A setting, selector or policy number that makes no sense.
    #[error("{0}")]
    Config(String),
    /// The run was cancelled from outside.
    #[error("the check was cancelled")]
    Cancelled,
    /// A fault of this library, never of the data.
    #[error("internal error in sendworthy (please report it): {0}")]
    Internal(String),
}

impl Error {
    /// The same about a file with this name.
    #[must_use]
    pub fn of_file(self, name: &str) -> Self {
        match self {
            Self::Input(text) => Self::Input(format!("{name}: {text}")),
            other => other,
        }
    }
}

/// The result type of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<arrow_schema::ArrowError> for Error {
    fn from(error: arrow_schema::ArrowError) -> Self {
        use arrow_schema::ArrowError::{CastError, ParseError};
        // These two quote the value that they failed on.
        let told = match &error {
            CastError(_) => "a value cannot be cast".to_owned(),
            ParseError(_) => "a value cannot be parsed".to_owned(),
            other => other.to_string(),
        };
        Self::Input(format!("the Arrow data cannot be read: {told}"))
    }
}
