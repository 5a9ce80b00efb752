//! One decoded batch: a typed column per bound field, and the cells as given for whoever describes them.

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, StringViewArray};
use arrow_cast::cast;
use arrow_cast::display::array_value_to_string;
use arrow_schema::{DataType, TimeUnit};

use super::bind::{Binding, Form};
use super::cell::{is_missing, may_be_missing, read_bool};
use super::id::{IdCell, State};
use super::timestamp::Time;
use crate::error::{Error, Result};
use crate::findings::marks::Marks;
use crate::model::objects::{Table, Type};
use crate::model::picklists::Pick;
use crate::policy::Policy;
use crate::rule::Verdict;
use crate::rules::custom::VERDICT_PREFIX;

/// The typed cells of one field.
#[derive(Debug)]
enum Cells {
    Absent,
    Ids(Vec<IdCell>),
    /// Keys of another system.
    Keys(Vec<IdCell>),
    Picks(Vec<Pick>),
    Times(Vec<Time>),
    Flags(Vec<Option<bool>>),
    Text(Vec<Extent>),
}

/// How long a text cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// It has no value.
    Missing,
    /// It has no more UTF-16 units than its field may have.
    Fits,
    /// It has more.
    Long,
}

/// The cells of one field as given.
#[derive(Debug)]
enum Given {
    Absent,
    Text(StringViewArray),
    Native(ArrayRef),
}

/// A decoded batch of any table.
#[derive(Debug)]
pub struct Batch {
    table: Table,
    rows: usize,
    cells: Vec<Cells>,
    given: Vec<Given>,
    /// Verdicts that came with the data, by the rule's code.
    verdicts: Vec<(String, BooleanArray)>,
}

impl Batch {
    /// Decodes every bound column once.
    ///
    /// # Errors
    /// A batch without a bound column, or one that Arrow cannot read as text.
    pub fn decode(binding: &Binding, batch: &RecordBatch, policy: &Policy) -> Result<Self> {
        let fields = binding.table.fields();
        let (mut cells, mut given) = (Vec::with_capacity(fields.len()), Vec::with_capacity(fields.len()));
        for (at, field) in fields.iter().enumerate() {
            let Some(column) = binding.column(at) else {
                cells.push(Cells::Absent);
                given.push(Given::Absent);
                continue;
            };
            let Some(array) = batch.column_by_name(&column.header) else {
                return Err(Error::Input(format!(
                    "{}: {}: column '{}' was in the header but not in a later part of the data",
                    binding.table.name(),
                    binding.source,
                    column.header
                )));
            };
            let (typed, raw) = decode(array, field.kind, column.form, policy)?;
            cells.push(typed);
            given.push(raw);
        }
        let verdicts = given_verdicts(batch)?;
        Ok(Self { table: binding.table, rows: batch.num_rows(), cells, given, verdicts })
    }

    /// Takes the verdicts of a rule that came with the data; null is undecided.
    pub fn verdicts(&self, code: &str, marks: &mut Marks<'_>) {
        if let Some((_, verdicts)) = self.verdicts.iter().find(|(known, _)| known == code) {
            marks.each(verdicts.iter().map(|passed| match passed {
                None => Verdict::Undecided,
                Some(passed) => Verdict::fail_if(!passed),
            }));
        }
    }

    /// The number of records.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// The table that the records belong to.
    #[must_use]
    pub const fn table(&self) -> Table {
        self.table
    }

    /// An Id or reference; missing where there is no column.
    #[must_use]
    pub fn id(&self, field: usize, row: usize) -> IdCell {
        match &self.cells[field] {
            Cells::Ids(cells) | Cells::Keys(cells) => cells[row],
            _ => IdCell::MISSING,
        }
    }

    /// A picklist value; missing where there is no column.
    #[must_use]
    pub fn pick(&self, field: usize, row: usize) -> Pick {
        match &self.cells[field] {
            Cells::Picks(cells) => cells[row],
            _ => Pick::MISSING,
        }
    }

    /// An instant; missing where there is no column.
    #[must_use]
    pub fn time(&self, field: usize, row: usize) -> Time {
        match &self.cells[field] {
            Cells::Times(cells) => cells[row],
            _ => Time::MISSING,
        }
    }

    /// A boolean, when there is one that can be read.
    #[must_use]
    pub fn flag(&self, field: usize, row: usize) -> Option<bool> {
        match &self.cells[field] {
            Cells::Flags(cells) => cells[row],
            _ => None,
        }
    }

    /// How long a text cell is; missing where there is no column.
    #[must_use]
    pub fn extent(&self, field: usize, row: usize) -> Extent {
        match &self.cells[field] {
            Cells::Text(cells) => cells[row],
            _ => Extent::Missing,
        }
    }

    /// The cells of those of some fields that hold Salesforce Ids.
    pub fn ids(&self, fields: &[usize]) -> impl Iterator<Item = &[IdCell]> {
        fields
            .iter()
            .filter_map(|field| if let Cells::Ids(cells) = &self.cells[*field] { Some(&cells[..]) } else { None })
    }

