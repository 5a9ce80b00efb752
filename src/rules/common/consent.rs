//! Consent: what customers gave against what channels ask.

use crate::model::picklists::{CONSENT, CONSENT_TYPE, Pick};

/// Whether a consent status is at least what a channel's ConsentType asks; nothing when either cannot be told, or the
/// customer opted out (which no channel's setting changes).
#[must_use]
pub fn meets_consent(status: Pick, consent_type: Pick) -> Option<bool> {
    let given = match CONSENT.values[status.value()?] {
        "ImplicitlyOptedIn" => 1,
        "ExplicitlyOptedIn" => 2,
        "DoublyOptedIn" => 3,
        _ => return None,
    };
    let asked = match CONSENT_TYPE.values[consent_type.value()?] {
        "ImplicitOptIn" => 1,
        "ExplicitOptIn" => 2,
        _ => 3,
    };
    Some(given >= asked)
}
