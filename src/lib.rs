//! sendworthy checks Salesforce Messaging data before a bulk load.
//!
//! The flow is the layout: [`tables`] binds headers and decodes every cell once into compact typed columns, [`rules`]
//! holds one file per rule, [`engine`] runs them over batches in parallel and across rows through a partitioned key
//! index, and [`findings`] keeps one bit per row and rule, exact counts, and describes flagged rows when asked. [`fixes`]
//! says which cells have a certain replacement.
//!
//! The `python` feature adds the extension module of the Python package; nothing outside `src/python/` knows of it.

pub mod eligibility;
pub mod engine;
pub mod error;
pub mod files;
pub mod findings;
pub mod fixes;
pub mod generate;
pub mod model;
pub mod policy;
#[cfg(feature = "python")]
mod python;
pub mod rule;
pub mod rules;
pub mod tables;

pub use error::{Error, Result};
