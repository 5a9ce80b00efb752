//! What each session is. Sessions are dealt to users in turns; only the first turn may be live, so that in sound data
//! no customer has two live sessions.

use super::clock::{DAY, HOUR, MINUTE};
use super::draw::{Draw, Purpose};
use super::plan::{PILLAR, Plan, REPS};
use super::session_flaws::SessionFlaw;
use super::truth::Codes;
use super::users::{Consent, Place, TOLERANCE, User};

/// What MessagingChannelId says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// A channel of the plan.
    Channel(u16),
    /// The Id of a channel that is in no table.
    Absent,
    /// Nothing.
    Missing,
}

/// Times in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// StartTime.
    pub start: i64,
    /// AcceptTime.
    pub accept: Option<i64>,
    /// EndTime.
    pub end: Option<i64>,
}

/// A session.
#[derive(Debug, Clone, Copy)]
pub struct Session {
    /// The record number.
    pub row: u32,
    /// The planted defect.
    pub flaw: Option<SessionFlaw>,
    /// The user whose session it is.
    pub customer: User,
    /// Its channel.
    pub place: Where,
    /// The owner's number.
    pub rep: u64,
    /// Status.
    pub status: &'static str,
    /// Origin.
    pub origin: &'static str,
    /// AgentType.
    pub agent: &'static str,
    /// EndedByType.
    pub ended_by: Option<&'static str>,
    /// The times.
    pub times: Times,
}

impl Session {
    /// Everything that its record earns.
    #[must_use]
    pub fn codes(&self) -> Codes {
        self.flaw.map_or(Codes::NONE, SessionFlaw::codes)
    }
}

/// The customer that a session is dealt to.
#[derive(Debug, Clone, Copy)]
struct Deal {
    user: User,
    /// It is the first one of a user of whom no other session can be live.
    first: bool,
}

impl Deal {
    fn may_live(&self) -> bool {
        self.first && self.user.consent != Consent::OptedOut
    }

    /// It must prove that the customer wrote.
    const fn is_proof(&self) -> bool {
        self.first && self.user.proven
    }
}

impl Plan {
    fn deal(&self, row: u32) -> Deal {
        let user = self.user(self.turn(row));
        if user.is_customer() {
            return Deal { user, first: row < self.settings.users };
        }
        // Nothing can refer to that user: a sound one takes its place.
        let pillar = Self::pillar(user.row, &mut self.draw(Purpose::Substitute, row));
        Deal { user: self.user(pillar), first: false }
    }

    /// Whether the record behind a pillar is a second live session of the pillar's customer, and under another owner.
    fn pair(&self, pillar: u32) -> Option<SessionFlaw> {
        let row = pillar.checked_add(1).filter(|row| *row < self.settings.sessions)?;
        let mut draw = self.draw(Purpose::Session, row);
        let wanted = self.is_flawed(row, &mut draw) && draw.chance(500);
        if !wanted || !self.deal(pillar).may_live() || self.deal(row).is_proof() {
            return None;
        }
        Some(if draw.chance(500) { SessionFlaw::Conflict } else { SessionFlaw::Repeat })
    }

    /// Makes a session.
    #[must_use]
    pub fn session(&self, row: u32) -> Session {
        let mut draw = self.draw(Purpose::Session, row);
        let flawed = self.is_flawed(row, &mut draw);
        let deal = self.deal(row);
        if flawed
            && row % PILLAR == 1
            && let Some(flaw) = self.pair(row - 1)
        {
            return self.second_live(row, flaw, &mut draw);
        }
        let flaw = if flawed && !deal.is_proof() { self.session_flaw(&deal, &mut draw) } else { None };
        let paired = row.is_multiple_of(PILLAR) && self.pair(row).is_some();
        let live = match flaw {
            None => deal.may_live() && (paired || draw.chance(40)),
            Some(flaw) => is_live(flaw),
        };
        let standard = self.is_standard(deal.user.place);
        let mut session =
            if live { self.live(row, &deal, standard, flaw, &mut draw) } else { self.over(row, &deal, &mut draw) };
        if deal.is_proof() {
            self.prove(&mut session, &mut draw);
        }
        if let Some(flaw) = flaw {
            session.flaw = Some(flaw);
            self.spoil(&mut session, flaw, &deal, &mut draw);
        }
        session
    }

    fn is_standard(&self, place: Place) -> bool {
        matches!(place, Place::Channel(at) if self.channel(at).is_standard())
    }

