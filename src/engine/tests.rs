//! Tables that are larger than a chunk.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringViewArray};

use super::Engine;
use super::chunk::CHUNK_ROWS;
use super::select::Selection;
use crate::model::objects::Table;
use crate::policy::{Operation, Policy};

/// SMS users, of whom those in these rows have no telephone number.
fn users(rows: usize, bad: &[usize]) -> RecordBatch {
    let column = |cell: &dyn Fn(usize) -> &'static str| -> ArrayRef {
        Arc::new((0..rows).map(|row| Some(cell(row))).collect::<StringViewArray>())
    };
    let key = |row: usize| if bad.contains(&row) { "12345678900" } else { "+12345678900" };
    RecordBatch::try_from_iter([
        ("MessagingPlatformKey", column(&key)),
        ("MessagingChannelId", column(&|_| "0Mj000000000001")),
        ("MessageType", column(&|_| "Text")),
    ])
    .unwrap()
}

#[test]
fn records_keep_their_numbers_however_batches_lie_across_chunks() {
    const ROWS: usize = 3 * CHUNK_ROWS + 5;
    let bad = [0, 1, CHUNK_ROWS - 1, CHUNK_ROWS, 2 * CHUNK_ROWS + 1, ROWS - 1];
    let all = users(ROWS, &bad);
    for sizes in [&[ROWS][..], &[1, CHUNK_ROWS - 1], &[CHUNK_ROWS + 1, 7, 0, 2 * CHUNK_ROWS], &[CHUNK_ROWS]] {
        let selection = Selection::new(Some(&["U101".to_owned()]), &[], &BTreeMap::new()).unwrap();
        let mut engine = Engine::new(0, Policy::default(), Operation::Audit, selection, Some(2)).unwrap();
        engine.bind(Table::Users, "test", &all.schema(), &BTreeMap::new()).unwrap();
        let mut at = 0;
        for size in sizes.iter().cycle() {
            let size = (*size).min(ROWS - at);
            at += size;
            assert_eq!(engine.push(Table::Users, all.slice(at - size, size)).unwrap(), at as u64, "{sizes:?}");
            if at == ROWS {
                break;
            }
        }
        assert_eq!(engine.finish_table(Table::Users).unwrap(), ROWS as u64);
        let outcome = engine.finish().unwrap();
        let tally = outcome.counts()[0].tally;
        assert_eq!((tally.checked, tally.failed), (ROWS as u64, bad.len() as u64), "{sizes:?}");
        let rows = outcome.first_rows(Table::Users, "U101", usize::MAX);
        assert_eq!(rows, bad.map(|row| u32::try_from(row).unwrap()), "{sizes:?}");
    }
}
