//! What becomes of each planned send: every rule about sends is asked, whether it was selected or not.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::situation::{Customer, Ruling, Situation, Unknowns};
use super::{Book, Load, Plan};
use crate::engine::context::Context;
use crate::engine::customer::CustomerMarks;
use crate::findings::marks::Tally;
use crate::model::objects::{Table, send, session};
use crate::model::picklists::{CAPACITY_MODEL, CONSENT};
use crate::rule::{Decide, Rule, Severity, Verdict};
use crate::rules::RULES;
use crate::tables::id::State;
use crate::tables::key::Key;

/// A planned send as the other sends to its customer see it.
#[derive(Debug, Clone, Copy)]
pub struct Planned {
    /// The customer.
    pub customer: Key,
    /// Its record number.
    pub row: u32,
    /// The rep.
    pub owner: Key,
    /// When it goes out.
    pub at: i64,
}

/// What the rules said of one planned send: a bit per rule about sends, in order of codes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Judged {
    failed: u32,
    checked: u32,
    unknowns: Unknowns,
}

/// What becomes of a planned send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nothing speaks against it.
    Allowed,
    /// It cannot be sent.
    Blocked,
    /// Something that decides is not known.
    Unknown,
}

impl Fate {
    /// The name that users see.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Blocked => "blocked",
            Self::Unknown => "unknown",
        }
    }
}

/// How the customer's answer is routed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// Status-based capacity: back to the same rep.
    SameRep,
    /// Tab-based capacity: a new session that any rep may pick up.
    AnyRep,
    /// The capacity model is not known.
    Unknown,
}

impl Reply {
    /// The name that users see.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SameRep => "same-rep",
            Self::AnyRep => "new-session-any-rep",
            Self::Unknown => "unknown",
        }
    }
}

/// The decision about one planned send.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Its record number.
    pub row: u32,
    /// Whether it can be sent.
    pub fate: Fate,
    /// The codes that fail on it.
    pub because: Vec<&'static str>,
    /// Whether Salesforce makes the messaging user with it.
    pub creates_user: Option<bool>,
    /// The customer's consent status afterwards.
    pub consent_after: Option<&'static str>,
    /// When the session that it starts ends without an answer.
    pub ends_if_silent_at: Option<i64>,
    /// How an answer is routed, unless the send is blocked.
    pub reply: Option<Reply>,
}

/// What the planned sends ask of one rep.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rep {
    /// Sends planned.
    pub planned: u64,
    /// Those that cannot be sent.
    pub blocked: u64,
    /// Those that could not be decided.
    pub unknown: u64,
    /// Sends whose answer comes back to this rep.
    pub answers: u64,
    /// Sends whose answer any rep may get.
    pub to_pool: u64,
    /// Sends whose answer's way is not known.
    pub reply_unknown: u64,
}

/// The rules about planned sends, in order of codes; their places are the bits of [`Judged`].
fn rules() -> Vec<&'static Rule> {
    RULES.iter().copied().filter(|rule| rule.is_about_sends()).collect()
}

/// All that the rules said of the planned sends.
#[derive(Debug, Clone, Default)]
pub struct Judgement {
    judged: Vec<Judged>,
    rivals: Vec<(u32, u32)>,
}

impl Judgement {
    /// Asks every rule about every planned send. Runs in the current thread pool.
    #[must_use]
    pub fn new(book: &Book, context: &Context) -> Self {
        let rules = rules();
        let (rivals, compared) = rivals(book, context, &rules);
        let ruling = |row: u32| {
            if rivals.binary_search_by_key(&row, |(row, _)| *row).is_ok() {
                Ruling::Fail
            } else if compared[row as usize] {
                Ruling::Pass
            } else {
                Ruling::NotApplicable
            }
        };
        let one = |plan| judge(&book.situation(plan, context), &rules, ruling(plan.row));
        Self { judged: book.plans().par_iter().map(one).collect(), rivals }
    }

