//! Decisions about planned sends, their reps, and eligibility, as Arrow tables.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringViewBuilder};
use arrow_array::{ArrayRef, BooleanArray, StringViewArray, TimestampMillisecondArray, UInt8Array, UInt64Array};
use pyo3::prelude::*;
use pyo3_arrow::PyTable;

use super::convert::to_table;
use crate::eligibility::Eligibility;
use crate::engine::sends::Planning;
use crate::engine::sends::decision::{Decision, Fate, Reply, load};
use crate::findings::outcome::Outcome;
use crate::tables::id::id_of;
use crate::tables::key::Key;

fn texts<T>(items: &[T], get: impl Fn(&T) -> Option<&str>) -> ArrayRef {
    Arc::new(items.iter().map(get).collect::<StringViewArray>())
}

fn lists<'a, T: 'a>(items: &'a [T], get: impl Fn(&'a T) -> &'a [&'static str]) -> ArrayRef {
    let mut column = ListBuilder::new(StringViewBuilder::new());
    for item in items {
        get(item).iter().for_each(|text| column.values().append_value(text));
        column.append(true);
    }
    Arc::new(column.finish())
}

fn instants<T>(items: &[T], get: impl Fn(&T) -> Option<i64>) -> ArrayRef {
    Arc::new(items.iter().map(get).collect::<TimestampMillisecondArray>().with_timezone("UTC"))
}

fn numbers<T>(items: &[T], get: impl Fn(&T) -> Option<u64>) -> ArrayRef {
    Arc::new(items.iter().map(get).collect::<UInt64Array>())
}

/// What becomes of every planned send.
pub fn decisions(outcome: &Outcome, planning: &Planning) -> PyResult<PyTable> {
    let made: Vec<Decision> = planning.judgement.decisions(&planning.book, outcome.context()).collect();
    let sent = |decision: &Decision| decision.fate != Fate::Blocked;
    let capacity: UInt8Array = made.iter().map(|decision| sent(decision).then_some(0)).collect();
    let creates: BooleanArray = made.iter().map(|decision| decision.creates_user).collect();
    to_table(vec![
        ("row", numbers(&made, |decision| Some(u64::from(decision.row)))),
        ("outcome", texts(&made, |decision| Some(decision.fate.name()))),
        ("because", lists(&made, |decision| &decision.because)),
        ("creates_user", Arc::new(creates)),
        ("consent_after", texts(&made, |decision| decision.consent_after)),
        ("session_status", texts(&made, |decision| decision.ends_if_silent_at.map(|_| "New"))),
        ("ends_if_silent_at", instants(&made, |decision| decision.ends_if_silent_at)),
        ("capacity_now", Arc::new(capacity)),
        ("on_reply", texts(&made, |decision| decision.reply.map(Reply::name))),
    ])
}

/// What the planned sends ask of each rep.
pub fn by_rep(outcome: &Outcome, planning: &Planning) -> PyResult<PyTable> {
    let name = |owner: Key| id_of(owner).or_else(|| planning.owners.get(&owner).cloned());
    let reps = planning.judgement.reps(&planning.book, outcome.context());
    let mut reps: Vec<_> = reps.into_iter().map(|(owner, rep)| (name(owner), owner, rep)).collect();
    reps.sort_by(|a, b| (a.0.is_none(), &a.0).cmp(&(b.0.is_none(), &b.0)));
    let loads: Vec<_> = reps.iter().map(|(_, owner, _)| load(&planning.book, *owner, outcome.context())).collect();
    let now = |at: usize| loads[at].map(|load| load.active);
    let places: Vec<usize> = (0..reps.len()).collect();
    to_table(vec![
        ("owner_id", texts(&reps, |(name, ..)| name.as_deref())),
        ("planned", numbers(&reps, |(.., rep)| Some(rep.planned))),
        ("blocked", numbers(&reps, |(.., rep)| Some(rep.blocked))),
        ("unknown", numbers(&reps, |(.., rep)| Some(rep.unknown))),
        ("live_sessions", numbers(&loads, |load| load.map(|load| load.live))),
        ("load_now", numbers(&places, |at| now(*at))),
        ("load_if_all_answer", numbers(&places, |at| now(*at).map(|load| load + reps[*at].2.answers))),
        ("to_shared_pool", numbers(&reps, |(.., rep)| Some(rep.to_pool))),
        ("reply_unknown", numbers(&reps, |(.., rep)| Some(rep.reply_unknown))),
    ])
}

/// Whether and how users may be written to.
pub fn eligibility(users: &[Eligibility]) -> PyResult<PyTable> {
    to_table(vec![
        ("row", numbers(users, |user| Some(u64::from(user.row)))),
        ("record_id", texts(users, |user| user.record_id.as_deref())),
        ("channel_id", texts(users, |user| user.channel_id.as_deref())),
        ("kind", texts(users, |user| user.kind)),
        ("can_send", texts(users, |user| Some(user.can_send.name()))),
        ("because", lists(users, |user| &user.because)),
        ("window_closes_at", instants(users, |user| user.window_closes_at)),
        ("live_session_id", texts(users, |user| user.live_session_id.as_deref())),
        ("live_owner_id", texts(users, |user| user.live_owner_id.as_deref())),
        ("available_at", instants(users, |user| user.available_at)),
    ])
}
