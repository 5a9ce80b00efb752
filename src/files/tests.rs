use arrow_array::cast::AsArray;
use proptest::prelude::*;

use super::faults::{FaultKind as Kind, HEADER};
use super::read::Reader;
use super::scan::Scanner;
use super::values::Records;
use super::*;

fn scan(parts: &[&[u8]]) -> ScannedFile {
    let mut scanner = Scanner::new(b',');
    parts.iter().for_each(|part| scanner.push(part).unwrap());
    scanner.finish().unwrap()
}

fn faults(text: &str) -> Vec<(u32, Kind, u32, u64, u32)> {
    let file = scan(&[text.as_bytes()]);
    file.faults.iter().map(|fault| (fault.record, fault.kind, fault.detail, fault.offset, fault.line)).collect()
}

#[test]
fn a_sound_file_has_no_faults() {
    let file = scan(&[b"Id,\"a \"\"b\"\"\",c\r\n1,\"x, \"\"y\"\"\",\r\n,,\"\"\r\n"]);
    assert_eq!((file.faults.as_slice(), file.records, file.bad_bytes, file.mark), (&[][..], 2, None, false));
    assert_eq!(file.header, ["Id", "a \"b\"", "c"]);
    assert_eq!((file.ends.feeds, file.ends.pairs, file.ends.returns), (0, 3, 0));
}

#[test]
fn every_fault_has_its_place() {
    assert_eq!(faults("a,b\n1,\"2\n3,4"), [(0, Kind::Newline, 1, 8, 2), (0, Kind::Unclosed, 1, 6, 2)]);
    assert_eq!(faults("a,b\n1,\"2\"x\n"), [(0, Kind::TextAfterQuote, 1, 9, 2)]);
    assert_eq!(faults("a,b\n1,\"2\n3\"x,4\n5,6\n")[1], (0, Kind::TextAfterFarQuote, 1, 6, 2));
    assert_eq!(faults("a,b\n1,2\"x\"\n"), [(0, Kind::QuoteInside, 1, 7, 2)]);
    assert_eq!(faults("a,b\n1,2\n3\n"), [(1, Kind::TooFew, 1, 8, 3)]);
    assert_eq!(faults("a,b\n1,2\n3,4,5"), [(1, Kind::TooMany, 3, 8, 3)]);
    assert_eq!(faults("a,b\n1,2\n\n\r\n3,4\n"), [(1, Kind::Blank, 0, 8, 3), (2, Kind::Blank, 0, 9, 4)]);
    assert_eq!(faults("a,b\n1,\"x\ny\r\nz\"\n3\n"), [(0, Kind::Newline, 1, 8, 2), (1, Kind::TooFew, 1, 15, 5)]);
    assert_eq!(faults("a,b\n1,2\r3\n4,\"5\r6\"\n"), [(0, Kind::Split, 0, 7, 2), (1, Kind::Newline, 1, 14, 3)]);
    assert_eq!(faults("a,\"b\nc\"\n1,2\n"), [(HEADER, Kind::Newline, 1, 4, 1)]);
}

#[test]
fn faults_know_their_column_their_lines_and_their_number() {
    let file = scan(&[b"a,b\n1,\"2\n3\"\n4\n5,x\"6\"\n\n7,8\n"]);
    let told: Vec<_> = file.faults.iter().map(|fault| (fault.column(), fault.kind.breaks_lines())).collect();
    assert_eq!(told, [(Some(1), true), (None, false), (Some(1), false), (None, true)]);
    let concerns = [Concern::Quoting, Concern::Width, Concern::Newline, Concern::Size];
    assert_eq!(concerns.map(|concern| file.count(concern)), [1, 2, 1, 0]);
    let (name, value) = ("n".repeat(32_001), "x".repeat(100_001));
    let texts = [
        (format!("{name}\n1\n"), "the header has 32,001"),
        (format!("a,b,c,d\n{value},{value},{value},{value}\n"), "the record has 400,007"),
    ];
    for (text, what) in texts {
        let file = scan(&[text.as_bytes()]);
        let said: Vec<_> = file.faults.iter().map(|fault| (fault.column(), fault.words(1))).collect();
        assert!(said.len() == 1 && said[0].0.is_none() && said[0].1.starts_with(what), "{said:?}");
    }
}

