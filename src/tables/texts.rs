//! The cells of a text column as they came: views of bytes, whether Arrow's or those of a CSV file.

use arrow_array::{Array, StringViewArray};
use arrow_buffer::{Buffer, NullBuffer, ScalarBuffer};

use super::batch::Extent;
use super::cell::{is_missing, may_be_missing};

/// A text column. Whether its bytes are UTF-8 is asked where a text is shown; decoders need not know.
#[derive(Debug, Clone)]
pub struct Texts {
    views: ScalarBuffer<u128>,
    buffers: Vec<Buffer>,
    nulls: Option<NullBuffer>,
}

impl Texts {
    /// Views, laid out as Arrow's, of bytes in buffers.
    #[must_use]
    pub const fn new(views: ScalarBuffer<u128>, buffers: Vec<Buffer>, nulls: Option<NullBuffer>) -> Self {
        Self { views, buffers, nulls }
    }

    /// A cell, unless it is null.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&str> {
        std::str::from_utf8(self.bytes(row)?).ok()
    }

    /// The bytes of a cell, unless it is null.
    #[must_use]
    pub fn bytes(&self, row: usize) -> Option<&[u8]> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return None;
        }
        let (at, length) = place(self.views[row]);
        match at {
            None => self.views.inner().as_slice().get(row * 16 + 4..row * 16 + 4 + length),
            Some((buffer, start)) => self.buffers.get(buffer).and_then(|bytes| bytes.get(start..start + length)),
        }
    }
}

impl From<&StringViewArray> for Texts {
    fn from(array: &StringViewArray) -> Self {
        Self::new(array.views().clone(), array.data_buffers().to_vec(), array.nulls().cloned())
    }
}

/// Buffer and start of a text that is not in its view, and the length of any. A view is 16 bytes: the length, then up to
/// twelve bytes of text, or its first four and where in which buffer it is.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "a view is cut into its four words")]
const fn place(view: u128) -> (Option<(usize, usize)>, usize) {
    let length = view as u32 as usize;
    let at = if length <= 12 { None } else { Some(((view >> 64) as u32 as usize, (view >> 96) as u32 as usize)) };
    (at, length)
}

/// The bytes of a text column. Decoders need no UTF-8, and this finds a cell without asking twice whether it is there.
#[derive(Debug)]
pub struct Bytes<'a> {
    nulls: Option<&'a NullBuffer>,
    views: &'a [u128],
    inline: &'a [u8],
    buffers: Vec<&'a [u8]>,
}

impl<'a> Bytes<'a> {
    /// The cells of a column.
    #[must_use]
    pub fn of(texts: &'a Texts) -> Self {
        Self {
            nulls: texts.nulls.as_ref(),
            views: &texts.views,
            inline: texts.views.inner().as_slice(),
            buffers: texts.buffers.iter().map(Buffer::as_slice).collect(),
        }
    }

    fn get(&self, row: usize) -> &'a [u8] {
        match place(self.views[row]) {
            (None, length) => &self.inline[row * 16 + 4..][..length],
            (Some((buffer, start)), length) => &self.buffers[buffer][start..][..length],
        }
    }

    /// Reads every cell that is not null.
    pub fn each<T: Copy>(&self, null: T, read: impl Fn(&[u8]) -> T) -> Vec<T> {
        let rows = 0..self.views.len();
        match self.nulls {
            Some(nulls) => rows.map(|row| if nulls.is_valid(row) { read(self.get(row)) } else { null }).collect(),
            None => rows.map(|row| read(self.get(row))).collect(),
        }
    }

    /// How long cells are. A view says it for nearly every cell without a look at the text: its first word is the
    /// length, and its second one begins with the first character.
    #[expect(clippy::cast_possible_truncation, reason = "a view is cut into its words")]
    #[must_use]
    pub fn extents(&self, limit: usize) -> Vec<Extent> {
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
        match self.nulls {
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
    pub fn each_repeating<T: Copy>(&self, null: T, read: impl Fn(&[u8]) -> T) -> Vec<T> {
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
        match self.nulls {
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
