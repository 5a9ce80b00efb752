//! What several rules share: the same question put to several fields of a record, or to several records.

mod consent;
pub mod headers;
mod ids;
mod links;
mod live;
mod picklists;
mod sends;
mod texts;
mod times;
mod windows;

pub use consent::meets_consent;
pub use ids::{describe_id, id_verdict};
pub use links::{channels_can_be_found, customers_can_be_found, names_a_channel};
pub use live::LiveSessions;
pub use picklists::{describe_pick, pick_verdict};
pub use sends::{customer_field, describe_closed, users_are_given, window_ruling};
pub use texts::{describe_length, describe_missing, is_missing, length_verdict, quoted};
pub use times::{
    describe_future, describe_unreadable, describe_zone, future_verdict, unreadable_verdict, zone_verdict,
};
pub use windows::{describe_window, window_can_be_decided, window_verdict};

use crate::rule::{Description, Verdict};
use crate::tables::batch::Batch;

/// The verdict over several fields: fails when any fails, else passes when any was decided.
#[must_use]
pub fn any_of(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    let mut overall = Verdict::Undecided;
    for verdict in verdicts {
        match verdict {
            Verdict::Fail => return Verdict::Fail,
            Verdict::Pass => overall = Verdict::Pass,
            Verdict::Undecided => {}
        }
    }
    overall
}

/// Describes the first failing field and names the other failing ones.
#[must_use]
pub fn describe_first(
    batch: &Batch,
    fields: &[usize],
    fails: impl Fn(usize) -> bool,
    describe: impl Fn(usize) -> Description,
) -> Description {
    let mut failing = fields.iter().copied().filter(|field| fails(*field));
    let mut description = describe(failing.next().unwrap_or(fields[0]));
    let others: Vec<_> = failing.map(|field| batch.table().fields()[field].name).collect();
    if !others.is_empty() {
        description.message = format!("{} The same holds for {}.", description.message, others.join(", "));
    }
    description
}
