//! The cells of a text column as they came: Arrow's views of bytes, or values of a CSV file.

use arrow_array::StringViewArray;
use arrow_buffer::NullBuffer;

use super::batch::Extent;
use super::cell::{is_missing, may_be_missing};
use super::views::{Bytes, Views};
use crate::files::values::{Column, Values};

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
            Self::Views(views) => each(&Bytes::of(views), null, read),
            Self::Csv(column) => each(&column.values(), null, read),
        }
    }

    /// The same for columns that hold few different texts.
    pub fn each_repeating<T: Copy>(&self, null: T, read: impl Fn(&[u8]) -> T) -> Vec<T> {
        match self {
            Self::Views(views) => each_repeating(&Bytes::of(views), null, read),
            Self::Csv(column) => each_repeating(&column.values(), null, read),
        }
    }

    /// How long cells are, by what a field may have; zero is any length.
    #[must_use]
    pub fn extents(&self, limit: usize) -> Vec<Extent> {
        match self {
            Self::Views(views) => extents(&Bytes::of(views), limit),
            Self::Csv(column) => extents(&column.values(), limit),
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
    /// What equal texts have in common that are near to each other.
    type Print: Copy + Ord + Default;

    /// How many there are.
    fn rows(&self) -> usize;

    /// Which cells are there, where that is not all of them or makes a difference.
    fn nulls(&self) -> Option<&NullBuffer>;

    /// A cell.
    fn get(&self, row: usize) -> &[u8];

    /// How long it is, and its first byte, if it has one.
    fn head(&self, row: usize) -> (usize, u8);

    /// Equal prints are those of equal texts, and nearly all equal texts that repeat have equal prints. That of an empty
    /// text is the default.
    fn print(&self, row: usize) -> Self::Print;

    /// Any number that differs between most prints.
    fn spread(print: Self::Print) -> u64;
}

/// Nulls do not matter here: decoders read nothing as no value.
impl<'a> Cells for Values<'a> {
    type Print = &'a [u8];

    fn rows(&self) -> usize {
        self.rows()
    }

    fn nulls(&self) -> Option<&NullBuffer> {
        None
    }

    #[inline]
    fn get(&self, row: usize) -> &[u8] {
        self.text(row)
    }

    #[inline]
    fn head(&self, row: usize) -> (usize, u8) {
        let text = self.text(row);
        (text.len(), text.first().copied().unwrap_or_default())
    }

    #[inline]
    fn print(&self, row: usize) -> &'a [u8] {
        self.text(row)
    }

    /// By the first and the last eight bytes; of shorter texts by the outermost ones.
    #[inline]
    fn spread(text: &'a [u8]) -> u64 {
        let word = match (text.first_chunk(), text.last_chunk(), text) {
            (Some(first), Some(last), _) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(32),
            (_, _, [first, .., last]) => u64::from(*first) << 8 | u64::from(*last),
            _ => 0,
        };
        (word ^ text.len() as u64).wrapping_mul(SPREAD)
    }
}

fn each<T: Copy>(cells: &impl Cells, null: T, read: impl Fn(&[u8]) -> T) -> Vec<T> {
    rows(cells, null, |row| read(cells.get(row)))
}

#[inline]
fn rows<T: Copy>(cells: &impl Cells, null: T, mut read: impl FnMut(usize) -> T) -> Vec<T> {
    let rows = 0..cells.rows();
    match cells.nulls() {
        Some(nulls) => rows.map(|row| if nulls.is_valid(row) { read(row) } else { null }).collect(),
        None => rows.map(read).collect(),
    }
}

/// Nearly every cell is judged without a look at its text.
fn extents(cells: &impl Cells, limit: usize) -> Vec<Extent> {
    let limit = if limit == 0 { usize::MAX } else { limit };
    rows(cells, Extent::Missing, |row| {
        let (length, first) = cells.head(row);
        if (length == 0 || may_be_missing(first)) && is_missing(cells.get(row)) {
            Extent::Missing
        } else if length > limit && utf16_units(cells.get(row)) > limit {
            // A text has no more units than bytes.
            Extent::Long
        } else {
            Extent::Fits
        }
    })
}

/// Cells read last are kept by their prints.
fn each_repeating<C: Cells, T: Copy>(cells: &C, null: T, read: impl Fn(&[u8]) -> T) -> Vec<T> {
    const KEPT_BITS: u32 = 8;
    if !repeats(cells) {
        return each(cells, null, read);
    }
    // The print of an empty text is the default, so that the places are right before any cell was read.
    let mut kept = [(C::Print::default(), read(b"")); 1 << KEPT_BITS];
    rows(cells, null, |row| {
        let print = cells.print(row);
        let place = &mut kept[(C::spread(print) >> (u64::BITS - KEPT_BITS)) as usize];
        if place.0 != print {
            *place = (print, read(cells.get(row)));
        }
        place.1
    })
}

/// Whether texts come again soon, judged by some in the middle: a quarter of 64 have the print of another one.
fn repeats(cells: &impl Cells) -> bool {
    const TRIED: usize = 64;
    let middle = cells.rows().saturating_sub(TRIED) / 2;
    let mut tried: Vec<_> = (middle..cells.rows()).take(TRIED).map(|row| cells.print(row)).collect();
    let all = tried.len();
    tried.sort_unstable();
    tried.dedup();
    tried.len() * 4 <= all * 3
}

/// How Salesforce counts the length of a text.
fn utf16_units(text: &[u8]) -> usize {
    String::from_utf8_lossy(text).encode_utf16().count()
}
