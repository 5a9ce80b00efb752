//! The scanner: one pass over the bytes, 64 at a time. It keeps what is wrong, and where values stand if somebody asks.

mod bytes;
mod regular;

use super::cells::Collector;
use super::encoding::Utf8;
use super::faults::{Fault, FaultKind, HEADER, Place};
use super::masks::{BLOCK, Masks, below};
use super::words::thousands;
use super::{BadBytes, MAX_COLUMNS, MAX_HEADER, MAX_RECORD, MAX_VALUE, READABLE_RECORD, ScannedFile};
use crate::error::{Error, Result};

pub use regular::Regular;

const MARK: &[u8] = b"\xEF\xBB\xBF";
/// As much of the header as is kept for the names of columns.
const HEADER_BYTES: usize = 1 << 20;

/// Where in a record the scanner is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first byte of a value.
    Start,
    /// In a value without quotes.
    Plain,
    /// In a quoted value.
    Quoted,
    /// After a quote that closes a value, or is doubled by the next one.
    Closed,
    /// In a record whose quotes are wrong: its end is found by counting them. The flag: an odd number so far.
    Broken(bool),
}

/// Counters at the start of a record or value.
#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    offset: u64,
    chars: u64,
    line: u32,
}

impl Mark {
    const fn place(self) -> (u64, u32) {
        (self.offset, self.line)
    }
}

/// Finds what is wrong in the bytes of a CSV file, given in blocks of any size.
#[derive(Debug)]
pub struct Scanner {
    separator: u8,
    /// The first bytes, until it is known whether they are a byte order mark.
    head: Vec<u8>,
    started: bool,
    utf8: Utf8,
    file: ScannedFile,
    header: Vec<u8>,
    in_header: bool,
    state: State,
    /// Where a CR outside of quotes is, when it was the last byte.
    returned: Option<u64>,
    offset: u64,
    chars: u64,
    line: u32,
    /// Values of the record that are complete.
    values: u32,
    /// Values that the header has.
    width: u32,
    record: Mark,
    value: Mark,
    /// Quotes in the value.
    quotes: u64,
    /// Where the last quoted value opened.
    opened: (u64, u32),
    /// Faults of the record, one bit per concern.
    found: u8,
    /// Where the values of records stand.
    cells: Collector,
    /// Whether somebody reads them.
    asked: bool,
}

impl Scanner {
    /// A scanner for values with this separator between them.
    #[must_use]
    pub fn new(separator: u8) -> Self {
        Self {
            separator,
            head: Vec::new(),
            started: false,
            utf8: Utf8::default(),
            file: ScannedFile::default(),
            header: Vec::new(),
            in_header: true,
            state: State::Start,
            returned: None,
            offset: 0,
            chars: 0,
            line: 1,
            values: 0,
            width: 0,
            record: Mark { line: 1, ..Mark::default() },
            value: Mark { line: 1, ..Mark::default() },
            quotes: 0,
            opened: (0, 1),
            found: 0,
            cells: Collector::default(),
            asked: false,
        }
    }

    /// A scanner that notes, too, where the values of records stand.
    #[must_use]
    pub fn with_cells(separator: u8) -> Self {
        Self { asked: true, ..Self::new(separator) }
    }

    /// Where values stand, when somebody asks for them.
    pub fn cells(&mut self) -> Option<&mut Collector> {
        self.asked.then_some(&mut self.cells)
    }

    /// Nobody asks for values any more.
    pub fn forget_cells(&mut self) {
        self.asked = false;
    }

    /// What was found so far; bytes, records and header are known at the end.
    #[must_use]
    pub const fn so_far(&self) -> &ScannedFile {
        &self.file
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// More than four billion records, or one that no reader of values should meet.
    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        if self.started {
            self.take(bytes)?;
        } else {
            self.head.extend_from_slice(bytes);
            if self.head.len() >= MARK.len() {
                self.start()?;
            }
        }
        self.require_readable()
    }