#[test]
fn what_comes_first_in_the_file_explains_it() {
    for (text, rule) in [
        (&b"a,b\n1,2,3\n4\r5,6\n"[..], "F104"),
        (b"a,b\n1,2\n4\r5,6\n7,8,9\n", "F105"),
        (b"a,b\n1,\x93\n4\r5,6\n", "F101"),
        (b"a,b\n4\r5,6\n1,\x93\n", "F105"),
        (b"a,b\n1,2,3\n4,\x93\n", "F104"),
        (b"a,b\n4,\x93\n1,2,3\n", "F101"),
        (b"a,b\n\x93,2,3\n", "F101"),
    ] {
        let said = scan(&[text]).explain().unwrap();
        assert!(said.contains(rule), "{rule}: {said}");
    }
    assert_eq!(scan(&[b"a,b\n1,2\n"]).explain(), None);
}

#[test]
fn only_faults_of_the_header_make_it_unreadable() {
    for (text, readable) in [
        (&b"a,b\n1,2\n"[..], true),
        (b"a,b\n1,2,3\n", true),
        (b"a,b\n\xFF,2\n", true),
        (b"a,b\n1\r2\n", true),
        (b"a\"x,b\n1,2\n", false),
        (b"a\xFF,b\n1,2\n", false),
        (b"a,b\r1,2\r", false),
    ] {
        assert_eq!(scan(&[text]).header_readable(), readable, "{}", text.escape_ascii());
    }
}

#[test]
fn sizes_are_judged_at_their_limits() {
    let value = "é".repeat(131_072);
    assert_eq!(faults(&format!("a,b\n1,{value}\n")), []);
    assert_eq!(faults(&format!("a,b\n1,{value}x\n")), [(0, Kind::LongValue, 1, 6, 2)]);
    let quoted = "x".repeat(131_070);
    assert_eq!(faults(&format!("a,b\n1,\"{quoted}\"\"\"\"\"\n")), []);
    assert_eq!(faults(&format!("a,b\n1,\"{quoted}\"\"\"\"\"\"\"\n")), [(0, Kind::LongValue, 1, 6, 2)]);
    let third = "y".repeat(99_999);
    assert_eq!(faults(&format!("a,b,c,d\n{third},{third},{third},{third}x\r\n")), []);
    assert_eq!(
        faults(&format!("a,b,c,d\n{third},{third},{third},{third}xx\r\n")),
        [(0, Kind::LongRecord, 400_001, 8, 2)]
    );
    // Also where sound records follow.
    let (rest, long) = ("3,4\n".repeat(40), "x".repeat(131_073));
    assert_eq!(faults(&format!("a,b\n1,{}\n{rest}", &long[1..])), []);
    assert_eq!(faults(&format!("a,b\n1,{long}\n{rest}")), [(0, Kind::LongValue, 1, 6, 2)]);
    let (rest, record) = ("3,4,5,6\n".repeat(40), format!("{third},{third},{third},{third}xx"));
    assert_eq!(faults(&format!("a,b,c,d\n{}\n{rest}", &record[1..])), []);
    assert_eq!(faults(&format!("a,b,c,d\n{record}\n{rest}")), [(0, Kind::LongRecord, 400_001, 8, 2)]);
    let name = "n".repeat(31_998);
    assert_eq!(faults(&format!("{name},b\n1,2\n")), []);
    assert_eq!(faults(&format!("{name},bb\n1,2\n")), [(HEADER, Kind::LongRecord, 32_001, 0, 1)]);
    assert_eq!(faults(&",".repeat(4_999)), []);
    assert_eq!(faults(&",".repeat(5_000)), [(HEADER, Kind::ManyColumns, 5_001, 0, 1)]);
}