    fn session_flaw(&self, deal: &Deal, draw: &mut Draw) -> Option<SessionFlaw> {
        if self.is_standard(deal.user.place) {
            return Some(SessionFlaw::StandardStatus);
        }
        if deal.first && deal.user.consent == Consent::OptedOut {
            return Some(SessionFlaw::OptedOutLive);
        }
        SessionFlaw::draw(draw, deal.may_live())
    }

    /// A session that is over, in business hours between the customer's creation and the day before as-of.
    fn over(&self, row: u32, deal: &Deal, draw: &mut Draw) -> Session {
        let today = self.settings.as_of.div_euclid(DAY);
        let known = (today - 1 - deal.user.created.div_euclid(DAY)).clamp(1, 731);
        let start = (today - 1 - draw.millis(known)) * DAY + 8 * HOUR + draw.millis(9 * 3600) * 1000;
        let mut session = sound(row, deal.user, ended(start, draw), draw);
        let failed = !self.is_standard(deal.user.place) && draw.chance(5);
        session.status = if failed { "Error" } else { "Ended" };
        session.ended_by = Some(match session.agent {
            _ if failed => "System",
            "Bot" => "Bot",
            "System" => draw.text(&["System", "EndUser"]),
            _ => draw.text(&["Agent", "Agent", "EndUser", "System"]),
        });
        session
    }

    fn live(&self, row: u32, deal: &Deal, standard: bool, flaw: Option<SessionFlaw>, draw: &mut Draw) -> Session {
        let statuses: &[&'static str] = if standard {
            &["Active", "Waiting"]
        } else if deal.is_proof() {
            &["Active", "Waiting", "Inactive", "Paused", "Consent"]
        } else {
            &["Active", "Active", "Waiting", "Inactive", "Paused", "Consent", "New"]
        };
        let status = match flaw {
            Some(SessionFlaw::StaleNew | SessionFlaw::NewFromCustomer) => "New",
            Some(SessionFlaw::StaleInactive) => "Inactive",
            Some(SessionFlaw::LiveWithEnd | SessionFlaw::LiveEndedBy) => "Active",
            _ => draw.text(statuses),
        };
        let limit = match status {
            "New" => 48 * HOUR,
            "Inactive" => 30 * HOUR,
            _ => 72 * HOUR,
        };
        let age = match flaw {
            Some(SessionFlaw::StaleNew | SessionFlaw::StaleInactive) if draw.chance(125) => limit + 1,
            Some(SessionFlaw::StaleNew | SessionFlaw::StaleInactive) => limit + 1 + draw.millis(20 * DAY),
            // Exactly at the limit is not over it.
            _ if draw.chance(60) => limit,
            _ => draw.millis(limit),
        };
        let start = self.settings.as_of - age;
        let accept = start + draw.millis(age.min(10 * MINUTE) + 1);
        let mut session = sound(row, deal.user, Times { start, accept: Some(accept), end: None }, draw);
        session.status = status;
        if status == "New" {
            session.origin = "AgentInitiated";
            session.agent = "Agent";
        }
        if matches!(status, "New" | "Waiting" | "Consent") {
            session.times.accept = None;
        }
        session
    }

    /// Makes a session prove that its customer wrote within the window, now and then exactly at its end.
    fn prove(&self, session: &mut Session, draw: &mut Draw) {
        let window = session.customer.window.unwrap_or(DAY);
        // A session that is over needs some time to have taken place.
        let youngest = 3 * HOUR;
        let mut age = if draw.chance(60) { window } else { youngest + draw.millis(window - youngest) };
        if session.status == "Inactive" {
            age = age.min(30 * HOUR);
        }
        let start = self.settings.as_of - age;
        session.origin = "InboundInitiated";
        session.agent = "Agent";
        if session.times.end.is_some() {
            session.times = ended(start, draw);
        } else {
            session.times.start = start;
            session.times.accept = session.times.accept.map(|_| start + draw.millis(10 * MINUTE));
        }
    }

    /// A second live session of the customer of the record before it.
    fn second_live(&self, row: u32, flaw: SessionFlaw, draw: &mut Draw) -> Session {
        let first = self.session(row - 1);
        let since = self.settings.as_of - first.times.start;
        // At the same instant the earlier record still comes first.
        let start = if draw.chance(60) { first.times.start } else { first.times.start + draw.millis(since + 1) };
        let mut session = sound(row, first.customer, Times { start, accept: None, end: None }, draw);
        session.flaw = Some(flaw);
        session.status = draw.text(&["Active", "Waiting"]);
        session.rep = match flaw {
            SessionFlaw::Repeat => first.rep,
            _ => (first.rep + 1 + draw.below(REPS - 1)) % REPS,
        };
        session
    }

