//! The defects of sessions that can be planted, and what each one earns of itself.

use super::draw::Draw;
use super::truth::Codes;

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
