//! The values of records of a CSV file. They stay where they stand in its bytes; nothing is made of them before a decoder
//! asks for one.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, StringViewArray};
use arrow_buffer::{Buffer, NullBufferBuilder};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use memchr::memchr3;

use super::cells::{Cell, Cells, Kind};
use crate::error::Result;

/// The columns that are read.
#[derive(Debug)]
pub struct Columns {
    /// Their numbers in the header, counted from 0.
    places: Vec<usize>,
    schema: SchemaRef,
}

impl Columns {
    /// Columns by their numbers in the header and their names in the batches.
    #[must_use]
    pub fn new(columns: Vec<(usize, String)>) -> Self {
        let (places, names): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let fields: Vec<_> = names.into_iter().map(|name| Field::new(name, DataType::Utf8View, true)).collect();
        Self { places, schema: Arc::new(Schema::new(fields)) }
    }

    /// How many columns a header must have for these to be among them.
    #[must_use]
    pub fn width(&self) -> usize {
        self.places.iter().max().map_or(0, |last| last + 1)
    }
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

impl Records {
    /// All records whose places are known.
    #[must_use]
    pub fn new(columns: Arc<Columns>, mut bytes: Vec<u8>, cells: Cells) -> Self {
        let halves = |(at, record, Cell { start, end, .. })| (at, record, undouble(&mut bytes[start + 1..end - 1]));
        let doubled = cells.doubled().map(halves).collect();
        let rows = cells.records();
        Self { columns, bytes: Buffer::from_vec(bytes), cells: Arc::new(cells), doubled, first: 0, rows }
    }

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

    /// A column among those that are read.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<Column> {
        let at = self.columns.schema.index_of(name).ok()?;
        Some(Column { records: self.clone(), place: self.columns.places[at] })
    }

    /// How many bytes the longest record has, its line end included.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.cells.lengths(self.first, self.rows).max().unwrap_or(0)
    }

    /// How many bytes all of them have.
    #[must_use]
    pub fn size(&self) -> usize {
        self.cells.lengths(self.first, self.rows).sum()
    }

    /// The bytes of a record, line end aside, if commas are what separates its values and none has a character that
    /// needs quotes.
    #[must_use]
    pub fn verbatim(&self, row: usize) -> Option<&[u8]> {
        let [start, first, end] = self.cells.plain_record(self.first + row)?;
        let record = &self.bytes[start..end];
        (self.bytes[first] == b',' && memchr3(b'"', b'\n', b'\r', record).is_none()).then_some(record)
    }

    /// Whether all columns are read, in the order of the header.
    #[must_use]
    pub fn are_whole(&self) -> bool {
        self.columns.places.iter().copied().eq(0..self.cells.width())
    }

    /// The values of each column that is read.
    #[must_use]
    pub fn all_values(&self) -> Vec<Values<'_>> {
        self.columns.places.iter().map(|place| self.values(*place)).collect()
    }

    /// The records as text columns.
    ///
    /// # Errors
    /// None that is known: the bytes are UTF-8.
    pub fn to_batch(&self) -> Result<RecordBatch> {
        self.batch_of(0..self.rows)
    }

    /// Some of the records as text columns, made record by record so that the bytes come into the cache in their order.
    ///
    /// # Errors
    /// None that is known: the bytes are UTF-8.
    pub fn batch_of(&self, rows: impl ExactSizeIterator<Item = usize>) -> Result<RecordBatch> {
        let count = rows.len();
        let all_values = self.all_values();
        let new = |_: &Values<'_>| (Vec::with_capacity(count), NullBufferBuilder::new(count));
        let mut columns: Vec<(Vec<u128>, _)> = all_values.iter().map(new).collect();
        for row in rows {
            for ((views, nulls), values) in columns.iter_mut().zip(&all_values) {
                let text = values.range(row);
                nulls.append(text.is_some());
                views.push(text.map_or(0, |text| view(&self.bytes, text)));
            }
        }
        let texts = columns.into_iter().map(|(views, mut nulls)| -> Result<ArrayRef> {
            Ok(Arc::new(StringViewArray::try_new(views.into(), vec![self.bytes.clone()], nulls.finish())?))
        });
        let columns = texts.collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.columns.schema), columns, &options)?)
    }

    fn values(&self, column: usize) -> Values<'_> {
        let (ends, stride) = self.cells.of_column(column, self.first, self.rows);
        Values { records: self, bytes: &self.bytes, column, ends, stride }
    }

    /// How many quotes of a value were one of two.
    #[cold]
    fn halved(&self, column: usize, record: usize) -> usize {
        let found = self.doubled.binary_search_by_key(&(column, record), |(column, record, _)| (*column, *record));
        found.map_or(0, |at| self.doubled[at].2)
    }
}

/// One column of some records.
#[derive(Debug, Clone)]
pub struct Column {
    records: Records,
    place: usize,
}

