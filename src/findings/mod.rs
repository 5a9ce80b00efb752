//! What was found: one bit per row and rule, exact counts, the other record of each conflict, and words when asked.

pub mod changes;
pub mod describe;
pub mod marks;
pub mod notes;
pub mod outcome;
pub mod redaction;
pub mod tallies;
#[cfg(test)]
mod tests;
