//! What each user is: enough to know what its record earns and what its sessions may be, without any text.

use super::channels::odd;
use super::clock::{DAY, HOUR, MINUTE};
use super::draw::{Draw, Purpose};
use super::plan::{PILLAR, Plan};
use super::truth::Codes;
use super::user_flaws::UserFlaw;
use crate::model::channel::Kind;

/// Free text on WhatsApp is possible this long, in milliseconds.
pub const WHATSAPP_WINDOW: i64 = DAY;
/// Messenger can be used this long.
pub const MESSENGER_WINDOW: i64 = 7 * DAY;
/// An instant may lie so far after as-of.
pub const TOLERANCE: i64 = 5 * MINUTE;

/// What MessagingChannelId says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A channel of the plan.
    Channel(u16),
    /// The Id of a channel that is in no table.
    Absent,
    /// Nothing.
    Missing,
    /// No readable Id.
    Malformed,
}

/// What LastInboundMessageTime says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// Nothing.
    Missing,
    /// An instant.
    At(i64),
    /// No readable instant.
    Unreadable,
}

/// MessagingConsentStatus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// By a keyword, twice.
    Doubly,
    /// By a keyword.
    Explicitly,
    /// By writing first.
    Implicitly,
    /// Not any more.
    OptedOut,
}

impl Consent {
    /// The picklist value.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Doubly => "DoublyOptedIn",
            Self::Explicitly => "ExplicitlyOptedIn",
            Self::Implicitly => "ImplicitlyOptedIn",
            Self::OptedOut => "OptedOut",
        }
    }
}

/// A user.
#[derive(Debug, Clone, Copy)]
pub struct User {
    /// The record number.
    pub row: u32,
    /// The planted defect.
    pub flaw: Option<UserFlaw>,
    /// The channel that the user was made for, whatever the record says of it.
    pub home: u16,
    /// What the record says of it.
    pub place: Place,
    /// The kind that follows from the record and its channel.
    pub kind: Kind,
    /// The record whose address it has: its own but for duplicates.
    pub address_of: u32,
    /// The record whose Id it has: its own but for duplicates.
    pub id_of: u32,
    /// Consent.
    pub consent: Consent,
    /// CreatedDate in milliseconds.
    pub created: i64,
    /// The last message.
    pub last: Last,
    /// The record does not tell the last message, but the user's first session proves the window open.
    pub proven: bool,
    /// The length of its messaging window in milliseconds, on channels that have one.
    pub window: Option<i64>,
}

impl User {
    /// Whether sessions can refer to it and to its channel.
    #[must_use]
    pub const fn is_customer(&self) -> bool {
        matches!(self.place, Place::Channel(_)) && !matches!(self.flaw, Some(UserFlaw::SameId | UserFlaw::IdMalformed))
    }

    /// Whether nothing may prove that the customer wrote.
    #[must_use]
    pub fn must_stay_silent(&self) -> bool {
        self.window.is_some() && self.last == Last::Missing && !self.proven
    }

    /// Everything that its record earns.
    #[must_use]
    pub fn codes(&self, as_of: i64) -> Codes {
        let planted = self.flaw.map_or(Codes::NONE, UserFlaw::codes);
        let surface = if self.kind == Kind::Embedded { const { Codes::of(&["U306"]) } } else { Codes::NONE };
        planted.and(surface).and(self.window_codes(as_of))
    }

    fn window_codes(&self, as_of: i64) -> Codes {
        let Some(window) = self.window else { return Codes::NONE };
        match self.last {
            Last::Missing if self.proven => Codes::NONE,
            Last::Missing => const { Codes::of(&["W103"]) },
            Last::At(last) if as_of - last > window => match self.kind {
                Kind::WhatsApp => const { Codes::of(&["W101"]) },
                _ => const { Codes::of(&["W102"]) },
            },
            Last::At(_) | Last::Unreadable => Codes::NONE,
        }
    }
}

