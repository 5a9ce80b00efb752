//! Findings for other eyes than the owner's: values that may be personal are masked.
//!
//! What a cell holds is not always what its column is named for: a record that is shifted by one column has the telephone
//! number in the picklist. So only values are shown that can be nothing but what their field wants: Salesforce Ids,
//! values of picklists, times, switches, country codes. Everything else is masked, and so is every mention of it in the
//! message of its finding, which quotes no other cells.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, StringViewArray};
use arrow_cast::cast;
use arrow_schema::{DataType, Field, Schema};
use blake2::Blake2bMac;
use blake2::digest::consts::U8;
use blake2::digest::{FixedOutput, KeyInit, Update};

use crate::error::{Error, Result};
use crate::model::objects::{Field as Definition, Table, Type};
use crate::rules::common::quoted;
use crate::tables::cell::{is_missing, read_bool};
use crate::tables::id::Id;
use crate::tables::timestamp::Time;

/// What stands for what is hidden.
const STARS: &str = "***";
/// Values shorter than this show nothing: two of five characters are too much of them.
const LONG_ENOUGH: usize = 6;
/// The columns that may hold values, in the order of [`Redaction::redact`]'s result.
const COLUMNS: [&str; 5] = ["record_id", "value", "related_id", "message", "fix"];

/// How values are masked.
#[derive(Debug, Clone)]
pub enum Redaction {
    /// The last two characters stay visible.
    LastTwo,
    /// A token that is the same for the same value under one key.
    Hash(Box<Blake2bMac<U8>>),
}

impl Redaction {
    /// The redaction of this name; the key, of at most 64 bytes, is for `hash`.
    ///
    /// # Errors
    /// There is none of this name, or the key is too long.
    pub fn named(name: &str, key: &[u8]) -> Result<Self> {
        match name {
            "last2" => Ok(Self::LastTwo),
            "hash" => Blake2bMac::new_from_slice(key)
                .map(|mac| Self::Hash(Box::new(mac)))
                .map_err(|_| Error::Config("the key of a redaction has at most 64 bytes".to_owned())),
            _ => Err(Error::Config(format!("there is no redaction '{name}'; known are last2 and hash"))),
        }
    }

    /// What is shown instead of a value.
    #[must_use]
    pub fn token(&self, text: &str) -> String {
        match self {
            Self::LastTwo => {
                let length = text.chars().count();
                let shown = if length < LONG_ENOUGH { 0 } else { 2 };
                STARS.chars().chain(text.chars().skip(length - shown)).collect()
            }
            Self::Hash(mac) => {
                let mut mac = mac.clone();
                mac.update(text.as_bytes());
                spelled(&mac.finalize_fixed())
            }
        }
    }

    /// The columns of findings that may hold values, masked: record_id, value, related_id, message and fix.
    ///
    /// # Errors
    /// A batch without these columns, or without table and column.
    pub fn redact(&self, findings: &RecordBatch) -> Result<RecordBatch> {
        let texts = |name: &str| -> Result<StringViewArray> {
            let column = findings
                .column_by_name(name)
                .ok_or_else(|| Error::Internal(format!("findings have no column {name}")))?;
            Ok(cast(column, &DataType::Utf8View)?.as_string_view().clone())
        };
        let (tables, columns) = (texts("table")?, texts("column")?);
        let [records, values, related, messages, fixes] = COLUMNS.map(texts);
        let (records, values, related, messages, fixes) = (records?, values?, related?, messages?, fixes?);
        let mut made = COLUMNS.map(|_| StringViewBuilder::with_capacity(findings.num_rows()));
        for row in 0..findings.num_rows() {
            let at = |texts: &'_ StringViewArray| texts.is_valid(row).then(|| texts.value(row).to_owned());
            let table = at(&tables).and_then(|name| Table::named(&name));
            let column = at(&columns);
            let field = table.zip(column).and_then(|(table, column)| table.field(&column));
            let id = table.and_then(|table| table.id_field().map(|field| &table.fields()[field]));
            let (record, value, other, fix) = (at(&records), at(&values), at(&related), at(&fixes));
            let mut hidden: Vec<(&str, String)> = Vec::new();
            let masked = [
                self.mask(record.as_deref(), |text| id.is_some_and(|id| is_known(id, text)), &mut hidden),
                self.mask(value.as_deref(), |text| field.is_some_and(|field| is_known(field, text)), &mut hidden),
                self.mask(other.as_deref(), is_id_of_any_table, &mut hidden),
                None,
                self.mask(fix.as_deref(), |text| field.is_some_and(|field| is_known(field, text)), &mut hidden),
            ];
            hidden.sort_unstable_by_key(|(text, _)| Reverse(text.len()));
            let message = at(&messages).map(|message| without(&message, &hidden));
            for (name, (column, text)) in COLUMNS.iter().zip(made.iter_mut().zip(masked)) {
                column.append_option(if *name == "message" { message.as_deref() } else { text.as_deref() });
            }
        }
        let columns: Vec<ArrayRef> = made.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef).collect();
        let fields = COLUMNS.map(|name| Field::new(name, DataType::Utf8View, true));
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields.to_vec())), columns)?)
    }

    /// A value, masked unless it is known; what was masked is noted.
    fn mask<'a>(
        &self,
        text: Option<&'a str>,
        is_known: impl Fn(&str) -> bool,
        hidden: &mut Vec<(&'a str, String)>,
    ) -> Option<Cow<'a, str>> {
        let text = text?;
        if is_missing(text) || is_known(text) {
            return Some(Cow::Borrowed(text));
        }
        let token = self.token(text);
        hidden.push((text, token.clone()));
        Some(Cow::Owned(token))
    }
}

