//! The defects that can be planted, and what each one earns of itself.

use super::draw::Draw;
use super::truth::Codes;

/// How a phone number went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneFault {
    /// All digits, no plus sign.
    NoPlus,
    /// As people of the country write it, where that cannot be another country's number.
    National,
    /// 00 instead of the plus sign.
    DialledOut,
    /// A zero behind the plus sign.
    LeadingZero,
    /// Blanks and hyphens.
    Blanks,
    /// Letters behind the number.
    Letters,
    /// An extension.
    Extension,
    /// More than 15 digits.
    TooLong,
    /// Turned into scientific notation.
    Scientific,
    /// Turned into a decimal number.
    Decimal,
    /// An apostrophe in front.
    Apostrophe,
    /// A zero-width or no-break space.
    Invisible,
    /// Full-width digits.
    FullWidth,
    /// A blank in front or behind.
    Blank,
}

/// A defect of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserFlaw {
    /// Not E.164.
    Phone(PhoneFault),
    /// A plus sign and one digit; without a channel, since there are so few of them that they would repeat.
    PhoneTooShort,
    /// No MessagingPlatformKey.
    NoKey,
    /// No MessageType.
    NoType,
    /// SMS without a channel.
    NoChannel,
    /// A MessageType that does not exist.
    TypeUnknown,
    /// MessageType in the wrong case.
    TypeCase,
    /// A consent status that does not exist.
    ConsentUnknown,
    /// Consent status in the wrong case.
    ConsentCase,
    /// More than 255 letters.
    LongName,
    /// Fewer than 255 characters, but more than 255 UTF-16 units.
    LongEmoji,
    /// Three letters instead of two, or the whole name.
    LongCountry,
    /// A platform key of more than 255 digits.
    LongKey,
    /// An Id that can be repaired.
    IdDamaged,
    /// An Id that cannot be read.
    IdMalformed,
    /// A channel that can be repaired.
    ChannelDamaged,
    /// A channel that cannot be read.
    ChannelMalformed,
    /// A contact that cannot be read.
    ContactMalformed,
    /// An owner that can be repaired.
    OwnerDamaged,
    /// The Id of an earlier record.
    SameId,
    /// Channel and platform key of an earlier record.
    SameAddress,
    /// The same, with punctuation in the number.
    SameAddressPunctuated,
    /// CreatedDate that cannot be read.
    CreatedUnreadable,
    /// LastInboundMessageTime that cannot be read.
    LastUnreadable,
    /// CreatedDate without a zone.
    CreatedNaive,
    /// LastInboundMessageTime without a zone.
    LastNaive,
    /// LastInboundMessageTime after as-of.
    Future,
    /// Not SMS, without a channel.
    Unlinked,
    /// A channel that is in no table.
    UnknownChannel,
    /// A channel that is switched off.
    Inactive,
    /// Another MessageType than the channel's.
    OtherType,
    /// A channel of unknown surface.
    NoSurface,
    /// Created in the last ten minutes, or after as-of.
    TooNew,
    /// Nothing tells when the customer last wrote.
    Silent,
    /// On a channel that the article does not cover: no finding today, but rules about windows must leave it alone.
    Uncovered,
    /// On a channel that does not tell everything.
    Uncertain,
}

/// One group for each code, so that every code is about as frequent as any other.
const USER_FLAWS: &[&[UserFlaw]] = {
    use PhoneFault::{
        Apostrophe, Blank, Blanks, Decimal, DialledOut, Extension, FullWidth, Invisible, LeadingZero, Letters,
        National, NoPlus, Scientific, TooLong,
    };
    use UserFlaw::Phone;
    &[
        &[
            Phone(NoPlus),
            Phone(National),
            Phone(DialledOut),
            Phone(LeadingZero),
            Phone(Blanks),
            Phone(Letters),
            Phone(Extension),
            Phone(TooLong),
            Phone(Scientific),
            Phone(Decimal),
            Phone(Apostrophe),
            Phone(Invisible),
            Phone(FullWidth),
            Phone(Blank),
            UserFlaw::PhoneTooShort,
        ],
        &[UserFlaw::NoKey, UserFlaw::NoType, UserFlaw::NoChannel],
        &[UserFlaw::TypeUnknown, UserFlaw::TypeCase, UserFlaw::ConsentUnknown, UserFlaw::ConsentCase],
        &[UserFlaw::LongName, UserFlaw::LongEmoji, UserFlaw::LongCountry, UserFlaw::LongKey],
        &[
            UserFlaw::IdDamaged,
            UserFlaw::IdMalformed,
            UserFlaw::ChannelDamaged,
            UserFlaw::ChannelMalformed,
            UserFlaw::ContactMalformed,
            UserFlaw::OwnerDamaged,
        ],
        &[UserFlaw::SameId],
        &[UserFlaw::SameAddress, UserFlaw::SameAddressPunctuated],
        &[UserFlaw::CreatedUnreadable, UserFlaw::LastUnreadable],
        &[UserFlaw::CreatedNaive, UserFlaw::LastNaive],
        &[UserFlaw::Future],
        &[UserFlaw::Unlinked],
        &[UserFlaw::UnknownChannel],
        &[UserFlaw::Inactive],
        &[UserFlaw::OtherType],
        &[UserFlaw::NoSurface],
        &[UserFlaw::TooNew],
        &[UserFlaw::Silent],
        &[UserFlaw::Uncovered, UserFlaw::Uncertain],
    ]
};

