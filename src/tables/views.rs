//! Arrow's views of texts.

use arrow_array::{Array, StringViewArray};
use arrow_buffer::{Buffer, NullBuffer, ScalarBuffer};

use super::texts::{Cells, SPREAD};

/// A column of views of bytes in buffers.
#[derive(Debug, Clone)]
pub struct Views {
    words: ScalarBuffer<u128>,
    buffers: Vec<Buffer>,
    nulls: Option<NullBuffer>,
}

impl Views {
    /// The bytes of a cell, unless it is null.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&[u8]> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return None;
        }
        let (at, length) = place(self.words[row]);
        match at {
            None => self.words.inner().as_slice().get(row * 16 + 4..row * 16 + 4 + length),
            Some((buffer, start)) => self.buffers.get(buffer).and_then(|bytes| bytes.get(start..start + length)),
        }
    }
}

impl From<&StringViewArray> for Views {
    fn from(array: &StringViewArray) -> Self {
        Self { words: array.views().clone(), buffers: array.data_buffers().to_vec(), nulls: array.nulls().cloned() }
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

/// The bytes that views are of, to be found without asking twice whether a cell is there.
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
    pub fn of(column: &'a Views) -> Self {
        Self {
            nulls: column.nulls.as_ref(),
            views: &column.words,
            inline: column.words.inner().as_slice(),
            buffers: column.buffers.iter().map(Buffer::as_slice).collect(),
        }
    }
}

/// Short texts, and all that come from a dictionary, have equal views when they are equal.
impl Cells for Bytes<'_> {
    type Place = (usize, u128);
    type Print = u128;

    fn rows(&self) -> usize {
        self.views.len()
    }

    #[inline]
    fn place(&self, row: usize) -> (usize, u128) {
        (row, self.views[row])
    }

    fn nulls(&self) -> Option<&NullBuffer> {
        self.nulls
    }

    #[inline]
    fn text(&self, (row, view): (usize, u128)) -> &[u8] {
        match place(view) {
            (None, length) => &self.inline[row * 16 + 4..][..length],
            (Some((buffer, start)), length) => &self.buffers[buffer][start..][..length],
        }
    }

    /// The first word of a view is the length, and its second one begins with the first character.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "a view is cut into its words")]
    fn head(&self, (_, view): (usize, u128)) -> (usize, u8) {
        (view as u32 as usize, (view >> 32) as u8)
    }

    #[inline]
    fn print(&self, (_, view): (usize, u128)) -> u128 {
        view
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "any bits will do")]
    fn spread(view: u128) -> u64 {
        let folded = view as u64 ^ ((view >> 64) as u64).rotate_left(32);
        folded.wrapping_mul(SPREAD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_found_without_their_nulls() {
        let texts = StringViewArray::from(vec!["short", "", " ", "longer than a view holds"]);
        let nulls = NullBuffer::from(vec![true, true, true, false]);
        let (views, buffers) = (texts.views().clone(), texts.data_buffers().to_vec());
        let column = Views::from(&StringViewArray::new(views, buffers, Some(nulls.clone())));
        let (bytes, empty) = (Bytes::of(&column), &b""[..]);
        assert_eq!(
            (0..4).map(|row| column.get(row)).collect::<Vec<_>>(),
            [Some(&b"short"[..]), Some(empty), Some(b" "), None]
        );
        assert_eq!(bytes.nulls(), Some(&nulls));
        for (row, text) in texts.iter().flatten().enumerate() {
            let place = bytes.place(row);
            assert_eq!(bytes.text(place), text.as_bytes());
            assert_eq!(bytes.head(place), (text.len(), text.bytes().next().unwrap_or_default()));
        }
    }
}