impl Column {
    /// Its values.
    #[must_use]
    pub fn values(&self) -> Values<'_> {
        self.records.values(self.place)
    }
}

/// Where a text stands in the bytes of some records.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    start: usize,
    end: usize,
}

impl Place {
    /// How long it is.
    #[must_use]
    #[inline]
    pub const fn length(self) -> usize {
        self.end - self.start
    }
}

/// The values of one column of some records, to be found quickly.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    records: &'a Records,
    bytes: &'a [u8],
    column: usize,
    /// The place before the first one, its own, and so on to the last one's: of all columns between them.
    ends: &'a [u32],
    /// How many of them a record has.
    stride: usize,
}

impl<'a> Values<'a> {
    /// How many records there are.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.records.rows
    }

    /// The text of a record, unless it has no value.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&'a [u8]> {
        self.range(row).map(|text| &self.bytes[text])
    }

    /// Where the text of a record stands; an empty one where it has no value.
    #[must_use]
    #[inline]
    pub fn place(&self, row: usize) -> Place {
        let (start, end) = Cell::usual(self.neighbours(row)).unwrap_or_else(|| self.unusual(row));
        Place { start, end }
    }

    /// The text that stands there.
    #[must_use]
    #[inline]
    pub fn at(&self, place: Place) -> &'a [u8] {
        &self.bytes[place.start..place.end]
    }

    /// What equal texts have in common.
    #[must_use]
    #[inline]
    pub fn print(&self, place: Place) -> Print {
        Print::of(self.bytes, place)
    }

    /// The place before a value and its own.
    #[inline]
    fn neighbours(&self, row: usize) -> [u32; 2] {
        let at = row * self.stride;
        [self.ends[at], self.ends[at + 1]]
    }

    #[cold]
    fn unusual(&self, row: usize) -> (usize, usize) {
        self.range(row).map_or((0, 0), |text| (text.start, text.end))
    }

    /// Where the text of a value stands; nothing where there is no value. Nothing between quotes is one.
    fn range(&self, row: usize) -> Option<Range<usize>> {
        let Cell { start, end, kind } = Cell::between(self.neighbours(row));
        match kind {
            Kind::Plain => (start < end).then_some(start..end),
            Kind::Quoted => Some(start + 1..end - 1),
            Kind::Doubled => Some(start + 1..end - 1 - self.records.halved(self.column, self.records.first + row)),
            Kind::Absent => None,
        }
    }
}

/// A text of at most 24 bytes, to be compared without a look at how long it is: texts of few values differ in length from
/// record to record, and each difference would be a wrong guess of the processor. Longer texts are equal to no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Print {
    /// The first sixteen bytes.
    head: u128,
    /// The last eight, if it has more than sixteen; of longer texts where it stands.
    tail: u64,
    length: usize,
}

impl Print {
    const LONGEST: usize = 24;

    #[inline]
    fn of(bytes: &[u8], text: Place) -> Self {
        let length = text.length();
        if length > Self::LONGEST {
            return Self { head: 0, tail: text.start as u64, length };
        }
        let head = sixteen(bytes, text.start) & LEFT[length.min(16)];
        let tail = sixteen(bytes, text.start + length.saturating_sub(16)) >> 64;
        Self { head, tail: if length > 16 { tail as u64 } else { 0 }, length }
    }

    /// All of it in a word, in which texts may meet.
    #[must_use]
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the head is cut into halves")]
    pub const fn folded(self) -> u64 {
        self.head as u64 ^ ((self.head >> 64) as u64).rotate_left(32) ^ self.tail.rotate_left(16) ^ self.length as u64
    }
}

/// What is left of sixteen bytes when so many of them are a text.
static LEFT: [u128; 17] = {
    let (mut left, mut length) = ([0; 17], 1);
    while length < left.len() {
        left[length] = left[length - 1] << 8 | 0xff;
        length += 1;
    }
    left
};

/// Sixteen bytes from a place on; zeros follow the last one.
#[inline]
fn sixteen(bytes: &[u8], start: usize) -> u128 {
    match bytes.get(start..start + 16) {
        Some(bytes) => bytes.first_chunk().copied().map_or(0, u128::from_le_bytes),
        None => last_ones(bytes, start),
    }
}

#[cold]
fn last_ones(bytes: &[u8], start: usize) -> u128 {
    bytes.iter().skip(start).take(16).rev().fold(0, |word, byte| word << 8 | u128::from(*byte))
}

/// Arrow's view of a text: its length, then up to twelve bytes of it, or the first four and where it starts.
fn view(bytes: &[u8], text: Range<usize>) -> u128 {
    const INLINE: usize = 12;
    let (start, length) = (text.start, text.len());
    let word = sixteen(bytes, start);
    let text = if length <= INLINE { word & LEFT[length] } else { word & LEFT[4] | (start as u128) << 64 };
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
