//! Rules about the source of a table: the bytes of its files and its headers.

use super::context::Context;
use super::select::Selection;
use crate::files::{Concern, HEADER, ScannedFile};
use crate::findings::marks::Tally;
use crate::findings::notes::Note;
use crate::findings::outcome::TableFindings;
use crate::model::objects::Table;
use crate::rule::Decide;

/// Puts what was found in the files and headers of a table into its findings. The masks of all records must be there.
pub fn judge(
    context: &Context,
    selection: &Selection,
    table: Table,
    files: Vec<ScannedFile>,
    findings: &mut TableFindings,
) {
    let several = files.len() > 1;
    let within = |file: &ScannedFile, note: Note| {
        let message = if several { format!("{}: {}", file.name, note.message) } else { note.message };
        Note { message, ..note }
    };
    for active in selection.on(table).filter(|active| context.meets(active.rule, table).is_ok()) {
        let (mut tally, mut notes) = (Tally::default(), Vec::new());
        match active.rule.decide {
            Decide::File(check) => {
                tally.checked = files.len() as u64;
                notes.extend(files.iter().filter_map(|file| Some(within(file, check(file)?))));
            }
            Decide::Faults(concern) => {
                let mut first = 0;
                for file in &files {
                    // The header is a record, too, but it has as many values as it has.
                    tally.checked += file.records + u64::from(concern != Concern::Width);
                    for fault in file.faults.iter().filter(|fault| fault.kind.concern() == concern) {
                        if fault.record == HEADER {
                            let column = fault.column().and_then(|at| file.column(at)).map(str::to_owned);
                            let note = Note { column, ..Note::new(fault.message(file.header.len())) };
                            notes.push(within(file, note));
                        } else if let Ok(row) = u32::try_from(first + u64::from(fault.record)) {
                            tally.failed += 1;
                            findings.fail(row, active.bit, None);
                        }
                    }
                    first += file.records;
                }
            }
            Decide::Header(check) => {
                let verdict = context.headers(table).map(|headers| check(headers, context)).unwrap_or_default();
                tally.checked = verdict.checked;
                notes = verdict.notes;
            }
            _ => continue,
        }
        tally.failed += notes.len() as u64;
        findings.count(active.bit, tally);
        notes.into_iter().for_each(|note| findings.note(active.bit, note));
    }
    findings.keep_files(files);
}
