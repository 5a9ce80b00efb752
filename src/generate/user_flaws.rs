//! The defects of users that can be planted, and what each one earns of itself.

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
    /// A number that no plan assigns.
    Unassigned,
    /// A number of a fixed line.
    FixedLine,
    /// A country that is not the number's.
    OtherCountry,
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
        &[UserFlaw::Unassigned],
        &[UserFlaw::FixedLine],
        &[UserFlaw::OtherCountry],
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
            Self::Unassigned => const { Codes::of(&["U102"]) },
            Self::FixedLine => const { Codes::of(&["U103"]) },
            Self::OtherCountry => const { Codes::of(&["U104"]) },
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
