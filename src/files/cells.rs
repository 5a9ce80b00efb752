//! Where the values of records stand in the bytes of a file.

/// Bits of a place; above them is the kind of the value that ends there.
const PLACE_BITS: u32 = u32::BITS - 2;
const PLACE: u32 = (1 << PLACE_BITS) - 1;

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
        match entry >> PLACE_BITS {
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
    /// The value between two ends, and so many bytes after the first one.
    #[must_use]
    #[inline]
    pub const fn between([before, end]: [u32; 2], opening: usize) -> Self {
        Self { start: (before & PLACE) as usize + opening, end: (end & PLACE) as usize, kind: Kind::of(end) }
    }
}

/// Complete records, each as a list of places: its start, then the end of every value. Every list has the header's
/// length: absent values are added, and surplus ones of a record whose quotes are wrong are part of its last value.
#[derive(Debug, Default)]
pub struct Cells {
    /// Values that the header has; none before its end.
    width: usize,
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
        self.places.len() / (self.width + 1)
    }

    /// The ends of the value before a column and of its own, in two neighbours of each record from the first one on, and
    /// how far it is to the next record's.
    #[must_use]
    pub fn of_column(&self, column: usize, first: usize) -> (&[u32], usize) {
        let stride = self.width + 1;
        (&self.places[first * stride + column..], stride)
    }

    /// Every value with doubled quotes, by column and record.
    pub fn doubled(&self) -> impl Iterator<Item = (usize, usize, Cell)> + '_ {
        let columns = 0..if self.doubled { self.width } else { 0 };
        columns.flat_map(move |at| {
            let opening = usize::from(at > 0);
            let records = self.places.chunks_exact(self.width + 1).enumerate();
            let cells =
                records.map(move |(record, ends)| (at, record, Cell::between([ends[at], ends[at + 1]], opening)));
            cells.filter(|(_, _, cell)| cell.kind == Kind::Doubled)
        })
    }
}

/// Notes the places of records as they go by.
#[derive(Debug, Default)]
pub struct Collector {
    cells: Cells,
    /// Where in the file the bytes begin that places are counted in.
    base: u64,
    /// Where the list of the record begins that has not ended.
    open: usize,
}

impl Collector {
    /// The header has ended, and the first record starts.
    pub fn start(&mut self, width: u32, offset: u64) {
        self.cells.width = width as usize;
        let start = self.place(offset);
        self.cells.places.push(start);
    }

    /// A value of the open record ends before this byte of the file.
    #[inline]
    pub fn end_value(&mut self, offset: u64, kind: Kind) {
        let place = self.place(offset);
        self.cells.doubled |= kind == Kind::Doubled;
        self.cells.places.push(place | (kind as u32) << PLACE_BITS);
    }

    /// Values without quotes end at these places of a block that begins at this byte of the file; gives how many.
    #[inline]
    pub fn end_plain_values(&mut self, offset: u64, mut ends: u64) -> u32 {
        let (block, mut count) = (self.place(offset), 0);
        while ends != 0 {
            self.cells.places.push(block + ends.trailing_zeros());
            ends &= ends - 1;
            count += 1;
        }
        count
    }

    /// The open record has ended, and the next one starts at this byte of the file.
    #[inline]
    pub fn end_record(&mut self, next: u64) {
        let values = self.cells.places.len() - self.open - 1;
        if values != self.cells.width {
            self.fit(values);
        }
        self.open = self.cells.places.len();
        let start = self.place(next);
        self.cells.places.push(start);
    }

    #[cold]
    fn fit(&mut self, values: usize) {
        let Cells { places, width, .. } = &mut self.cells;
        let Some(end) = places.last().map(|place| place & PLACE) else { return };
        if values > *width {
            places.truncate(self.open + *width);
            places.push(end);
        } else {
            places.resize(self.open + 1 + *width, end | (Kind::Absent as u32) << PLACE_BITS);
        }
    }

    /// Bytes are at most some record of 64 MiB and a block, far less than what 30 bits can say.
    #[expect(clippy::cast_possible_truncation, reason = "see above")]
    const fn place(&self, offset: u64) -> u32 {
        offset.wrapping_sub(self.base) as u32 & PLACE
    }

    /// The complete records, and where the open one starts in the bytes: they begin there from now on.
    pub fn take(&mut self) -> (Cells, usize) {
        let rest = self.cells.places.split_off(self.open);
        let cut = rest.first().map_or(0, |place| *place as usize);
        let next =
            Cells { width: self.cells.width, places: Vec::with_capacity(self.open + self.open / 8), doubled: false };
        let taken = std::mem::replace(&mut self.cells, next);
        self.cells.places.extend(rest.into_iter().map(|place| place - u32::try_from(cut).unwrap_or_default()));
        self.cells.doubled = taken.doubled;
        self.open = 0;
        self.base += cut as u64;
        (taken, cut)
    }

    /// Whether a record is complete.
    #[must_use]
    pub const fn any(&self) -> bool {
        self.open > 0
    }
}
