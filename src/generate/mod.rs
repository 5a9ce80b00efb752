//! Made-up data whose shape is real, with planted defects and the truth about them: for trials, tests and measurements.
//!
//! Every record can be made from its number alone: a session knows its customer, a duplicate its original, and the
//! truth is complete without a record having been written. So chunks of any size give the same data, and memory holds
//! no more than one chunk. The truth lists everything that the default rules find, defective channels and closed
//! windows included, and nothing else.

mod channels;
mod clock;
mod columns;
mod draw;
mod ids;
#[rustfmt::skip]
mod names;
mod numbers;
mod plan;
mod session_flaws;
mod session_records;
mod sessions;
#[cfg(test)]
mod tests;
mod truth;
mod user_flaws;
mod user_records;
mod users;

use std::ops::Range;

use arrow_array::RecordBatch;

use crate::error::Result;
use crate::model::objects::Table;
use plan::Plan;
pub use plan::Settings;

/// Makes the tables of one data set.
#[derive(Debug)]
pub struct Generator {
    plan: Plan,
}

impl Generator {
    /// Gets ready; the same settings always make the same data.
    ///
    /// # Errors
    /// Settings that make no sense.
    pub fn new(settings: Settings) -> Result<Self> {
        Ok(Self { plan: Plan::new(settings)? })
    }

    /// How many records a table has.
    #[must_use]
    pub fn rows(&self, table: Table) -> u32 {
        match table {
            Table::Channels => u32::try_from(self.plan.channels.len()).unwrap_or(u32::MAX),
            Table::Users => self.plan.settings.users,
            Table::Sessions => self.plan.settings.sessions,
            Table::Sends | Table::ExistingUsers => 0,
        }
    }

    /// All channels.
    ///
    /// # Errors
    /// Columns that do not fit together, which is a fault of this library.
    pub fn channels(&self) -> Result<RecordBatch> {
        channels::to_batch(&self.plan.channels)
    }

    /// Some users, by record number.
    ///
    /// # Errors
    /// Columns that do not fit together, which is a fault of this library.
    pub fn users(&self, rows: Range<u32>) -> Result<RecordBatch> {
        self.plan.user_records(rows)
    }

    /// Some sessions, by record number.
    ///
    /// # Errors
    /// Columns that do not fit together, which is a fault of this library.
    pub fn sessions(&self, rows: Range<u32>) -> Result<RecordBatch> {
        self.plan.session_records(rows)
    }

    /// Table, row and code of everything that the default rules find, in order.
    ///
    /// # Errors
    /// Columns that do not fit together, which is a fault of this library.
    pub fn truth(&self) -> Result<RecordBatch> {
        let mut truth = truth::Truth::default();
        for (row, channel) in (0..).zip(&self.plan.channels) {
            truth.add(Table::Channels, row, channel.codes);
        }
        for row in 0..self.rows(Table::Users) {
            truth.add(Table::Users, u64::from(row), self.plan.user(row).codes(self.plan.settings.as_of));
        }
        for row in 0..self.rows(Table::Sessions) {
            truth.add(Table::Sessions, u64::from(row), self.plan.session(row).codes());
        }
        truth.finish()
    }
}
