//! What charts show, as Arrow tables.

use std::sync::Arc;

use arrow_array::{ArrayRef, StringViewArray, UInt16Array, UInt64Array};
use pyo3::prelude::*;
use pyo3_arrow::PyTable;

use super::convert::to_table;
use crate::findings::tallies::{Closings, Tallies};

fn numbers(numbers: impl Iterator<Item = u64>) -> ArrayRef {
    Arc::new(numbers.map(Some).collect::<UInt64Array>())
}

fn texts<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(texts.collect::<StringViewArray>())
}

/// Users by what the numbering plan says of their number.
pub fn by_region(tallies: &Tallies) -> PyResult<PyTable> {
    let mut rows: Vec<(&str, Option<&str>, u64)> =
        tallies.numbers.by_region().map(|(region, users)| ("assigned", Some(region.name()), users)).collect();
    rows.push(("unassigned", None, tallies.numbers.unassigned()));
    rows.push(("not-e164", None, tallies.numbers.unreadable()));
    rows.retain(|(.., users)| *users > 0);
    to_table(vec![
        ("number", texts(rows.iter().map(|row| Some(row.0)))),
        ("region", texts(rows.iter().map(|row| row.1))),
        ("users", numbers(rows.iter().map(|row| row.2))),
    ])
}

/// Users by what is left of their window.
pub fn window_closings(tallies: &Tallies) -> PyResult<PyTable> {
    let mut rows: Vec<(&str, &str, Option<u16>, u64)> = Vec::new();
    let mut push = |kind, closings: &Closings| {
        rows.extend((0..).zip(closings.open()).map(|(hours, users)| (kind, "open", Some(hours), *users)));
        rows.push((kind, "closed", None, closings.closed()));
        rows.push((kind, "unknown", None, closings.unknown()));
    };
    push("WhatsApp", &tallies.whatsapp);
    push("Facebook Messenger", &tallies.messenger);
    rows.retain(|(.., users)| *users > 0);
    let hours: UInt16Array = rows.iter().map(|row| row.2).collect();
    to_table(vec![
        ("kind", texts(rows.iter().map(|row| Some(row.0)))),
        ("window", texts(rows.iter().map(|row| Some(row.1)))),
        ("hours_left", Arc::new(hours)),
        ("users", numbers(rows.iter().map(|row| row.3))),
    ])
}

/// Live sessions by status and age.
pub fn live_session_ages(tallies: &Tallies) -> PyResult<PyTable> {
    let rows: Vec<_> = tallies.live_sessions().collect();
    to_table(vec![
        ("status", texts(rows.iter().map(|row| Some(row.0)))),
        ("age", texts(rows.iter().map(|row| Some(row.1.name())))),
        ("sessions", numbers(rows.iter().map(|row| row.2))),
    ])
}
