//! The reader: bytes of a CSV file in, batches of text columns out, and what is wrong with the bytes at the end.

use std::io::Read;
use std::sync::Arc;

use arrow_array::builder::make_view;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, StringViewArray};
use arrow_buffer::{Buffer, NullBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::ScannedFile;
use super::cells::{Cells, Kind};
use super::scan::Scanner;
use crate::error::{Error, Result};

/// Bytes that are read at a time.
const BLOCK: usize = 1 << 22;

/// Reads columns of a CSV file. Values are not copied: a batch points into the bytes that were read.
///
/// A value between quotes is what is in them; nothing is null, and `""` is an empty text. A record of too few values has
/// nulls at its end, and a blank line is a record of nulls. Where quotes are wrong, a value is all that stands between
/// separators, quotes included.
#[derive(Debug)]
pub struct Reader {
    name: String,
    scanner: Scanner,
    /// Numbers of the columns, counted from 0.
    columns: Vec<usize>,
    schema: SchemaRef,
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
        let (columns, names): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let fields: Vec<_> = names.into_iter().map(|name| Field::new(name, DataType::Utf8View, true)).collect();
        Self {
            name,
            scanner: Scanner::with_cells(separator),
            columns,
            schema: Arc::new(Schema::new(fields)),
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
    pub fn scan(&mut self) -> Result<Option<RecordBatch>> {
        self.scanner.push(&self.bytes[self.scanned..]).map_err(|error| error.of_file(&self.name))?;
        self.scanned = self.bytes.len();
        self.judge();
        if self.state == State::Unreadable {
            self.bytes.clear();
            self.scanned = 0;
            return Ok(None);
        }
        self.batch()
    }

    /// The end of the file; gives its last record when no line end follows it.
    ///
    /// # Errors
    /// A file in which no values can be told apart.
    pub fn finish(&mut self) -> Result<Option<RecordBatch>> {
        if self.state == State::Ended {
            return Ok(None);
        }
        self.scanner.end().map_err(|error| error.of_file(&self.name))?;
        self.judge();
        let readable = self.state != State::Unreadable;
        self.state = State::Ended;
        if readable {
            return self.batch();
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
    fn batch(&mut self) -> Result<Option<RecordBatch>> {
        let Some(cells) = self.scanner.cells().filter(|cells| cells.records() > 0) else { return Ok(None) };
        let open = cells.open_at().min(self.bytes.len()); // the last record may end without a line end
        let mut rest = Vec::with_capacity(self.bytes.len() - open + BLOCK);
        rest.extend_from_slice(&self.bytes[open..]);
        self.scanned = rest.len();
        let bytes = Buffer::from_vec(std::mem::replace(&mut self.bytes, rest));
        let columns = self.columns.iter().map(|column| texts(&bytes, cells, *column)).collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(cells.records()));
        cells.keep_open();
        Ok(Some(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?))
    }
}

/// A column of values that point into the bytes, or into a second buffer where doubled quotes had to be made one.
fn texts(bytes: &Buffer, cells: &Cells, column: usize) -> Result<ArrayRef> {
    let mut views = Vec::with_capacity(cells.records());
    let mut there = Vec::with_capacity(cells.records());
    let mut written = Vec::new();
    for cell in cells.column(column) {
        let view = match cell.kind {
            Kind::Plain => view(bytes, cell.start, cell.end),
            Kind::Quoted => view(bytes, cell.start + 1, cell.end - 1),
            Kind::Doubled => {
                let start = written.len();
                undouble(&bytes[cell.start + 1..cell.end - 1], &mut written);
                make_view(&written[start..], 1, start as u32)
            }
            Kind::Absent => 0,
        };
        // Nothing is no value, but nothing between quotes is one.
        there.push(view != 0 || matches!(cell.kind, Kind::Quoted | Kind::Doubled));
        views.push(view);
    }
    let nulls = Some(NullBuffer::from(there)).filter(|nulls| nulls.null_count() > 0);
    let buffers = if written.is_empty() { vec![bytes.clone()] } else { vec![bytes.clone(), Buffer::from_vec(written)] };
    Ok(Arc::new(StringViewArray::try_new(ScalarBuffer::from(views), buffers, nulls)?))
}

#[expect(clippy::cast_possible_truncation, reason = "the bytes of a batch are few")]
fn view(bytes: &[u8], start: usize, end: usize) -> u128 {
    make_view(&bytes[start..end], 0, start as u32)
}

/// The text between the quotes, each pair inside made one.
fn undouble(quoted: &[u8], text: &mut Vec<u8>) {
    let mut rest = quoted;
    while let Some(at) = rest.iter().position(|byte| *byte == b'"') {
        text.extend_from_slice(&rest[..=at]);
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    text.extend_from_slice(rest);
}