impl UserFlaw {
    /// One of all.
    pub fn draw(draw: &mut Draw) -> Option<Self> {
        let group = draw.pick(USER_FLAWS)?;
        draw.pick(group)
    }

    /// What it earns, apart from what follows from kind and window.
    #[must_use]
    pub const fn codes(self) -> Codes {
        match self {
            Self::Phone(_) => const { Codes::of(&["U101"]) },
            Self::PhoneTooShort => const { Codes::of(&["U101", "U201"]) },
            Self::NoKey | Self::NoType | Self::NoChannel => const { Codes::of(&["U201"]) },
            Self::TypeUnknown | Self::TypeCase | Self::ConsentUnknown | Self::ConsentCase => {
                const { Codes::of(&["U202"]) }
            }
            Self::LongName | Self::LongEmoji | Self::LongCountry | Self::LongKey => const { Codes::of(&["U203"]) },
            Self::IdDamaged
            | Self::IdMalformed
            | Self::ChannelDamaged
            | Self::ChannelMalformed
            | Self::ContactMalformed
            | Self::OwnerDamaged => const { Codes::of(&["U204"]) },
            Self::SameId => const { Codes::of(&["U205"]) },
            Self::SameAddress => const { Codes::of(&["U206"]) },
            Self::SameAddressPunctuated => const { Codes::of(&["U101", "U206"]) },
            Self::CreatedUnreadable | Self::LastUnreadable => const { Codes::of(&["U208"]) },
            Self::CreatedNaive | Self::LastNaive => const { Codes::of(&["U209"]) },
            Self::Future => const { Codes::of(&["U210"]) },
            Self::Unlinked => const { Codes::of(&["U301"]) },
            Self::UnknownChannel => const { Codes::of(&["U302"]) },
            Self::Inactive => const { Codes::of(&["U303"]) },
            Self::OtherType => const { Codes::of(&["U304"]) },
            Self::TooNew => const { Codes::of(&["U307"]) },
            Self::NoSurface | Self::Silent | Self::Uncovered | Self::Uncertain => Codes::NONE,
        }
    }
}

/// A defect of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionFlaw {
    /// New for more than 48 hours.
    StaleNew,
    /// Inactive for more than 30 hours.
    StaleInactive,
    /// Live beside an earlier live session of another owner.
    Conflict,
    /// Live beside an earlier live session of the same owner.
    Repeat,
    /// Live with a customer who has opted out.
    OptedOutLive,
    /// No MessagingEndUserId.
    NoUser,
    /// No MessagingChannelId.
    NoChannel,
    /// No Status.
    NoStatus,
    /// A Status that does not exist.
    StatusUnknown,
    /// Status in the wrong case.
    StatusCase,
    /// An Origin that does not exist.
    OriginUnknown,
    /// An AgentType that does not exist.
    AgentUnknown,
    /// EndedByType in the wrong case.
    EndedByCase,
    /// ChannelLocale of more than 255 characters.
    LongLocale,
    /// An Id that can be repaired.
    IdDamaged,
    /// An Id that cannot be read.
    IdMalformed,
    /// A customer that can be repaired.
    UserDamaged,
    /// A customer that cannot be read.
    UserMalformed,
    /// A channel that cannot be read.
    ChannelMalformed,
    /// An owner that cannot be read.
    OwnerMalformed,
    /// The Id of an earlier record.
    SameId,
    /// A customer that is in no table.
    UnknownUser,
    /// A channel that is in no table.
    UnknownChannel,
    /// Another channel than the customer's.
    OtherChannel,
    /// StartTime that cannot be read.
    StartUnreadable,
    /// EndTime that cannot be read.
    EndUnreadable,
    /// StartTime without a zone.
    StartNaive,
    /// AcceptTime without a zone.
    AcceptNaive,
    /// Start and end exchanged.
    EndBeforeStart,
    /// Accepted before it started.
    AcceptBeforeStart,
    /// Accepted after it ended.
    AcceptAfterEnd,
    /// Ends after as-of.
    FutureEnd,
    /// Everything happens after as-of.
    FutureStart,
    /// Ended without EndTime.
    EndedOpen,
    /// Live with EndTime.
    LiveWithEnd,
    /// Live with EndedByType.
    LiveEndedBy,
    /// New on an enhanced channel without a rep having started it.
    NewFromCustomer,
    /// A Status that the old platform does not have.
    StandardStatus,
}

