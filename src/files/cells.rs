//! Where the values of records stand in the bytes of a file.

use super::masks::BLOCK;
use super::scan::Regular;

/// Bits of a place: a value is told by where the next one starts. Above them stands whether it ended with CRLF, then its
/// kind.
const PLACE_BITS: u32 = u32::BITS - 3;
const PLACE: u32 = (1 << PLACE_BITS) - 1;
const PAIR: u32 = 1 << PLACE_BITS;
const KIND_SHIFT: u32 = PLACE_BITS + 1;

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// As it is.
    Plain,
    /// Between quotes.
    Quoted,
    /// Between quotes, with doubled ones inside.
    Doubled,
    /// The record has no such value.
    Absent,
}

impl Kind {
    /// A value whose quotes are right, by their number.
    #[must_use]
    pub const fn quoted(quotes: u64) -> Self {
        if quotes > 2 { Self::Doubled } else { Self::Quoted }
    }

    const fn of(entry: u32) -> Self {
        match entry >> KIND_SHIFT {
            0 => Self::Plain,
            1 => Self::Quoted,
            2 => Self::Doubled,
            _ => Self::Absent,
        }
    }
}

/// A value: where it starts and ends in the bytes, quotes included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Its first byte.
    pub start: usize,
    /// The byte after it.
    pub end: usize,
    /// How it is written.
    pub kind: Kind,
}

impl Cell {
    /// The value between the place of the one before it and its own.
    #[must_use]
    pub const fn between([before, own]: [u32; 2]) -> Self {
        let behind = 1 + (own >> PLACE_BITS & 1);
        Self { start: (before & PLACE) as usize, end: ((own & PLACE) - behind) as usize, kind: Kind::of(own) }
    }

    /// Start and end of the text of nearly every value: what is written, or all of it between quotes.
    #[must_use]
    #[inline]
    pub const fn usual([before, own]: [u32; 2]) -> Option<(usize, usize)> {
        const QUOTED: u32 = (Kind::Quoted as u32) << (KIND_SHIFT - PLACE_BITS);
        let start = (before & PLACE) as usize;
        match own >> PLACE_BITS {
            0 => Some((start, own as usize - 1)),
            QUOTED => Some((start + 1, (own & PLACE) as usize - 2)),
            _ => None,
        }
    }
}

/// The places of complete records: where the first one starts, then those of every value. Each record has as many as the
/// header: absent values are added, and surplus ones of a record whose quotes are wrong are part of its last value.
#[derive(Debug, Default)]
pub struct Cells {
    /// Values that the header has; none before its end.
    width: usize,
    /// After those of complete records, while they are collected, those of the open one and room for more.
    places: Vec<u32>,
    /// Some value has doubled quotes.
    doubled: bool,
}

impl Cells {
    /// How many values each record has.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// The number of records.
    #[must_use]
    pub const fn records(&self) -> usize {
        match self.places.len().saturating_sub(1).checked_div(self.width) {
            Some(records) => records,
            None => 0,
        }
    }

    /// The place before a column and its own, in two neighbours of each of some records, and how far it is from one record
    /// to the next.
    #[must_use]
    pub fn of_column(&self, column: usize, first: usize, records: usize) -> (&[u32], usize) {
        let last = if records == 0 { 0 } else { (records - 1) * self.width + 2 };
        (&self.places[first * self.width + column..][..last], self.width)
    }

    /// Where a record starts, its first value ends, and its last one, if none of them is written between quotes.
    #[must_use]
    pub fn plain_record(&self, record: usize) -> Option<[usize; 3]> {
        let places = &self.places[record * self.width..][..=self.width];
        let kinds = places.iter().fold(0, |kinds, place| kinds | place >> KIND_SHIFT);
        let end = |at: usize| Cell::between([0, places[at]]).end;
        (kinds == Kind::Plain as u32 && self.width > 1).then(|| [(places[0] & PLACE) as usize, end(1), end(self.width)])
    }

    /// How many bytes each of some records has, its line end included.
    pub fn lengths(&self, first: usize, records: usize) -> impl Iterator<Item = usize> + '_ {
        let start = move |record: usize| (self.places[record * self.width] & PLACE) as usize;
        (first..first + records).map(move |record| start(record + 1) - start(record))
    }

    /// Every value with doubled quotes, by column and record.
    pub fn doubled(&self) -> impl Iterator<Item = (usize, usize, Cell)> + '_ {
        let columns = 0..if self.doubled { self.width } else { 0 };
        columns.flat_map(move |column| {
            let cells = (0..self.records()).map(move |record| {
                let at = record * self.width + column;
                (column, record, Cell::between([self.places[at], self.places[at + 1]]))
            });
            cells.filter(|(_, _, cell)| cell.kind == Kind::Doubled)
        })
    }
}

/// As many places as a block may add.
const ROOM: usize = BLOCK;
/// Nearly all blocks add no more. How many differs from block to block: so many are noted of each, since that takes less
/// time than a wrong guess of the processor where to stop.
const FEW: usize = 6;

