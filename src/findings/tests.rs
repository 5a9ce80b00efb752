//! What is kept of a check, and how it is told.

use std::num::NonZero;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;

use super::changes::NewFinding;
use super::describe::Finding;
use super::marks::Tally;
use super::notes::Note;
use super::outcome::{Outcome, TableFindings};
use crate::engine::identity::Other;
use crate::files::scan::Scanner;
use crate::files::{Concern, Fault, FaultKind, HEADER, ScannedFile};
use crate::model::objects::Table;
use crate::policy::{Operation, Policy};
use crate::rule::Severity;
use crate::rules::testing::{Found, check, check_by, check_with};

const USERS: &str = "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n";

fn users(rows: &str) -> Found {
    check(&[("users", &format!("{USERS}{rows}"))])
}

/// Three chunks of 3, 2 and 4 records, the second without findings of rows.
fn chunks() -> TableFindings {
    let mut findings = TableFindings::default();
    let tally = |failed| [Tally { checked: 3, failed }];
    findings.push(0, 3, Some(vec![0, 1, 2].into()), &tally(1));
    findings.push(3, 2, None, &tally(0));
    findings.push(5, 4, Some(vec![4, 0, 0, 3].into()), &tally(1));
    findings
}

#[test]
fn masks_are_those_of_the_records_from_any_one_on() {
    let findings = chunks();
    let all = [0, 1, 2, 0, 0, 4, 0, 0, 3];
    assert_eq!(findings.rows(), 9);
    for offset in 0..=10 {
        let rest = &all[offset.min(all.len())..];
        assert_eq!(findings.masks_from(offset as u64).collect::<Vec<_>>(), rest, "{offset}");
    }
}

#[test]
fn a_later_finding_lands_on_its_record() {
    let mut findings = chunks();
    for row in [0, 2, 3, 4, 5, 8] {
        findings.fail(row, 7, Some(Other::Row(row / 2)));
    }
    let masks = [128, 1, 130, 128, 128, 132, 0, 0, 131];
    assert_eq!(findings.masks_from(0).collect::<Vec<_>>(), masks);
    // Beyond the last record there is none.
    findings.fail(9, 7, None);
    assert_eq!(findings.masks_from(0).collect::<Vec<_>>(), masks);
}

fn fault(record: u32, kind: FaultKind) -> Fault {
    Fault { offset: 0, line: 0, record, detail: 0, kind }
}

#[test]
fn changes_know_the_numbers_of_their_records() {
    let found = users(
        "0PA000000000001AAA,+14155550123,0Mj000000000001AAA,Text\n0PA000000000002AAA,+14155550124,0Mj000000000001AAA,text\n",
    );
    let changes = found.outcome.changes(Table::Users, 100, &found.tables[0].1).unwrap();
    assert_eq!(changes.column_by_name("row").unwrap().as_primitive::<UInt64Type>().values(), &[101]);
    let text = |name: &str| changes.column_by_name(name).unwrap().as_string_view().value(0).to_owned();
    assert_eq!(["column", "before", "after"].map(text), ["MessageType", "text", "Text"]);
}

#[test]
fn records_are_found_in_their_files() {
    let file = |records, faults: &[Fault]| ScannedFile { records, faults: faults.to_vec(), ..ScannedFile::default() };
    let mut findings = chunks();
    findings.keep_files(vec![
        file(2, &[fault(HEADER, FaultKind::QuoteInside)]),
        file(0, &[]),
        file(4, &[fault(2, FaultKind::TooFew), fault(1, FaultKind::Newline), fault(2, FaultKind::Blank)]),
        file(2, &[fault(HEADER, FaultKind::Newline), fault(1, FaultKind::QuoteInside)]),
        file(1, &[fault(0, FaultKind::Blank)]),
    ]);
    let places: Vec<_> = (0..9).map(|row| findings.place(row).unwrap()).collect();
    // Lines count from the header; after what breaks lines they are not known.
    assert_eq!(
        places,
        [(0, Some(2)), (0, Some(3)), (2, Some(2)), (2, Some(3)), (2, None), (2, None), (3, None), (3, None), (4, None),]
    );
    assert!(findings.has_several_files());
    let faulty = |concern| (0..9).filter(|row| findings.fault(*row, concern).is_some()).collect::<Vec<_>>();
    assert_eq!(faulty(Concern::Quoting), [7]);
    assert_eq!(faulty(Concern::Newline), [3]);
    assert_eq!(faulty(Concern::Width), [4, 8]);
    assert_eq!(faulty(Concern::Size), [0_u32; 0]);
    // Bit 0 is set for the records 1 and 8, bit 1 for 2 and 8; what is about the source counts for the first file.
    findings.note(1, Note::new("of the source"));
    assert_eq!(findings.by_file(0), [1, 0, 0, 0, 1]);
    assert_eq!(findings.by_file(1), [1, 0, 1, 0, 1]);
}

