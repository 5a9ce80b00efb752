//! What an engine is told, tables that are larger than a chunk, and what is kept of a chunk.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, RecordBatch, StringViewArray};

use super::Engine;
use super::chunk::{CHUNK_ROWS, Chunk, Content, Task};
use super::context::Context;
use super::select::Selection;
use super::sends::{Book, Load};
use crate::error::Error;
use crate::files::{HEADER, ScannedFile};
use crate::model::objects::Table;
use crate::policy::{Operation, Policy};
use crate::rule::Severity;
use crate::rules::custom::{Custom, VERDICT_PREFIX};
use crate::rules::testing::{AS_OF, check_by, check_with, read};
use crate::tables::bind::Binding;
use crate::tables::headers::Mapping;
use crate::tables::phone::Region;

/// An engine with these rules, or with those that are on by default.
fn engine(codes: Option<&[&str]>) -> Engine {
    let codes: Option<Vec<_>> = codes.map(|codes| codes.iter().map(|code| (*code).to_owned()).collect());
    let selection = Selection::new(codes.as_deref(), &[], &BTreeMap::new()).unwrap();
    Engine::new(AS_OF, Policy::default(), Operation::Audit, selection, Some(2)).unwrap()
}

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
        let mut engine = engine(Some(&["U101"]));
        engine.bind(Table::Users, "test", &all.schema(), &BTreeMap::new()).unwrap();
        let mut at = 0;
        for size in sizes.iter().cycle() {
            let size = (*size).min(ROWS - at);
            at += size;
            assert_eq!(engine.push(Table::Users, all.slice(at - size, size)).unwrap(), at as u64, "{sizes:?}");
            let incoming = &engine.incoming[Table::Users as usize];
            assert_eq!(incoming.next as usize, at / CHUNK_ROWS * CHUNK_ROWS, "chunks have one size");
            assert!(size == 0 || incoming.waiting_rows > 0 || incoming.waiting.is_empty(), "used batches are let go");
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

#[test]
fn no_record_has_the_number_that_stands_for_the_header() {
    for (rows, fits) in [(2, true), (3, false)] {
        let mut engine = engine(Some(&["U101"]));
        let users = users(rows, &[]);
        engine.bind(Table::Users, "test", &users.schema(), &BTreeMap::new()).unwrap();
        engine.incoming[Table::Users as usize].next = HEADER - 3;
        engine.push(Table::Users, users).unwrap();
        let finished = engine.finish_table(Table::Users);
        let refused = |error: &Error| error.to_string().contains("more than 4,294,967,294 records; split the data");
        assert!(if fits { finished.is_ok() } else { finished.is_err_and(|error| refused(&error)) });
    }
}

#[test]
fn the_default_region_completes_numbers_that_name_no_country() {
    let users = "MessagingPlatformKey,MessagingChannelId,MessageType\n4155550123,0Mj000000000001,Text\n";
    let fix = |region: Option<&str>| {
        let tell = |engine: &mut Engine| {
            if let Some(region) = region.and_then(Region::named) {
                engine.set_default_region(region);
            }
        };
        check_by(tell, &[("users", users)], Policy::default(), Operation::Audit).fix(0, "U101")
    };
    assert_eq!(fix(None), None);
    assert_eq!(fix(Some("US")).as_deref(), Some("+14155550123"));
}

#[test]
fn whoever_holds_the_flag_stops_the_check() {
    let mut engine = engine(None);
    let users = users(1, &[]);
    engine.bind(Table::Users, "test", &users.schema(), &BTreeMap::new()).unwrap();
    engine.push(Table::Users, users).unwrap();
    engine.cancel().clone().cancel();
    assert!(matches!(engine.finish_table(Table::Users), Err(Error::Cancelled)));
}

#[test]
fn headers_are_loaded_as_a_mapping_says() {
    let fields = |mapping: &[(&str, &str)]| {
        let mut engine = engine(None);
        let users = read("phone,MessagingPlatformKey,MessagingChannelId,MessageType\n");
        let mapping = mapping.iter().map(|(field, column)| ((*field).to_owned(), (*column).to_owned())).collect();
        engine.bind(Table::Users, "test", &users.schema(), &mapping).unwrap();
        let headers = engine.context.headers(Table::Users).unwrap();
        headers.fields().map(|(header, field)| format!("{}: {field}", header.spelled)).collect::<Vec<_>>()
    };
    assert_eq!(fields(&[("MessagingPlatformKey", "phone")]), ["phone: MessagingPlatformKey"]);
    let own =
        ["phone", "MessagingPlatformKey", "MessagingChannelId", "MessageType"].map(|name| format!("{name}: {name}"));
    assert_eq!(fields(&[]), own);
    let wrong =
        Mapping { columns: BTreeMap::from([("Nonsense".to_owned(), "phone".to_owned())]), ..Mapping::default() };
    let users = read("phone\n");
    let error = engine(None).spell(Table::Users, "test", &users.schema(), &["phone".to_owned()], &wrong).unwrap_err();
    assert!(error.to_string().contains("'Nonsense'"), "{error}");
}

#[test]
fn bytes_are_wanted_for_rules_about_bytes_alone() {
    let wanted = |codes: &[&str]| Table::ALL.map(|table| engine(Some(codes)).wants_files(table));
    assert_eq!(wanted(&["U101", "H101"]), [false; Table::ALL.len()]);
    assert_eq!(wanted(&["F101"]), [true; Table::ALL.len()]);
    assert_eq!(wanted(&["F104"]), [true; Table::ALL.len()]);
}

#[test]
fn bytes_and_values_must_agree_on_the_records() {
    let finish = |records: &[u64]| {
        let mut engine = engine(Some(&["F101"]));
        let users = users(3, &[]);
        engine.bind(Table::Users, "test", &users.schema(), &BTreeMap::new()).unwrap();
        engine.push(Table::Users, users).unwrap();
        let file = |(at, records): (usize, &u64)| ScannedFile {
            name: format!("{at}.csv"),
            records: *records,
            ..ScannedFile::default()
        };
        engine.files(Table::Users, Ok(records.iter().enumerate().map(file).collect()));
        engine.finish_table(Table::Users)
    };
    assert_eq!(finish(&[]).unwrap(), 3);
    assert_eq!(finish(&[1, 2]).unwrap(), 3);
    let error = finish(&[1, 3]).unwrap_err().to_string();
    assert_eq!(
        error,
        "users: 0.csv: the file has 4 records by its line ends, but 3 were read. its records cannot be told apart"
    );
}

#[test]
fn verdicts_of_custom_rules_come_with_the_data() {
    let custom = Custom {
        code: "X950".to_owned(),
        name: "ours".to_owned(),
        table: Table::Users,
        severity: Severity::Warning,
        message: "Said.\n\nAnd more.".to_owned(),
    };
    let rule = custom.into_rule().unwrap();
    let selection = Selection::with(&[rule], Some(&["X950".to_owned()]), &[], &BTreeMap::new()).unwrap();
    let mut engine = Engine::new(AS_OF, Policy::default(), Operation::Audit, selection, Some(1)).unwrap();
    let users = users(3, &[]);
    let verdicts: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]));
    let schema = users.schema();
    let columns = schema.fields().iter().map(|field| field.name().clone()).zip(users.columns().to_vec());
    let verdict = std::iter::once((format!("{VERDICT_PREFIX}X950"), verdicts));
    let users = RecordBatch::try_from_iter(columns.chain(verdict)).unwrap();
    engine.bind(Table::Users, "test", &users.schema(), &BTreeMap::new()).unwrap();
    engine.push(Table::Users, users.clone()).unwrap();
    engine.finish_table(Table::Users).unwrap();
    let outcome = engine.finish().unwrap();
    let tally = outcome.counts()[0].tally;
    assert_eq!((tally.checked, tally.failed), (2, 1));
    assert_eq!(outcome.first_rows(Table::Users, "X950", 9), [1]);
    // The owner's words are said as they are, whole.
    let told = outcome.describe(Table::Users, 0, &users.clone().into(), None, false).unwrap();
    let told: Vec<_> = told.iter().map(|finding| (finding.row, finding.description.message.as_str())).collect();
    assert_eq!(told, [(1, "Said.\n\nAnd more.")]);
}

