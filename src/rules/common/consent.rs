//! Consent: which status meets what a channel asks.

use crate::model::picklists::{CONSENT, CONSENT_TYPE, Pick};

/// Whether a consent status meets the ConsentType of a channel; nothing when either cannot be read, or when the customer
/// opted out, which is another matter than consent that is too weak.
#[must_use]
pub fn meets_consent(status: Pick, asked: Pick) -> Option<bool> {
    let given = match CONSENT.values[status.value()?] {
        "ImplicitlyOptedIn" => 0,
        "ExplicitlyOptedIn" => 1,
        "DoublyOptedIn" => 2,
        _ => return None,
    };
    let asked = match CONSENT_TYPE.values[asked.value()?] {
        "ImplicitOptIn" => 0,
        "ExplicitOptIn" => 1,
        _ => 2,
    };
    Some(given >= asked)
}
