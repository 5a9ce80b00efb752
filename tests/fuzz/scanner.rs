//! The scanner of CSV bytes, over any split into blocks, against the reader that holds all of them.

use proptest::prelude::*;
use proptest::sample::select;
use sendworthy::files::encoding::Utf8;
use sendworthy::files::scan::Scanner;
use sendworthy::files::{Concern, ScannedFile};

use super::driver::{drive, require, same};
use super::inputs::{damaged, entries};
use super::reference;

fn ours(bytes: &[u8], cuts: &[usize], separator: u8) -> Result<ScannedFile, String> {
    let mut scanner = Scanner::new(separator);
    let mut rest = bytes;
    for cut in cuts.iter().cycle().take(bytes.len() + 1) {
        let (block, after) = rest.split_at((*cut).min(rest.len()));
        scanner.push(block).map_err(|error| error.to_string())?;
        rest = after;
    }
    scanner.push(rest).map_err(|error| error.to_string())?;
    scanner.finish().map_err(|error| error.to_string())
}

fn check(((bytes, separator), cuts): &((Vec<u8>, u8), Vec<usize>)) -> Result<(), String> {
    let mut file = ours(bytes, cuts, *separator)?;
    file.faults.sort_by_key(|fault| (fault.record.wrapping_add(1), fault.kind.concern()));
    let mut plain = reference::scan(bytes, *separator);
    // How long a record is whose quotes are wrong, value by value, is anybody's guess.
    let broken: Vec<u32> = plain
        .faults
        .iter()
        .filter(|fault| fault.kind.concern() == Concern::Quoting)
        .map(|fault| fault.record)
        .collect();
    for file in [&mut file, &mut plain] {
        file.faults.retain(|fault| fault.kind.concern() != Concern::Size || !broken.contains(&fault.record));
    }
    same("the file", &file, &plain)?;
    for fault in &file.faults {
        require("a fault has words", fault.message(file.header.len()).contains("Line "))?;
    }
    let fatal = file.bad_bytes.is_some() || file.faults.iter().any(|fault| fault.kind.concern() == Concern::Quoting);
    let explained = file.explain();
    require("what is fatal is explained", !fatal || explained.is_some())?;
    require(
        "a sound file needs no explanation",
        explained.is_none() || fatal || file.ends.returns > 0 || !file.faults.is_empty(),
    )
}

/// Whole files as programs write them: one number of values, one line end, and quotes around all values, none, or those
/// of some columns. Most blocks of 64 bytes in them hold nothing unusual.
fn tidy() -> impl Strategy<Value = Vec<u8>> {
    // Texts of few values, which differ little.
    const ALIKE: &[&str] = &[
        "0123456789abcdef",
        "0123456789abcdefg",
        "0123456789abcdefh",
        "0123456789abcdef01234567",
        "0123456789abcdef01234568",
        "0123456789abcdefx01234567",
        "0123456789abcdefy01234567",
        "0123456789abcdefxx1234567",
    ];
    let text = prop_oneof![
        8 => proptest::string::bytes_regex("[a-z0-9+:.-]{0,24}").unwrap(),
        3 => select(ALIKE).prop_map(|text| text.as_bytes().to_vec()),
        1 => proptest::string::bytes_regex("(é|€|😀|x){0,40}").unwrap(),
    ];
    let odd = prop_oneof![24 => Just(""), 1 => select(&[",", "\"\"", "\"\"\"\"", "\n", "\r\n", "\r"][..])];
    let width = prop_oneof![8 => 2..6_usize, 1 => Just(1_usize)];
    let rows = proptest::collection::vec(proptest::collection::vec((text, odd), 6), 0..30);
    let quoted = prop_oneof![3 => Just(0_u8), 3 => Just(u8::MAX), 2 => any::<u8>()];
    (width, rows, quoted, select(&["\n", "\r\n"][..]), any::<bool>()).prop_map(|(width, rows, quoted, end, ended)| {
        let value = |(column, (text, odd)): (usize, &(Vec<u8>, &str))| match quoted >> column & 1 {
            1 => [b"\"", &text[..], odd.as_bytes(), b"\""].concat(),
            _ => text.clone(),
        };
        let line = |row: &Vec<_>| row[..width].iter().enumerate().map(value).collect::<Vec<_>>().join(&b',');
        let header = b"a,b,c,d,e"[..2 * width - 1].to_vec();
        let lines: Vec<_> = std::iter::once(header).chain(rows.iter().map(line)).collect();
        [lines.join(end.as_bytes()), if ended { end.into() } else { Vec::new() }].concat()
    })
}