#[test]
fn line_ends_marks_and_encodings_are_noted() {
    let file = scan(&[b"\xEF\xBB\xBF\"a\",b\n1,2\r\n3,4\r5\n\"\r\",\xFC\n"]);
    assert!(file.mark && file.header == ["a", "b"]);
    assert_eq!((file.ends.feeds, file.ends.pairs, file.ends.returns), (3, 1, 1));
    let places: Vec<_> = file.ends.first.iter().map(|place| place.unwrap().offset).collect();
    assert_eq!(places, [8, 13, 17]);
    let bad = file.bad_bytes.unwrap();
    assert_eq!((bad.places, bad.first.record, bad.first.line, bad.column, bad.byte), (1, 2, 4, 1, 0xFC));
    assert_eq!(faults("a\r"), []);
}

#[test]
fn an_explanation_names_rule_place_cure_and_number() {
    let explain = |text: &[u8]| scan(&[text]).explain();
    assert_eq!(explain(b"a,b\n1\n\n\"x\ny\",2\n"), None);
    let text = explain(b"a,b\n1,2,3\n4,5,6\n").unwrap();
    assert!(text.starts_with("F104 ragged-record: record 0 (line 2, byte 4): the record has 3 values"), "{text}");
    assert!(text.ends_with("There are 2 places of this kind in all."), "{text}");
    assert!(
        explain(b"a,b\r1,2\r3,4\r")
            .unwrap()
            .starts_with("F105 mixed-line-endings: the header (line 1, byte 3): a lone")
    );
    assert!(
        explain(b"a,b\n1,\xFC\"\n")
            .unwrap()
            .starts_with("F101 not-utf8: record 0, column 'b' (line 2, byte 6): byte FC")
    );
    assert!(
        explain(b"a,b\n1,\"\xFC\n")
            .unwrap()
            .starts_with("F103 bad-quoting: record 0, column 'b' (line 2, byte 6): a double")
    );
}

#[test]
fn a_record_that_never_ends_is_given_up() {
    let block = vec![b'x'; 1 << 20];
    let pushed = |head: &[u8]| {
        let mut scanner = Scanner::new(b',');
        scanner.push(head).unwrap();
        let blocks = (0..=READABLE_RECORD >> 20).position(|_| scanner.push(&block).is_err());
        (blocks, scanner.push(&block).unwrap_err().to_string())
    };
    for (head, part) in [
        (&b"a,b\n1,"[..], "record 0 (line 2, byte 4) has more than 67,108,864 bytes"),
        (&b"a,b\n1,\"2\n"[..], "A double quote that opens a value in it is not closed."),
        (&b"a,b\r1,2\r3,4\r"[..], "F105 mixed-line-endings"),
        (&b""[..], "the header (line 1, byte 0)"),
    ] {
        let (blocks, error) = pushed(head);
        assert!(blocks.is_some() && error.contains(part), "{error}");
    }
}

proptest! {
    #[test]
    fn the_cut_does_not_matter(
        text in proptest::collection::vec(prop_oneof![
            4 => Just(b','), 3 => Just(b'"'), 3 => Just(b'\n'), 2 => Just(b'\r'), 4 => Just(b'x'),
            1 => Just(0xC3_u8), 1 => Just(0xA9_u8), 1 => Just(0xFF_u8), 1 => Just(0_u8)
        ], 0..300),
        plain in 0_usize..200,
        mark in any::<bool>(),
    ) {
        let mut bytes = if mark { b"\xEF\xBB\xBF".to_vec() } else { Vec::new() };
        bytes.extend("abc,de,\n".bytes().cycle().take(plain));
        bytes.extend(text);
        let whole = scan(&[&bytes]);
        for size in 1..=64 {
            let parts: Vec<_> = bytes.chunks(size).collect();
            prop_assert_eq!(&scan(&parts), &whole, "{}", size);
        }
    }
}

