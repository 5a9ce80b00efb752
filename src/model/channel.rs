//! What kind of channel a record lives on, and whether the article speaks about it.

use super::picklists::{MESSAGE_TYPE, PLATFORM_TYPE, Pick, SURFACE};

/// The kinds that the article tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// MessageType cannot be read.
    Unknown,
    /// MessageType Text.
    Sms,
    /// MessageType WhatsApp.
    WhatsApp,
    /// MessageType Facebook.
    Facebook,
    /// MessageType Line.
    Line,
    /// MessageType AppleBusinessChat.
    Apple,
    /// MessageType Custom: Bring Your Own Channel.
    Byoc,
    /// MessageType EmbeddedMessaging on a mobile app.
    InApp,
    /// MessageType EmbeddedMessaging on a web page.
    Web,
    /// MessageType EmbeddedMessaging, surface not told.
    Embedded,
    /// Voice, phone, e-mail and others that the article does not know.
    Outside,
}

/// Whether the article's rules apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Coverage {
    /// Cannot be told.
    Unknown,
    /// The article applies.
    Covered,
    /// The article does not apply.
    NotCovered,
}

impl Kind {
    /// The kind that a MessageType and, for EmbeddedMessaging, a Surface stand for.
    #[must_use]
    pub fn of(message_type: Pick, surface: Pick) -> Self {
        let Some(value) = message_type.value() else { return Self::Unknown };
        match MESSAGE_TYPE.values[value] {
            "Text" => Self::Sms,
            "WhatsApp" => Self::WhatsApp,
            "Facebook" => Self::Facebook,
            "Line" => Self::Line,
            "AppleBusinessChat" => Self::Apple,
            "Custom" => Self::Byoc,
            "EmbeddedMessaging" => match surface.value().map(|at| SURFACE.values[at]) {
                Some("in-app") => Self::InApp,
                Some(_) => Self::Web,
                None => Self::Embedded,
            },
            _ => Self::Outside,
        }
    }

    /// Whether the article covers this kind on this platform; an unknown platform counts as Enhanced.
    #[must_use]
    pub fn coverage(self, platform: Pick) -> Coverage {
        match self {
            Self::Unknown | Self::Embedded => Coverage::Unknown,
            Self::Web | Self::Outside => Coverage::NotCovered,
            _ if platform.is(const { PLATFORM_TYPE.position("Standard") }) => Coverage::NotCovered,
            _ => Coverage::Covered,
        }
    }

    /// Whether two readable MessageTypes mean the same (`PSTNVoice` and `PstnVoice` do).
    #[must_use]
    pub fn same_type(a: usize, b: usize) -> bool {
        a == b || MESSAGE_TYPE.values[a].eq_ignore_ascii_case(MESSAGE_TYPE.values[b])
    }

    /// What people call it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Sms => "SMS",
            Self::WhatsApp => "WhatsApp",
            Self::Facebook => "Facebook Messenger",
            Self::Line => "LINE",
            Self::Apple => "Apple Messages for Business",
            Self::Byoc => "Bring Your Own Channel",
            Self::InApp => "In-App Chat",
            Self::Web => "Web Chat",
            Self::Embedded => "In-App or Web Chat",
            Self::Outside => "a channel outside the article",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coverage(message_type: &str, surface: &str, platform: &str) -> Coverage {
        let read = |list: &super::super::picklists::Picklist, text: &str| {
            if text.is_empty() { Pick::MISSING } else { list.read(text) }
        };
        let kind = Kind::of(read(&MESSAGE_TYPE, message_type), read(&SURFACE, surface));
        kind.coverage(read(&PLATFORM_TYPE, platform))
    }

    #[test]
    fn kinds_and_coverage() {
        let covered = ["EmbeddedMessaging", "WhatsApp", "Facebook", "Text", "AppleBusinessChat", "Line", "Custom"];
        for message_type in covered {
            assert_eq!(coverage(message_type, "in-app", "Enhanced"), Coverage::Covered, "{message_type}");
            assert_eq!(coverage(message_type, "in-app", ""), Coverage::Covered, "{message_type}");
            assert_eq!(coverage(message_type, "in-app", "Standard"), Coverage::NotCovered, "{message_type}");
        }
        assert_eq!(coverage("EmbeddedMessaging", "web", "Enhanced"), Coverage::NotCovered);
        assert_eq!(coverage("EmbeddedMessaging", "", "Enhanced"), Coverage::Unknown);
        assert_eq!(coverage("", "", "Enhanced"), Coverage::Unknown);
        for message_type in ["Voice", "Phone", "Email", "WeChat", "PstnVoice"] {
            assert_eq!(coverage(message_type, "", "Enhanced"), Coverage::NotCovered, "{message_type}");
        }
    }
}