/// Sixteen consonants: a token is no word, and no part of it can be taken for a number.
fn spelled(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 16] = b"bcdfghjklmnpqrst";
    let letter = |nibble: u8| char::from(LETTERS[usize::from(nibble & 15)]);
    std::iter::once('#').chain(bytes.iter().flat_map(|byte| [letter(byte >> 4), letter(*byte)])).collect()
}

/// Whether a value can be nothing but what its field wants, and that tells nothing about a person.
fn is_known(field: &Definition, text: &str) -> bool {
    match field.kind {
        Type::Id(prefixes) | Type::Reference(prefixes, _) => is_id(text, prefixes),
        Type::Picklist(list) => list.read(text).value().is_some(),
        // Eight digits are a day, and a telephone number of a small country.
        Type::Time => !is_number(text) && Time::read(text, false).millis().is_some(),
        Type::Flag => read_bool(text).is_some(),
        // Free text may hold anything; what is two letters long is a country.
        Type::Text(_) => text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()),
    }
}

fn is_number(text: &str) -> bool {
    !text.bytes().any(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b':' | b'/'))
}

/// Telephone numbers and keys of messaging platforms can have 15 digits, too; real Ids have letters.
fn is_id(text: &str, prefixes: &[&str]) -> bool {
    text.bytes().any(|byte| byte.is_ascii_alphabetic()) && matches!(Id::read(text, prefixes), Id::Valid(_))
}

fn is_id_of_any_table(text: &str) -> bool {
    let ids = Table::ALL.into_iter().filter_map(|table| table.id_field().map(|field| &table.fields()[field]));
    ids.into_iter().any(|id| is_known(id, text))
}

/// A message with every mention of what is hidden masked.
fn without(message: &str, hidden: &[(&str, String)]) -> String {
    let mut message = message.to_owned();
    for (text, token) in hidden {
        let quote = quoted(text);
        if message.contains(&quote) {
            message = message.replace(&quote, &format!("'{token}'"));
        }
        match text.chars().count() {
            0..3 => {}
            3..LONG_ENOUGH => message = replace_words(&message, text, token),
            _ if message.contains(text) => message = message.replace(text, token),
            _ => {}
        }
    }
    message
}