/// One group for each code whose sessions may be over.
const ENDED_FLAWS: &[&[SessionFlaw]] = &[
    &[SessionFlaw::NoUser, SessionFlaw::NoChannel, SessionFlaw::NoStatus],
    &[
        SessionFlaw::StatusUnknown,
        SessionFlaw::StatusCase,
        SessionFlaw::OriginUnknown,
        SessionFlaw::AgentUnknown,
        SessionFlaw::EndedByCase,
    ],
    &[SessionFlaw::LongLocale],
    &[
        SessionFlaw::IdDamaged,
        SessionFlaw::IdMalformed,
        SessionFlaw::UserDamaged,
        SessionFlaw::UserMalformed,
        SessionFlaw::ChannelMalformed,
        SessionFlaw::OwnerMalformed,
    ],
    &[SessionFlaw::SameId],
    &[SessionFlaw::UnknownUser],
    &[SessionFlaw::UnknownChannel],
    &[SessionFlaw::OtherChannel],
    &[SessionFlaw::StartUnreadable, SessionFlaw::EndUnreadable],
    &[SessionFlaw::StartNaive, SessionFlaw::AcceptNaive],
    &[SessionFlaw::EndBeforeStart, SessionFlaw::AcceptBeforeStart, SessionFlaw::AcceptAfterEnd],
    &[SessionFlaw::FutureEnd, SessionFlaw::FutureStart],
    &[SessionFlaw::EndedOpen],
];

/// One group for each code whose sessions must be live.
const LIVE_FLAWS: &[&[SessionFlaw]] = &[
    &[SessionFlaw::StaleNew],
    &[SessionFlaw::StaleInactive],
    &[SessionFlaw::LiveWithEnd, SessionFlaw::LiveEndedBy],
    &[SessionFlaw::NewFromCustomer],
];

impl SessionFlaw {
    /// One of all that are possible.
    pub fn draw(draw: &mut Draw, may_live: bool) -> Option<Self> {
        let live = may_live && draw.below((LIVE_FLAWS.len() + ENDED_FLAWS.len()) as u64) < LIVE_FLAWS.len() as u64;
        let group = draw.pick(if live { LIVE_FLAWS } else { ENDED_FLAWS })?;
        draw.pick(group)
    }

    /// What it earns.
    #[must_use]
    pub const fn codes(self) -> Codes {
        match self {
            Self::StaleNew => const { Codes::of(&["S101"]) },
            Self::Conflict => const { Codes::of(&["S102"]) },
            Self::Repeat => const { Codes::of(&["S103"]) },
            Self::StaleInactive => const { Codes::of(&["S104"]) },
            Self::OptedOutLive => const { Codes::of(&["S105"]) },
            Self::NoUser | Self::NoChannel | Self::NoStatus => const { Codes::of(&["S201"]) },
            Self::StatusUnknown | Self::StatusCase | Self::OriginUnknown | Self::AgentUnknown | Self::EndedByCase => {
                const { Codes::of(&["S202"]) }
            }
            Self::LongLocale => const { Codes::of(&["S203"]) },
            Self::IdDamaged
            | Self::IdMalformed
            | Self::UserDamaged
            | Self::UserMalformed
            | Self::ChannelMalformed
            | Self::OwnerMalformed => const { Codes::of(&["S204"]) },
            Self::SameId => const { Codes::of(&["S205"]) },
            Self::UnknownUser => const { Codes::of(&["S301"]) },
            // A channel that nobody knows is also another one than the customer's.
            Self::UnknownChannel => const { Codes::of(&["S302", "S303"]) },
            Self::OtherChannel => const { Codes::of(&["S303"]) },
            Self::StartUnreadable | Self::EndUnreadable => const { Codes::of(&["S401"]) },
            Self::StartNaive | Self::AcceptNaive => const { Codes::of(&["S402"]) },
            Self::EndBeforeStart | Self::AcceptBeforeStart | Self::AcceptAfterEnd => const { Codes::of(&["S403"]) },
            Self::FutureEnd | Self::FutureStart => const { Codes::of(&["S404"]) },
            Self::EndedOpen | Self::LiveWithEnd | Self::LiveEndedBy => const { Codes::of(&["S405"]) },
            Self::NewFromCustomer | Self::StandardStatus => const { Codes::of(&["S406"]) },
        }
    }
}
