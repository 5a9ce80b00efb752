//! Verdicts a word at a time, against one after the other.

use proptest::prelude::*;
use proptest::sample::select;
use sendworthy::engine::identity::Other;
use sendworthy::findings::marks::{Marks, Tally};
use sendworthy::rule::Verdict::{self, Fail, Pass, Undecided};

use super::driver::{drive, same};

fn plain(mask: &mut [u64], bit: u8, verdicts: &[Verdict]) -> Tally {
    let mut tally = Tally::default();
    for (row, verdict) in mask.iter_mut().zip(verdicts) {
        tally.count(*verdict);
        if *verdict == Fail {
            *row |= 1 << bit;
        }
    }
    tally
}

/// Fails where any cell does, passes where any other cell was decided.
fn together(columns: &[Vec<Verdict>], rows: usize) -> Vec<Verdict> {
    let at = |row: usize| columns.iter().map(move |column| column[row]);
    let one = |row| match (at(row).any(|it| it == Fail), at(row).any(|it| it == Pass)) {
        (true, _) => Fail,
        (false, true) => Pass,
        (false, false) => Undecided,
    };
    (0..rows).map(one).collect()
}

fn check((columns, bit, before): &(Vec<Vec<Verdict>>, u8, u64)) -> Result<(), String> {
    let rows = columns.first().map_or(0, Vec::len);
    let empty: Vec<u64> = (0..rows).map(|row| before.rotate_left(u32::try_from(row % 64).unwrap())).collect();
    if let Some(column) = columns.first() {
        let (mut ours, mut expected) = (empty.clone(), empty.clone());
        let mut marks = Marks::new(&mut ours, *bit);
        marks.each(column.iter().copied());
        let tally = marks.tally();
        same("the counts", &tally, &plain(&mut expected, *bit, column))?;
        same("the masks", &ours, &expected)?;

        let (mut ours, mut expected) = (empty.clone(), empty.clone());
        let mut marks = Marks::new(&mut ours, *bit);
        let other = |row: usize| (!row.is_multiple_of(3)).then(|| Other::Row(u32::try_from(row).unwrap()));
        marks.each_naming(column.iter().enumerate().map(|(row, verdict)| (*verdict, other(row))));
        let named: Vec<_> = marks.take_named().into_iter().map(|(row, _)| row).collect();
        same("the counts of those that name", &marks.tally(), &plain(&mut expected, *bit, column))?;
        same("the masks of those that name", &ours, &expected)?;
        let failed = (0..rows).filter(|row| column[*row] == Fail && !row.is_multiple_of(3));
        same("who names another", &named, &failed.collect())?;
    }
    let (mut ours, mut expected) = (empty.clone(), empty);
    let mut marks = Marks::new(&mut ours, *bit);
    marks.any_of(columns.iter().map(Vec::as_slice), |verdict| verdict);
    let tally = marks.tally();
    same("the counts of several columns", &tally, &plain(&mut expected, *bit, &together(columns, rows)))?;
    same("the masks of several columns", &ours, &expected)
}

/// Runs the target.
pub fn run(cases: u32, seed: u64) -> Result<u64, String> {
    let verdict = || prop_oneof![4 => Just(Pass), 1 => Just(Fail), 2 => Just(Undecided)];
    let rows = prop_oneof![3 => 0..70_usize, 1 => select(&[63_usize, 64, 65, 127, 128, 129, 192, 200][..])];
    let columns = (rows, 0..4_usize).prop_flat_map(move |(rows, columns)| {
        proptest::collection::vec(proptest::collection::vec(verdict(), rows), columns)
    });
    drive("marks", cases, seed, &(columns, 0..64_u8, any::<u64>()), check)
}