    /// A record of gigabytes: one quote too many, a file of another kind, or an attack.
    fn require_readable(&self) -> Result<()> {
        let length = self.offset - self.record.offset;
        if length <= READABLE_RECORD {
            return Ok(());
        }
        // Who forgot a quote, or ends lines with CR alone, is told so.
        let cause = match (self.state, self.file.explain()) {
            (State::Quoted, _) => " A double quote that opens a value in it is not closed.".to_owned(),
            (_, Some(cause)) => format!(" {cause}"),
            (_, None) => String::new(),
        };
        let file = &self.file;
        Err(Error::Input(format!(
            "F107 value-or-record-too-large: {} (line {}, byte {}) has more than {} bytes, and Salesforce takes at most \
             {} characters; give each record a line of its own.{cause}",
            file.record_label(self.number()),
            thousands(self.record.line),
            thousands(self.record.offset),
            thousands(READABLE_RECORD),
            thousands(MAX_RECORD),
        )))
    }

    /// The end of the file.
    ///
    /// # Errors
    /// More than four billion records.
    pub fn finish(mut self) -> Result<ScannedFile> {
        self.end()?;
        Ok(self.file)
    }

    /// What was found.
    #[must_use]
    pub fn into_file(self) -> ScannedFile {
        self.file
    }

    /// The end of the file, for whoever still asks for values.
    ///
    /// # Errors
    /// More than four billion records.
    pub fn end(&mut self) -> Result<()> {
        if !self.started {
            self.start()?;
        }
        let mut bad = None;
        self.utf8.finish(|offset, byte| bad = Some((offset, byte)));
        if let Some((offset, byte)) = bad {
            self.note_bad_bytes(offset, byte);
        }
        self.lone_return();
        if matches!(self.state, State::Quoted) {
            self.fault(FaultKind::Unclosed, self.values, self.opened);
        }
        if self.offset > self.record.offset {
            self.note_value(false);
            self.end_value(0);
            self.end_record(0)?;
        }
        self.file.bytes = self.offset;
        self.file.header = names(&self.header, self.separator);
        Ok(())
    }

    fn start(&mut self) -> Result<()> {
        self.started = true;
        let head = std::mem::take(&mut self.head);
        let rest = head.strip_prefix(MARK).inspect(|_| {
            self.file.mark = true;
            self.utf8.push(MARK, |_, _| ());
            self.offset = MARK.len() as u64;
            (self.record.offset, self.value.offset) = (self.offset, self.offset);
        });
        self.take(rest.unwrap_or(&head))
    }

    /// Cuts the bytes before every place that is not UTF-8, so that record and column are known there.
    fn take(&mut self, bytes: &[u8]) -> Result<()> {
        let mut bad = Vec::new();
        let mut places = 0;
        self.utf8.push(bytes, |offset, byte| {
            places += 1;
            if bad.is_empty() {
                bad.push((offset, byte));
            }
        });
        let mut bytes = bytes;
        if let (Some((offset, byte)), None) = (bad.first().copied(), &self.file.bad_bytes) {
            let before = usize::try_from(offset.saturating_sub(self.offset)).unwrap_or(0).min(bytes.len());
            self.structure(&bytes[..before])?;
            bytes = &bytes[before..];
            self.note_bad_bytes(offset, byte);
            places -= 1;
        }
        if let Some(bad) = &mut self.file.bad_bytes {
            bad.places += places;
        }
        self.structure(bytes)
    }

    fn note_bad_bytes(&mut self, offset: u64, byte: u8) {
        let first = Place { offset, line: self.line, record: self.number() };
        let column = self.values;
        self.file.bad_bytes.get_or_insert(BadBytes { places: 0, first, byte, column }).places += 1;
    }

    fn structure(&mut self, bytes: &[u8]) -> Result<()> {
        if !self.asked {
            self.cells.forget();
        }
        let separator = self.separator;
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        for block in blocks {
            if self.in_header {
                self.keep_header(block);
            }
            let masks = Masks::of(block, separator);
            if !self.regular_block(masks)? {
                self.block(masks, BLOCK)?;
            }
        }
        if !rest.is_empty() {
            if self.in_header {
                self.keep_header(rest);
            }
            self.block(Masks::of_rest(rest, separator), rest.len())?;
        }
        Ok(())
    }

    fn keep_header(&mut self, bytes: &[u8]) {
        let room = HEADER_BYTES.saturating_sub(self.header.len()).min(bytes.len());
        self.header.extend_from_slice(&bytes[..room]);
    }

    /// Moves to a place in a block that began at `offset` after `chars` characters.
    fn go_to(&mut self, offset: u64, chars: u64, masks: Masks, place: usize) {
        self.offset = offset + place as u64;
        self.chars = chars + place as u64;
        if masks.inner != 0 {
            self.chars -= u64::from((masks.inner & below(place)).count_ones());
        }
    }