impl Plan {
    /// Makes a user.
    #[must_use]
    pub fn user(&self, row: u32) -> User {
        let mut draw = self.draw(Purpose::User, row);
        let flawed = self.is_flawed(row, &mut draw);
        let mut flaw = if flawed { UserFlaw::draw(&mut draw) } else { None };
        let mut home = self.home(flaw, &mut draw);
        let (mut address_of, mut id_of) = (row, row);
        if let Some(UserFlaw::SameAddress | UserFlaw::SameAddressPunctuated) = flaw {
            // One draw more or less changes nothing for others: each record draws for itself.
            let original = self.user(Self::pillar(row, &mut draw));
            (home, address_of) = (original.home, original.row);
            if original.kind != Kind::Sms {
                flaw = Some(UserFlaw::SameAddress);
            }
        }
        if flaw == Some(UserFlaw::SameId) {
            id_of = Self::pillar(row, &mut draw);
        }
        let place = match flaw {
            Some(UserFlaw::NoChannel | UserFlaw::PhoneTooShort | UserFlaw::Unlinked) => Place::Missing,
            Some(UserFlaw::ChannelMalformed) => Place::Malformed,
            Some(UserFlaw::UnknownChannel) => Place::Absent,
            _ => Place::Channel(home),
        };
        let channel = self.channel(home);
        let kind = match (place, channel.kind) {
            // The channel's Surface is out of sight.
            (Place::Absent | Place::Missing | Place::Malformed, Kind::InApp) => Kind::Embedded,
            (_, kind) => kind,
        };
        let window = match kind {
            Kind::WhatsApp if !channel.is_standard() => Some(WHATSAPP_WINDOW),
            Kind::Facebook if !channel.is_standard() => Some(MESSENGER_WINDOW),
            _ => None,
        };
        let created = self.created(flaw, &mut draw);
        let proven = flaw.is_none()
            && !row.is_multiple_of(PILLAR)
            && window.is_some()
            && draw.chance(40)
            && self.first_session(row).is_some();
        let last = if proven { Last::Missing } else { self.last(flaw, window, created, &mut draw) };
        let consent = match draw.below(100) {
            0..2 => Consent::OptedOut,
            2..55 => Consent::Explicitly,
            55..88 => Consent::Implicitly,
            _ => Consent::Doubly,
        };
        User { row, flaw, home, place, kind, address_of, id_of, consent, created, last, proven, window }
    }

    fn home(&self, flaw: Option<UserFlaw>, draw: &mut Draw) -> u16 {
        let sound = match flaw {
            Some(UserFlaw::Inactive) => return self.inactive(),
            Some(UserFlaw::NoSurface) => return self.odd(odd::NO_SURFACE),
            Some(UserFlaw::Uncovered) => return self.one_odd(odd::UNCOVERED, draw),
            Some(UserFlaw::Uncertain) => return self.one_odd(odd::UNCERTAIN, draw),
            Some(
                UserFlaw::Phone(_)
                | UserFlaw::PhoneTooShort
                | UserFlaw::NoChannel
                | UserFlaw::Unassigned
                | UserFlaw::FixedLine
                | UserFlaw::OtherCountry,
            ) => &self.sound.sms,
            Some(UserFlaw::Unlinked) => &self.sound.linked,
            Some(UserFlaw::Silent) => &self.sound.windowed,
            Some(UserFlaw::LongKey) => &self.sound.messenger,
            _ => &self.sound.all,
        };
        draw.pick(sound).unwrap_or(0)
    }

    /// In business hours of two years, unless the record is to be too new.
    fn created(&self, flaw: Option<UserFlaw>, draw: &mut Draw) -> i64 {
        let as_of = self.settings.as_of;
        match flaw {
            Some(UserFlaw::TooNew) if draw.chance(125) => as_of + draw.millis(HOUR),
            Some(UserFlaw::TooNew) if draw.chance(125) => as_of - 10 * MINUTE + 1,
            Some(UserFlaw::TooNew) => as_of - draw.millis(10 * MINUTE),
            _ => {
                let day = as_of.div_euclid(DAY) - 9 - draw.millis(722);
                day * DAY + 8 * HOUR + draw.millis(10 * 3600) * 1000
            }
        }
    }

    fn last(&self, flaw: Option<UserFlaw>, window: Option<i64>, created: i64, draw: &mut Draw) -> Last {
        let as_of = self.settings.as_of;
        match (flaw, window) {
            (Some(UserFlaw::LastUnreadable), _) => Last::Unreadable,
            (Some(UserFlaw::Future), _) if draw.chance(125) => Last::At(as_of + TOLERANCE + 1),
            (Some(UserFlaw::Future), _) => Last::At(as_of + TOLERANCE + 1 + draw.millis(30 * DAY)),
            (Some(UserFlaw::Silent), Some(_)) | (Some(UserFlaw::TooNew), None) => Last::Missing,
            (Some(UserFlaw::TooNew), Some(_)) => Last::At(as_of - draw.millis((as_of - created).max(0) + 1)),
            (_, Some(window)) => Last::At(as_of - age(window, as_of - created, draw)),
            (Some(UserFlaw::LastNaive), None) => Last::At(created + draw.millis(as_of - created)),
            (_, None) if draw.chance(500) => Last::At(created + draw.millis(as_of - created)),
            (_, None) => Last::Missing,
        }
    }
}

/// How long ago a customer last wrote who has been one for `known` milliseconds: within the window or not, now and then
/// exactly at its end or a little in the future.
fn age(window: i64, known: i64, draw: &mut Draw) -> i64 {
    if draw.chance(300) {
        return if draw.chance(60) { window + 1 } else { window + 1 + draw.millis(known - window - 1) };
    }
    match draw.below(64) {
        0..4 => window,
        4 => -TOLERANCE,
        _ => draw.millis(window),
    }
}
