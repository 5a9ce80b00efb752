//! Where the values of records stand in the bytes of a file.

/// Bits of a place; above them is the kind of the value that ends there.
const PLACE: u32 = u32::BITS - 2;
const PLACE_MASK: u32 = (1 << PLACE) - 1;

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
        match entry >> PLACE {
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

/// Complete records, each as a list of places: its start, then the end of every value. Every list has the header's
/// length: absent values are added, and surplus ones of a record whose quotes are wrong are part of its last value.
#[derive(Debug, Default)]
pub struct Cells {
    /// Values that the header has; none before its end.
    width: usize,
    /// Where in the file the bytes begin that places are counted in.
    base: u64,
    places: Vec<u32>,
    /// Where the list of the record begins that has not ended.
    open: usize,
}

impl Cells {
    /// The header has ended, and the first record starts.
    pub fn start(&mut self, width: u32, offset: u64) {
        self.width = width as usize;
        let start = self.place(offset);
        self.places.push(start);
    }

    /// A value of the open record ends before this byte of the file.
    #[inline]
    pub fn end_value(&mut self, offset: u64, kind: Kind) {
        let place = self.place(offset);
        self.places.push(place | (kind as u32) << PLACE);
    }

    /// The open record has ended, and the next one starts at this byte of the file.
    #[inline]
    pub fn end_record(&mut self, next: u64) {
        let values = self.places.len() - self.open - 1;
        if values != self.width {
            self.fit(values);
        }
        self.open = self.places.len();
        let start = self.place(next);
        self.places.push(start);
    }

    #[cold]
    fn fit(&mut self, values: usize) {
        if values > self.width
            && let Some(end) = self.places.last().copied()
        {
            let last = self.open + self.width;
            self.places.truncate(last);
            self.places.push(end & PLACE_MASK);
        } else if let Some(end) = self.places.last().copied() {
            let absent = end & PLACE_MASK | (Kind::Absent as u32) << PLACE;
            self.places.resize(self.open + 1 + self.width, absent);
        }
    }

    /// Bytes are at most some record of 64 MiB and a block, far less than what 30 bits can say.
    #[expect(clippy::cast_possible_truncation, reason = "see above")]
    const fn place(&self, offset: u64) -> u32 {
        offset.wrapping_sub(self.base) as u32 & PLACE_MASK
    }

    /// The number of complete records.
    #[must_use]
    pub const fn records(&self) -> usize {
        if self.width == 0 { 0 } else { self.open / (self.width + 1) }
    }

    /// A column of the complete records.
    pub fn column(&self, at: usize) -> impl ExactSizeIterator<Item = Cell> + '_ {
        let records = self.places[..self.open].chunks_exact(self.width + 1);
        records.map(move |places| {
            let before = places.get(at).copied().unwrap_or_default() & PLACE_MASK;
            let start = before as usize + usize::from(at > 0);
            let entry = places.get(at + 1).copied().unwrap_or(PLACE_MASK);
            Cell { start, end: (entry & PLACE_MASK) as usize, kind: Kind::of(entry) }
        })
    }

    /// Where the open record starts in the bytes.
    #[must_use]
    pub fn open_at(&self) -> usize {
        self.places.get(self.open).map_or(0, |place| *place as usize)
    }

    /// Forgets the complete records. From now on, bytes begin where the open record starts.
    pub fn keep_open(&mut self) {
        let cut = self.open_at();
        self.places.drain(..self.open);
        self.open = 0;
        self.base += cut as u64;
        for place in &mut self.places {
            *place -= u32::try_from(cut).unwrap_or_default();
        }
    }
}