    const fn here(&self) -> Mark {
        Mark { offset: self.offset, chars: self.chars, line: self.line }
    }

    /// The end of a value, of which the last `trailing` characters belong to the line end.
    fn end_value(&mut self, trailing: u64) {
        let chars = self.chars.saturating_sub(self.value.chars + trailing);
        // Quotes around the value and those that double others are no part of it.
        if chars > MAX_VALUE && chars - (self.quotes / 2 + u64::from(self.quotes > 0)).min(chars) > MAX_VALUE {
            self.fault(FaultKind::LongValue, self.values, self.value.place());
        }
        self.quotes = 0;
    }

    /// Behind the last value of a record.
    fn next_line(&mut self, paired: bool) -> Result<()> {
        let (count, first) = if paired { (&mut self.file.ends.pairs, 1) } else { (&mut self.file.ends.feeds, 0) };
        *count += 1;
        if *count == 1 {
            let record = self.number();
            self.file.ends.first[first] = Some(Place { offset: self.offset, line: self.line, record });
        }
        self.end_record(u64::from(paired))?;
        self.line = self.line.saturating_add(1);
        self.record = Mark { offset: self.offset + 1, chars: self.chars + 1, line: self.line };
        self.value = self.record;
        self.state = State::Start;
        Ok(())
    }

    /// Judges the record as a whole; [`Self::next_line`] gets ready for the next one.
    fn end_record(&mut self, trailing: u64) -> Result<()> {
        let values = self.values + 1;
        let chars = self.chars.saturating_sub(self.record.chars + trailing);
        let start = self.record.place();
        let most = if self.in_header { MAX_HEADER } else { MAX_RECORD };
        if chars > most {
            self.fault(FaultKind::LongRecord, u32::try_from(chars).unwrap_or(u32::MAX), start);
        }
        if self.in_header {
            if values > MAX_COLUMNS {
                self.fault(FaultKind::ManyColumns, values, start);
            }
            let length = self.offset - trailing - self.record.offset;
            self.header.truncate(usize::try_from(length).unwrap_or(usize::MAX));
            self.in_header = false;
            self.width = values;
            self.cells.start(values, self.offset + 1);
        } else {
            self.cells.end_record(self.offset + 1);
            // A record whose quotes are wrong has no certain number of values.
            if self.found & (1 << super::Concern::Quoting as u8 | 1 << super::Concern::Width as u8) == 0 {
                match values.cmp(&self.width) {
                    std::cmp::Ordering::Less => self.fault(FaultKind::TooFew, values, start),
                    std::cmp::Ordering::Greater => self.fault(FaultKind::TooMany, values, start),
                    std::cmp::Ordering::Equal => {}
                }
            }
            self.count_records(1)?;
        }
        (self.values, self.found, self.quotes) = (0, 0, 0);
        Ok(())
    }

    fn count_records(&mut self, more: u64) -> Result<()> {
        self.file.records += more;
        if self.file.records >= u64::from(HEADER) {
            return Err(Error::Input("more than 4,294,967,294 records; split the file".to_owned()));
        }
        Ok(())
    }

    /// The current record's number.
    fn number(&self) -> u32 {
        if self.in_header { HEADER } else { u32::try_from(self.file.records).unwrap_or(HEADER - 1) }
    }

    fn fault(&mut self, kind: FaultKind, detail: u32, (offset, line): (u64, u32)) {
        let bit = 1 << kind.concern() as u8;
        if self.found & bit == 0 {
            self.found |= bit;
            let record = self.number();
            self.file.faults.push(Fault { offset, line, record, detail, kind });
        }
    }
}

/// The names of a header. Quotes around them and bytes that are not UTF-8 do not matter here.
fn names(header: &[u8], separator: u8) -> Vec<String> {
    let (mut names, mut name, mut quoted) = (Vec::new(), Vec::new(), false);
    let mut bytes = header.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if quoted && bytes.peek() == Some(&b'"') => {
                bytes.next();
                name.push(byte);
            }
            b'"' => quoted = !quoted,
            _ if byte == separator && !quoted => names.push(std::mem::take(&mut name)),
            _ => name.push(byte),
        }
    }
    names.push(name);
    names.into_iter().map(|name| String::from_utf8_lossy(&name).into_owned()).collect()
}
