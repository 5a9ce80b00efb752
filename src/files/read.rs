//! The reader: bytes of a CSV file in, records out, and what is wrong with the bytes at the end.

use std::io::Read;
use std::sync::Arc;

use super::ScannedFile;
use super::scan::Scanner;
use super::values::{Columns, Records};
use crate::error::{Error, Result};

/// Bytes that are read at a time.
const BLOCK: usize = 1 << 22;

/// Reads columns of a CSV file.
///
/// A value between quotes is what is in them; nothing is null, and `""` is an empty text. A record of too few values has
/// nulls at its end, and a blank line is a record of nulls. Where quotes are wrong, a value is all that stands between
/// separators, quotes included.
#[derive(Debug)]
pub struct Reader {
    name: String,
    scanner: Scanner,
    columns: Arc<Columns>,
    /// From the start of the record that has not ended.
    bytes: Vec<u8>,
    /// How many of them the scanner has seen.
    scanned: usize,
    /// Faults that were looked at.
    judged: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Values,
    /// Something is wrong that leaves no values to be read: the rest is looked at for what is said of it.
    Unreadable,
    Ended,
}

impl Reader {
    /// A reader of some columns (number in the header and name in the batches) of a file with this separator.
    #[must_use]
    pub fn new(name: String, separator: u8, columns: Vec<(usize, String)>) -> Self {
        Self {
            name,
            scanner: Scanner::with_cells(separator),
            columns: Arc::new(Columns::new(columns)),
            bytes: Vec::new(),
            scanned: 0,
            judged: 0,
            state: State::Values,
        }
    }

    /// Reads the next bytes of a file, for [`Self::scan`]; their number is 0 at its end.
    ///
    /// # Errors
    /// What the file says.
    pub fn fill(&mut self, file: &mut impl Read) -> std::io::Result<usize> {
        self.bytes.reserve(BLOCK);
        file.take(BLOCK as u64).read_to_end(&mut self.bytes)
    }

    /// Takes the next bytes, for [`Self::scan`].
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Looks at bytes that are new, and gives the records that end in them.
    ///
    /// # Errors
    /// More than four billion records, or one that nobody should read.
    pub fn scan(&mut self) -> Result<Option<Records>> {
        self.scanner.push(&self.bytes[self.scanned..]).map_err(|error| error.of_file(&self.name))?;
        self.scanned = self.bytes.len();
        self.judge();
        if self.state == State::Unreadable {
            self.bytes.clear();
            self.scanned = 0;
            return Ok(None);
        }
        self.records()
    }

    /// The end of the file; gives its last record when no line end follows it.
    ///
    /// # Errors
    /// A file in which no values can be told apart.
    pub fn finish(&mut self) -> Result<Option<Records>> {
        if self.state == State::Ended {
            return Ok(None);
        }
        self.scanner.end().map_err(|error| error.of_file(&self.name))?;
        self.judge();
        let readable = self.state != State::Unreadable;
        self.state = State::Ended;
        if readable {
            return self.records();
        }
        let said = self.scanner.so_far().explain().unwrap_or_default();
        Err(Error::Input(format!("{}: {said}", self.name)))
    }

    /// Whether all was read.
    #[must_use]
    pub fn ended(&self) -> bool {
        self.state == State::Ended
    }

    /// What the bytes say.
    #[must_use]
    pub fn into_file(self) -> ScannedFile {
        ScannedFile { name: self.name, ..self.scanner.into_file() }
    }

    /// Whether values can still be told apart.
    fn judge(&mut self) {
        let file = self.scanner.so_far();
        let new = &file.faults[self.judged..];
        let unreadable = file.bad_bytes.is_some()
            || file.swallows.is_some()
            || !file.header_readable()
            || new.iter().any(|fault| file.leaves_no_values(fault));
        self.judged = file.faults.len();
        if unreadable && self.state != State::Unreadable {
            self.state = State::Unreadable;
            self.scanner.forget_cells();
        }
    }

    /// The complete records, which the bytes are given away with.
    fn records(&mut self) -> Result<Option<Records>> {
        let Some(collector) = self.scanner.cells().filter(|cells| cells.any()) else { return Ok(None) };
        let (cells, open) = collector.take();
        let open = open.min(self.bytes.len()); // the last record may end without a line end
        let mut rest = Vec::with_capacity(self.bytes.len() - open + BLOCK);
        rest.extend_from_slice(&self.bytes[open..]);
        self.scanned = rest.len();
        let bytes = std::mem::replace(&mut self.bytes, rest);
        if self.columns.width() > cells.width() {
            return Err(Error::Internal(format!("{} has {} columns", self.name, cells.width())));
        }
        Ok(Some(Records::new(Arc::clone(&self.columns), bytes, cells)))
    }
}