const LOADED: &str = "Id,MessagingEndUserId,OwnerId,Status,StartTime\n\
    0Mw000000000001,0PA000000000001,005000000000001,Active,2026-11-22T09:00:00Z\n\
    0Mw000000000002,0PA000000000002,005000000000001,Ended,2026-11-22T09:00:00Z\n\
    0Mw000000000001,0PA000000000003,005000000000001,Active,2026-11-22T10:00:00Z\n\
    0Mw000000000003,,005000000000001,Waiting,2026-11-22T10:00:00Z\n\
    0Mw000000000004,,005000000000001,Ended,2026-11-22T10:00:00Z\n\
    0Mw000000000003,,005000000000001,Active,2026-11-22T10:00:00Z\n\
    0Mw000000000005,0PA000000000004,005000000000002,Active,2026-11-22T10:00:00Z\n";
const SEND: &str = "MessagingEndUserId,MessagingChannelId,OwnerId\n0PA000000000001,0Mj000000000001,005000000000001\n";

#[test]
fn the_load_of_a_rep_is_the_live_sessions_that_repeat_none() {
    // With every rule, and so with the spans of ended sessions, too; and without.
    for sessions_complete in [false, true] {
        let policy = Policy { sessions_complete, ..Policy::default() };
        let found = check_with(&[("sends", SEND), ("sessions", LOADED)], policy, Operation::Audit);
        assert_eq!(found.load("005000000000001"), Some(Load { live: 2, active: 1 }));
        assert_eq!(found.load("005000000000002"), Some(Load { live: 1, active: 1 }));
        assert_eq!(found.load("005000000000003"), Some(Load::default()));
    }
}

