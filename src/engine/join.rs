//! Users and their sessions, side by side, one partition at a time.

use super::context::Context;
use super::customer::{CustomerMarks, Span};
use super::entries::{IdEntry, SessionEntry, UserEntry};
use super::identity::{Other, firsts};
use super::keys::Partitioned;
use super::select::{Active, Selection};
use super::window::{Evidence, Pending};
use crate::findings::marks::Tally;
use crate::findings::tallies::Tallies;
use crate::model::objects::Table;
use crate::rule::{Decide, Identity, JoinedSession, JoinedUser, Verdict};
use crate::tables::key::{Key, KeyMap};

/// What a partition adds to the findings of a table.
#[derive(Debug, Default)]
pub struct Found {
    /// Row, bit, and the other record where there is one.
    pub failed: Vec<(u32, u8, Option<Other>)>,
    /// Counts by bit.
    pub tallies: Vec<(u8, Tally)>,
    /// Rows and bits whose provisional finding is taken back, and whether a verdict took its place.
    pub revised: Vec<(u32, u8, Verdict)>,
    /// Users and what their sessions tell of the last message, when eligibility is asked for.
    pub told: Vec<(u32, Evidence)>,
    /// What sessions tell of windows, for charts.
    pub charted: Option<Box<Tallies>>,
}

/// The keys of one table, by chunk.
#[derive(Debug, Default)]
pub struct Side {
    /// Users by Id.
    pub users: Vec<Partitioned<UserEntry>>,
    /// The org's users by Id.
    pub existing: Vec<Partitioned<UserEntry>>,
    /// Sessions by Id.
    pub ids: Vec<Partitioned<IdEntry>>,
    /// Sessions by customer.
    pub sessions: Vec<Partitioned<SessionEntry>>,
    /// Sessions that other sessions look at, by customer.
    pub spans: Vec<Partitioned<Span>>,
}

/// Rows of sessions that repeat an Id, one bit each.
#[derive(Debug, Default)]
pub struct Repeats(Vec<u64>);

impl Repeats {
    /// Marks rows.
    #[must_use]
    pub fn new(sessions: usize, rows: impl Iterator<Item = u32>) -> Self {
        let mut bits = Vec::new();
        for row in rows {
            bits.resize(sessions.div_ceil(64), 0);
            bits[row as usize / 64] |= 1 << (row % 64);
        }
        Self(bits)
    }

    /// Whether a row is marked.
    #[must_use]
    pub fn contains(&self, row: u32) -> bool {
        self.0.get(row as usize / 64).is_some_and(|bits| bits >> (row % 64) & 1 == 1)
    }
}

/// The rules that look across records, as far as they can run.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each says of one thing whether it is there")]
pub struct Join<'a> {
    context: &'a Context,
    user_ids: Option<&'a Active>,
    windows: Vec<&'a Active>,
    joined: Vec<&'a Active>,
    customer: Vec<&'a Active>,
    with_users: bool,
    with_existing: bool,
    with_evidence: bool,
    eligibility: bool,
}

impl<'a> Join<'a> {
    /// Chooses the rules that can run.
    #[must_use]
    pub fn new(context: &'a Context, selection: &'a Selection, eligibility: bool) -> Self {
        let choose = |wanted: fn(&Active) -> bool| {
            let runs =
                move |active: &&Active| wanted(active) && context.meets(active.rule, active.rule.table()).is_ok();
            selection.all().filter(runs).collect::<Vec<_>>()
        };
        let user_ids = choose(|active| {
            active.rule.table() == Table::Users && matches!(active.rule.decide, Decide::First(Identity::Id))
        });
        Self {
            context,
            user_ids: user_ids.first().copied(),
            windows: choose(|active| matches!(active.rule.decide, Decide::Window(..))),
            joined: choose(|active| matches!(active.rule.decide, Decide::Joined(_))),
            customer: choose(|active| matches!(active.rule.decide, Decide::Customer(_))),
            with_users: context.joins(Table::Users),
            with_existing: context.joins(Table::ExistingUsers),
            with_evidence: context.sessions_tell_of_messages(),
            eligibility,
        }
    }

    /// Runs the rules over one partition; gives what is found about users and about sessions.
    #[must_use]
    pub fn partition(&self, side: &Side, repeats: &Repeats, partition: usize) -> (Found, Found) {
        let (mut about_users, mut about_sessions) = (Found::default(), Found::default());
        let users = firsts(&side.users, partition);
        if let Some(active) = self.user_ids {
            about_users.failed.extend(users.repeats.iter().map(|(row, other)| (*row, active.bit, Some(*other))));
            about_users.tallies.push((active.bit, users.tally));
        }
        let existing = firsts(&side.existing, partition).by_key;
        let mut windows = Windows::new(self.with_evidence.then_some(&users.by_key));
        self.sessions(side, partition, &users.by_key, &existing, &mut windows, &mut about_sessions);
        self.customers(side, repeats, partition, &mut windows, &mut about_sessions);
        self.windows(&windows, &mut about_users);
        (about_users, about_sessions)
    }