    /// The cells of those of some fields that are picklists.
    pub fn picks(&self, fields: &[usize]) -> impl Iterator<Item = &[Pick]> {
        fields
            .iter()
            .filter_map(|field| if let Cells::Picks(cells) = &self.cells[*field] { Some(&cells[..]) } else { None })
    }

    /// The cells of those of some fields that hold instants.
    pub fn times(&self, fields: &[usize]) -> impl Iterator<Item = &[Time]> {
        fields
            .iter()
            .filter_map(|field| if let Cells::Times(cells) = &self.cells[*field] { Some(&cells[..]) } else { None })
    }

    /// The lengths of those of some fields that hold text.
    pub fn extents(&self, fields: &[usize]) -> impl Iterator<Item = &[Extent]> {
        fields
            .iter()
            .filter_map(|field| if let Cells::Text(cells) = &self.cells[*field] { Some(&cells[..]) } else { None })
    }

    /// Which cells of a field have no value; all of them where there is no column.
    #[must_use]
    pub fn missing(&self, field: usize) -> Vec<bool> {
        match &self.cells[field] {
            Cells::Absent => vec![true; self.rows],
            Cells::Ids(cells) | Cells::Keys(cells) => cells.iter().map(|cell| cell.state == State::Missing).collect(),
            Cells::Picks(cells) => cells.iter().map(|cell| cell.is_missing()).collect(),
            Cells::Times(cells) => cells.iter().map(|cell| cell.is_missing()).collect(),
            Cells::Text(cells) => cells.iter().map(|cell| *cell == Extent::Missing).collect(),
            Cells::Flags(_) => (0..self.rows).map(|row| self.text(field, row).is_none()).collect(),
        }
    }

    /// The text of a cell that is not missing.
    #[must_use]
    pub fn text(&self, field: usize, row: usize) -> Option<&str> {
        match &self.given[field] {
            Given::Text(array) if array.is_valid(row) => Some(array.value(row)).filter(|text| !is_missing(text)),
            _ => None,
        }
    }

    /// The cell as given, to be shown; a native timestamp in ISO form.
    #[must_use]
    pub fn shown(&self, field: usize, row: usize) -> Option<String> {
        match &self.given[field] {
            Given::Text(array) => array.is_valid(row).then(|| array.value(row).to_owned()),
            Given::Native(array) if array.is_valid(row) => array_value_to_string(array, row).ok(),
            Given::Native(_) | Given::Absent => None,
        }
    }
}

/// The columns of verdicts with the codes of their rules.
fn given_verdicts(batch: &RecordBatch) -> Result<Vec<(String, BooleanArray)>> {
    let schema = batch.schema_ref();
    let named = schema.fields().iter().zip(batch.columns());
    named
        .filter_map(|(field, column)| Some((field.name().strip_prefix(VERDICT_PREFIX)?, column)))
        .map(|(code, column)| match column.as_boolean_opt() {
            Some(verdicts) => Ok((code.to_owned(), verdicts.clone())),
            None => Err(Error::Internal(format!("the verdicts of {code} are no Booleans"))),
        })
        .collect()
}

fn decode(array: &ArrayRef, kind: Type, form: Form, policy: &Policy) -> Result<(Cells, Given)> {
    if matches!(array.data_type(), DataType::Timestamp(..) | DataType::Date32 | DataType::Date64) {
        return Ok((Cells::Times(native_times(array)?), Given::Native(array.clone())));
    }
    let text = cast(array, &DataType::Utf8View)?;
    let text = text.as_string_view().clone();
    let bytes = Bytes::of(&text);
    let cells = match kind {
        Type::Id(prefixes) if form == Form::Plain => {
            Cells::Ids(bytes.each(IdCell::MISSING, |cell| IdCell::read(cell, prefixes)))
        }
        Type::Reference(prefixes, _) if form == Form::Plain => {
            Cells::Ids(bytes.each_repeating(IdCell::MISSING, |cell| IdCell::read(cell, prefixes)))
        }
        Type::Id(_) | Type::Reference(..) => Cells::Keys(bytes.each(IdCell::MISSING, IdCell::external)),
        Type::Picklist(list) => {
            Cells::Picks(bytes.each_repeating(Pick::MISSING, |cell| match std::str::from_utf8(cell) {
                Ok(text) if !is_missing(text) => list.read(text),
                _ => Pick::MISSING,
            }))
        }
        Type::Time => Cells::Times(bytes.each(Time::MISSING, |cell| Time::read(cell, policy.day_first))),
        Type::Flag => Cells::Flags(bytes.each(None, read_bool)),
        Type::Text(limit) => Cells::Text(bytes.extents(limit)),
    };
    Ok((cells, Given::Text(text)))
}

