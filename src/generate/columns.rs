//! Text columns that grow record by record.

use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::{ArrayRef, RecordBatch};

use crate::error::Result;

/// Long texts go into blocks of this many bytes.
const BLOCK: u32 = 1 << 20;

/// The columns of one chunk.
#[derive(Debug)]
pub struct Columns<const N: usize> {
    names: [&'static str; N],
    cells: [StringViewBuilder; N],
}

impl<const N: usize> Columns<N> {
    /// Empty columns with room for `rows`.
    #[must_use]
    pub fn new(names: [&'static str; N], rows: usize) -> Self {
        let cells = std::array::from_fn(|_| StringViewBuilder::with_capacity(rows).with_fixed_block_size(BLOCK));
        Self { names, cells }
    }

    /// Adds a record.
    pub fn push(&mut self, record: [Option<&str>; N]) {
        for (column, cell) in self.cells.iter_mut().zip(record) {
            column.append_option(cell);
        }
    }

    /// The batch.
    ///
    /// # Errors
    /// Columns that do not fit together, which is a fault of this library.
    pub fn finish(self) -> Result<RecordBatch> {
        let arrays = self.cells.into_iter().map(|mut column| Arc::new(column.finish()) as ArrayRef);
        let columns = self.names.into_iter().zip(arrays).map(|(name, array)| (name, array, true));
        Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
    }
}

/// One of the ways to write that there is no value.
#[must_use]
pub fn missing(kind: u64) -> Option<&'static str> {
    [None, Some(""), Some("  "), Some("#N/A")][(kind % 4) as usize]
}

/// A value in the wrong case. The values concerned all have a capital letter in front and small ones behind it.
#[must_use]
pub fn wrong_case(value: &str, kind: u64) -> String {
    if kind.is_multiple_of(2) { value.to_ascii_lowercase() } else { value.to_ascii_uppercase() }
}
