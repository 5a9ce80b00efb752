//! A reader of CSV bytes that holds all of them and looks at one after the other: records first, values next, faults last.

use sendworthy::files::{
    BadBytes, Concern, Fault, FaultKind, HEADER, LineEnds, MAX_COLUMNS, MAX_HEADER, MAX_RECORD, MAX_VALUE, Place,
    ScannedFile,
};

/// One record: where it lies, without its line end, and what that is.
struct Record {
    from: usize,
    to: usize,
    /// The number of its line end's bytes: 0 at the end of the file.
    end: usize,
    line: u32,
}

/// A line feed ends a record unless an odd number of quotes stands before it in the record.
fn records(bytes: &[u8], from: usize) -> Vec<Record> {
    let (mut found, mut start, mut quotes, mut line, mut first_line) = (Vec::new(), from, 0, 1, 1);
    for at in from..bytes.len() {
        quotes += usize::from(bytes[at] == b'"');
        if bytes[at] == b'\n' {
            line += 1;
            if quotes % 2 == 0 {
                let paired = at > start && bytes[at - 1] == b'\r';
                let to = at - usize::from(paired);
                found.push(Record { from: start, to, end: at + 1 - to, line: first_line });
                (start, quotes, first_line) = (at + 1, 0, line);
            }
        }
    }
    if start < bytes.len() {
        found.push(Record { from: start, to: bytes.len(), end: 0, line: first_line });
    }
    found
}

fn characters(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u64
}

/// What is wrong with one record, as it is found from its start on.
struct Judge<'a> {
    bytes: &'a [u8],
    record: &'a Record,
    number: u32,
    faults: Vec<Fault>,
    /// The record's values so far, without quotes.
    values: Vec<Vec<u8>>,
    /// Where each of them began.
    starts: Vec<usize>,
    /// Where its quotes turned out to be wrong, and where the value began.
    broken: Option<(usize, usize)>,
}

/// The values of a record; none where there is nothing, not even quotes.
pub type Row = Vec<Option<Vec<u8>>>;

impl<'a> Judge<'a> {
    const fn new(bytes: &'a [u8], record: &'a Record, number: u32) -> Self {
        Self { bytes, record, number, faults: Vec::new(), values: Vec::new(), starts: Vec::new(), broken: None }
    }

    fn line(&self, at: usize) -> u32 {
        let feeds = self.bytes[self.record.from..at].split(|byte| *byte == b'\n').count() - 1;
        self.record.line + u32::try_from(feeds).unwrap()
    }

    fn fault(&mut self, kind: FaultKind, at: usize, detail: u32) {
        let same = |fault: &Fault| fault.kind.concern() == kind.concern();
        if !self.faults.iter().any(same) {
            let (offset, line) = (at as u64, self.line(at));
            self.faults.push(Fault { offset, line, record: self.number, detail, kind });
        }
    }

    fn column(&self) -> u32 {
        u32::try_from(self.values.len()).unwrap()
    }

    /// A carriage return outside of quotes that is no line end.
    fn lone(&mut self, at: usize) {
        if self.number != HEADER {
            self.fault(FaultKind::Split, at, 0);
        }
    }