    /// The rows that a rule failed, each with the row of its rival, and the rule's counts.
    #[must_use]
    pub fn of(&self, rule: &Rule) -> (Vec<(u32, Option<u32>)>, Tally) {
        let Some(place) = rules().iter().position(|known| known.code == rule.code) else { return Default::default() };
        let bit = 1_u32 << place;
        let mut tally = Tally::default();
        let mut failed = Vec::new();
        for (row, judged) in (0..).zip(&self.judged) {
            if judged.checked & bit != 0 {
                tally.count(Verdict::fail_if(judged.failed & bit != 0));
            }
            if judged.failed & bit != 0 {
                let rival = if matches!(rule.decide, Decide::Rivals(_)) { self.rival(row) } else { None };
                failed.push((row, rival));
            }
        }
        (failed, tally)
    }

    fn rival(&self, row: u32) -> Option<u32> {
        let at = self.rivals.binary_search_by_key(&row, |(row, _)| *row).ok()?;
        Some(self.rivals[at].1)
    }

    /// What was not known about a planned send.
    #[must_use]
    pub fn unknowns(&self, row: u32) -> Unknowns {
        self.judged.get(row as usize).map_or(Unknowns::NONE, |judged| judged.unknowns)
    }

    /// The decision about every planned send, in order of rows.
    pub fn decisions<'a>(&'a self, book: &'a Book, context: &'a Context) -> impl Iterator<Item = Decision> + 'a {
        let rules = rules();
        book.plans()
            .iter()
            .zip(&self.judged)
            .map(move |(plan, judged)| decide(&book.situation(plan, context), *judged, &rules))
    }

    /// What the planned sends ask of each rep, by the rep's key; none for sends without a readable OwnerId.
    #[must_use]
    pub fn reps(&self, book: &Book, context: &Context) -> BTreeMap<Key, Rep> {
        let mut reps: BTreeMap<Key, Rep> = BTreeMap::new();
        for (plan, decision) in book.plans().iter().zip(self.decisions(book, context)) {
            let rep = reps.entry(plan.owner).or_default();
            rep.planned += 1;
            rep.blocked += u64::from(decision.fate == Fate::Blocked);
            rep.unknown += u64::from(decision.fate == Fate::Unknown);
            rep.answers += u64::from(decision.reply == Some(Reply::SameRep));
            rep.to_pool += u64::from(decision.reply == Some(Reply::AnyRep));
            rep.reply_unknown += u64::from(decision.reply == Some(Reply::Unknown));
        }
        reps
    }
}

/// The load of a rep, when sessions tell who owns them by keys of the same kind.
#[must_use]
pub fn load(book: &Book, owner: Key, context: &Context) -> Option<Load> {
    let comparable = context.same_keys((Table::Sessions, session::OWNER), (Table::Sends, send::OWNER));
    (comparable && owner.is_some()).then(|| book.load(owner))
}

fn judge(situation: &Situation<'_>, rules: &[&'static Rule], rival: Ruling) -> Judged {
    let (mut judged, mut blocked) = (Judged::default(), false);
    let mut note = |judged: &mut Judged, place: usize, rule: &Rule, ruling: Ruling| match ruling {
        Ruling::NotApplicable => {}
        Ruling::Pass => judged.checked |= 1 << place,
        Ruling::Fail => {
            judged.checked |= 1 << place;
            judged.failed |= 1 << place;
            blocked |= rule.severity == Severity::Error;
        }
        Ruling::Unknown(unknowns) => judged.unknowns = judged.unknowns.with(unknowns),
    };
    for (place, rule) in rules.iter().enumerate() {
        match rule.decide {
            Decide::Send(check) => note(&mut judged, place, rule, check(situation)),
            Decide::Rivals(_) => note(&mut judged, place, rule, rival),
            _ => {}
        }
    }
    for (place, rule) in rules.iter().enumerate() {
        if let Decide::Undetermined(check) = rule.decide {
            let open = if blocked { Unknowns::NONE } else { judged.unknowns };
            match check(situation, open) {
                Ruling::Fail => {
                    judged.checked |= 1 << place;
                    judged.failed |= 1 << place;
                }
                Ruling::Pass => judged.checked |= 1 << place,
                Ruling::NotApplicable | Ruling::Unknown(_) => {}
            }
        }
    }
    judged
}

