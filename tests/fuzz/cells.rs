//! Cells without a value, booleans and picklists, against lists of what they may be.

use proptest::prelude::*;
use proptest::sample::select;
use sendworthy::model::objects::{Table, Type};
use sendworthy::model::picklists::Picklist;
use sendworthy::tables::cell::{is_missing, read_bool};

use super::driver::{drive, same};
use super::inputs::hostile;

/// Whether a cell holds no value.
pub fn is_blank(text: &[u8]) -> bool {
    text == b"#N/A" || text.iter().all(|byte| b" \t\r\n".contains(byte))
}

/// All picklists of all tables.
pub fn picklists() -> Vec<&'static Picklist> {
    let fields = Table::ALL.into_iter().flat_map(Table::fields);
    fields.filter_map(|field| if let Type::Picklist(list) = field.kind { Some(list) } else { None }).collect()
}

/// Values of picklists and booleans.
pub fn expected() -> BoxedStrategy<Vec<u8>> {
    let values: Vec<_> =
        picklists().iter().flat_map(|list| list.values).map(|value| value.as_bytes().to_vec()).collect();
    let flags = select(&["true", "FALSE", "t", "F", "1", "0", "yes", "no", "on", "off", "Y", "n", "", " ", "#N/A"][..]);
    prop_oneof![
        3 => select(values.clone()),
        1 => select(values).prop_map(|value| value.to_ascii_uppercase()),
        2 => flags.prop_map(|flag| flag.as_bytes().to_vec()),
    ]
    .boxed()
}

fn check(text: &Vec<u8>) -> Result<(), String> {
    same("missing", &is_missing(text), &is_blank(text))?;
    let lower = String::from_utf8_lossy(&text.to_ascii_lowercase()).into_owned();
    let flag = match lower.as_str() {
        "true" | "1" | "yes" | "y" | "on" | "t" => Some(true),
        "false" | "0" | "no" | "n" | "off" | "f" => Some(false),
        _ => None,
    };
    same("a boolean", &read_bool(text), &flag)?;
    let Ok(text) = std::str::from_utf8(text) else { return Ok(()) };
    for list in picklists() {
        let read = list.read(text);
        let alike = |value: &str| value.eq_ignore_ascii_case(text);
        let exact = list.values.iter().position(|value| *value == text);
        let any = exact.or_else(|| list.values.iter().position(|value| alike(value)));
        same("the value", &read.value(), &any)?;
        same("as it is", &read.is_exact(), &exact.is_some())?;
        same("nothing", &read.is_missing(), &false)?;
        for at in 0..list.values.len() {
            same("this one", &read.is(at), &(any == Some(at)))?;
        }
    }
    Ok(())
}

/// Runs the target.
pub fn run(cases: u32, seed: u64) -> Result<u64, String> {
    drive("cells", cases, seed, &hostile(include_str!("corpus/cells.txt"), expected()), check)
}