/// The bytes of a text column. Decoders need no UTF-8, and this finds a cell without asking twice whether it is there.
struct Bytes<'a> {
    array: &'a StringViewArray,
    views: &'a [u128],
    inline: &'a [u8],
    buffers: Vec<&'a [u8]>,
}

impl<'a> Bytes<'a> {
    fn of(array: &'a StringViewArray) -> Self {
        Self {
            array,
            views: array.views(),
            inline: array.views().inner().as_slice(),
            buffers: array.data_buffers().iter().map(arrow_buffer::Buffer::as_slice).collect(),
        }
    }

    /// A view is 16 bytes: the length, then up to twelve bytes of text, or where in which buffer the text is.
    #[expect(clippy::cast_possible_truncation, reason = "a view is cut into its four words")]
    fn get(&self, row: usize) -> &'a [u8] {
        let view = self.views[row];
        let length = view as u32 as usize;
        if length <= 12 {
            &self.inline[row * 16 + 4..][..length]
        } else {
            &self.buffers[(view >> 64) as u32 as usize][(view >> 96) as u32 as usize..][..length]
        }
    }

    fn each<T: Copy>(&self, null: T, read: impl Fn(&[u8]) -> T) -> Vec<T> {
        let rows = 0..self.views.len();
        match self.array.nulls() {
            Some(nulls) => rows.map(|row| if nulls.is_valid(row) { read(self.get(row)) } else { null }).collect(),
            None => rows.map(|row| read(self.get(row))).collect(),
        }
    }

    /// How long cells are. A view says it for nearly every cell without a look at the text: its first word is the
    /// length, and its second one begins with the first character.
    #[expect(clippy::cast_possible_truncation, reason = "a view is cut into its words")]
    fn extents(&self, limit: usize) -> Vec<Extent> {
        let limit = if limit == 0 { usize::MAX } else { limit };
        let extent = |row: usize| {
            let view = self.views[row];
            let (length, first) = (view as u32 as usize, (view >> 32) as u8);
            if (length == 0 || may_be_missing(first)) && is_missing(self.get(row)) {
                Extent::Missing
            } else if length > limit && utf16_units(self.get(row)) > limit {
                // A text has no more units than bytes.
                Extent::Long
            } else {
                Extent::Fits
            }
        };
        let rows = 0..self.views.len();
        match self.array.nulls() {
            Some(nulls) => rows.map(|row| if nulls.is_valid(row) { extent(row) } else { Extent::Missing }).collect(),
            None => rows.map(extent).collect(),
        }
    }

    /// Whether texts come again soon, judged by some in the middle: a quarter of 64 have the view of another one.
    fn repeats(&self) -> bool {
        const TRIED: usize = 64;
        let middle = self.views.len().saturating_sub(TRIED) / 2;
        let mut tried: Vec<u128> = self.views[middle..].iter().take(TRIED).copied().collect();
        let all = tried.len();
        tried.sort_unstable();
        tried.dedup();
        tried.len() * 4 <= all * 3
    }

    /// The same for columns that hold few different texts. Cells read last are kept by their views: equal views are equal
    /// texts, and short texts, and all that come from a dictionary, have equal views.
    fn each_repeating<T: Copy>(&self, null: T, read: impl Fn(&[u8]) -> T) -> Vec<T> {
        const KEPT: usize = 256;
        if !self.repeats() {
            return self.each(null, read);
        }
        // The view of an empty text is zero, so that the places are right before any cell was read.
        let mut kept = [(0_u128, read(b"")); KEPT];
        let mut row_of = |row: usize| {
            let view = self.views[row];
            let place = &mut kept[place_of(view) % KEPT];
            if place.0 != view {
                *place = (view, read(self.get(row)));
            }
            place.1
        };
        let rows = 0..self.views.len();
        match self.array.nulls() {
            Some(nulls) => rows.map(|row| if nulls.is_valid(row) { row_of(row) } else { null }).collect(),
            None => rows.map(row_of).collect(),
        }
    }
}

/// Spreads views by their length, first characters and place.
#[expect(clippy::cast_possible_truncation, reason = "any bits will do")]
const fn place_of(view: u128) -> usize {
    let folded = view as u64 ^ ((view >> 64) as u64).rotate_left(32);
    (folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as usize
}

/// How Salesforce counts the length of a text.
fn utf16_units(text: &[u8]) -> usize {
    String::from_utf8_lossy(text).encode_utf16().count()
}

fn native_times(array: &ArrayRef) -> Result<Vec<Time>> {
    let naive = !matches!(array.data_type(), DataType::Timestamp(_, Some(_)));
    let millis = cast(array, &DataType::Timestamp(TimeUnit::Millisecond, None))?;
    let millis = millis.as_primitive::<TimestampMillisecondType>();
    Ok((0..millis.len())
        .map(|row| if millis.is_valid(row) { Time::native(millis.value(row), naive) } else { Time::MISSING })
        .collect())
}