/// A chunk of a CSV text, checked beside these planned sends.
fn chunk(table: Table, csv: &str, codes: &[&str], book: Option<Book>, eligibility: bool) -> Chunk {
    let codes: Vec<_> = codes.iter().map(|code| (*code).to_owned()).collect();
    let batch = read(csv);
    let task = Task {
        context: Arc::new(Context::new(AS_OF, Policy::default(), Operation::Audit)),
        selection: Arc::new(Selection::new(Some(&codes), &[], &BTreeMap::new()).unwrap()),
        channels: Arc::default(),
        book: book.map(Arc::new),
        eligibility,
        binding: Arc::new(Binding::new(table, "test", &batch.schema(), &BTreeMap::new(), false).unwrap()),
        first: 0,
        batches: vec![batch.into()],
    };
    task.run().unwrap()
}

#[test]
fn of_sessions_only_those_that_somebody_asks_for_are_kept() {
    let Content::Sends(plans, _) = chunk(Table::Sends, SEND, &["P101"], None, false).content else { panic!() };
    let book = Book::new(plans);
    // (rules, sends, eligibility): spans, held sessions, sessions without a customer.
    for (codes, sends, eligibility, spans, held, unclaimed) in [
        ("S102", false, false, vec![0, 2, 6], vec![], vec![]),
        ("S106", false, false, vec![0, 1, 2, 6], vec![], vec![]),
        ("S102", true, false, vec![0, 2, 6], vec![0], vec![3, 5]),
        ("S102", false, true, vec![0, 2, 6], vec![0, 2, 6], vec![]),
    ] {
        let book = sends.then(|| book.clone());
        let Chunk { content, extra, .. } = chunk(Table::Sessions, LOADED, &[codes], book, eligibility);
        let Content::Sessions(ids, _, kept) = content else { panic!() };
        assert_eq!(ids.len(), 7);
        let mut rows: Vec<_> = kept.all().map(|span| span.row).collect();
        rows.sort_unstable();
        assert_eq!(rows, spans);
        assert_eq!(extra.held.iter().map(|session| session.row).collect::<Vec<_>>(), held);
        assert_eq!(extra.unclaimed.iter().map(|span| span.row).collect::<Vec<_>>(), unclaimed);
    }
}

#[test]
fn a_session_is_over_when_its_status_says_so() {
    let sessions = "MessagingEndUserId,Status,EndTime\n0PA000000000001,Ended,2026-11-22T09:00:00Z\n\
        0PA000000000001,Nonsense,2026-11-22T09:00:00Z\n0PA000000000001,,2026-11-22T09:00:00Z\n\
        0PA000000000001,Active,2026-11-22T09:00:00Z\n0PA000000000001,Active,\n0PA000000000001,Ended,\n";
    let Content::Sends(plans, _) = chunk(Table::Sends, SEND, &["P101"], None, false).content else { panic!() };
    let Chunk { content, extra, .. } = chunk(Table::Sessions, sessions, &["S106"], Some(Book::new(plans)), true);
    let Content::Sessions(_, _, spans) = content else { panic!() };
    let end = Some(1_795_338_000_000);
    let told: Vec<_> = spans.all().map(|span| (span.live, span.active, span.over, span.end)).collect();
    let open = Some(i64::MAX);
    assert_eq!(
        told,
        [
            (false, false, true, end),
            (false, false, false, end),
            (false, false, false, end),
            (true, true, false, end),
            (true, true, false, open),
            (false, false, true, None),
        ]
    );
    let held: Vec<_> = extra.held.iter().map(|session| (session.live, session.over)).collect();
    assert_eq!(held, told.iter().map(|(live, _, over, _)| (*live, *over)).collect::<Vec<_>>());
}

#[test]
fn of_opt_outs_only_those_of_the_org_are_kept() {
    let users = "Id,MessagingPlatformKey,MessagingChannelId,MessageType,MessagingConsentStatus\n\
        0PA000000000001,+12345678900,0Mj000000000001,Text,OptedOut\n0PA000000000002,,,Text,OptedOut\n\
        0PA000000000003,+12345678901,0Mj000000000001,Text,ImplicitlyOptedIn\n";
    let kept = |table| {
        let peers = chunk(table, users, &["U404"], None, false).peers;
        peers.opted_out.into_iter().map(|(_, row)| row).collect::<Vec<_>>()
    };
    assert_eq!(kept(Table::ExistingUsers), [0]);
    assert_eq!(kept(Table::Users), [0_u32; 0]);
}

#[test]
fn only_sessions_that_are_over_close_a_window() {
    let users =
        "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n0PA000000000001,491,0Mj000000000001,WhatsApp\n";
    let closed = |status: &str| {
        let header = "MessagingEndUserId,Status,StartTime,EndTime,Origin";
        let session = format!("0PA000000000001,{status},2026-11-01T10:00:00Z,2026-11-01T11:00:00Z,InboundInitiated");
        let policy = Policy { sessions_complete: true, ..Policy::default() };
        let tables = [("users", users), ("sessions", &format!("{header}\n{session}\n"))];
        check_with(&tables, policy, Operation::Audit).rows("W101")
    };
    assert_eq!(closed("Ended"), [0]);
    assert_eq!(closed("Active"), [0_u32; 0], "a live session may go on whatever its EndTime says");
    assert_eq!(closed("Nonsense"), [0_u32; 0]);
}
