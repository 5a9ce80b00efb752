//! The article's numbers and the switches that an owner may turn.

use crate::error::{Error, Result};
use crate::model::picklists::{CAPACITY_MODEL, STATUS};

/// One hour in milliseconds.
pub const HOUR: i64 = 3_600_000;
const MINUTE: i64 = 60_000;

/// Durations are milliseconds. The source of each default is the article "Considerations for Business-Initiated
/// Messaging" unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Free text on WhatsApp is possible this long after the customer's last message (24 h).
    pub whatsapp_window: i64,
    /// Facebook Messenger can be used this long after the customer's last message (7 d).
    pub messenger_window: i64,
    /// A New session without an answer ends after this time (48 h).
    pub stale_new_after: i64,
    /// An Inactive session should have ended after this time (30 h; Salesforce Help says 24 to 30).
    pub stale_inactive_after: i64,
    /// A new messaging user can be selected after this time (10 min).
    pub user_available_after: i64,
    /// W104 reports windows that close within this time (2 h; ours).
    pub window_closing_within: i64,
    /// How far after as-of an instant may lie before it counts as future (5 min; ours, for clock differences).
    pub clock_tolerance: i64,
    /// Bits of the Status values that are not live, by position in [`STATUS`] (Ended and Error).
    pub ended_statuses: u16,
    /// The sessions given are all that exist, so an ended conversation also shows a window closed.
    pub sessions_complete: bool,
    /// Slash dates put the day first.
    pub day_first: bool,
    /// How service channels measure capacity, by position in [`CAPACITY_MODEL`], where a channel does not tell.
    pub capacity_model: Option<usize>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            whatsapp_window: 24 * HOUR,
            messenger_window: 7 * 24 * HOUR,
            stale_new_after: 48 * HOUR,
            stale_inactive_after: 30 * HOUR,
            user_available_after: 10 * MINUTE,
            window_closing_within: 2 * HOUR,
            clock_tolerance: 5 * MINUTE,
            ended_statuses: 1 << STATUS.position("Ended") | 1 << STATUS.position("Error"),
            sessions_complete: false,
            day_first: false,
            capacity_model: None,
        }
    }
}

impl Policy {
    /// Reads the names of statuses that are not live.
    ///
    /// # Errors
    /// A name that is no MessagingSession Status.
    pub fn set_ended_statuses<S: AsRef<str>>(&mut self, names: &[S]) -> Result<()> {
        let mut bits = 0;
        for name in names {
            let Some(position) = STATUS.values.iter().position(|value| *value == name.as_ref()) else {
                return Err(Error::Config(format!(
                    "policy.ended_statuses: '{}' is no MessagingSession Status; use some of {}",
                    name.as_ref(),
                    STATUS.values.join(", ")
                )));
            };
            bits |= 1 << position;
        }
        self.ended_statuses = bits;
        Ok(())
    }

    /// Reads the capacity model of channels that do not tell theirs.
    ///
    /// # Errors
    /// A name that is no capacity model.
    pub fn set_capacity_model(&mut self, name: Option<&str>) -> Result<()> {
        let known = |name: &str| {
            CAPACITY_MODEL.values.iter().position(|value| *value == name).ok_or_else(|| {
                let known = CAPACITY_MODEL.values.join(" or ");
                Error::Config(format!("policy.capacity_model: '{name}' is unknown; use {known}"))
            })
        };
        self.capacity_model = name.map(known).transpose()?;
        Ok(())
    }
}

/// What the data are meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Operation {
    /// Only looked at.
    #[default]
    Audit,
    /// New records.
    Insert,
    /// Changes to existing records.
    Update,
    /// New records and changes.
    Upsert,
}

impl Operation {
    /// Reads the operation's name.
    ///
    /// # Errors
    /// A name that is none of the four.
    pub fn parse(name: &str) -> Result<Self> {
        match name {
            "audit" => Ok(Self::Audit),
            "insert" => Ok(Self::Insert),
            "update" => Ok(Self::Update),
            "upsert" => Ok(Self::Upsert),
            _ => Err(Error::Config(format!("operation '{name}' is unknown; use audit, insert, update or upsert"))),
        }
    }

    /// Whether records may be created.
    #[must_use]
    pub const fn creates(self) -> bool {
        matches!(self, Self::Insert | Self::Upsert)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_or_told_with_those_that_there_are() {
        let mut policy = Policy::default();
        policy.set_ended_statuses(&["Ended", "New"]).unwrap();
        assert_eq!(policy.ended_statuses, 1 << STATUS.position("Ended") | 1 << STATUS.position("New"));
        let error = policy.set_ended_statuses(&["New", "ended"]).unwrap_err().to_string();
        assert!(error.contains("'ended' is no MessagingSession Status; use some of New, Active"), "{error}");

        for (at, name) in CAPACITY_MODEL.values.iter().enumerate() {
            policy.set_capacity_model(Some(name)).unwrap();
            assert_eq!(policy.capacity_model, Some(at));
        }
        let error = policy.set_capacity_model(Some("None")).unwrap_err().to_string();
        assert!(error.contains("'None' is unknown; use "), "{error}");
        policy.set_capacity_model(None).unwrap();
        assert_eq!(policy.capacity_model, None);
    }

    #[test]
    fn operations_have_names() {
        use Operation::{Audit, Insert, Update, Upsert};
        let named = ["audit", "insert", "update", "upsert"].map(|name| Operation::parse(name).unwrap());
        assert_eq!(named, [Audit, Insert, Update, Upsert]);
        assert_eq!(named.map(Operation::creates), [false, true, false, true]);
        let error = Operation::parse("delete").unwrap_err().to_string();
        assert_eq!(error, "operation 'delete' is unknown; use audit, insert, update or upsert");
    }
}
