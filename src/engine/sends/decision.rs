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