/// Records of values that a parser may stumble over, after many that it does not, and what separates the values.
pub fn files() -> BoxedStrategy<(Vec<u8>, u8)> {
    let separator = prop_oneof![6 => Just(b','), 1 => Just(b';'), 1 => Just(b'\t'), 1 => Just(b' ')];
    let separated = (with_commas(), separator).prop_map(|(mut bytes, separator)| {
        for byte in &mut bytes {
            *byte = match *byte {
                b',' => separator,
                other if other == separator => b',',
                other => other,
            };
        }
        (bytes, separator)
    });
    separated.boxed()
}

fn with_commas() -> impl Strategy<Value = Vec<u8>> {
    let value = prop_oneof![
        6 => proptest::string::bytes_regex("[a-z0-9]{0,9}").unwrap(),
        1 => proptest::string::bytes_regex("\"([a-z,\n]|\"\"){0,9}\"").unwrap(),
        1 => proptest::string::bytes_regex("[\"\r\n,;\t \x00-\x7f]{0,3}").unwrap(),
        1 => proptest::string::bytes_regex("(é|€|😀|x){0,40}").unwrap(),
    ];
    let end = select(&["\n", "\n", "\n", "\r\n", "\r\n", "\r", "", "\n\n"][..]);
    let record = (proptest::collection::vec(value, 1..5), end)
        .prop_map(|(values, end)| [&values.join(&b','), end.as_bytes()].concat());
    let records = (proptest::collection::vec(record, 0..9), any::<bool>(), 0..200_usize);
    let written = records.prop_map(|(records, mark, plain)| {
        let mut bytes = if mark { b"\xEF\xBB\xBF".to_vec() } else { Vec::new() };
        bytes.extend("abc,de,\n".bytes().cycle().take(plain));
        bytes.extend(records.concat());
        bytes
    });
    let letters = [(4, b','), (3, b'"'), (3, b'\n'), (2, b'\r'), (4, b'x'), (1, 0xC3), (1, 0xA9), (1, 0xFF), (1, 0)];
    let letter = proptest::strategy::Union::new_weighted(letters.map(|(weight, byte)| (weight, Just(byte))).to_vec());
    let soup = (proptest::collection::vec(letter, 0..150), 0..130_usize)
        .prop_map(|(soup, plain)| [b"abcd,e,\n".repeat(plain / 8), soup].concat());
    let corpus = select(entries(include_str!("corpus/files.txt")));
    // Lengths around what Bulk API takes, seldom because they are long.
    let long = (
        select(&[131_072_usize, 399_990, 400_000, 31_998][..]),
        0..6_usize,
        select(&["\n", "\r\n", "", "\",\n"][..]),
        any::<bool>(),
    )
        .prop_map(|(length, more, end, header)| {
            let value = "x".repeat(length - 2 + more);
            format!("{}{value},b{end}", if header { "" } else { "a,b\n" }).into_bytes()
        });
    prop_oneof![
        200 => tidy(),
        100 => damaged(tidy()),
        200 => damaged(written),
        200 => soup,
        100 => damaged(corpus),
        1 => long
    ]
}

/// Runs the target.
pub fn run(cases: u32, seed: u64) -> Result<u64, String> {
    let sizes = select(&[1_usize, 2, 3, 7, 31, 63, 64, 65, 127, 128, 1000, 1 << 20][..]);
    let cuts = proptest::collection::vec(sizes, 1..5);
    drive("scanner", cases, seed, &(files(), cuts), check)
}

fn check_utf8((bytes, cuts): &(Vec<u8>, Vec<usize>)) -> Result<(), String> {
    let (mut utf8, mut found, mut rest) = (Utf8::default(), Vec::new(), &bytes[..]);
    for cut in cuts.iter().cycle().take(bytes.len()) {
        let (block, after) = rest.split_at((*cut).min(rest.len()));
        utf8.push(block, |offset, byte| found.push((offset, byte)));
        rest = after;
    }
    utf8.finish(|offset, byte| found.push((offset, byte)));
    require("all bytes were taken", rest.is_empty())?;
    same("places that are no UTF-8", &found, &reference::bad_places(bytes))
}

/// Runs the target of encodings.
pub fn utf8(cases: u32, seed: u64) -> Result<u64, String> {
    let text = proptest::string::bytes_regex("([a-z]{0,20}|é|€|😀|\u{7ff}|\u{fff}|\u{10ffff}){0,9}").unwrap();
    let bytes = proptest::collection::vec(
        select(
            &[
                0x00_u8, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec,
                0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff,
            ][..],
        ),
        0..40,
    );
    let cuts = proptest::collection::vec(1..70_usize, 1..4);
    drive("utf8", cases, seed, &(prop_oneof![damaged(text), bytes.boxed()], cuts), check_utf8)
}