fn decide(situation: &Situation<'_>, judged: Judged, rules: &[&'static Rule]) -> Decision {
    let failed = || rules.iter().enumerate().filter(|(place, _)| judged.failed >> place & 1 == 1).map(|(_, rule)| rule);
    let fate = if failed().any(|rule| rule.severity == Severity::Error) {
        Fate::Blocked
    } else if judged.unknowns.is_empty() {
        Fate::Allowed
    } else {
        Fate::Unknown
    };
    let blocked = fate == Fate::Blocked;
    let creates_user = if situation.may_start_new() && fate == Fate::Unknown {
        None
    } else {
        Some(situation.starts_new() && !blocked)
    };
    let status = situation.found().and_then(|known| known.consent.value()).map(|at| CONSENT.values[at]);
    let starts = !blocked && !situation.sessions.is_some_and(|sessions| sessions.live);
    Decision {
        row: situation.plan.row,
        fate,
        because: failed().map(|rule| rule.code).collect(),
        creates_user,
        consent_after: if creates_user == Some(true) { Some("ExplicitlyOptedIn") } else { status },
        ends_if_silent_at: situation.plan.at.filter(|_| starts).map(|at| at + situation.context.policy.stale_new_after),
        reply: (!blocked).then(|| reply(situation)),
    }
}

fn reply(situation: &Situation<'_>) -> Reply {
    let told = situation.channel.and_then(|channel| channel.capacity_model.value());
    match told.or(situation.context.policy.capacity_model).map(|at| CAPACITY_MODEL.values[at]) {
        Some("StatusBased") => Reply::SameRep,
        Some(_) => Reply::AnyRep,
        None => Reply::Unknown,
    }
}