/// Values by a scanner that sees single bytes.
fn read_singly(text: &str) -> Result<Vec<Vec<Option<String>>>, String> {
    read(&text.as_bytes().chunks(1).collect::<Vec<_>>())
}

fn read(parts: &[&[u8]]) -> Result<Vec<Vec<Option<String>>>, String> {
    let names = scan(parts).header;
    let mut reader = Reader::new("x.csv".to_owned(), b',', names.into_iter().enumerate().collect());
    let mut rows = Vec::new();
    let mut note = |records: Option<Records>| {
        let Some(records) = records else { return };
        let batch = records.to_batch().unwrap();
        let columns: Vec<_> = batch.columns().iter().map(|column| column.as_string_view().clone()).collect();
        let texts = |row| columns.iter().map(|column| column.iter().nth(row).flatten().map(str::to_owned)).collect();
        rows.extend((0..batch.num_rows()).map(texts));
    };
    for part in parts {
        reader.push(part);
        note(reader.scan().map_err(|error| error.to_string())?);
    }
    note(reader.finish().map_err(|error| error.to_string())?);
    Ok(rows)
}

#[test]
fn a_file_is_read_to_its_end() {
    let text = "a,b\n".to_owned() + &"1,2\n".repeat(1_200_000);
    let mut file = text.as_bytes();
    let mut reader = Reader::new("x.csv".to_owned(), b',', vec![(0, "a".to_owned())]);
    let (mut sizes, mut rows) = (Vec::new(), 0);
    loop {
        sizes.push(reader.fill(&mut file).unwrap());
        if sizes.ends_with(&[0]) {
            break;
        }
        rows += reader.scan().unwrap().map_or(0, |records| records.rows());
        assert!(!reader.ended());
    }
    assert!(reader.finish().unwrap().is_none() && reader.ended());
    assert_eq!((sizes.len(), sizes.iter().sum::<usize>(), rows), (3, text.len(), 1_200_000));
}

#[test]
fn it_does_not_matter_where_in_a_block_something_stands() {
    let far = format!("1,\"{}", "x".repeat(70));
    let odd = [
        &far,
        "5,6\n7,8",
        "5,6\r\n7,8",
        "1,ab\"cd\"",
        "\"ab\"cd,2",
        "\"ab\" ,2",
        "\"a\"\"b\",2",
        "\"a\",\"b\"",
        "\"a,b\",2",
        "\"a\nb\",2",
        "\"a\r\nb\",2",
        "\"\",\"\"",
        "a\rb,2",
        "\r,2",
        "1,2,3",
        "1",
    ];
    for (end, shift) in ["\n", "\r\n"].into_iter().flat_map(|end| (0..64).map(move |shift| (end, shift))) {
        for odd in odd {
            let (before, after) = (format!("7,8{end}").repeat(30), format!("3,\"4\"{end}").repeat(30));
            let text = format!("a,b{end}{before}{},y{end}{odd}{end}{after}", "x".repeat(shift));
            let single: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            assert_eq!(scan(&[text.as_bytes()]), scan(&single), "{odd:?} {end:?} {shift}");
            assert_eq!(read(&[text.as_bytes()]), read_singly(&text), "{odd:?} {end:?} {shift}");
        }
    }
}

#[test]
fn records_know_their_bytes() {
    let mut reader = Reader::new("x.csv".to_owned(), b',', vec![(0, "a".to_owned()), (1, "b".to_owned())]);
    reader.push(b"a,b\n1,2\r\n345,67\r\n\"8\",9\r\n10,\"1\"\"\"\r\n");
    let records = reader.scan().unwrap().unwrap();
    let verbatim =
        |records: &Records| (0..records.rows()).map(|row| records.verbatim(row).map(<[u8]>::to_vec)).collect();
    let (first, rest) = (records.slice(0, 2), records.slice(1, 3));
    assert_eq!([&records, &first, &rest].map(Records::size), [5 + 8 + 7 + 10, 13, 25]);
    assert_eq!([&records, &first, &rest].map(Records::longest), [10, 8, 10]);
    let own: Vec<Option<Vec<u8>>> = verbatim(&records);
    assert_eq!(own, [Some(b"1,2".to_vec()), Some(b"345,67".to_vec()), None, None]);
    assert_eq!(verbatim(&rest), own[1..]);
    assert_eq!(records.slice(4, 0).longest() + records.slice(4, 0).size(), 0);
}

