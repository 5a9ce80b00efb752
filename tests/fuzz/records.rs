//! Records written as CSV, read again by the plain reader.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, RecordBatch, StringViewArray};
use proptest::prelude::*;
use sendworthy::files::records::write_records;
use sendworthy::files::scan::Scanner;
use sendworthy::files::{Concern, FaultKind};

use super::driver::{drive, require, same};
use super::inputs::hostile;
use super::reference;

type Rows = Vec<(Vec<Option<String>>, bool)>;

fn check((rows, cut): &(Rows, usize)) -> Result<(), String> {
    let width = rows.first().map_or(1, |(row, _)| row.len());
    let columns = (0..width).map(|at| {
        let cells = rows.iter().map(|(row, _)| row[at].as_deref());
        (at.to_string(), Arc::new(cells.collect::<StringViewArray>()) as ArrayRef, true)
    });
    let batch = RecordBatch::try_from_iter_with_nullable(columns).map_err(|error| error.to_string())?;
    // Where the arrays begin must not matter.
    let from = (*cut).min(rows.len());
    let (batch, rows) = (batch.slice(from, rows.len() - from), &rows[from..]);
    let keep: BooleanArray = rows.iter().map(|(_, keep)| Some(*keep)).collect();
    let mut out = Vec::new();
    write_records(&batch.into(), Some(&keep), &mut out).map_err(|error| error.to_string())?;

    let kept: Vec<_> = rows.iter().filter(|(_, keep)| *keep).map(|(row, _)| row).collect();
    let plain: Vec<Option<Vec<Vec<u8>>>> = kept
        .iter()
        .map(|row| Some(row.iter().map(|cell| cell.clone().unwrap_or_default().into_bytes()).collect()))
        .collect();
    same("written and read again", &reference::values(&out, b','), &plain)?;
    // Null and the empty text differ by the quotes alone.
    let empty = kept.iter().flat_map(|row| row.iter()).filter(|cell| cell.as_deref() == Some("")).count();
    let all = kept.iter().flat_map(|row| row.iter().flatten()).map(|cell| cell.matches('"').count() * 2).sum::<usize>();
    let quoted =
        kept.iter().flat_map(|row| row.iter().flatten()).filter(|cell| cell.contains(['"', ',', '\n', '\r'])).count();
    let quotes = out.split(|byte| *byte == b'"').count() - 1;
    same("no quotes but those needed", &quotes, &(2 * empty + all + 2 * quoted))?;

    let mut scanner = Scanner::new(b',');
    scanner.push(format!("{}\n", vec!["a"; width].join(",")).as_bytes()).map_err(|error| error.to_string())?;
    scanner.push(&out).map_err(|error| error.to_string())?;
    let file = scanner.finish().map_err(|error| error.to_string())?;
    same("records", &file.records, &(kept.len() as u64))?;
    require("written as UTF-8", file.bad_bytes.is_none())?;
    require("no lone carriage return outside of quotes", file.ends.returns == 0 && file.ends.pairs == 0)?;
    let known = |kind: FaultKind| kind.concern() == Concern::Newline || (width == 1 && kind == FaultKind::Blank);
    require("nothing is wrong with what is written", file.faults.iter().all(|fault| known(fault.kind)))
}

/// Runs the target.
pub fn run(cases: u32, seed: u64) -> Result<u64, String> {
    let text = proptest::string::bytes_regex("[a-z+0-9. -]{0,30}|[\",\n\r;'é]{0,4}").unwrap();
    let cell = hostile(include_str!("corpus/cells.txt"), text);
    let cell = proptest::option::weighted(0.8, cell.prop_map(|cell| String::from_utf8_lossy(&cell).into_owned()));
    let rows = (1..5_usize).prop_flat_map(move |width| {
        proptest::collection::vec((proptest::collection::vec(cell.clone(), width), any::<bool>()), 0..6)
    });
    drive("records", cases, seed, &(rows, 0..3_usize), check)
}