/// Sends with a rival, each with the rival's row, in order of rows; and which sends were compared at all.
fn rivals(book: &Book, context: &Context, rules: &[&'static Rule]) -> (Vec<(u32, u32)>, Vec<bool>) {
    let mut compared = vec![false; book.plans().len()];
    let comparable = |plan: &Plan| {
        let customer = book.customer_of(plan, context);
        let at = plan.at.filter(|_| customer.is_some() && plan.owner.is_some())?;
        Some(Planned { customer, row: plan.row, owner: plan.owner, at })
    };
    let mut planned: Vec<Planned> = book.plans().par_iter().filter_map(comparable).collect();
    planned.iter().for_each(|send| compared[send.row as usize] = true);
    planned.par_sort_unstable_by_key(|send| (send.customer, send.at, send.row));
    let (mut checked, mut failed) = (0, Vec::new());
    for rule in rules {
        if let Decide::Rivals(check) = rule.decide {
            let mut marks = CustomerMarks { checked: &mut checked, failed: &mut failed };
            for sends in planned.chunk_by(|a, b| a.customer == b.customer).filter(|sends| sends.len() > 1) {
                check(sends, context, &mut marks);
            }
        }
    }
    failed.sort_unstable();
    (failed, compared)
}

impl Book {
    /// What tells one customer from another: the Id of the messaging user, else the address.
    fn customer_of(&self, plan: &Plan, context: &Context) -> Key {
        match self.customer(plan, context) {
            Customer::Found(known) if known.id.is_some() => known.id,
            _ if plan.user.state == State::Missing => plan.address,
            _ => plan.user.key,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Operation, Policy};
    use crate::rules::testing::{AS_OF, Found, check, check_with};

    const CHANNELS: (&str, &str) = (
        "channels",
        "Id,MessageType,PlatformType,CapacityModel\n0Mj000000000001,Text,Enhanced,StatusBased\n\
         0Mj000000000002,WhatsApp,Enhanced,TabBased\n0Mj000000000003,Text,Enhanced,\n",
    );
    const USERS: (&str, &str) = (
        "users",
        "Id,MessagingPlatformKey,MessagingChannelId,MessageType,MessagingConsentStatus,CreatedDate,LastInboundMessageTime\n\
         0PA000000000001,+12345678900,0Mj000000000001,Text,DoublyOptedIn,2026-11-01T00:00:00Z,2026-11-22T11:00:00Z\n\
         0PA000000000002,+491512345678,0Mj000000000002,WhatsApp,ExplicitlyOptedIn,2026-11-01T00:00:00Z,2026-11-22T11:00:00Z\n\
         0PA000000000003,+12345678902,0Mj000000000001,Text,OptedOut,2026-11-01T00:00:00Z,2026-11-22T11:00:00Z\n\
         0PA000000000004,+12345678903,0Mj000000000003,Text,ImplicitlyOptedIn,2026-11-01T00:00:00Z,2026-11-22T11:00:00Z\n",
    );
    const SESSIONS: (&str, &str) = (
        "sessions",
        "Id,MessagingEndUserId,OwnerId,Status,StartTime\n\
         0Mw000000000001,0PA000000000001,005000000000001,Active,2026-11-22T09:00:00Z\n",
    );
    const SENDS: &str = "MessagingEndUserId,Phone,MessagingChannelId,OwnerId,SendTime,MessageKind,ConsentConfirmed,SourceRecordId\n\
        0PA000000000001,,0Mj000000000001,005000000000001,2026-11-22T13:00:00Z,freeform,false,003000000000001\n\
        0PA000000000002,,0Mj000000000002,005000000000001,2026-11-22T14:00:00Z,freeform,false,003000000000001\n\
        0PA000000000003,,0Mj000000000001,005000000000002,2026-11-22T15:00:00Z,freeform,false,003000000000001\n\
        0PA000000000004,,0Mj000000000003,005000000000002,2026-11-22T16:00:00Z,freeform,false,003000000000001\n\
        ,+12345678905,0Mj000000000001,005000000000002,2026-11-22T17:00:00Z,freeform,true,003000000000001\n\
        ,+12345678906,0Mj000000000001,005000000000002,2026-11-22T18:00:00Z,freeform,false,003000000000001\n\
        ,+12345678907,0Mj000000000009,,2026-11-22T19:00:00Z,freeform,true,003000000000001\n";

    const HOUR: i64 = 3_600_000;

    fn decided() -> Found {
        check(&[CHANNELS, USERS, SESSIONS, ("sends", SENDS)])
    }

    #[test]
    fn what_becomes_of_each_send() {
        use Fate::{Allowed, Blocked, Unknown};
        let decisions = decided().decisions();
        let fates: Vec<_> = decisions.iter().map(|made| (made.row, made.fate, made.because.as_slice())).collect();
        let none: &[&str] = &[];
        assert_eq!(
            fates,
            [
                (0, Allowed, none),
                (1, Allowed, none),
                (2, Blocked, &["P110"]),
                (3, Allowed, none),
                (4, Allowed, none),
                (5, Blocked, &["P102"]),
                (6, Unknown, &["P114"]),
            ]
        );
        let creates: Vec<_> = decisions.iter().map(|made| made.creates_user).collect();
        assert_eq!(creates, [Some(false), Some(false), Some(false), Some(false), Some(true), Some(false), None]);
        let after: Vec<_> = decisions.iter().map(|made| made.consent_after).collect();
        let opted_in = Some("ExplicitlyOptedIn");
        assert_eq!(
            after,
            [Some("DoublyOptedIn"), opted_in, Some("OptedOut"), Some("ImplicitlyOptedIn"), opted_in, None, None]
        );
        // 48 hours after the send, where it starts a session: a live one goes on, a blocked send starts none.
        let ends: Vec<_> = decisions.iter().map(|made| made.ends_if_silent_at.map(|at| (at - AS_OF) / HOUR)).collect();
        assert_eq!(ends, [None, Some(50), None, Some(52), Some(53), None, Some(55)]);
        let replies: Vec<_> = decisions.iter().map(|made| made.reply.map(Reply::name)).collect();
        let (same, any, unknown) = (Some("same-rep"), Some("new-session-any-rep"), Some("unknown"));
        assert_eq!(replies, [same, any, None, unknown, same, None, unknown]);
        assert_eq!([Allowed, Blocked, Unknown].map(Fate::name), ["allowed", "blocked", "unknown"]);
    }

    #[test]
    fn the_policy_says_how_replies_are_routed_where_the_channel_does_not() {
        let mut policy = Policy::default();
        policy.set_capacity_model(Some("TabBased")).unwrap();
        let found = check_with(&[CHANNELS, USERS, SESSIONS, ("sends", SENDS)], policy, Operation::Audit);
        let replies: Vec<_> = found.decisions().iter().map(|made| made.reply).collect();
        assert_eq!((replies[0], replies[3]), (Some(Reply::SameRep), Some(Reply::AnyRep)));
    }

    #[test]
    fn sends_add_up_by_rep() {
        let reps = decided().reps();
        let told: Vec<_> = reps
            .iter()
            .map(|(owner, rep)| {
                let asked = (rep.planned, rep.blocked, rep.unknown);
                (owner.as_deref().map(|owner| &owner[..15]), asked, (rep.answers, rep.to_pool, rep.reply_unknown))
            })
            .collect();
        assert_eq!(
            told,
            [
                (Some("005000000000001"), (2, 0, 0), (1, 1, 0)),
                (Some("005000000000002"), (4, 2, 0), (1, 0, 1)),
                (None, (1, 0, 1), (0, 0, 1)),
            ]
        );
    }

    #[test]
    fn whether_a_user_is_made_is_open_only_where_it_may_be_and_nothing_speaks_against_the_send() {
        // Without sessions no send to a known user can be decided, but these users are there.
        let found = check(&[CHANNELS, USERS, ("sends", SENDS)]);
        let told: Vec<_> = found.decisions()[..2].iter().map(|made| (made.fate, made.creates_user)).collect();
        assert_eq!(told, [(Fate::Unknown, Some(false)); 2]);
        let blocked = "MessagingEndUserId,Phone,MessagingChannelId,OwnerId\n,+12345678907,0Mj000000000009,garbage\n";
        let made = check(&[CHANNELS, USERS, ("sends", blocked)]).decisions().remove(0);
        assert_eq!((made.fate, made.creates_user), (Fate::Blocked, Some(false)));
    }

    #[test]
    fn the_load_is_of_a_known_rep_whose_key_is_one_of_sessions() {
        let found = decided();
        let book = &found.outcome.planning().unwrap().book;
        assert_eq!(load(book, Key::NONE, found.outcome.context()), None);
        assert!(found.load("005000000000001").is_some());
        let sessions = "Id,MessagingEndUserId,Status\n0Mw000000000001,0PA000000000001,Active\n";
        assert_eq!(check(&[CHANNELS, USERS, ("sessions", sessions), ("sends", SENDS)]).load("005000000000001"), None);
    }

    #[test]
    fn sends_of_two_reps_compete_for_one_customer_however_it_is_named() {
        let users = "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n0PA000000000001,+12345678900,0Mj000000000001,Text\n\
            ,+12345678901,0Mj000000000001,Text\n";
        let competing = |customers: [&str; 2]| {
            let [one, other] = customers;
            let sends = format!(
                "MessagingEndUserId,Phone,MessagingChannelId,OwnerId\n{one},0Mj000000000001,005000000000001\n\
                 {other},0Mj000000000001,005000000000002\n"
            );
            let found = check(&[CHANNELS, ("users", users), ("sends", &sends)]);
            (found.related("P112"), found.checked("P112"))
        };
        let compete = (vec![(1, Some(0))], 2);
        assert_eq!(competing(["0PA000000000001,", ",+12345678900"]), compete, "by Id and by phone");
        assert_eq!(competing([",+12345678901", ",+12345678901"]), compete, "a user without an Id");
        assert_eq!(competing([",+12345678902", ",+1 234 567 8902"]), compete, "no user yet");
        assert_eq!(competing(["0PA000000000009,", "0PA000000000009GAA,"]), compete, "an Id that no user has");
        assert_eq!(competing([",+12345678902", ",+12345678903"]), (vec![], 2));
        assert_eq!(competing(["garbage,+12345678902", "garbage,+12345678902"]).0, []);
    }
}
