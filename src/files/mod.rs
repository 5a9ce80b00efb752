//! CSV files: what is wrong with their bytes, and the values in them, in one pass.
//!
//! A [`scan::Scanner`] takes the bytes in blocks of any size and leaves a [`ScannedFile`]. A line feed ends a record
//! unless an odd number of double quotes stands before it in the record. A [`read::Reader`] has it note where values
//! stand, too, and gives [`values::Records`] that point into the bytes.

pub mod cells;
pub mod encoding;
pub mod explain;
pub mod faults;
pub mod masks;
pub mod read;
pub mod records;
pub mod scan;
#[cfg(test)]
mod tests;
pub mod values;
pub mod words;

pub use faults::{Concern, Fault, FaultKind, HEADER, Place};

/// The most characters that Bulk API takes in one value.
pub const MAX_VALUE: u64 = 131_072;
/// The most characters that Bulk API takes in one record.
pub const MAX_RECORD: u64 = 400_000;
/// The most characters that Bulk API takes in the header.
pub const MAX_HEADER: u64 = 32_000;
/// The most columns that Bulk API takes.
pub const MAX_COLUMNS: u32 = 5_000;
/// The most bytes of a record that are read at all: a reader of values holds a record several times over.
pub const READABLE_RECORD: u64 = 64 << 20;
/// What fits one job of Bulk API 2.0, which may have 150 MB after base64.
pub const MAX_JOB: u64 = 100_000_000;

/// Ends of lines that were seen outside of quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineEnds {
    /// LF without CR before it.
    pub feeds: u64,
    /// CR and LF.
    pub pairs: u64,
    /// CR without LF after it.
    pub returns: u64,
    /// The first of each, in this order.
    pub first: [Option<Place>; 3],
}

/// Bytes that are not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadBytes {
    /// How many places there are.
    pub places: u64,
    /// The first one.
    pub first: Place,
    /// The first byte there.
    pub byte: u8,
    /// The value that it is in, counted from 0.
    pub column: u32,
}

/// What the bytes of one file say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScannedFile {
    /// What the file is called in messages; empty where the table has no other.
    pub name: String,
    /// Bytes, uncompressed.
    pub bytes: u64,
    /// Records without the header.
    pub records: u64,
    /// The names of the columns as spelled in the header.
    pub header: Vec<String>,
    /// Starts with a byte order mark.
    pub mark: bool,
    /// How lines end.
    pub ends: LineEnds,
    /// The first record that goes over a line end because its quotes are wrong, and probably holds others.
    pub swallows: Option<u32>,
    /// What is not UTF-8.
    pub bad_bytes: Option<BadBytes>,
    /// What is wrong with records, in order; at most one fault of each concern in a record.
    pub faults: Vec<Fault>,
}

impl ScannedFile {
    /// How many faults of a kind of concern there are.
    #[must_use]
    pub fn count(&self, concern: Concern) -> usize {
        self.faults.iter().filter(|fault| fault.kind.concern() == concern).count()
    }
}
