//! Records as CSV, in the form that Bulk API takes: UTF-8, LF, comma, quotes only where a value needs them.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, StringViewArray};
use arrow_cast::cast;
use arrow_schema::DataType;

use crate::error::Result;
use crate::tables::raw::Raw;

const STEP: usize = 8;

/// Appends records to `out`; only those that `keep` is true for, when it is given.
///
/// Null is written as nothing and an empty text as `""`, so that reading gives both back. A lone carriage return is
/// quoted, too: Salesforce's parser would end the record there.
///
/// # Errors
/// A column whose values are no text.
pub fn write_records(records: &Raw, keep: Option<&BooleanArray>, out: &mut Vec<u8>) -> Result<()> {
    let rows = (0..records.rows()).filter(|row| keep.is_none_or(|keep| keep.value(*row)));
    match records {
        Raw::Arrow(batch) => {
            let texts = batch.columns().iter().map(|column| cast(column, &DataType::Utf8View));
            let texts: Vec<ArrayRef> = texts.collect::<Result<_, _>>()?;
            let columns: Vec<&StringViewArray> = texts.iter().map(AsArray::as_string_view).collect();
            for row in rows {
                write_record(
                    columns.iter().map(|column| column.is_valid(row).then(|| column.value(row).as_bytes())),
                    out,
                );
            }
        }
        Raw::Csv(records) => {
            let (columns, whole) = (records.all_values(), records.are_whole());
            for row in rows {
                if let Some(record) = records.verbatim(row).filter(|_| whole) {
                    out.extend_from_slice(record);
                    out.push(b'\n');
                } else {
                    write_record(columns.iter().map(|column| column.get(row)), out);
                }
            }
        }
    }
    Ok(())
}

fn write_record<'a>(values: impl Iterator<Item = Option<&'a [u8]>>, out: &mut Vec<u8>) {
    for (at, value) in values.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        if let Some(value) = value {
            write_value(value, out);
        }
    }
    out.push(b'\n');
}

fn write_value(value: &[u8], out: &mut Vec<u8>) {
    if !needs_quotes(value) {
        out.extend_from_slice(value);
        return;
    }
    out.push(b'"');
    for part in value.split_inclusive(|byte| *byte == b'"') {
        out.extend_from_slice(part);
        if part.ends_with(b"\"") {
            out.push(b'"');
        }
    }
    out.push(b'"');
}

fn needs_quotes(value: &[u8]) -> bool {
    let special = |byte: &u8| matches!(*byte, b'"' | b',' | b'\n' | b'\r');
    value.is_empty() || (has_low_byte(value) && value.iter().any(special))
}

/// Whether a byte is below `-`, as all are that need quotes and few others: eight are looked at in one step.
fn has_low_byte(value: &[u8]) -> bool {
    const ONES: u64 = u64::MAX / 255;
    let low = |bytes: [u8; STEP]| {
        let word = u64::from_le_bytes(bytes);
        word.wrapping_sub(ONES * u64::from(b'-')) & !word & (ONES << 7) != 0
    };
    match value.last_chunk::<STEP>() {
        Some(last) => low(*last) || value.as_chunks::<STEP>().0.iter().any(|step| low(*step)),
        None => value.iter().any(|byte| *byte < b'-'),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::RecordBatch;

    use super::*;

    fn written(columns: Vec<Vec<Option<&str>>>, keep: Option<Vec<bool>>) -> String {
        let columns = columns.into_iter().enumerate().map(|(at, values)| {
            let column: ArrayRef = Arc::new(values.into_iter().collect::<StringViewArray>());
            (at.to_string(), column)
        });
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut out = Vec::new();
        write_records(&batch.into(), keep.map(BooleanArray::from).as_ref(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_what_would_be_misread_is_quoted() {
        let values =
            vec![Some("plain"), Some(" blank "), Some("a,b"), Some("say \"x\""), Some("\r"), Some("é\n"), Some("'")];
        assert_eq!(written(vec![values], None), "plain\n blank \n\"a,b\"\n\"say \"\"x\"\"\"\n\"\r\"\n\"é\n\"\n'\n");
    }

    #[test]
    fn a_special_character_is_found_wherever_it_stands() {
        for length in 1..50 {
            for place in 0..length {
                let mut value = vec![b'x'; length];
                value[place] = b',';
                assert!(needs_quotes(&value), "{length} {place}");
            }
            assert!(!needs_quotes(&vec![b'x'; length]));
        }
    }

    #[test]
    fn null_and_empty_differ() {
        assert_eq!(written(vec![vec![None, Some("")], vec![Some("a"), None]], None), ",a\n\"\",\n");
    }

    #[test]
    fn only_kept_records_are_written() {
        let column = vec![Some("a"), Some("b"), Some("c")];
        assert_eq!(written(vec![column], Some(vec![true, false, true])), "a\nc\n");
    }
}
