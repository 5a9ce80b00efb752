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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use arrow_array::{Date32Array, RecordBatch, StringViewArray, TimestampMicrosecondArray};

    use super::*;
    use crate::files::read::Reader;
    use crate::model::objects::user;

    /// Users with these columns besides those that they need.
    fn users(rows: usize, columns: &[(&str, ArrayRef)]) -> Batch {
        users_by(rows, columns, &BTreeMap::new())
    }

    fn users_by(rows: usize, columns: &[(&str, ArrayRef)], mapping: &BTreeMap<String, String>) -> Batch {
        let text = |cell: &str| -> ArrayRef { Arc::new(StringViewArray::from(vec![cell; rows])) };
        let mut all = vec![("MessagingPlatformKey", text("+14155550123")), ("MessageType", text("Text"))];
        if !columns.iter().any(|(name, _)| name.starts_with("MessagingChannel")) {
            all.push(("MessagingChannelId", text("0Mj000000000001")));
        }
        all.extend(columns.iter().map(|(name, column)| (*name, Arc::clone(column))));
        let batch = RecordBatch::try_from_iter(all).unwrap();
        let binding = Binding::new(Table::Users, "test", &batch.schema(), mapping, false).unwrap();
        Batch::decode(&binding, &batch.into(), &Policy::default()).unwrap()
    }

    #[test]
    fn instants_and_days_of_arrow_are_times() {
        let micros = vec![Some(1_795_348_800_123_456), None, Some(i64::MAX)];
        let naive: ArrayRef = Arc::new(TimestampMicrosecondArray::from(micros));
        let zoned: ArrayRef =
            Arc::new(TimestampMicrosecondArray::from(vec![Some(0), None, Some(0)]).with_timezone("+02:00"));
        let batch = users(3, &[("CreatedDate", naive), ("LastInboundMessageTime", zoned)]);
        let [created, last] =
            [user::CREATED, user::LAST_INBOUND].map(|field| [0, 1, 2].map(|row| batch.time(field, row)));
        assert_eq!(created.map(Time::millis), [Some(1_795_348_800_123), None, None]);
        assert!(created[0].is_naive() && created[1].is_missing() && created[2].is_unreadable());
        assert_eq!(last.map(Time::millis), [Some(0), None, Some(0)]);
        assert!(!last[0].is_naive() && last[1].is_missing());
        assert_eq!(batch.shown(user::CREATED, 0).as_deref(), Some("2026-11-22T12:00:00.123456"));
        assert_eq!((batch.shown(user::CREATED, 1), batch.shown(user::PICTURE, 0)), (None, None));
        assert_eq!(batch.shown(user::LAST_INBOUND, 0).as_deref(), Some("1970-01-01T02:00:00+02:00"));
        assert_eq!((batch.text(user::CREATED, 0), batch.bytes(user::CREATED, 0)), (None, None));
        let day: ArrayRef = Arc::new(Date32Array::from(vec![1]));
        assert_eq!(users(1, &[("CreatedDate", day)]).time(user::CREATED, 0).millis(), Some(86_400_000));
    }

    #[test]
    fn keys_of_another_system_are_never_read_as_ids() {
        let text = |cell: &str| -> ArrayRef { Arc::new(StringViewArray::from(vec![cell])) };
        let mapping = BTreeMap::from([("Id".to_owned(), "Ref__c".to_owned())]);
        let batch = users_by(1, &[("Ref__c", text("A-17")), ("MessagingChannel.Ref__c", text("B-17"))], &mapping);
        assert_eq!(batch.ids(&[user::CHANNEL, user::ID]).count(), 0);
        assert_eq!(batch.id(user::ID, 0).state, State::Valid);
        assert_eq!(batch.id(user::CHANNEL, 0).state, State::Valid);
        assert_eq!(batch.missing(user::CHANNEL), [false]);
        let batch = users(1, &[("MessagingChannelId", text("B-17"))]);
        assert_eq!(batch.ids(&[user::CHANNEL, user::CONTACT]).count(), 1);
        assert_eq!(batch.id(user::CHANNEL, 0).state, State::Malformed);
    }

    #[test]
    fn values_where_they_stand_in_a_file_are_read_as_those_of_arrow() {
        const ROWS: usize = 600;
        let headers = "Id,MessagingPlatformKey,MessagingChannelId,MessageType,CreatedDate,Name,MessagingConsentStatus";
        let row = |at: usize| {
            let key = ["+14155550123", "", " ", "#N/A", "x"][at % 5].to_owned();
            // Few channels in the middle, where it is judged whether they repeat, and many before and after.
            let channel = if (250..350).contains(&at) { at % 3 } else { at };
            let kind = ["Text", "text", "", "SMS", "WhatsApp", "#N/A", "Facebook", "A", "AB"][at % 9];
            let time = ["2026-11-22T12:00:00Z", "2026-11-22 12:00", "", "soon"][at % 4];
            let name = ["Ann".to_owned(), "y".repeat(at), "\u{1f600}".repeat(at / 8), "  ".to_owned()][at % 4].clone();
            let consent = ["OptedOut", "ImplicitlyOptedIn", "ImplicitlyOptedOn", "implicitlyoptedin", ""][at / 7 % 5];
            [
                format!("0PA{at:012}"),
                key,
                format!("0Mj{channel:012}"),
                kind.to_owned(),
                time.to_owned(),
                name,
                consent.to_owned(),
            ]
        };
        let rows: Vec<_> = (0..ROWS).map(row).collect();
        let csv = rows.iter().fold(format!("{headers}\n"), |csv, row| csv + &row.join(",") + "\n");
        let names: Vec<_> = headers.split(',').map(str::to_owned).collect();
        let mut reader = Reader::new("x.csv".to_owned(), b',', names.iter().cloned().enumerate().collect());
        reader.push(csv.as_bytes());
        let mut parts: Vec<_> = reader.scan().unwrap().into_iter().collect();
        parts.extend(reader.finish().unwrap());
        let [records] = &parts[..] else { panic!("{} parts", parts.len()) };
        let column = |at: usize| rows.iter().map(move |row| Some(&*row[at]).filter(|cell| !cell.is_empty()));
        let columns = names
            .iter()
            .enumerate()
            .map(|(at, name)| (name, Arc::new(column(at).collect::<StringViewArray>()) as ArrayRef, true));
        let arrow = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
        let binding = Binding::new(Table::Users, "x.csv", &arrow.schema(), &BTreeMap::new(), false).unwrap();
        let decode = |raw: Raw| Batch::decode(&binding, &raw, &Policy::default()).unwrap();
        for (first, rows) in [(0, ROWS), (0, 64), (1, 63), (ROWS - 1, 1), (100, 300)] {
            let (of_file, of_arrow) = (
                decode(Raw::Csv(records.clone()).slice(first, rows)),
                decode(Raw::from(arrow.clone()).slice(first, rows)),
            );
            assert_eq!(format!("{:?}", of_file.cells), format!("{:?}", of_arrow.cells), "{rows} rows from {first}");
            for (field, row) in
                (0..Table::Users.fields().len()).flat_map(|field| (0..rows).map(move |row| (field, row)))
            {
                assert_eq!(of_file.text(field, row), of_arrow.text(field, row));
                assert_eq!(of_file.bytes(field, row), of_arrow.bytes(field, row));
                assert_eq!(of_file.shown(field, row), of_arrow.shown(field, row));
            }
        }
    }
}
