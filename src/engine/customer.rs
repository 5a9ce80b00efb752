//! The sessions of one customer, side by side.

use crate::tables::key::Key;

/// A session as its customer's other sessions see it.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// The customer.
    pub customer: Key,
    /// The rep or queue that owns it, or none.
    pub owner: Key,
    /// Its record number.
    pub row: u32,
    /// Whether it has not ended.
    pub live: bool,
    /// Whether its Status is Active: it uses capacity of its owner.
    pub active: bool,
    /// Whether its Status says that it is over.
    pub over: bool,
    /// StartTime, when it can be read.
    pub start: Option<i64>,
    /// EndTime, when it can be read; [`i64::MAX`] for a live session without one.
    pub end: Option<i64>,
}

impl Span {
    /// Earliest first; a session whose start is unknown cannot be shown to be the earliest.
    #[must_use]
    pub fn order(&self) -> (Key, i64, u32) {
        (self.customer, self.start.unwrap_or(i64::MAX), self.row)
    }
}

/// Where a rule about one customer's sessions writes.
#[derive(Debug)]
pub struct CustomerMarks<'a> {
    /// Records that were decided.
    pub checked: &'a mut u64,
    /// Failed records and the other record of each.
    pub failed: &'a mut Vec<(u32, u32)>,
}

impl CustomerMarks<'_> {
    /// Counts records that the rule decided.
    pub const fn checked(&mut self, records: usize) {
        *self.checked += records as u64;
    }

    /// Notes a failed record and the record that it conflicts with.
    pub fn fail(&mut self, row: u32, related: u32) {
        self.failed.push((row, related));
    }
}