    fn sessions(
        &self,
        side: &Side,
        partition: usize,
        users: &KeyMap<UserEntry>,
        existing: &KeyMap<UserEntry>,
        windows: &mut Windows,
        found: &mut Found,
    ) {
        let mut tallies = vec![Tally::default(); self.joined.len()];
        for entry in side.sessions.iter().flat_map(|chunk| chunk.part(partition)) {
            let user = users.get(&entry.customer).filter(|_| self.with_users);
            let user = user.or_else(|| existing.get(&entry.customer).filter(|_| self.with_existing));
            let user = user.map(|user| JoinedUser { channel: user.channel, consent: user.consent });
            let session = JoinedSession { live: entry.course.is_live(), channel: entry.channel };
            for (active, tally) in self.joined.iter().zip(&mut tallies) {
                if let Decide::Joined(check) = active.rule.decide {
                    let verdict = check(&session, user.as_ref());
                    tally.count(verdict);
                    if verdict == Verdict::Fail {
                        found.failed.push((entry.row, active.bit, None));
                    }
                }
            }
            if let Some(inbound) = entry.course.inbound() {
                windows.heard(entry.customer, inbound);
            }
        }
        found.tallies.extend(self.joined.iter().zip(tallies).map(|(active, tally)| (active.bit, tally)));
    }

    fn customers(&self, side: &Side, repeats: &Repeats, partition: usize, windows: &mut Windows, found: &mut Found) {
        let mut spans: Vec<Span> = side.spans.iter().flat_map(|chunk| chunk.part(partition)).copied().collect();
        if self.context.policy.sessions_complete {
            spans.iter().for_each(|span| windows.ended(span));
        }
        spans.retain(|span| !repeats.contains(span.row));
        spans.sort_unstable_by_key(Span::order);
        for active in &self.customer {
            let Decide::Customer(check) = active.rule.decide else { continue };
            let (mut checked, mut failed) = (0, Vec::new());
            let mut marks = CustomerMarks { checked: &mut checked, failed: &mut failed };
            for customer in spans.chunk_by(|a, b| a.customer == b.customer) {
                check(customer, &mut marks);
            }
            found.tallies.push((active.bit, Tally { checked, failed: failed.len() as u64 }));
            found.failed.extend(failed.into_iter().map(|(row, other)| (row, active.bit, Some(Other::Row(other)))));
        }
    }

    fn windows(&self, windows: &Windows, found: &mut Found) {
        for (user, evidence) in windows.evidence() {
            found.charted.get_or_insert_default().told(&evidence, self.context);
            if self.eligibility {
                found.told.push((user.row, evidence));
            }
            for active in &self.windows {
                if let Decide::Window(_, check) = active.rule.decide {
                    found.revised.push((user.row, active.bit, check(&evidence, self.context)));
                }
            }
        }
    }
}

/// What sessions tell about the users of a partition whose own record does not tell the last message.
#[derive(Debug, Default)]
struct Windows {
    users: KeyMap<Told>,
}

#[derive(Debug, Clone, Copy)]
struct Told {
    user: UserEntry,
    at_least: Option<i64>,
    newest_end: Option<i64>,
    all_over: bool,
}

impl Windows {
    fn new(users: Option<&KeyMap<UserEntry>>) -> Self {
        let pending = users.into_iter().flatten().filter(|(_, user)| user.pending != Pending::No);
        let told = |user: UserEntry| Told { user, at_least: None, newest_end: None, all_over: true };
        Self { users: pending.map(|(key, user)| (*key, told(*user))).collect() }
    }

    fn heard(&mut self, customer: Key, inbound: i64) {
        if let Some(told) = self.users.get_mut(&customer) {
            told.at_least = told.at_least.max(Some(inbound));
        }
    }

    fn ended(&mut self, span: &Span) {
        if let Some(told) = self.users.get_mut(&span.customer) {
            match span.end {
                Some(end) if span.over => told.newest_end = told.newest_end.max(Some(end)),
                _ => told.all_over = false,
            }
        }
    }

    fn evidence(&self) -> impl Iterator<Item = (&UserEntry, Evidence)> {
        self.users.values().filter_map(|told| {
            let Pending::Yes(window) = told.user.pending else { return None };
            let (at_least, at_most) = (told.at_least, told.newest_end.filter(|_| told.all_over));
            (at_least.is_some() || at_most.is_some()).then_some((&told.user, Evidence { window, at_least, at_most }))
        })
    }
}
