//! Channels: sound ones of every kind, and a few odd ones beside them when defects are wanted.

use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::{ArrayRef, RecordBatch};

use super::ids::{self, Ids};
use super::truth::Codes;
use crate::error::Result;
use crate::model::channel::Kind;

/// A channel and what its users are like.
#[derive(Debug, Clone)]
pub struct Channel {
    /// The Id as others refer to it.
    pub id: ids::Id,
    /// What the Id column says.
    pub id_cell: String,
    /// The kind of its users.
    pub kind: Kind,
    /// The MessageType of its users.
    pub users_type: &'static str,
    /// What the MessageType column says.
    pub type_cell: &'static str,
    /// PlatformType.
    pub platform: Option<&'static str>,
    /// Surface.
    pub surface: Option<&'static str>,
    /// ConsentType.
    pub consent_type: &'static str,
    /// IsActive.
    pub active: bool,
    /// What the record earns.
    pub codes: Codes,
}

impl Channel {
    /// Whether it is known to run on the old platform.
    #[must_use]
    pub fn is_standard(&self) -> bool {
        self.platform == Some("Standard")
    }
}

const SOUND: &[(Kind, &str, Option<&str>)] = &[
    (Kind::Sms, "Text", None),
    (Kind::WhatsApp, "WhatsApp", None),
    (Kind::Facebook, "Facebook", None),
    (Kind::Sms, "Text", None),
    (Kind::WhatsApp, "WhatsApp", None),
    (Kind::InApp, "EmbeddedMessaging", Some("in-app")),
    (Kind::Sms, "Text", None),
    (Kind::WhatsApp, "WhatsApp", None),
    (Kind::Line, "Line", None),
    (Kind::Apple, "AppleBusinessChat", None),
    (Kind::Sms, "Text", None),
    (Kind::WhatsApp, "WhatsApp", None),
    (Kind::Byoc, "Custom", None),
];

/// What channels ask of their customers, by turns; one of the first three asks for more than the least.
const CONSENT_TYPES: [&str; 7] = [
    "ImplicitOptIn",
    "ExplicitOptIn",
    "ImplicitOptIn",
    "DoubleOptIn",
    "ExplicitOptIn",
    "ImplicitOptIn",
    "ImplicitOptIn",
];

/// Fewer sound channels than this leave some defect without a channel to be planted on.
pub const FEWEST: u16 = 3;

/// Odd channels by their position behind the sound ones.
pub mod odd {
    /// IsActive is false.
    pub const INACTIVE: u16 = 0;
    /// EmbeddedMessaging without Surface.
    pub const NO_SURFACE: u16 = 1;
    /// Standard SMS, Standard Messenger, Web Chat and Voice: outside the article.
    pub const UNCOVERED: std::ops::Range<u16> = 2..6;
    /// PlatformType or MessageType do not say all that others would like to know.
    pub const UNCERTAIN: std::ops::Range<u16> = 6..9;
}

/// All channels of a data set: the sound ones, then the odd ones.
#[must_use]
pub fn channels(ids: Ids, sound: u16, with_odd: bool) -> Vec<Channel> {
    let plain = |at: u16, kind, users_type, surface| {
        let id = ids.id(ids::CHANNEL, u64::from(at));
        Channel {
            id,
            id_cell: ids::text(&id).to_owned(),
            kind,
            users_type,
            type_cell: users_type,
            platform: Some("Enhanced"),
            surface,
            consent_type: CONSENT_TYPES[usize::from(at) % CONSENT_TYPES.len()],
            active: true,
            codes: Codes::NONE,
        }
    };
    let all = SOUND.iter().cycle().zip(0..sound);
    let mut made: Vec<_> = all.map(|((kind, name, surface), at)| plain(at, *kind, name, *surface)).collect();
    if !with_odd {
        return made;
    }
    let not_covered = const { Codes::of(&["C104"]) };
    let text = |at| plain(sound + at, Kind::Sms, "Text", None);
    let repeated = made.first().map(|first| ids::text(&first.id[..15]).to_owned()).unwrap_or_default();
    made.extend([
        Channel { active: false, ..text(odd::INACTIVE) },
        plain(sound + odd::NO_SURFACE, Kind::Embedded, "EmbeddedMessaging", None),
        Channel { platform: Some("Standard"), codes: not_covered, ..text(2) },
        Channel {
            platform: Some("Standard"),
            codes: not_covered,
            ..plain(sound + 3, Kind::Facebook, "Facebook", None)
        },
        Channel { codes: not_covered, ..plain(sound + 4, Kind::Web, "EmbeddedMessaging", Some("web")) },
        Channel { codes: not_covered, ..plain(sound + 5, Kind::Outside, "PstnVoice", None) },
        Channel {
            platform: None,
            codes: const { Codes::of(&["C105"]) },
            ..plain(sound + 6, Kind::WhatsApp, "WhatsApp", None)
        },
        Channel {
            type_cell: "whatsapp",
            codes: const { Codes::of(&["C103"]) },
            ..plain(sound + 7, Kind::WhatsApp, "WhatsApp", None)
        },
        Channel { type_cell: "SMS", codes: const { Codes::of(&["C103"]) }, ..text(8) },
        Channel { id_cell: repeated, codes: const { Codes::of(&["C101"]) }, ..text(9) },
        Channel { codes: const { Codes::of(&["C102"]) }, ..text(10) },
    ]);
    if let Some(last) = made.last_mut() {
        last.id_cell = ids::malformed(&last.id, 4);
    }
    made
}

/// The table of channels.
///
/// # Errors
/// Columns that do not fit together, which is a fault of this library.
pub fn to_batch(channels: &[Channel]) -> Result<RecordBatch> {
    const COUNTRIES: [&str; 5] = ["US", "DE", "BR", "GB", "IN"];
    let column = |cell: &dyn Fn(usize, &Channel) -> Option<String>| -> ArrayRef {
        let mut cells = StringViewBuilder::new();
        channels.iter().enumerate().for_each(|(at, channel)| cells.append_option(cell(at, channel)));
        Arc::new(cells.finish())
    };
    let own = |text: &str| Some(text.to_owned());
    Ok(RecordBatch::try_from_iter_with_nullable([
        ("Id", column(&|_, channel| own(&channel.id_cell)), true),
        ("MasterLabel", column(&|at, channel| Some(format!("{} {:02}", channel.kind.label(), at + 1))), true),
        ("DeveloperName", column(&|at, channel| Some(format!("{}_{:02}", channel.users_type, at + 1))), true),
        ("MessageType", column(&|_, channel| own(channel.type_cell)), true),
        ("PlatformType", column(&|_, channel| channel.platform.map(str::to_owned)), true),
        ("IsActive", column(&|_, channel| Some(channel.active.to_string())), true),
        ("ConsentType", column(&|_, channel| own(channel.consent_type)), true),
        ("IsoCountryCode", column(&|at, _| own(COUNTRIES[at % COUNTRIES.len()])), true),
        ("Surface", column(&|_, channel| channel.surface.map(str::to_owned)), true),
        ("MessagingPlatformKey", column(&|at, _| Some((100_200_300_400_000 + 7_919 * at).to_string())), true),
    ])?)
}