    /// Reads values until the record ends or its quotes are wrong; tells whether all of it was read.
    fn read(&mut self, separator: u8) -> bool {
        let (bytes, to) = (self.bytes, self.record.to);
        let mut at = self.record.from;
        loop {
            let start = at;
            let mut value = Vec::new();
            if bytes[at..to].first() == Some(&b'"') {
                at += 1;
                loop {
                    match bytes.get(at..to).unwrap_or_default() {
                        [] => {
                            self.fault(FaultKind::Unclosed, start, self.column());
                            return false;
                        }
                        [b'"', b'"', ..] => {
                            value.push(b'"');
                            at += 2;
                        }
                        [b'"', ..] => break,
                        [byte, ..] => {
                            if matches!(byte, b'\r' | b'\n') {
                                self.fault(FaultKind::Newline, at, self.column());
                            }
                            value.push(*byte);
                            at += 1;
                        }
                    }
                }
                at += 1;
                if at < to && bytes[at] != separator {
                    if bytes[at] == b'\r' {
                        self.lone(at);
                        // It is known to be no line end when the next byte is.
                        at += 1;
                    }
                    if self.line(start) == self.line(at) {
                        self.fault(FaultKind::TextAfterQuote, at, self.column());
                    } else {
                        self.fault(FaultKind::TextAfterFarQuote, start, self.column());
                    }
                    self.broken = Some((at, start));
                    return false;
                }
            } else {
                while at < to && bytes[at] != separator {
                    match bytes[at] {
                        b'"' => {
                            self.fault(FaultKind::QuoteInside, at, self.column());
                            self.broken = Some((at, start));
                            return false;
                        }
                        b'\r' => self.lone(at),
                        _ => {}
                    }
                    value.push(bytes[at]);
                    at += 1;
                }
            }
            if characters(&value) > MAX_VALUE {
                self.fault(FaultKind::LongValue, start, self.column());
            }
            self.values.push(value);
            self.starts.push(start);
            if at >= to {
                return true;
            }
            at += 1;
        }
    }
}

/// Places that are no UTF-8: each with its first byte.
pub fn bad_places(bytes: &[u8]) -> Vec<(u64, u8)> {
    let mut at = 0;
    let mut found = Vec::new();
    for chunk in bytes.utf8_chunks() {
        at += chunk.valid().len();
        if let Some(first) = chunk.invalid().first() {
            found.push((at as u64, *first));
        }
        at += chunk.invalid().len();
    }
    found
}

/// Lone carriage returns: those before which an even number of quotes stands in the record, and that no LF follows.
fn lone_returns(bytes: &[u8], record: &Record) -> Vec<usize> {
    let quotes_before = |at: usize| bytes[record.from..at].split(|byte| *byte == b'"').count() - 1;
    (record.from..record.to).filter(|at| bytes[*at] == b'\r' && quotes_before(*at) % 2 == 0).collect()
}

/// The values of every record, where they can be told apart.
pub fn values(bytes: &[u8], separator: u8) -> Vec<Option<Vec<Vec<u8>>>> {
    let read = |record: &Record| {
        let mut judge = Judge::new(bytes, record, 0);
        judge.read(separator).then_some(judge.values)
    };
    records(bytes, 0).iter().map(read).collect()
}

/// The records as they are read, of a file in which values can be told apart.
pub fn table(bytes: &[u8], separator: u8, width: usize) -> Vec<Row> {
    let from = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let all = records(bytes, from);
    all.iter().skip(1).map(|record| row(bytes, record, separator, width)).collect()
}

fn row(bytes: &[u8], record: &Record, separator: u8, width: usize) -> Row {
    let mut judge = Judge::new(bytes, record, 0);
    let mut row: Row = Vec::new();
    if record.from < record.to || record.end == 0 {
        judge.read(separator);
        for (value, start) in judge.values.iter().zip(&judge.starts) {
            row.push((!value.is_empty() || bytes[*start..record.to].first() == Some(&b'"')).then(|| value.clone()));
        }
    }
    let mut starts = judge.starts.clone();
    if let Some((_, start)) = judge.broken {
        // All that stands between separators that have an even number of quotes before them.
        let (mut begin, mut quotes) = (start, 0);
        for at in start..=record.to {
            if at == record.to || bytes[at] == separator && quotes % 2 == 0 {
                row.push((at > begin).then(|| bytes[begin..at].to_vec()));
                starts.push(begin);
                begin = at + 1;
            } else {
                quotes += usize::from(bytes[at] == b'"');
            }
        }
    }
    if row.len() > width {
        row.truncate(width - 1);
        row.push(Some(bytes[starts[width - 1]..record.to].to_vec()));
    }
    row.resize(width, None);
    row
}