/// Replaces a short text where it stands alone, so that no word loses a part that is the same by chance.
fn replace_words(message: &str, text: &str, token: &str) -> String {
    let (mut made, mut rest) = (String::with_capacity(message.len()), message);
    while let Some((before, after)) = rest.split_once(text) {
        let joined = before.chars().next_back().is_some_and(char::is_alphanumeric)
            || after.chars().next().is_some_and(char::is_alphanumeric);
        made.push_str(before);
        made.push_str(if joined { text } else { token });
        rest = after;
    }
    made + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash() -> Redaction {
        Redaction::named("hash", b"a key of this test").unwrap()
    }

    fn masked(redaction: &Redaction, cells: [Option<&str>; 7]) -> Vec<Option<String>> {
        let names = ["table", "column", "record_id", "value", "related_id", "message", "fix"];
        let columns = cells.map(|cell| Arc::new(StringViewArray::from_iter([cell])) as ArrayRef);
        let batch = RecordBatch::try_from_iter(names.into_iter().zip(columns)).unwrap();
        let found = redaction.redact(&batch).unwrap();
        let shown = |column: &ArrayRef| column.as_string_view().iter().next().flatten().map(str::to_owned);
        found.columns().iter().map(shown).collect()
    }

    fn value(table: &str, column: &str, text: &str) -> String {
        masked(&Redaction::LastTwo, [Some(table), Some(column), None, Some(text), None, Some("-"), None])[1]
            .clone()
            .unwrap()
    }

    #[test]
    fn what_can_be_nothing_else_is_shown() {
        for (table, column, text) in [
            ("users", "MessagingChannelId", "0MjHo000000PCQzKAO"),
            ("users", "MessageType", "text"),
            ("users", "CreatedDate", "2026-11-22 10:00:00"),
            ("users", "IsoCountryCode", "US"),
            ("channels", "IsActive", "yes"),
            ("users", "MessagingPlatformKey", "#N/A"),
            ("users", "MessagingPlatformKey", ""),
        ] {
            assert_eq!(value(table, column, text), text, "{column}");
        }
    }

    #[test]
    fn everything_else_is_masked_whatever_its_column() {
        for (column, text, shown) in [
            ("MessagingPlatformKey", "+14155550123", "***23"),
            ("Name", "Ann Lee", "***ee"),
            ("MessageType", "+14155550123", "***23"),
            ("MessagingChannelId", "500123456789012", "***12"),
            ("OwnerId", "005511987654321", "***21"),
            ("CreatedDate", "14155550123", "***23"),
            ("CreatedDate", "20480502", "***02"),
            ("LastInboundMessageTime", "20480502", "***02"),
            ("IsoCountryCode", "+1", "***"),
            ("Name", "Ann", "***"),
            ("Name", "Jürgen", "***en"),
            ("own column", "+14155550123", "***23"),
        ] {
            assert_eq!(value("users", column, text), shown, "{column}");
        }
        assert_eq!(value("no table", "Name", "Ann Lee"), "***ee");
    }

    #[test]
    fn messages_mention_nothing_that_is_masked() {
        let number = "+1 415 555 0123";
        let message = format!("By record 5 (A-12): '{number}' and {number}; 'A-12', A-123.");
        let cells = [
            Some("users"),
            Some("MessagingPlatformKey"),
            Some("0PA000000000001"),
            Some(number),
            Some("A-12"),
            Some(message.as_str()),
            Some("+14155550123"),
        ];
        let shown = masked(&Redaction::LastTwo, cells);
        let expected =
            ["0PA000000000001", "***23", "***", "By record 5 (***): '***23' and ***23; '***', A-123.", "***23"];
        assert_eq!(shown, expected.map(|text| Some(text.to_owned())));
    }

    #[test]
    fn quotations_that_are_cut_off_are_masked() {
        let text = "x".repeat(99);
        let message = format!("MessageType {} is unknown.", quoted(&text));
        let cells = [Some("users"), Some("MessageType"), None, Some(text.as_str()), None, Some(&message), None];
        assert_eq!(masked(&Redaction::LastTwo, cells)[3].as_deref(), Some("MessageType '***xx' is unknown."));
    }

    #[test]
    fn short_values_leave_words_alone() {
        let cells =
            |text| [Some("users"), Some("MessageType"), None, Some(text), None, Some("'a' is a catty cat."), None];
        assert_eq!(masked(&Redaction::LastTwo, cells("a"))[3].as_deref(), Some("'***' is a catty cat."));
        assert_eq!(masked(&Redaction::LastTwo, cells("cat"))[3].as_deref(), Some("'a' is a catty ***."));
    }

    #[test]
    fn ids_that_a_finding_relates_to_are_shown() {
        let related = |text| [Some("users"), Some("Name"), None, Some("Ann Lee"), Some(text), None, None];
        assert_eq!(
            masked(&Redaction::LastTwo, related("0MjHo000000PCQzKAO"))[2].as_deref(),
            Some("0MjHo000000PCQzKAO")
        );
        assert_eq!(masked(&Redaction::LastTwo, related("+14155550123"))[2].as_deref(), Some("***23"));
    }

    #[test]
    fn one_value_has_one_token_and_no_digits() {
        let (one, other) = (hash().token("+14155550123"), hash().token("+14155550124"));
        assert_eq!(one, hash().token("+14155550123"));
        assert_ne!(one, other);
        assert_ne!(one, Redaction::named("hash", b"another key").unwrap().token("+14155550123"));
        assert_eq!(one.len(), 17);
        assert_eq!(spelled(&[0x12, 0xef]), "#cdst");
        assert!(!one.contains(|char: char| char.is_ascii_digit()));
    }

    #[test]
    fn unknown_redactions_and_long_keys_are_refused() {
        assert!(matches!(Redaction::named("last2", b""), Ok(Redaction::LastTwo)));
        assert!(Redaction::named("most", b"").is_err());
        assert!(Redaction::named("hash", &[0; 65]).is_err());
    }
}