    /// Plants a defect that changes what the session is; defects of mere text are left to the record.
    fn spoil(&self, session: &mut Session, flaw: SessionFlaw, deal: &Deal, draw: &mut Draw) {
        let as_of = self.settings.as_of;
        let times = &mut session.times;
        let future = as_of + TOLERANCE + 1 + if draw.chance(125) { 0 } else { draw.millis(3 * DAY) };
        match flaw {
            SessionFlaw::NewFromCustomer if deal.user.must_stay_silent() => session.origin = "TriggeredOutbound",
            SessionFlaw::NewFromCustomer => {
                session.origin = draw.text(&["InboundInitiated", "InboundInitiated", "OptIn", "TriggeredOutbound"]);
            }
            SessionFlaw::StandardStatus => {
                session.status =
                    if deal.may_live() { draw.text(&["Consent", "Paused", "Inactive", "Error"]) } else { "Error" };
                if session.status != "Error" {
                    let age = draw.millis(24 * HOUR);
                    *times = Times { start: as_of - age, accept: None, end: None };
                    session.ended_by = None;
                }
            }
            SessionFlaw::NoChannel => session.place = Where::Missing,
            SessionFlaw::UnknownChannel => session.place = Where::Absent,
            SessionFlaw::OtherChannel => session.place = Where::Channel(self.another(deal.user.place, draw)),
            SessionFlaw::EndBeforeStart => {
                let end = times.end.unwrap_or(times.start + MINUTE);
                *times = Times { start: end, accept: times.accept, end: Some(times.start) };
            }
            SessionFlaw::AcceptBeforeStart => times.accept = Some(times.start - 1 - draw.millis(HOUR)),
            SessionFlaw::AcceptAfterEnd => times.accept = times.end.map(|end| end + 1 + draw.millis(HOUR)),
            SessionFlaw::FutureEnd => times.end = Some(future),
            SessionFlaw::FutureStart => *times = ended(future, draw),
            SessionFlaw::EndedOpen => {
                session.status = "Ended";
                times.end = None;
            }
            SessionFlaw::LiveWithEnd => {
                let begun = times.accept.unwrap_or(times.start);
                times.end = Some(begun + draw.millis(as_of - begun + 1));
            }
            SessionFlaw::LiveEndedBy => session.ended_by = Some(draw.text(&["Agent", "EndUser", "System"])),
            SessionFlaw::AcceptNaive => times.accept = times.accept.or(Some(times.start)),
            _ => {}
        }
    }

    /// A sound channel other than the customer's.
    fn another(&self, place: Place, draw: &mut Draw) -> u16 {
        let sound = self.settings.channels;
        let step = |end: u16, draw: &mut Draw| u16::try_from(draw.below(u64::from(end))).unwrap_or(0);
        match place {
            Place::Channel(at) if at < sound => (at + 1 + step(sound - 1, draw)) % sound,
            _ => step(sound, draw),
        }
    }
}

/// What a session without defects has in common with every other.
fn sound(row: u32, user: User, times: Times, draw: &mut Draw) -> Session {
    let place = match user.place {
        Place::Channel(at) => Where::Channel(at),
        _ => Where::Missing,
    };
    let origin = match draw.below(20) {
        0..11 if !user.must_stay_silent() => "InboundInitiated",
        11..15 => "TriggeredOutbound",
        15 => "OptIn",
        16 => "Help",
        _ => "AgentInitiated",
    };
    let agent = draw.text(&["Agent", "Agent", "Agent", "BotToAgent", "Bot"]);
    let agent = if origin == "TriggeredOutbound" { "System" } else { agent };
    let rep = draw.below(REPS);
    Session {
        row,
        flaw: None,
        customer: user,
        place,
        rep,
        status: "Active",
        origin,
        agent,
        ended_by: None,
        times: Times { accept: times.accept.filter(|_| matches!(agent, "Agent" | "BotToAgent")), ..times },
    }
}

/// The times of a session that took its course.
fn ended(start: i64, draw: &mut Draw) -> Times {
    let accept = start + 5_000 + draw.millis(595) * 1000;
    Times { start, accept: Some(accept), end: Some(accept + MINUTE + draw.millis(119 * 60) * 1000) }
}

const fn is_live(flaw: SessionFlaw) -> bool {
    matches!(
        flaw,
        SessionFlaw::StaleNew
            | SessionFlaw::StaleInactive
            | SessionFlaw::LiveWithEnd
            | SessionFlaw::LiveEndedBy
            | SessionFlaw::NewFromCustomer
            | SessionFlaw::OptedOutLive
    )
}
