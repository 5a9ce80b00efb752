//! What the engine keeps of a record after its batch is gone: keys and the few facts that other records ask for.

use super::customer::Span;
use super::keys::Keyed;
use super::window::Pending;
use crate::model::picklists::Pick;
use crate::tables::bind::Form;
use crate::tables::key::Key;

/// A channel by number: equal numbers are equal channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChannelNumber(u32);

impl ChannelNumber {
    /// No channel is known.
    pub const NONE: Self = Self(0);

    /// The n-th channel key met, counted from zero, and what the key is: Ids, labels, platform keys and keys of another
    /// system stay apart.
    #[must_use]
    pub const fn new(n: u32, form: Form) -> Self {
        Self((n + 1) << 2 | form as u32)
    }

    /// What a channel's key is, given how its column names channels: the key of a channel that was found is its Id.
    #[must_use]
    pub fn form_of(key: Key, column: Option<Form>) -> Form {
        if key.is_salesforce() { Form::Plain } else { column.unwrap_or(Form::Plain) }
    }

    /// Whether two channels differ; nothing when one is unknown or they are named by keys of different forms.
    #[must_use]
    pub const fn differs(self, other: Self) -> Option<bool> {
        if self.0 == 0 || other.0 == 0 || self.0 & 3 != other.0 & 3 { None } else { Some(self.0 != other.0) }
    }
}

/// A user, found by its Id.
#[derive(Debug, Clone, Copy)]
pub struct UserEntry {
    /// Its Id.
    pub key: Key,
    /// Its record number.
    pub row: u32,
    /// Its channel.
    pub channel: ChannelNumber,
    /// Its consent status.
    pub consent: Pick,
    /// Which window its sessions may tell of.
    pub pending: Pending,
}

/// A user, found by channel and platform key.
#[derive(Debug, Clone, Copy)]
pub struct AddressEntry {
    /// Channel and platform key.
    pub address: Key,
    /// Its Id, or none.
    pub id: Key,
    /// Its record number.
    pub row: u32,
}

/// A user, found by channel and WhatsApp number, whichever of its country's two forms the number has.
#[derive(Debug, Clone, Copy, Default)]
pub struct VariantEntry {
    /// Channel and number.
    pub number: Key,
    /// Its Id, or none.
    pub id: Key,
    /// Its record number.
    pub row: u32,
    /// Whether the number is in the longer form.
    pub long: bool,
}

/// A session, found by its Id.
#[derive(Debug, Clone, Copy)]
pub struct IdEntry {
    /// Its Id.
    pub key: Key,
    /// Its record number.
    pub row: u32,
}

/// A session, found by its customer.
#[derive(Debug, Clone, Copy)]
pub struct SessionEntry {
    /// The customer's Id.
    pub customer: Key,
    /// Its record number.
    pub row: u32,
    /// Its channel.
    pub channel: ChannelNumber,
    /// How far it has come.
    pub course: Course,
}

/// Whether a session has not ended, and when the customer started it, if the customer did. There are as many as
/// sessions: eight bytes, wherever they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course([u8; 8]);

impl Course {
    /// No instant is as early.
    const UNPROVEN: i64 = i64::MIN >> 1;

    /// The course of a session.
    #[must_use]
    pub fn new(live: bool, inbound: Option<i64>) -> Self {
        Self((inbound.unwrap_or(Self::UNPROVEN) << 1 | i64::from(live)).to_le_bytes())
    }

    /// Whether it has not ended.
    #[must_use]
    pub const fn is_live(self) -> bool {
        self.0[0] & 1 == 1
    }

    /// When the customer started it, if the customer did.
    #[must_use]
    pub fn inbound(self) -> Option<i64> {
        Some(i64::from_le_bytes(self.0) >> 1).filter(|at| *at != Self::UNPROVEN)
    }
}

/// A session with all that planned sends and eligibility ask of it.
#[derive(Debug, Clone, Copy)]
pub struct HeldSession {
    /// The customer's Id.
    pub customer: Key,
    /// Its own Id.
    pub id: Key,
    /// The rep or queue that owns it.
    pub owner: Key,
    /// Its record number.
    pub row: u32,
    /// Whether it has not ended.
    pub live: bool,
    /// Whether its Status says that it is over.
    pub over: bool,
    /// Whether it repeats the Id of an earlier record.
    pub repeated: bool,
    /// StartTime, when it can be read.
    pub start: Option<i64>,
    /// EndTime, when it can be read.
    pub end: Option<i64>,
    /// StartTime, if the customer started it and it proves a message.
    pub inbound: Option<i64>,
}

impl HeldSession {
    /// By customer, earliest first.
    #[must_use]
    pub fn order(&self) -> (Key, i64, u32) {
        (self.customer, self.start.unwrap_or(i64::MAX), self.row)
    }
}

macro_rules! keyed {
    ($entry:ty, $key:ident) => {
        impl Keyed for $entry {
            fn key(&self) -> Key {
                self.$key
            }
            fn row(&self) -> u32 {
                self.row
            }
        }
    };
}
keyed!(UserEntry, key);
keyed!(AddressEntry, address);
keyed!(VariantEntry, number);
keyed!(IdEntry, key);
keyed!(SessionEntry, customer);
keyed!(Span, customer);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_is_what_it_was_made_of() {
        // The years that a timestamp may be in.
        let instants = [None, Some(-8_520_336_000_000), Some(-1), Some(0), Some(64_092_211_199_999)];
        for (live, inbound) in [false, true].into_iter().flat_map(|live| instants.map(|inbound| (live, inbound))) {
            let course = Course::new(live, inbound);
            assert_eq!((course.is_live(), course.inbound()), (live, inbound));
        }
        assert_eq!(size_of::<SessionEntry>(), 28);
    }
}