#[test]
fn without_files_no_record_has_a_place() {
    let findings = chunks();
    assert_eq!((findings.place(0), findings.has_several_files()), (None, false));
    assert!(findings.fault(0, Concern::Width).is_none() && findings.by_file(0).is_empty());
    let mut one = chunks();
    one.keep_files(vec![ScannedFile { records: 9, ..ScannedFile::default() }]);
    assert!(!one.has_several_files());
}

const MIXED: &str = "0PA000000000001,+14155550123,0Mj000000000001,Text\n\
    0PA000000000002,4155550123,0Mj000000000001,Text\n\
    0PA000000000003,+14155550124,,Text\n\
    0PA000000000004,4155550125,,Text\n\
    0PA000000000005,+99912345678,0Mj000000000001,Text\n";

fn rows_of(findings: &[Finding]) -> Vec<(u32, &'static str)> {
    findings.iter().map(|finding| (finding.row, finding.active.rule.code)).collect()
}

#[test]
fn findings_are_told_of_the_records_asked_for() {
    let found = users(MIXED);
    let (outcome, batch) = (&found.outcome, &found.tables[0].1);
    let all = outcome.describe(Table::Users, 0, &batch.clone().into(), None, false).unwrap();
    let told = rows_of(&all);
    assert!(told.contains(&(1, "U101")) && told.contains(&(2, "U201")) && !told.iter().any(|(row, _)| *row == 0));
    let errors: Vec<_> = all.iter().filter(|finding| finding.active.severity == Severity::Error).cloned().collect();
    assert!(!errors.is_empty() && errors.len() < all.len());
    let only_errors = outcome.describe(Table::Users, 0, &batch.clone().into(), None, true).unwrap();
    assert_eq!(rows_of(&only_errors), rows_of(&errors));
    let of_two = outcome.describe(Table::Users, 0, &batch.clone().into(), Some(&[0, 3]), false).unwrap();
    assert_eq!(rows_of(&of_two), told.iter().copied().filter(|(row, _)| *row == 3).collect::<Vec<_>>());
    let rest = outcome.describe(Table::Users, 2, &batch.slice(2, 3).into(), None, false).unwrap();
    assert_eq!(rows_of(&rest), told.iter().copied().filter(|(row, _)| *row >= 2).collect::<Vec<_>>());
    let changed = outcome.describe(Table::Users, 1, &batch.slice(0, 2).into(), None, false).unwrap_err().to_string();
    assert!(changed.contains("the records changed since they were checked"), "{changed}");
    let by_row = |flagged: &[Finding]| {
        let mut rows: Vec<_> = flagged.iter().map(|finding| finding.row).collect();
        rows.dedup();
        rows
    };
    assert_eq!(outcome.flagged(Table::Users, Severity::Error), by_row(&errors).len() as u64);
    assert_eq!(outcome.flagged(Table::Users, Severity::Info), by_row(&all).len() as u64);
    let ready: Vec<_> = outcome.ready(Table::Users, 1, 2).collect();
    assert_eq!(ready, [1, 2].map(|row| !by_row(&errors).contains(&row)));
    assert_eq!(outcome.first_rows(Table::Users, "U101", 1), [1]);
    assert_eq!((outcome.rows(Table::Users), outcome.rows(Table::Sessions)), (5, 0));
    assert_eq!(outcome.header(Table::Users, 1), Some("MessagingChannelId"));
}

fn numbers(batches: &[RecordBatch]) -> Vec<u64> {
    let rows = batches
        .iter()
        .flat_map(|batch| batch.column_by_name("row").unwrap().as_primitive::<UInt64Type>().values().to_vec());
    rows.collect()
}

#[test]
fn however_many_threads_tell_them_findings_keep_their_order() {
    const ROWS: usize = 5000;
    let mut found = users(&",4155550123,0Mj000000000001,Text\n".repeat(ROWS));
    found.outcome = only(found.outcome, 1);
    let batch = found.tables[0].1.clone();
    let one = found.outcome.describe_batch(Table::Users, 0, &batch.clone().into(), None, false).unwrap();
    let each = found.outcome.describe(Table::Users, 0, &batch.clone().into(), None, false).unwrap();
    assert_eq!(numbers(&one), each.iter().map(|finding| u64::from(finding.row)).collect::<Vec<_>>());
    for threads in [2, 3, 9] {
        found.outcome = only(found.outcome, threads);
        let parts = found.outcome.describe_batch(Table::Users, 0, &batch.clone().into(), None, false).unwrap();
        assert_eq!(parts, one, "{threads} threads");
        let rest =
            found.outcome.describe_batch(Table::Users, 3000, &batch.slice(3000, 2000).into(), None, false).unwrap();
        let after: Vec<_> = numbers(&one).into_iter().filter(|row| *row >= 3000).collect();
        assert_eq!(numbers(&rest), after, "{threads} threads");
    }
    // Findings have their columns where there are none, too.
    let empty = found.outcome.describe_batch(Table::Users, 0, &batch.slice(0, 0).into(), None, false).unwrap();
    assert_eq!((empty.len(), empty[0].num_rows(), empty[0].schema()), (1, 0, one[0].schema()));
}

