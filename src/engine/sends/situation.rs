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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use crate::rules::testing::{AS_OF, Found, check, check_with};

    const HOUR: i64 = 3_600_000;

    fn session(owner: Key, live: bool) -> HeldSession {
        HeldSession {
            customer: Key::text(b"customer"),
            id: Key::text(b"session"),
            owner,
            row: 0,
            live,
            over: !live,
            repeated: false,
            start: Some(0),
            end: None,
            inbound: None,
        }
    }

    fn told(sessions: &[HeldSession]) -> Sessions {
        let mut told = Sessions::default();
        sessions.iter().for_each(|session| told.add(session));
        told
    }

    #[test]
    fn the_earliest_live_session_of_another_is_told() {
        let [ann, bob, eve] = [b"ann", b"bob", b"eve"].map(|name| Key::text(name));
        let of = |owners: &[Key]| told(&owners.iter().map(|owner| session(*owner, true)).collect::<Vec<_>>());
        let another = |owners: &[Key], owner: Key| of(owners).of_another(owner).map(|session| session.owner);
        assert_eq!(another(&[ann, bob, eve], ann), Some(bob));
        assert_eq!(another(&[ann, bob, eve], bob), Some(ann));
        assert_eq!(another(&[ann, ann, eve], ann), Some(eve));
        assert_eq!(another(&[ann, ann], ann), None);
        assert_eq!(another(&[Key::NONE, ann], eve), Some(ann));
        assert_eq!(another(&[ann], Key::NONE), None);
        assert!(of(&[ann, ann]).all_of(ann) && !of(&[ann, bob]).all_of(ann) && of(&[]).all_of(Key::NONE));
        assert!(!of(&[ann, Key::NONE]).all_of(ann) && !of(&[ann]).all_of(Key::NONE));
    }

    #[test]
    fn what_is_over_or_repeated_is_not_live() {
        let ann = Key::text(b"ann");
        let repeated = HeldSession { repeated: true, ..session(ann, true) };
        assert!(!told(&[repeated, session(ann, false)]).live && told(&[session(ann, true)]).live);
        assert_eq!(told(&[repeated]).of_another(Key::text(b"bob")), None);
    }

    #[test]
    fn the_newest_end_counts_as_long_as_all_are_over() {
        let ann = Key::text(b"ann");
        let ended = |end| HeldSession { end, ..session(ann, false) };
        let ends = |sessions: &[HeldSession]| {
            let told = told(sessions);
            (told.newest_end, told.all_over)
        };
        assert_eq!(ends(&[ended(Some(7)), ended(Some(9)), ended(Some(8))]), (Some(9), true));
        assert_eq!(ends(&[ended(Some(7)), ended(None)]), (Some(7), false));
        let live = HeldSession { end: Some(9), ..session(ann, true) };
        assert_eq!(ends(&[live, ended(Some(7))]), (Some(7), false));
    }

    const CHANNELS: (&str, &str) =
        ("channels", "Id,MessageType,PlatformType\n0Mj000000000001,Text,Enhanced\n0Mj000000000002,WhatsApp,Enhanced\n");
    const USERS: &str = "Id,MessagingPlatformKey,MessagingChannelId,MessageType,CreatedDate,LastInboundMessageTime\n";

    #[expect(clippy::redundant_closure_for_method_calls, reason = "a method is one of a single lifetime")]
    fn may_start_new(found: &Found) -> Vec<bool> {
        situations(found, |situation| situation.may_start_new())
    }

    #[expect(clippy::redundant_closure_for_method_calls, reason = "a method is one of a single lifetime")]
    fn created(found: &Found) -> Vec<Option<i64>> {
        situations(found, |situation| situation.created())
    }

    fn situations<T>(found: &Found, tell: impl Fn(&Situation<'_>) -> T) -> Vec<T> {
        let (book, context) = (&found.outcome.planning().unwrap().book, found.outcome.context());
        book.plans().iter().map(|plan| tell(&book.situation(plan, context))).collect()
    }

    #[test]
    fn a_user_may_be_made_only_by_an_sms_of_unknown_link() {
        // No user has a channel that can be read, and no channel is known for the last send.
        let users = format!(
            "{USERS}0PA000000000001,+12345678900,garbage,Text,,\n0PA000000000002,+12345678901,0Mj000000000001,Text,,\n"
        );
        let sends = "MessagingEndUserId,MessagingChannelId\n0PA000000000001,0Mj000000000001\n\
            0PA000000000001,0Mj000000000002\n0PA000000000002,0Mj000000000001\n0PA000000000002,0Mj000000000009\n";
        let found = check(&[CHANNELS, ("users", &users), ("sends", sends)]);
        let links = situations(&found, |situation| situation.link);
        assert_eq!(links, [Link::Unknown, Link::Unknown, Link::Linked, Link::Not]);
        assert_eq!(may_start_new(&found), [true, false, false, true]);
    }

    #[test]
    fn a_window_is_judged_by_the_user_first_and_then_by_sessions() {
        let users = format!(
            "{USERS}0PA000000000001,491,0Mj000000000002,WhatsApp,,2026-11-21T12:00:00Z\n\
             0PA000000000002,492,0Mj000000000002,WhatsApp,,2026-11-21T11:59:59Z\n\
             0PA000000000003,493,0Mj000000000002,WhatsApp,,yesterday\n\
             0PA000000000004,494,0Mj000000000002,WhatsApp,,\n0PA000000000005,495,0Mj000000000002,WhatsApp,,\n\
             0PA000000000006,496,0Mj000000000002,WhatsApp,,\n"
        );
        let sends: Vec<_> = (1..=6).map(|user| format!("0PA00000000000{user},0Mj000000000002\n")).collect();
        let sends = format!("MessagingEndUserId,MessagingChannelId\n{}", sends.concat());
        // The third user's record does not tell because it cannot be read, so sessions are not asked.
        let sessions = "MessagingEndUserId,Status,StartTime,EndTime,Origin\n\
            0PA000000000001,Ended,2026-11-01T10:00:00Z,2026-11-01T11:00:00Z,InboundInitiated\n\
            0PA000000000003,Ended,2026-11-22T10:00:00Z,2026-11-22T11:00:00Z,InboundInitiated\n\
            0PA000000000004,Ended,2026-11-22T10:00:00Z,2026-11-22T11:00:00Z,InboundInitiated\n\
            0PA000000000005,Ended,2026-11-01T10:00:00Z,2026-11-01T11:00:00Z,AgentInitiated\n";
        let closed = |sessions: &str, sessions_complete| {
            let policy = Policy { sessions_complete, ..Policy::default() };
            let tables = [CHANNELS, ("users", &*users), ("sends", &*sends), ("sessions", sessions)];
            let found = check_with(&tables, policy, Operation::Audit);
            situations(&found, |situation| situation.is_closed(Window::WhatsApp))
        };
        let (open, shut) = (Some(false), Some(true));
        assert_eq!(closed(sessions, false), [open, shut, None, open, None, None]);
        assert_eq!(closed(sessions, true), [open, shut, None, open, shut, None]);
        // Without Origin no session tells who wrote, and without StartTime not when.
        for column in ["Origin", "StartTime"] {
            let other = sessions.replacen(column, "Other", 1);
            assert_eq!(closed(&other, true), [open, shut, None, None, None, None], "{column}");
        }
    }

    #[test]
    fn a_user_that_is_still_to_be_inserted_is_created_at_as_of() {
        let users = format!(
            "{USERS}0PA000000000001,491,0Mj000000000002,WhatsApp,,\n0PA000000000002,492,0Mj000000000002,WhatsApp,2026-11-22T11:00:00Z,\n0PA000000000003,493,0Mj000000000002,WhatsApp,x,\n"
        );
        let existing = format!("{USERS}0PA000000000004,494,0Mj000000000002,WhatsApp,,\n");
        let sends: Vec<_> = (1..=4).map(|user| format!("0PA00000000000{user},0Mj000000000002\n")).collect();
        let sends = format!("MessagingEndUserId,MessagingChannelId\n{}", sends.concat());
        let created_when = |operation| {
            let tables = [CHANNELS, ("users", &*users), ("existing_users", &*existing), ("sends", &*sends)];
            created(&check_with(&tables, Policy::default(), operation))
        };
        let told = Some(AS_OF - HOUR);
        assert_eq!(created_when(Operation::Insert), [Some(AS_OF), told, None, None]);
        assert_eq!(created_when(Operation::Audit), [None, told, None, None]);
    }
}
