//! The reader of CSV files, over any split into blocks, against the reader that holds all of them.

use arrow_array::cast::AsArray;
use arrow_array::{Array, BooleanArray, RecordBatch, StringViewArray};
use proptest::sample::select;
use sendworthy::files::read::Reader;
use sendworthy::files::records::write_records;
use sendworthy::files::values::Records;
use sendworthy::files::{FaultKind, HEADER, ScannedFile};
use sendworthy::tables::raw::Raw;

use super::driver::{drive, require, same};
use super::reference::{self, Row};
use super::scanner::files;

fn rows(records: Option<Records>, found: &mut Vec<Row>) -> Result<(), String> {
    let Some(records) = records else { return Ok(()) };
    let rows = records.rows();
    require("no empty batch", rows > 0)?;
    // Cut anywhere, they are the same.
    for part in [records.slice(0, rows / 2), records.slice(rows / 2, rows - rows / 2)] {
        let batch: RecordBatch = part.to_batch().map_err(|error| error.to_string())?;
        written_alike(&part, &batch)?;
        let columns: Vec<&StringViewArray> = batch.columns().iter().map(AsArray::as_string_view).collect();
        let schema = batch.schema();
        let direct: Vec<_> = schema.fields().iter().filter_map(|field| part.column(field.name())).collect();
        same("columns", &direct.len(), &columns.len())?;
        for row in 0..batch.num_rows() {
            let cell = |column: &&StringViewArray| column.is_valid(row).then(|| column.value(row).as_bytes().to_vec());
            let cells: Row = columns.iter().map(cell).collect();
            // Decoders take values where they stand.
            for (column, cell) in direct.iter().zip(&cells) {
                same("a value where it stands", &column.values().get(row), &cell.as_deref())?;
                let values = column.values();
                let text = cell.as_deref().unwrap_or_default();
                same("a text where it stands", &values.at(values.place(row)), &text)?;
            }
            found.push(cells);
        }
        for (column, views) in direct.iter().zip(&columns) {
            let values = column.values();
            let texts: Vec<_> = views.iter().map(|text| text.unwrap_or_default().as_bytes()).collect();
            let prints: Vec<_> = (0..values.rows()).map(|row| values.print(values.place(row))).collect();
            for (at, (print, text)) in prints.iter().zip(&texts).enumerate() {
                let equal = |other: usize| (prints[other] == *print, texts[other] == *text && text.len() <= 24);
                for other in at.saturating_sub(8)..at {
                    let (prints_are, texts_are) = equal(other);
                    same("texts by their prints", &prints_are, &texts_are)?;
                }
            }
        }
    }
    Ok(())
}

/// Whether records are written and taken from where they stand as from a batch of them.
fn written_alike(records: &Records, batch: &RecordBatch) -> Result<(), String> {
    let (records, batch) = (Raw::Csv(records.clone()), Raw::Arrow(batch.clone()));
    let keep: BooleanArray = (0..records.rows()).map(|row| Some(row % 3 != 1)).collect();
    let written = |raw: &Raw| {
        let mut out = Vec::new();
        write_records(raw, Some(&keep), &mut out).map(|()| out.escape_ascii().to_string())
    };
    same("written", &written(&records).ok(), &written(&batch).ok())?;
    let some: Vec<usize> = (0..records.rows()).step_by(2).collect();
    same("some of them", &records.take(&some).ok(), &batch.take(&some).ok())
}

fn unreadable(file: &ScannedFile) -> bool {
    let fatal = |kind| matches!(kind, FaultKind::TooMany | FaultKind::Unclosed | FaultKind::TextAfterFarQuote);
    let quoting = |kind| matches!(kind, FaultKind::TextAfterQuote | FaultKind::QuoteInside);
    let of_header = |fault: &sendworthy::files::Fault| fault.record == HEADER && quoting(fault.kind);
    file.bad_bytes.is_some()
        || file.swallows.is_some()
        || file.ends.first[2].is_some_and(|place| place.record == HEADER)
        || file.faults.iter().any(|fault| fatal(fault.kind) || of_header(fault))
}

fn check(((bytes, separator), cuts, skipped): &((Vec<u8>, u8), Vec<usize>, usize)) -> Result<(), String> {
    let file = reference::scan(bytes, *separator);
    let columns = (0..file.header.len()).filter(|at| at != skipped || file.header.len() == 1);
    let mut reader =
        Reader::new("x.csv".to_owned(), *separator, columns.clone().map(|at| (at, at.to_string())).collect());
    let (mut found, mut rest) = (Vec::new(), &bytes[..]);
    for cut in cuts.iter().cycle().take(bytes.len() + 1) {
        let (block, after) = rest.split_at((*cut).min(rest.len()));
        reader.push(block);
        rows(reader.scan().map_err(|error| error.to_string())?, &mut found)?;
        rest = after;
    }
    let ended = reader.finish();
    if unreadable(&file) {
        let said = ended.err().map(|error| error.to_string());
        return require("it says why", said.is_some_and(|said| said.starts_with("x.csv: F10")));
    }
    rows(ended.map_err(|error| error.to_string())?, &mut found)?;
    let plain = reference::table(bytes, *separator, file.header.len());
    let plain: Vec<Row> = plain.iter().map(|row| columns.clone().map(|at| row[at].clone()).collect()).collect();
    same("the values", &found, &plain)?;
    same("the records", &reader.into_file().records, &(plain.len() as u64))
}

/// Runs the target.
pub fn run(cases: u32, seed: u64) -> Result<u64, String> {
    let sizes = select(&[1_usize, 2, 3, 7, 31, 63, 64, 65, 127, 128, 1000, 1 << 20][..]);
    let cuts = proptest::collection::vec(sizes, 1..5);
    drive("reader", cases, seed, &(files(), cuts, 0..9_usize), check)
}