fn only(outcome: Outcome, threads: usize) -> Outcome {
    outcome.with_threads(NonZero::new(threads).unwrap())
}

#[test]
fn records_that_findings_name_are_told_by_their_ids() {
    let rows = "0PA000000000001,+14155550123,0Mj000000000001,Text\n0PA000000000002,+14155550123,0Mj000000000001,Text\n\
        0PA000000000003,+14155550124,0Mj000000000001,Text\n0PA000000000004,+14155550124,0Mj000000000001,Text\n";
    let mut found = users(rows);
    assert_eq!(found.outcome.related_rows(Table::Users), 3);
    assert_eq!(found.outcome.related_rows(Table::Sessions), 0);
    // In parts: the rows 0 and 1, then the rest.
    found.outcome.learn_ids(Table::Users, 0, |at| Some(["a", "b"][at]), 2);
    found.outcome.learn_ids(Table::Users, 2, |at| Some(["c"][at]), 1);
    let batch = found.tables[0].1.clone();
    let told = found.outcome.describe(Table::Users, 0, &batch.clone().into(), None, false).unwrap();
    let related: Vec<_> = told
        .iter()
        .filter(|finding| finding.active.rule.code == "U206")
        .map(|finding| {
            let related = finding.related.clone().unwrap();
            (finding.row, related.row, related.id)
        })
        .collect();
    assert_eq!(related, [(1, Some(0), Some("a".to_owned())), (3, Some(2), Some("c".to_owned()))]);
    let without_ids = "MessagingPlatformKey,MessagingChannelId,MessageType\n";
    let row = "+14155550123,0Mj000000000001,Text\n";
    let found = check(&[("users", &format!("{without_ids}{row}{row}"))]);
    assert_eq!((found.rows("U206"), found.outcome.related_rows(Table::Users)), (vec![1], 0));
}

/// Findings of a second check that the first one of as many users did not have.
fn new(before: &str, now: &str) -> Vec<(u32, &'static str, Option<u32>)> {
    let (before, now) = (users(before), users(now));
    let found = now.outcome.new_findings(&before.outcome, Table::Users);
    found.into_iter().map(|NewFinding { row, code, other }| (row, code, other)).collect()
}

#[test]
fn what_a_second_check_finds_anew() {
    let user = |key: &str| format!(",{key},0Mj000000000001,Text\n");
    let all = |keys: &[&str]| keys.iter().map(|key| user(key)).collect::<String>();
    let [a, b, c] = ["+14155550123", "+14155550124", "+14155550125"];
    assert_eq!(new(&all(&[a, b]), &all(&[a, b])), []);
    // An error; what is no error is nobody's worry.
    assert_eq!(new(&all(&[a, b]), &all(&["4155550123", b])), [(0, "U101", None)]);
    // A record that equals another one.
    assert_eq!(new(&all(&[a, b, c]), &all(&[a, a, c])), [(1, "U206", Some(0))]);
    assert_eq!(new(&all(&[a, a]), &all(&[a, b])), []);
    // The first of three goes: the others are as equal as they were.
    assert_eq!(new(&all(&[a, a, a]), &all(&[b, a, a])), []);
    // Equal to one that it did not equal before.
    assert_eq!(new(&all(&[a, a, b, b]), &all(&[a, b, b, b])), [(2, "U206", Some(1)), (3, "U206", Some(1))]);
}

#[test]
fn a_record_of_the_org_that_is_met_anew_is_told_anew() {
    let org = format!(
        "{USERS}0PA000000000011,+14155550123,0Mj000000000001,Text\n0PA000000000012,+14155550124,0Mj000000000001,Text\n"
    );
    let of = |key: &str| {
        let users = format!("{USERS},{key},0Mj000000000001,Text\n");
        check_with(&[("existing_users", &org), ("users", &users)], Policy::default(), Operation::Insert)
    };
    let (before, now) = (of("+14155550123"), of("+14155550124"));
    let told = |now: &Found| now.outcome.new_findings(&before.outcome, Table::Users);
    assert_eq!(told(&now), [NewFinding { row: 0, code: "U206", other: None }]);
    assert_eq!(told(&of("+14155550123")), []);
}