/// Notes the places of records as they go by.
#[derive(Debug, Default)]
pub struct Collector {
    cells: Cells,
    /// How many places there are.
    filled: usize,
    /// Where in the file the bytes begin that places are counted in.
    base: u64,
    /// Which of them is the start of the record that has not ended.
    open: usize,
}

impl Collector {
    /// The header has ended, and the first record starts.
    pub fn start(&mut self, width: u32, offset: u64) {
        self.cells.width = width as usize;
        self.push(self.place(offset));
    }

    /// A value of the open record ends before this byte of the file, or before the CR that stands before it.
    pub fn end_value(&mut self, offset: u64, paired: bool, kind: Kind) {
        self.cells.doubled |= kind == Kind::Doubled;
        self.push(self.place(offset + 1) | if paired { PAIR } else { 0 } | (kind as u32) << KIND_SHIFT);
    }

    /// Takes a block that begins at this byte of the file, unless one of its records has not the header's number of
    /// values. Gives how many records end in it.
    #[inline]
    pub fn take_block(&mut self, offset: u64, block: &Regular) -> Option<u32> {
        if block.closed == 0 {
            self.take_values::<false>(offset, block)
        } else {
            self.take_values::<true>(offset, block)
        }
    }

    #[inline]
    fn take_values<const QUOTED: bool>(&mut self, offset: u64, block: &Regular) -> Option<u32> {
        const { assert!(Kind::Plain as u32 == 0 && Kind::Quoted as u32 == 1) };
        let (first, width, filled, mut open) = (self.place(offset + 1), self.cells.width, self.filled, self.open);
        let values = block.ends.count_ones() as usize;
        let room = self.room();
        let mut ends = block.ends;
        let mut note = |place: &mut u32| {
            let at = ends.trailing_zeros();
            let kind = if QUOTED { u32::from(block.closed >> (at & 63) & 1 == 1) << KIND_SHIFT } else { 0 };
            *place = (first + at) | kind;
            ends &= ends.wrapping_sub(1);
        };
        room[..FEW].iter_mut().for_each(&mut note);
        if values > FEW {
            room[FEW..values].iter_mut().for_each(&mut note);
        }
        let (mut records, mut lines) = (0, block.lines);
        while lines != 0 {
            let (line, up_to) = (lines & lines.wrapping_neg(), lines ^ (lines - 1));
            let last = (block.ends & up_to).count_ones() as usize - 1;
            open += width;
            if open != filled + last {
                return None;
            }
            if block.pairs & line != 0 {
                room[last] |= PAIR;
            }
            lines ^= line;
            records += 1;
        }
        (self.filled, self.open) = (filled + values, open);
        Some(records)
    }

    /// How many values of the open record have ended.
    #[must_use]
    pub const fn of_open(&self) -> usize {
        self.filled - self.open - 1
    }

    /// The open record has ended, and the next one starts at this byte of the file.
    pub fn end_record(&mut self, next: u64) {
        let (values, width) = (self.of_open(), self.cells.width);
        if values > width {
            let last = self.cells.places[self.filled - 1] & (PLACE | PAIR);
            self.filled = self.open + width;
            self.push(last);
        }
        let absent = self.place(next) | (Kind::Absent as u32) << KIND_SHIFT;
        (values..width).for_each(|_| self.push(absent));
        self.open = self.filled - 1;
    }

    fn push(&mut self, place: u32) {
        self.room()[0] = place;
        self.filled += 1;
    }

    #[inline]
    fn room(&mut self) -> &mut [u32] {
        if self.cells.places.len() < self.filled + ROOM {
            self.grow();
        }
        &mut self.cells.places[self.filled..self.filled + ROOM]
    }

    #[cold]
    fn grow(&mut self) {
        self.cells.places.resize(self.filled + self.filled / 2 + ROOM, 0);
    }

    /// Bytes are at most some record of 64 MiB and a block, far less than what 29 bits can say.
    #[expect(clippy::cast_possible_truncation, reason = "see above")]
    const fn place(&self, offset: u64) -> u32 {
        offset.wrapping_sub(self.base) as u32 & PLACE
    }

    /// The complete records, and where the open one starts in the bytes: they begin there from now on.
    pub fn take(&mut self) -> (Cells, usize) {
        let open = &self.cells.places[self.open..self.filled];
        let cut = open.first().map_or(0, |place| place & PLACE);
        let mut places = vec![0; self.filled + self.filled / 8];
        // The first of them is where the bytes begin.
        places.iter_mut().zip(open).skip(1).for_each(|(to, from)| *to = from - cut);
        let next = Cells { width: self.cells.width, places, doubled: self.cells.doubled };
        self.cells.places.truncate(self.open + 1);
        self.filled -= self.open;
        self.open = 0;
        self.base += u64::from(cut);
        (std::mem::replace(&mut self.cells, next), cut as usize)
    }

    /// Nobody asks for the complete records.
    pub fn forget(&mut self) {
        self.cells.places.copy_within(self.open..self.filled, 0);
        self.filled -= self.open;
        self.open = 0;
    }

    /// Whether a record is complete.
    #[must_use]
    pub const fn any(&self) -> bool {
        self.open > 0
    }
}
