//! Phone numbers: the E.164 form, the numbering plans behind it, and how a number that lost its form gets it back.

mod digits;
mod e164;
pub mod plan;
mod prefix;
mod regions;
mod repair;

pub use digits::Digits;
pub use e164::{is_e164, is_number, push_address_digits, why_not_e164};
pub use plan::{Assigned, Kind as NumberKind, Unassigned, lookup};
pub use regions::Region;
pub use repair::{Repair, repair};
