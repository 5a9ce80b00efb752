//! Codes that records earn, as bit sets, and the table of all of them.

use std::sync::Arc;

use arrow_array::builder::{StringViewBuilder, UInt64Builder};
use arrow_array::{ArrayRef, RecordBatch};

use crate::error::Result;
use crate::model::objects::Table;

/// Every code that generated data can earn, in order.
pub const CODES: [&str; 46] = [
    "C101", "C102", "C103", "C104", "C105", "S101", "S102", "S103", "S104", "S105", "S201", "S202", "S203", "S204",
    "S205", "S301", "S302", "S303", "S401", "S402", "S403", "S404", "S405", "S406", "U101", "U102", "U103", "U104",
    "U201", "U202", "U203", "U204", "U205", "U206", "U208", "U209", "U210", "U301", "U302", "U303", "U304", "U306",
    "U307", "W101", "W102", "W103",
];

/// A set of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Codes(u64);

impl Codes {
    /// No code.
    pub const NONE: Self = Self(0);

    /// The set of some codes; the compiler refuses unknown ones where the set is a constant.
    #[must_use]
    pub const fn of(codes: &[&str]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < codes.len() {
            bits |= 1 << position(codes[at]);
            at += 1;
        }
        Self(bits)
    }

    /// The codes of either set.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The codes in order.
    pub fn iter(self) -> impl Iterator<Item = &'static str> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let at = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            CODES.get(at).copied()
        })
    }
}

const fn position(code: &str) -> usize {
    let (wanted, mut at) = (code.as_bytes(), 0);
    while at < CODES.len() {
        let known = CODES[at].as_bytes();
        if known.len() == 4
            && wanted.len() == 4
            && known[0] == wanted[0]
            && known[1] == wanted[1]
            && known[2] == wanted[2]
            && known[3] == wanted[3]
        {
            return at;
        }
        at += 1;
    }
    // Past the end: a constant set with an unknown code does not compile.
    64
}

/// Collects table, row and code.
#[derive(Debug, Default)]
pub struct Truth {
    tables: StringViewBuilder,
    rows: UInt64Builder,
    codes: StringViewBuilder,
}

impl Truth {
    /// Adds what a record earns; tables and rows come in order.
    pub fn add(&mut self, table: Table, row: u64, codes: Codes) {
        for code in codes.iter() {
            self.tables.append_value(table.name());
            self.rows.append_value(row);
            self.codes.append_value(code);
        }
    }

    /// Columns table, row (from 0) and code.
    ///
    /// # Errors
    /// Columns that do not fit together, which is a fault of this library.
    pub fn finish(mut self) -> Result<RecordBatch> {
        let columns: [(&str, ArrayRef); 3] = [
            ("table", Arc::new(self.tables.finish())),
            ("row", Arc::new(self.rows.finish())),
            ("code", Arc::new(self.codes.finish())),
        ];
        Ok(RecordBatch::try_from_iter(columns)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_give_back_their_codes_in_order() {
        let codes = Codes::of(&["W103", "U101"]).and(Codes::of(&["S406"]));
        assert_eq!(codes.iter().collect::<Vec<_>>(), ["S406", "U101", "W103"]);
        assert_eq!(Codes::NONE.iter().count(), 0);
    }
}
