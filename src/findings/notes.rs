//! Findings about a source and not about one of its records: the bytes of a file, a header.

/// A finding without a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Note {
    /// The header concerned.
    pub column: Option<String>,
    /// What stands there.
    pub value: Option<String>,
    /// One sentence: what was found, what was expected, what it means for the load.
    pub message: String,
}

impl Note {
    /// A note about the whole of a file.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// A note about a column.
    #[must_use]
    pub fn on(column: &str, message: impl Into<String>) -> Self {
        Self { column: Some(column.to_owned()), value: None, message: message.into() }
    }
}

/// What a rule says of the headers of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HeaderVerdict {
    /// How many headers it could judge.
    pub checked: u64,
    /// What it found.
    pub notes: Vec<Note>,
}

impl HeaderVerdict {
    /// Counts one header that was judged.
    pub fn judge(&mut self, note: Option<Note>) {
        self.checked += 1;
        self.notes.extend(note);
    }
}
