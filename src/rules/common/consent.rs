//! Consent: which status meets what a channel asks.

use crate::model::picklists::{CONSENT, CONSENT_TYPE, Pick};

/// The strength of each consent status, by its position; opting out has none.
const GIVEN: [u8; 4] = {
    let mut given = [0; 4];
    given[CONSENT.position("ImplicitlyOptedIn")] = 1;
    given[CONSENT.position("ExplicitlyOptedIn")] = 2;
    given[CONSENT.position("DoublyOptedIn")] = 3;
    given
};

/// The strength that each ConsentType asks, by its position.
const ASKED: [u8; 3] = {
    let mut asked = [0; 3];
    asked[CONSENT_TYPE.position("ImplicitOptIn")] = 1;
    asked[CONSENT_TYPE.position("ExplicitOptIn")] = 2;
    asked[CONSENT_TYPE.position("DoubleOptIn")] = 3;
    asked
};

/// Whether a consent status meets the ConsentType of a channel; nothing when either cannot be read, or when the customer
/// opted out, which is another matter than consent that is too weak.
#[must_use]
pub fn meets_consent(status: Pick, asked: Pick) -> Option<bool> {
    let given = GIVEN[status.value()?];
    let asked = ASKED[asked.value()?];
    (given > 0).then_some(given >= asked)
}
