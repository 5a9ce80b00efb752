//! Restricted picklists of the messaging objects. Values are case-sensitive in Salesforce.

/// A restricted picklist.
#[derive(Debug)]
pub struct Picklist {
    /// The values as Salesforce spells them.
    pub values: &'static [&'static str],
}

impl Picklist {
    /// The position of a value that is known to be in the list; [`usize::MAX`] otherwise.
    #[must_use]
    pub const fn position(&self, value: &str) -> usize {
        let mut at = 0;
        while at < self.values.len() {
            if same(self.values[at].as_bytes(), value.as_bytes()) {
                return at;
            }
            at += 1;
        }
        usize::MAX
    }

    /// Decodes a cell that is not missing.
    #[must_use]
    pub fn read(&self, text: &(impl AsRef<[u8]> + ?Sized)) -> Pick {
        let text = text.as_ref();
        let mut values = self.values.iter().map(|value| value.as_bytes());
        if let Some(at) = values.clone().position(|value| value == text) {
            return Pick::exact(at);
        }
        match values.position(|value| value.eq_ignore_ascii_case(text)) {
            Some(at) => Pick::wrong_case(at),
            None => Pick::UNKNOWN,
        }
    }
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// A decoded picklist cell in one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pick(u8);

impl Pick {
    /// Null, blank or `#N/A`.
    pub const MISSING: Self = Self(0);
    /// A text that is no value of the list.
    pub const UNKNOWN: Self = Self(0x7f);
    const WRONG_CASE: u8 = 0x80;

    #[expect(clippy::cast_possible_truncation, reason = "no picklist here has more than 100 values")]
    const fn exact(at: usize) -> Self {
        Self(at as u8 + 1)
    }

    const fn wrong_case(at: usize) -> Self {
        Self(Self::exact(at).0 | Self::WRONG_CASE)
    }

    /// The position in the picklist, when the cell can be read (wrong case included).
    #[must_use]
    pub const fn value(self) -> Option<usize> {
        match self.0 & !Self::WRONG_CASE {
            0 | 0x7f => None,
            at => Some(at as usize - 1),
        }
    }

    /// Whether the cell holds exactly the value at this position, in any case.
    #[must_use]
    pub fn is(self, at: usize) -> bool {
        self.value() == Some(at)
    }

    /// Whether there is no value.
    #[must_use]
    pub const fn is_missing(self) -> bool {
        self.0 == 0
    }

    /// Whether Salesforce takes the cell as it is.
    #[must_use]
    pub const fn is_exact(self) -> bool {
        self.0 != 0 && self.0 < 0x7f
    }
}

/// MessageType of MessagingEndUser and MessagingChannel (Object Reference, and values seen in describes).
pub static MESSAGE_TYPE: Picklist = Picklist {
    values: &[
        "AppleBusinessChat",
        "Custom",
        "Email",
        "EmbeddedMessaging",
        "Facebook",
        "Line",
        "Phone",
        "PSTNVoice",
        "PstnVoice",
        "Rcs",
        "Text",
        "Voice",
        "WebChat",
        "WeChat",
        "WhatsApp",
    ],
};
/// MessagingConsentStatus of MessagingEndUser.
pub static CONSENT: Picklist =
    Picklist { values: &["DoublyOptedIn", "ExplicitlyOptedIn", "ImplicitlyOptedIn", "OptedOut"] };
/// Status of MessagingSession.
pub static STATUS: Picklist =
    Picklist { values: &["New", "Active", "Consent", "Waiting", "Paused", "Inactive", "Ended", "Error"] };
/// Origin of MessagingSession.
pub static ORIGIN: Picklist = Picklist {
    values: &[
        "AgentInitiated",
        "ConversationClose",
        "ConversationControlLost",
        "Help",
        "InboundInitiated",
        "OptIn",
        "OptOut",
        "TriggeredOutbound",
    ],
};
/// AgentType of MessagingSession.
pub static AGENT_TYPE: Picklist = Picklist { values: &["Agent", "Bot", "BotToAgent", "System"] };
/// EndedByType of MessagingSession.
pub static ENDED_BY_TYPE: Picklist = Picklist { values: &["Agent", "Bot", "EndUser", "System"] };
/// PlatformType of MessagingChannel.
pub static PLATFORM_TYPE: Picklist = Picklist { values: &["Standard", "Enhanced"] };
/// ConsentType of MessagingChannel: the weakest consent that it asks of a customer.
pub static CONSENT_TYPE: Picklist = Picklist { values: &["ImplicitOptIn", "ExplicitOptIn", "DoubleOptIn"] };
/// CapacityModel of the channel's service channel.
pub static CAPACITY_MODEL: Picklist = Picklist { values: &["StatusBased", "TabBased"] };
/// MessageKind of a planned send: ours.
pub static MESSAGE_KIND: Picklist = Picklist { values: &["freeform", "notification"] };
/// Surface: ours, for EmbeddedMessaging channels.
pub static SURFACE: Picklist = Picklist { values: &["in-app", "web"] };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_exact_wrong_case_and_unknown() {
        let new = STATUS.read("New");
        assert!(new.is_exact() && new.is(STATUS.position("New")));
        let shouted = STATUS.read("NEW");
        assert!(!shouted.is_exact() && shouted.is(STATUS.position("New")));
        assert_eq!(STATUS.read("new "), Pick::UNKNOWN);
        assert_eq!(Pick::UNKNOWN.value(), None);
        assert!(!Pick::UNKNOWN.is_exact() && !Pick::UNKNOWN.is_missing());
    }

    #[test]
    fn two_spellings_of_voice_stay_apart() {
        assert!(MESSAGE_TYPE.read("PSTNVoice").is_exact());
        assert!(MESSAGE_TYPE.read("PstnVoice").is_exact());
        assert!(!MESSAGE_TYPE.read("pstnvoice").is_exact());
    }
}
