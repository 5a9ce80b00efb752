//! Inputs: what a decoder expects, entries of a corpus, and damage to both.

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Bytes that mean something somewhere, and texts that people, spreadsheets and machines leave behind.
const WORDS: &[&[u8]] = &[
    b"\0",
    b"\t",
    b"\n",
    b"\r",
    b"\r\n",
    b" ",
    b"\"",
    b"\"\"",
    b"#N/A",
    b"'",
    b"(",
    b"(0)",
    b")",
    b"+",
    b",",
    b"-",
    b".",
    b".0",
    b"/",
    b"0",
    b"00",
    b"000",
    b"1",
    b"9",
    b":",
    b";",
    b"=",
    b"@",
    b"A",
    b"E+10",
    b"T",
    b"Z",
    b"[",
    b"`",
    b"a",
    b"ext",
    b"x",
    b"z",
    b"{",
    b"\x7f",
    b"\x80",
    b"\xa0",
    b"\xbf",
    b"\xc2",
    b"\xc2\xa0",
    b"\xe2\x80\x8b",
    b"\xef\xbb\xbf",
    b"\xef\xbc\x8b",
    b"\xef\xbc\x91",
    b"\xd9\xa3",
    b"\xed\xa0\x80",
    b"\xf0\x9f\x98\x80",
    b"\xf4\x90\x80\x80",
    b"\xff",
];

/// One damage.
#[derive(Debug, Clone)]
enum Edit {
    Replace(Index, u8),
    Flip(Index, u8),
    Insert(Index, &'static [u8]),
    Delete(Index, usize),
    Repeat(Index, usize),
    Swap(Index, Index),
    Truncate(Index),
    Case(Index),
}

impl Edit {
    fn apply(self, text: &mut Vec<u8>) {
        let place = |index: &Index, text: &[u8]| index.index(text.len() + 1);
        let inside = |index: &Index, text: &[u8]| (!text.is_empty()).then(|| index.index(text.len()));
        match self {
            Self::Replace(at, byte) => inside(&at, text).into_iter().for_each(|at| text[at] = byte),
            Self::Flip(at, bit) => inside(&at, text).into_iter().for_each(|at| text[at] ^= 1 << bit),
            Self::Insert(at, word) => {
                let at = place(&at, text);
                text.splice(at..at, word.iter().copied());
            }
            Self::Delete(at, length) => {
                let at = place(&at, text);
                text.drain(at..(at + length).min(text.len()));
            }
            Self::Repeat(at, length) => {
                let at = place(&at, text);
                let again = text[at..(at + length).min(text.len())].to_vec();
                text.splice(at..at, again);
            }
            Self::Swap(a, b) => {
                if let (Some(a), Some(b)) = (inside(&a, text), inside(&b, text)) {
                    text.swap(a, b);
                }
            }
            Self::Truncate(at) => text.truncate(place(&at, text)),
            Self::Case(at) => inside(&at, text).into_iter().for_each(|at| {
                if text[at].is_ascii_alphabetic() {
                    text[at] ^= b' ';
                }
            }),
        }
    }
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        2 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Edit::Replace(at, byte)),
        1 => (any::<Index>(), 0..8_u8).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        4 => (any::<Index>(), select(WORDS)).prop_map(|(at, word)| Edit::Insert(at, word)),
        2 => (any::<Index>(), 1..4_usize).prop_map(|(at, length)| Edit::Delete(at, length)),
        1 => (any::<Index>(), 1..9_usize).prop_map(|(at, length)| Edit::Repeat(at, length)),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(a, b)| Edit::Swap(a, b)),
        1 => any::<Index>().prop_map(Edit::Truncate),
        1 => any::<Index>().prop_map(Edit::Case),
    ]
}

/// Damages what a strategy gives, more often than not.
pub fn damaged(whole: impl Strategy<Value = Vec<u8>> + 'static) -> BoxedStrategy<Vec<u8>> {
    let edits = prop_oneof![2 => Just(Vec::new()), 5 => proptest::collection::vec(edit(), 1..4)];
    (whole, edits)
        .prop_map(|(mut text, edits)| {
            edits.into_iter().for_each(|edit| edit.apply(&mut text));
            text
        })
        .boxed()
}

/// What a decoder expects, entries of a corpus and any bytes, most of them damaged.
pub fn hostile(corpus: &str, expected: impl Strategy<Value = Vec<u8>> + 'static) -> BoxedStrategy<Vec<u8>> {
    let anything = proptest::collection::vec(any::<u8>(), 0..24);
    damaged(prop_oneof![6 => expected.boxed(), 3 => select(entries(corpus)).boxed(), 1 => anything.boxed()])
}

/// The entries of a corpus: one a line, with `\n`, `\r`, `\t`, `\\` and `\xNN` for what a line cannot hold.
pub fn entries(corpus: &str) -> Vec<Vec<u8>> {
    let found: Vec<_> = corpus.lines().map(unescaped).collect();
    assert!(found.len() > 5, "a corpus that holds next to nothing");
    found
}

fn unescaped(line: &str) -> Vec<u8> {
    let (mut text, mut rest) = (Vec::new(), line.as_bytes());
    while let [first, tail @ ..] = rest {
        (rest, ()) = match (first, tail) {
            (b'\\', [b'n', tail @ ..]) => (tail, text.push(b'\n')),
            (b'\\', [b'r', tail @ ..]) => (tail, text.push(b'\r')),
            (b'\\', [b't', tail @ ..]) => (tail, text.push(b'\t')),
            (b'\\', [b'\\', tail @ ..]) => (tail, text.push(b'\\')),
            (b'\\', [b'x', high, low, tail @ ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).unwrap();
                (tail, text.push(u8::from_str_radix(digits, 16).unwrap()))
            }
            (b'\\', _) => panic!("no such escape in the corpus: {line}"),
            (other, tail) => (tail, text.push(*other)),
        };
    }
    text
}

/// Digits of a number that somebody could have, now and then with a calling code that exists.
pub fn number() -> impl Strategy<Value = Vec<u8>> {
    let code =
        select(&["1", "44", "49", "39", "52", "521", "54", "549", "55", "91", "7", "353", "36", "800", "999"][..]);
    let digits = proptest::collection::vec(b'0'..=b'9', 0..16);
    prop_oneof![
        3 => (code, digits.clone()).prop_map(|(code, digits)| [code.as_bytes(), &digits].concat()),
        1 => digits,
    ]
}

/// The text of a strategy of regular expressions.
pub fn pattern(pattern: &'static str) -> BoxedStrategy<Vec<u8>> {
    proptest::string::bytes_regex(pattern).expect("a regular expression").boxed()
}
