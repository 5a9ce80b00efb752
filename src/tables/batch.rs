//! One decoded batch: a typed column per bound field, and the cells as given for whoever describes them.

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{Array, ArrayRef, BooleanArray};
use arrow_cast::cast;
use arrow_cast::display::array_value_to_string;
use arrow_schema::{DataType, TimeUnit};

use super::bind::{Binding, Form};
use super::cell::{is_missing, read_bool};
use super::id::{IdCell, State};
use super::raw::{Raw, RawColumn};
use super::texts::Texts;
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
    Text(Texts),
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
    pub fn decode(binding: &Binding, batch: &Raw, policy: &Policy) -> Result<Self> {
        let fields = binding.table.fields();
        let (mut cells, mut given) = (Vec::with_capacity(fields.len()), Vec::with_capacity(fields.len()));
        for (at, field) in fields.iter().enumerate() {
            let Some(column) = binding.column(at) else {
                cells.push(Cells::Absent);
                given.push(Given::Absent);
                continue;
            };
            let Some(raw) = batch.column(&column.header)? else {
                return Err(Error::Input(format!(
                    "{}: {}: column '{}' was in the header but not in a later part of the data",
                    binding.table.name(),
                    binding.source,
                    column.header
                )));
            };
            let (typed, raw) = decode(raw, field.kind, column.form, policy)?;
            cells.push(typed);
            given.push(raw);
        }
        let verdicts = given_verdicts(batch)?;
        Ok(Self { table: binding.table, rows: batch.rows(), cells, given, verdicts })
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
            Given::Text(texts) => texts.get(row).filter(|text| !is_missing(text)),
            _ => None,
        }
    }

    /// The bytes of a cell that is not missing.
    #[must_use]
    pub fn bytes(&self, field: usize, row: usize) -> Option<&[u8]> {
        match &self.given[field] {
            Given::Text(texts) => texts.bytes(row).filter(|bytes| !is_missing(bytes)),
            _ => None,
        }
    }

    /// The cell as given, to be shown; a native timestamp in ISO form.
    #[must_use]
    pub fn shown(&self, field: usize, row: usize) -> Option<String> {
        match &self.given[field] {
            Given::Text(texts) => texts.get(row).map(str::to_owned),
            Given::Native(array) if array.is_valid(row) => array_value_to_string(array, row).ok(),
            Given::Native(_) | Given::Absent => None,
        }
    }
}

/// The columns of verdicts with the codes of their rules.
fn given_verdicts(batch: &Raw) -> Result<Vec<(String, BooleanArray)>> {
    batch
        .arrays()
        .filter_map(|(name, column)| Some((name.strip_prefix(VERDICT_PREFIX)?, column)))
        .map(|(code, column)| match column.as_boolean_opt() {
            Some(verdicts) => Ok((code.to_owned(), verdicts.clone())),
            None => Err(Error::Internal(format!("the verdicts of {code} are no Booleans"))),
        })
        .collect()
}

fn decode(column: RawColumn, kind: Type, form: Form, policy: &Policy) -> Result<(Cells, Given)> {
    let text = match column {
        RawColumn::Text(text) => text,
        RawColumn::Times(array) => return Ok((Cells::Times(native_times(&array)?), Given::Native(array))),
    };
    let cells = match kind {
        Type::Id(prefixes) if form == Form::Plain => {
            Cells::Ids(text.each(IdCell::MISSING, |cell| IdCell::read(cell, prefixes)))
        }
        Type::Reference(prefixes, _) if form == Form::Plain => {
            Cells::Ids(text.each_repeating(IdCell::MISSING, |cell| IdCell::read(cell, prefixes)))
        }
        Type::Id(_) | Type::Reference(..) => Cells::Keys(text.each(IdCell::MISSING, IdCell::external)),
        Type::Picklist(list) => {
            let read = |cell: &[u8]| if is_missing(cell) { Pick::MISSING } else { list.read(cell) };
            Cells::Picks(text.each_repeating(Pick::MISSING, read))
        }
        Type::Time => Cells::Times(text.each(Time::MISSING, |cell| Time::read(cell, policy.day_first))),
        Type::Flag => Cells::Flags(text.each(None, read_bool)),
        Type::Text(limit) => Cells::Text(text.extents(limit)),
    };
    Ok((cells, Given::Text(text)))
}

fn native_times(array: &ArrayRef) -> Result<Vec<Time>> {
    let naive = !matches!(array.data_type(), DataType::Timestamp(_, Some(_)));
    let millis = cast(array, &DataType::Timestamp(TimeUnit::Millisecond, None))?;
    let millis = millis.as_primitive::<TimestampMillisecondType>();
    Ok((0..millis.len())
        .map(|row| if millis.is_valid(row) { Time::native(millis.value(row), naive) } else { Time::MISSING })
        .collect())
}