#[test]
fn many_short_records_may_be_longer_together_than_one() {
    let records = b"1,2,3,4,5,6,7,8,9,10,11,12\n".repeat(1 << 16);
    let mut scanner = Scanner::new(b',');
    scanner.push(b"a,b,c,d,e,f,g,h,i,j,k,l\n").unwrap();
    let pushes = READABLE_RECORD / records.len() as u64 + 2;
    (0..pushes).for_each(|_| scanner.push(&records).unwrap());
    assert_eq!(scanner.finish().unwrap().records, pushes << 16);
}

#[test]
fn a_column_that_is_not_there_is_our_fault() {
    let mut reader = Reader::new("x.csv".to_owned(), b',', vec![(2, "c".to_owned())]);
    reader.push(b"a,b\n1,2\n");
    let said = reader.scan().unwrap_err().to_string();
    assert!(said.contains("x.csv has 2 columns"), "{said}");
}

fn texts(rows: &[&[Option<&str>]]) -> Vec<Vec<Option<String>>> {
    rows.iter().map(|row| row.iter().map(|cell| cell.map(str::to_owned)).collect()).collect()
}

#[test]
fn values_are_read_wherever_the_bytes_are_cut() {
    let bytes = b"\xEF\xBB\xBFa,\"b\"\r\n1,\"x,\n\"\"y\"\"\"\r\n\n,\"\"\nlonger than a view holds,\"and \"\"this\"\" as well\"\n3";
    let expected = texts(&[
        &[Some("1"), Some("x,\n\"y\"")],
        &[None, None],
        &[None, Some("")],
        &[Some("longer than a view holds"), Some("and \"this\" as well")],
        &[Some("3"), None],
    ]);
    for size in 1..=bytes.len() {
        assert_eq!(read(&bytes.chunks(size).collect::<Vec<_>>()).unwrap(), expected, "{size}");
    }
}

#[test]
fn wrong_quotes_are_values_unless_they_swallow_lines() {
    let rows = read(&[b"a,b\n1,\"2\"x\n3,4\"5\",6\n\"7\"8\n"]).unwrap();
    let expected = texts(&[&[Some("1"), Some("\"2\"x")], &[Some("3"), Some("4\"5\",6")], &[Some("\"7\"8"), None]]);
    assert_eq!(rows, expected);
    for (bytes, said) in [
        (&b"a,b\n1,2\"\n3,4\n"[..], "F103 bad-quoting: record 0, column 'b' (line 2, byte 7)"),
        (b"a,b\n1,2\n3,\"4\"5\"\n", "F103 bad-quoting: record 1, column 'b' (line 3, byte 13)"),
        (b"a,b\n1,\"2\n3\"x\n", "F103 bad-quoting: record 0, column 'b' (line 2, byte 6)"),
        (b"a,b\n1,2,3\n", "F104 ragged-record: record 0 (line 2, byte 4)"),
        (b"a,b\n1\"\"\"x,\"\n2,\xFF\n", "F101 not-utf8: record 1, column 'b' (line 3, byte 14)"),
        (b"a\"b\",c\n1,2\n", "F103 bad-quoting: the header, column 'ab' (line 1, byte 1)"),
    ] {
        let error = read(&[bytes]).unwrap_err();
        assert!(error.starts_with("x.csv: ") && error.contains(said), "{error}");
    }
}