/// A check of users beside the bytes of their files.
fn check_files(rows: &str, files: &[(&str, &str)]) -> Found {
    let scan = |(name, bytes): &(&str, &str)| {
        let mut scanner = Scanner::new(b',');
        scanner.push(bytes.as_bytes()).unwrap();
        ScannedFile { name: (*name).to_owned(), ..scanner.finish().unwrap() }
    };
    let files = files.iter().map(scan).collect();
    let tell = |engine: &mut crate::engine::Engine| engine.files(Table::Users, Ok(files));
    check_by(tell, &[("users", &format!("{USERS}{rows}"))], Policy::default(), Operation::Audit)
}

#[test]
fn what_is_wrong_with_bytes_is_told_of_record_file_and_column() {
    let long = format!("+1415555{}", "0".repeat(150));
    let rows = format!("0PA000000000001,{long},0Mj000000000001,Text\n0PA000000000002,+14155550124,,\n");
    let header = "Id,MessagingPlatformKey,Colour\n";
    let first = format!("{header}0PA000000000001,\"+1415\"555,x\n");
    let second = format!("{header}0PA000000000002,+14155550124,r\"ed\n");
    let found = check_files(&rows, &[("a.csv", &first), ("b.csv", &second)]);
    let batch = found.tables[0].1.clone();
    let told = found.outcome.describe(Table::Users, 0, &batch.clone().into(), None, false).unwrap();
    let of_quotes: Vec<_> = told.iter().filter(|finding| finding.active.rule.code == "F103").collect();
    let [platform_key, colour] = of_quotes[..] else { panic!("{of_quotes:?}") };
    assert_eq!((platform_key.column(), platform_key.record()), (Some("MessagingPlatformKey"), Some(0)));
    assert_eq!(platform_key.value.as_deref(), Some(&long[..100]));
    assert_eq!(platform_key.record_id.as_deref(), Some("0PA000000000001"));
    assert!(platform_key.description.message.starts_with("a.csv: Line 2, byte "), "{platform_key:?}");
    // A column that is no field has a name, but no value that was read.
    assert_eq!((colour.column(), colour.record(), colour.value.as_deref()), (Some("Colour"), Some(1), None));
    assert!(colour.description.message.starts_with("b.csv: "), "{colour:?}");
    assert_eq!(found.outcome.by_file(Table::Users, "F103"), [1, 1]);
    assert_eq!(found.outcome.by_file(Table::Users, "U999"), [0; 0]);
    let alone = check_files("0PA000000000001,+14155550123,0Mj000000000001,Text\n", &[("a.csv", &first)]);
    assert!(alone.message(0, "F103").starts_with("Line 2, byte "));
}

#[test]
fn findings_about_a_source_are_as_many_as_wanted() {
    let found =
        check(&[("users", "Id,MessagingPlatformKey,MessagingChannelId,MessageType,Red,Green,Blue,Boss.Name\n")]);
    let told = |most| {
        let found = found.outcome.describe_source(Table::Users, most);
        let of = |finding: &Finding| (finding.active.rule.code, finding.column().map(str::to_owned), finding.record());
        found.iter().map(of).filter(|(code, ..)| *code == "H101").collect::<Vec<_>>()
    };
    let columns =
        |names: &[&str]| names.iter().map(|name| ("H101", Some((*name).to_owned()), None)).collect::<Vec<_>>();
    assert_eq!(told(9), columns(&["Red", "Green", "Blue", "Boss.Name"]));
    assert_eq!(told(2), columns(&["Red", "Green"]));
    assert_eq!(told(0), []);
}

#[test]
fn what_is_told_of_one_of_several_files_names_it() {
    let row = "0PA000000000001,+14155550123,0Mj000000000001,Text\n";
    let (sound, marked) = (format!("{USERS}{row}"), format!("\u{feff}{USERS}{row}"));
    let told = |files: &[(&str, &str)]| {
        let found = check_files(&row.repeat(files.len()), files);
        let source = found.outcome.describe_source(Table::Users, 9);
        source.into_iter().find(|finding| finding.active.rule.code == "F102").unwrap().description.message
    };
    let alone = told(&[("a.csv", &marked)]);
    assert!(!alone.contains("a.csv"), "{alone}");
    assert_eq!(told(&[("a.csv", &sound), ("b.csv", &marked)]), format!("b.csv: {alone}"));
}

#[test]
fn rules_of_tables_that_were_not_given_are_skipped_once() {
    let skipped = users(MIXED).outcome.skipped();
    let of = |table: Table| skipped.iter().filter(move |skipped| skipped.table == table).map(|skipped| skipped.rule);
    assert!(of(Table::Sessions).any(|rule| rule.code == "S101"));
    for table in [Table::Channels, Table::Sessions, Table::Sends, Table::ExistingUsers] {
        assert!(of(table).all(|rule| rule.table() == table && !rule.is_about_sources()), "{table:?}");
    }
    assert!(of(Table::Users).any(|rule| rule.code == "F101"), "the users were read from no file");
}