/// The names of a header: quotes open and close wherever they stand.
fn names(header: &[u8], separator: u8) -> Vec<String> {
    let (mut names, mut quoted, mut at) = (vec![Vec::new()], false, 0);
    while at < header.len() {
        if quoted && header[at..].starts_with(b"\"\"") {
            names.last_mut().unwrap().push(b'"');
            at += 1;
        } else if header[at] == b'"' {
            quoted = !quoted;
        } else if header[at] == separator && !quoted {
            names.push(Vec::new());
        } else {
            names.last_mut().unwrap().push(header[at]);
        }
        at += 1;
    }
    names.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect()
}

/// All that a file says. Faults are in order of records and concerns.
pub fn scan(bytes: &[u8], separator: u8) -> ScannedFile {
    let from = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let records = records(bytes, from);
    let mut file = ScannedFile { bytes: bytes.len() as u64, mark: from == 3, ..ScannedFile::default() };
    file.records = records.len().saturating_sub(1) as u64;
    file.header = names(records.first().map_or(&[], |header| &bytes[header.from..header.to]), separator);
    let (mut width, mut ends) = (0, LineEnds::default());
    for (at, record) in records.iter().enumerate() {
        let number = if at == 0 { HEADER } else { u32::try_from(at - 1).unwrap() };
        let mut judge = Judge::new(bytes, record, number);
        let place = |judge: &Judge<'_>, at: usize| Place { offset: at as u64, line: judge.line(at), record: number };
        let whole = judge.read(separator);
        if judge.broken.is_some_and(|(at, _)| bytes[at..record.to].contains(&b'\n')) {
            file.swallows.get_or_insert(number);
        }
        let (count, first) = match record.end {
            0 => (&mut 0, &mut None),
            1 => (&mut ends.feeds, &mut ends.first[0]),
            _ => (&mut ends.pairs, &mut ends.first[1]),
        };
        *count += 1;
        first.get_or_insert_with(|| place(&judge, record.to + record.end - 1));
        for at in lone_returns(bytes, record) {
            ends.returns += 1;
            ends.first[2].get_or_insert_with(|| place(&judge, at));
            judge.lone(at);
        }
        let all = characters(&bytes[record.from..record.to]);
        let count = judge.column();
        let size = u32::try_from(all).unwrap();
        if at == 0 {
            if all > MAX_HEADER {
                judge.fault(FaultKind::LongRecord, record.from, size);
            }
            if count > MAX_COLUMNS {
                judge.fault(FaultKind::ManyColumns, record.from, count);
            }
            // What is broken counts as the value that it is in.
            width = count + u32::from(!whole);
        } else {
            if record.from == record.to && record.end > 0 {
                judge.fault(FaultKind::Blank, record.from, 0);
            }
            if all > MAX_RECORD {
                judge.fault(FaultKind::LongRecord, record.from, size);
            }
            let quoting = judge.faults.iter().any(|fault| fault.kind.concern() == Concern::Quoting);
            if !quoting && count < width {
                judge.fault(FaultKind::TooFew, record.from, count);
            } else if !quoting && count > width {
                judge.fault(FaultKind::TooMany, record.from, count);
            }
        }
        file.faults.extend(judge.faults);
    }
    file.ends = ends;
    file.faults.sort_by_key(|fault| (fault.record.wrapping_add(1), fault.kind.concern()));
    let bad = bad_places(bytes);
    file.bad_bytes = bad.first().map(|(offset, byte)| {
        let at = usize::try_from(*offset).unwrap();
        let within = |record: &&Record| record.from <= at;
        let record = records.iter().rfind(within).unwrap();
        let cut = Record { to: at, end: 0, ..*record };
        let number = records.iter().filter(within).count();
        let number = if number == 1 { HEADER } else { u32::try_from(number - 2).unwrap() };
        // The values before it are complete when the one that it is in begins.
        let mut judge = Judge::new(bytes, &cut, number);
        let whole = judge.read(separator);
        let column = judge.column() - u32::from(whole);
        let first = Place { offset: *offset, line: judge.line(at), record: number };
        BadBytes { places: bad.len() as u64, first, byte: *byte, column }
    });
    file
}
