//! The cells of a text column as they came: Arrow's views of bytes, or values of a CSV file.

use arrow_array::StringViewArray;
use arrow_buffer::NullBuffer;

use super::batch::Extent;
use super::cell::{is_missing, may_be_missing};
use super::views::{Bytes, Views};
use crate::files::values::{Column, Place, Print, Values};

/// A text column. Whether its bytes are UTF-8 is asked where a text is shown; decoders need not know.
#[derive(Debug, Clone)]
pub enum Texts {
    /// Arrow's.
    Views(Views),
    /// Of a CSV file.
    Csv(Column),
}

impl Texts {
    /// A cell, unless it is null.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        std::str::from_utf8(self.bytes(row)?).ok()
    }

    /// The bytes of a cell, unless it is null.
    #[must_use]
    pub fn bytes(&self, row: usize) -> Option<&[u8]> {
        match self {
            Self::Views(views) => views.get(row),
            Self::Csv(column) => column.values().get(row),
        }
    }

    /// Reads every cell that is not null.
    pub fn each<T: Copy>(&self, null: T, read: impl Fn(&[u8]) -> T) -> Vec<T> {
        match self {
            Self::Views(views) => each(Bytes::of(views), null, read),
            Self::Csv(column) => each(column.values(), null, read),
        }
    }

    /// The same for columns that hold few different texts.
    pub fn each_repeating<T: Copy>(&self, null: T, read: impl Fn(&[u8]) -> T) -> Vec<T> {
        match self {
            Self::Views(views) => each_repeating(Bytes::of(views), null, read),
            Self::Csv(column) => each_repeating(column.values(), null, read),
        }
    }

    /// How long cells are, by what a field may have; zero is any length.
    #[must_use]
    pub fn extents(&self, limit: usize) -> Vec<Extent> {
        match self {
            Self::Views(views) => extents(Bytes::of(views), limit),
            Self::Csv(column) => extents(column.values(), limit),
        }
    }
}

impl From<&StringViewArray> for Texts {
    fn from(array: &StringViewArray) -> Self {
        Self::Views(Views::from(array))
    }
}

/// Multiplied by it, what differs anywhere differs in the highest bits.
pub const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Cells as decoders ask for them, which need no UTF-8 and have asked whether a cell is there.
pub trait Cells {
    /// Where the text of a cell is.
    type Place: Copy;
    /// What equal texts have in common that are near to each other.
    type Print: Copy + Eq + Default;

    /// How many there are.
    fn rows(&self) -> usize;

    /// Where one of them is.
    fn place(&self, row: usize) -> Self::Place;

    /// Which cells are there, where that is not all of them or makes a difference.
    fn nulls(&self) -> Option<&NullBuffer>;

    /// The text of a cell.
    fn text(&self, place: Self::Place) -> &[u8];

    /// How long it is, and its first byte, if it has one.
    fn head(&self, place: Self::Place) -> (usize, u8);

    /// Equal prints are those of equal texts, and nearly all equal texts that repeat have equal prints. That of an empty
    /// text is the default.
    fn print(&self, place: Self::Place) -> Self::Print;

    /// Any number that differs between most prints.
    fn spread(print: Self::Print) -> u64;
}

/// Nulls do not matter here: decoders read nothing as no value.
impl Cells for Values<'_> {
    type Place = Place;
    type Print = Print;

    fn rows(&self) -> usize {
        self.rows()
    }

    #[inline]
    fn place(&self, row: usize) -> Place {
        self.place(row)
    }

    fn nulls(&self) -> Option<&NullBuffer> {
        None
    }

    #[inline]
    fn text(&self, place: Place) -> &[u8] {
        self.at(place)
    }

    #[inline]
    fn head(&self, place: Place) -> (usize, u8) {
        (place.length(), self.at(place).first().copied().unwrap_or_default())
    }

    #[inline]
    fn print(&self, place: Place) -> Print {
        self.print(place)
    }

    #[inline]
    fn spread(print: Print) -> u64 {
        print.folded().wrapping_mul(SPREAD)
    }
}

fn each<T: Copy>(cells: impl Cells, null: T, read: impl Fn(&[u8]) -> T) -> Vec<T> {
    rows(cells, null, move |cells, place| read(cells.text(place)))
}

#[inline]
fn rows<C: Cells, T: Copy>(cells: C, null: T, mut read: impl FnMut(&C, C::Place) -> T) -> Vec<T> {
    let rows = 0..cells.rows();
    match cells.nulls().cloned() {
        Some(nulls) => {
            let read = |row| if nulls.is_valid(row) { read(&cells, cells.place(row)) } else { null };
            rows.map(read).collect()
        }
        None => rows.map(move |row| read(&cells, cells.place(row))).collect(),
    }
}

/// Nearly every cell is judged without a look at its text.
fn extents(cells: impl Cells, limit: usize) -> Vec<Extent> {
    let limit = if limit == 0 { usize::MAX } else { limit };
    rows(cells, Extent::Missing, move |cells, place| {
        let (length, first) = cells.head(place);
        if (length == 0 || may_be_missing(first)) && is_missing(cells.text(place)) {
            Extent::Missing
        } else if length > limit && utf16_units(cells.text(place)) > limit {
            // A text has no more units than bytes.
            Extent::Long
        } else {
            Extent::Fits
        }
    })
}

/// Cells read last are kept by their prints.
fn each_repeating<C: Cells, T: Copy>(cells: C, null: T, read: impl Fn(&[u8]) -> T) -> Vec<T> {
    const KEPT_BITS: u32 = 8;
    if !repeats(&cells) {
        return each(cells, null, read);
    }
    // The print of an empty text is the default, so that the places are right before any cell was read.
    let mut kept = [(C::Print::default(), read(b"")); 1 << KEPT_BITS];
    rows(cells, null, move |cells, place| {
        let print = cells.print(place);
        let known = &mut kept[(C::spread(print) >> (u64::BITS - KEPT_BITS)) as usize];
        if known.0 != print {
            *known = (print, anew(&read, cells.text(place)));
        }
        known.1
    })
}

/// Kept apart, so that the loop over texts that are known stays small.
#[cold]
fn anew<T>(read: &impl Fn(&[u8]) -> T, text: &[u8]) -> T {
    read(text)
}

/// Whether texts come again soon, judged by some in the middle: a quarter of 64 have the print of another one.
fn repeats<C: Cells>(cells: &C) -> bool {
    const TRIED: usize = 64;
    let middle = cells.rows().saturating_sub(TRIED) / 2;
    let tried = (middle..cells.rows()).take(TRIED);
    let mut tried: Vec<_> = tried.map(|row| C::spread(cells.print(cells.place(row)))).collect();
    let all = tried.len();
    tried.sort_unstable();
    tried.dedup();
    tried.len() * 4 <= all * 3
}

/// How Salesforce counts the length of a text.
fn utf16_units(text: &[u8]) -> usize {
    String::from_utf8_lossy(text).encode_utf16().count()
}
