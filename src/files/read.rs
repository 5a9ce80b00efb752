//! The reader: bytes of a CSV file in, records out, and what is wrong with the bytes at the end.

use std::collections::HashSet;
use std::io::Read;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, StringViewArray};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::ScannedFile;
use super::cells::{Cell, Cells, Kind};
use super::scan::Scanner;
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

/// The columns that are read.
#[derive(Debug)]
struct Columns {
    /// Their numbers in the header, counted from 0.
    places: Vec<usize>,
    schema: SchemaRef,
}

/// Some records of a CSV file: its bytes, and where values stand in them.
#[derive(Debug, Clone)]
pub struct Records {
    columns: Arc<Columns>,
    bytes: Buffer,
    cells: Arc<Cells>,
    /// Column and record of the values that had doubled quotes, which are single ones now, and how many there were.
    doubled: Arc<[(usize, usize, usize)]>,
    first: usize,
    rows: usize,
}

/// A column of texts: Arrow's views of bytes, and which of them are no null.
pub type Views = (ScalarBuffer<u128>, Option<NullBuffer>);

impl Reader {
    /// A reader of some columns (number in the header and name in the batches) of a file with this separator.
    #[must_use]
    pub fn new(name: String, separator: u8, columns: Vec<(usize, String)>) -> Self {
        let (places, names): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let fields: Vec<_> = names.into_iter().map(|name| Field::new(name, DataType::Utf8View, true)).collect();
        Self {
            name,
            scanner: Scanner::with_cells(separator),
            columns: Arc::new(Columns { places, schema: Arc::new(Schema::new(fields)) }),
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
        let mut bytes = std::mem::replace(&mut self.bytes, rest);
        if self.columns.places.iter().any(|place| *place >= cells.width()) {
            return Err(Error::Internal(format!("{} has {} columns", self.name, cells.width())));
        }
        let doubled = cells.doubled();
        let doubled =
            doubled.map(|(at, record, cell)| (at, record, undouble(&mut bytes[cell.start + 1..cell.end - 1])));
        Ok(Some(Records {
            columns: Arc::clone(&self.columns),
            doubled: doubled.collect(),
            bytes: Buffer::from_vec(bytes),
            first: 0,
            rows: cells.records(),
            cells: Arc::new(cells),
        }))
    }
}

impl Records {
    /// How many there are.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Some of them.
    #[must_use]
    pub fn slice(&self, first: usize, rows: usize) -> Self {
        Self { first: self.first + first, rows, ..self.clone() }
    }

    /// The bytes that values point into.
    #[must_use]
    pub const fn bytes(&self) -> &Buffer {
        &self.bytes
    }

    /// The number of a column among those that are read.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.schema.index_of(name).ok()
    }

    /// The values of every column as Arrow's views of the bytes, and which are there. Record by record, so that the bytes
    /// come into the cache in their order.
    #[must_use]
    pub fn views(&self) -> Vec<Views> {
        let places = &self.columns.places;
        let mut columns: Vec<Vec<u128>> = places.iter().map(|_| Vec::with_capacity(self.rows)).collect();
        // Nothing is no value, but nothing between quotes is one.
        let mut empty = Vec::new();
        for (row, record) in self.cells.from(self.first).take(self.rows).enumerate() {
            for (at, (views, place)) in columns.iter_mut().zip(places).enumerate() {
                let Cell { mut start, mut end, kind } = record.cell(*place);
                if kind != Kind::Plain {
                    if kind == Kind::Absent {
                        views.push(0);
                        continue;
                    }
                    let shorter = if kind == Kind::Doubled { self.halved(*place, self.first + row) } else { 0 };
                    (start, end) = (start + 1, end - 1 - shorter);
                    if start == end {
                        empty.push((at, row));
                    }
                }
                views.push(view(&self.bytes, start, end));
            }
        }
        let nulls = |(at, views): (usize, Vec<u128>)| {
            let empty: HashSet<usize> = empty.iter().filter(|(column, _)| *column == at).map(|(_, row)| *row).collect();
            let there = BooleanBuffer::collect_bool(views.len(), |row| views[row] != 0 || empty.contains(&row));
            let nulls = Some(NullBuffer::new(there)).filter(|nulls| nulls.null_count() > 0);
            (ScalarBuffer::from(views), nulls)
        };
        columns.into_iter().enumerate().map(nulls).collect()
    }

    /// How many quotes of a value were one of two.
    fn halved(&self, column: usize, record: usize) -> usize {
        let found = self.doubled.binary_search_by_key(&(column, record), |(column, record, _)| (*column, *record));
        found.map_or(0, |at| self.doubled[at].2)
    }

    /// The records as text columns.
    ///
    /// # Errors
    /// None that is known: the bytes are UTF-8.
    pub fn to_batch(&self) -> Result<RecordBatch> {
        let texts = self.views().into_iter().map(|(views, nulls)| -> Result<ArrayRef> {
            Ok(Arc::new(StringViewArray::try_new(views, vec![self.bytes.clone()], nulls)?))
        });
        let columns = texts.collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.columns.schema), columns, &options)?)
    }
}

/// The longest text that a view holds itself.
const INLINE: usize = 12;

/// What is left of sixteen bytes when so many of them are a text.
static LEFT: [u128; INLINE + 1] = {
    let (mut left, mut length) = ([0; INLINE + 1], 1);
    while length <= INLINE {
        left[length] = left[length - 1] << 8 | 0xff;
        length += 1;
    }
    left
};

/// Arrow's view of a text: its length, then up to twelve bytes of it, or the first four and where it starts.
#[inline]
fn view(bytes: &[u8], start: usize, end: usize) -> u128 {
    let length = end - start;
    let word = match bytes.get(start..start + 16) {
        Some(bytes) => bytes.first_chunk().copied().map_or(0, u128::from_le_bytes),
        None => bytes[start..end].iter().take(16).rev().fold(0, |word, byte| word << 8 | u128::from(*byte)),
    };
    let text = match LEFT.get(length) {
        Some(left) => word & left,
        None => word & u128::from(u32::MAX) | (start as u128) << 64,
    };
    length as u128 | text << 32
}

/// Makes one quote of each pair; what is left over at the end is the number of pairs.
fn undouble(text: &mut [u8]) -> usize {
    let (mut from, mut to) = (0, 0);
    while from < text.len() {
        text[to] = text[from];
        from += if text[from] == b'"' { 2 } else { 1 };
        to += 1;
    }
    from - to
}
