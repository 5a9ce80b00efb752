//! One planned send with all that is known about its customer, and what a rule may say of it.

use super::{Context, Known};
use crate::engine::entries::HeldSession;
use crate::engine::window::{Evidence, Window};
use crate::model::channel::{Coverage, Kind};
use crate::model::objects::{Table, session};
use crate::policy::Operation;
use crate::tables::channels::Channel;
use crate::tables::key::Key;
use crate::tables::sends::Plan;
use crate::tables::users::PlatformKey;

/// Whom a send is for.
#[derive(Debug, Clone, Copy)]
pub enum Customer<'a> {
    /// This messaging user.
    Found(&'a Known),
    /// Nobody that the users hold.
    Absent,
    /// Cannot be told.
    Unknown,
}

/// Whether the customer's messaging user is linked to the channel of the send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// It is.
    Linked,
    /// It is linked to another channel or to none, or there is no messaging user.
    Not,
    /// Cannot be told.
    Unknown,
}

/// A live session with a known owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveSession {
    /// Its Id.
    pub id: Key,
    /// The rep or queue that owns it.
    pub owner: Key,
}

impl LiveSession {
    /// No such session: what stands for it has no owner, so that it takes no more room than one.
    const NONE: Self = Self { id: Key::NONE, owner: Key::NONE };

    fn is_some(&self) -> bool {
        self.owner.is_some()
    }
}

/// What the sessions of one customer tell. There may be as many of these as planned sends.
#[derive(Debug, Clone, Copy)]
pub struct Sessions {
    /// Whether any is live.
    pub live: bool,
    /// Whether the owner of a live one is not known.
    unowned: bool,
    /// The earliest live one with a known owner, and the earliest of another owner than that one's.
    first: LiveSession,
    second: LiveSession,
    /// The newest message that a session proves.
    inbound: Option<i64>,
    /// The newest end, as long as all of them are over.
    newest_end: Option<i64>,
    all_over: bool,
}

impl Default for Sessions {
    fn default() -> Self {
        let (first, second) = (LiveSession::NONE, LiveSession::NONE);
        Self { live: false, unowned: false, first, second, inbound: None, newest_end: None, all_over: true }
    }
}

impl Sessions {
    /// Adds the next session in order of StartTime and row.
    pub fn add(&mut self, session: &HeldSession) {
        self.inbound = self.inbound.max(session.inbound);
        match session.end {
            Some(end) if session.over => self.newest_end = self.newest_end.max(Some(end)),
            _ => self.all_over = false,
        }
        if session.live && !session.repeated {
            self.live = true;
            let this = LiveSession { id: session.id, owner: session.owner };
            if !this.is_some() {
                self.unowned = true;
            } else if !self.first.is_some() {
                self.first = this;
            } else if !self.second.is_some() && self.first.owner != this.owner {
                self.second = this;
            }
        }
    }

    /// The earliest live one that somebody else owns.
    #[must_use]
    pub fn of_another(&self, owner: Key) -> Option<LiveSession> {
        let of_another = if self.first.owner == owner { self.second } else { self.first };
        (owner.is_some() && of_another.is_some()).then_some(of_another)
    }

    /// Whether every live one is known to be this rep's.
    #[must_use]
    pub fn all_of(&self, owner: Key) -> bool {
        !self.live || (owner.is_some() && !self.unowned && self.of_another(owner).is_none())
    }
}

/// What keeps a send from being decided, as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unknowns(u16);

impl Unknowns {
    const NAMES: [&'static str; 12] = [
        "channel",
        "user",
        "phone number",
        "ConsentConfirmed",
        "SourceRecordId",
        "sessions",
        "owner",
        "last message",
        "TemplateApproved",
        "HasDynamicContent",
        "CreatedDate",
        "consent status",
    ];
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// The kind of channel, or whether the article covers it.
    pub const CHANNEL: Self = Self(1);
    /// The messaging user, or its link to the channel.
    pub const USER: Self = Self(1 << 1);
    /// The number to write to.
    pub const PHONE: Self = Self(1 << 2);
    /// Whether the customer's consent was confirmed.
    pub const CONFIRMATION: Self = Self(1 << 3);
    /// The record that the send starts from.
    pub const SOURCE: Self = Self(1 << 4);
    /// The customer's sessions.
    pub const SESSIONS: Self = Self(1 << 5);
    /// Who owns a live session, or the send.
    pub const OWNER: Self = Self(1 << 6);
    /// When the customer last wrote.
    pub const LAST_MESSAGE: Self = Self(1 << 7);
    /// Whether the template is approved.
    pub const TEMPLATE: Self = Self(1 << 8);
    /// Whether the component has dynamic content.
    pub const DYNAMIC: Self = Self(1 << 9);
    /// When the messaging user was created.
    pub const CREATED: Self = Self(1 << 10);
    /// The customer's consent status.
    pub const CONSENT: Self = Self(1 << 11);

    /// Both together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether there is nothing.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names, in order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        (0..).zip(Self::NAMES).filter(move |(bit, _)| self.0 >> bit & 1 == 1).map(|(_, name)| name)
    }
}

/// What a rule says of a planned send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// The rule does not apply.
    NotApplicable,
    /// As it should be.
    Pass,
    /// A finding.
    Fail,
    /// It applies, but these cannot be told.
    Unknown(Unknowns),
}

impl Ruling {
    /// Decided, one way or the other.
    #[must_use]
    pub const fn fail_if(failed: bool) -> Self {
        if failed { Self::Fail } else { Self::Pass }
    }

    /// Decided when something is known.
    #[must_use]
    pub fn of(failed: Option<bool>, otherwise: Unknowns) -> Self {
        failed.map_or(Self::Unknown(otherwise), Self::fail_if)
    }
}

/// Everything that decides about a planned send.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// Clock, policy, channels.
    pub context: &'a Context,
    /// The send.
    pub plan: &'a Plan,
    /// Whom it is for.
    pub customer: Customer<'a>,
    /// Whether the customer's messaging user is linked to the channel.
    pub link: Link,
    /// What the customer's sessions tell; nothing when they cannot be known.
    pub sessions: Option<Sessions>,
    /// The channel, when it is among the given ones.
    pub channel: Option<&'a Channel>,
    /// Its kind.
    pub kind: Kind,
    /// Whether the article covers it.
    pub coverage: Coverage,
}

impl<'a> Situation<'a> {
    /// Whether the article's rules apply to the channel.
    #[must_use]
    pub fn covered(&self) -> bool {
        self.coverage == Coverage::Covered
    }

    /// The customer's messaging user.
    #[must_use]
    pub const fn found(&self) -> Option<&'a Known> {
        match self.customer {
            Customer::Found(known) => Some(known),
            Customer::Absent | Customer::Unknown => None,
        }
    }

    /// Whether Salesforce would make the messaging user with this send: SMS to a customer who has none on the channel.
    #[must_use]
    pub fn starts_new(&self) -> bool {
        self.covered() && self.kind == Kind::Sms && self.link == Link::Not
    }

    /// Whether it cannot be told if Salesforce would make the messaging user.
    #[must_use]
    pub fn may_start_new(&self) -> bool {
        match self.kind {
            Kind::Sms => self.link == Link::Unknown,
            Kind::Unknown => self.link != Link::Linked,
            _ => false,
        }
    }

    /// How the number to write to was read.
    #[must_use]
    pub const fn number(&self) -> PlatformKey {
        match self.customer {
            Customer::Found(known) => known.platform_key,
            Customer::Absent | Customer::Unknown => self.plan.phone,
        }
    }

    /// The earliest live session of another rep.
    #[must_use]
    pub fn session_of_another(&self) -> Option<LiveSession> {
        self.sessions?.of_another(self.plan.owner)
    }

    /// How old the customer's last message is when the send goes out.
    #[must_use]
    pub fn age(&self) -> Option<i64> {
        let last = self.found()?.last_message.millis().filter(|last| !self.context.is_future(*last))?;
        self.plan.at.map(|at| at - last)
    }

    /// Whether the messaging window is closed when the send goes out; nothing when that cannot be told.
    #[must_use]
    pub fn is_closed(&self, window: Window) -> Option<bool> {
        let (known, at) = (self.found()?, self.plan.at?);
        if !known.last_message.is_missing() {
            return self.age().map(|age| age > window.length(self.context));
        }
        let evidence = self.evidence(window)?;
        evidence.is_open(at, self.context).map(|open| !open)
    }

    /// What the customer's sessions prove about the last message.
    fn evidence(&self, window: Window) -> Option<Evidence> {
        let tell = [session::START, session::ORIGIN].iter().all(|field| self.context.has(Table::Sessions, *field));
        let sessions = self.sessions.filter(|_| tell)?;
        let bounded = sessions.all_over && self.context.policy.sessions_complete;
        Some(Evidence { window, at_least: sessions.inbound, at_most: sessions.newest_end.filter(|_| bounded) })
    }

    /// When the messaging user was created; one that is still to be inserted is created at as-of.
    #[must_use]
    pub fn created(&self) -> Option<i64> {
        let known = self.found()?;
        let inserted = self.context.operation == Operation::Insert && !known.in_org && known.created.is_missing();
        known.created.millis().or_else(|| inserted.then_some(self.context.as_of))
    }
}
