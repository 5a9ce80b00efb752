use crate::files::{BadBytes, HEADER, words::thousands};
use crate::rule::prelude::*;

declare_rule! {
    /// A CSV file holds bytes that are not UTF-8.
    ///
    /// ## What it checks
    /// Every byte of the file, in columns that no rule reads as well. The message names the first place, what the text
    /// probably is, and how many places there are.
    ///
    /// ## Why it matters
    /// Salesforce takes CSV in UTF-8 only: text in another encoding is refused or stored as garbage. The reader of values
    /// does not go on behind such bytes: then the check stops with an error that says the same. Source: Bulk API 2.0
    /// Developer Guide, prepare CSV files.
    ///
    /// ## Example
    /// Fails: `Jürgen` saved as Windows-1252, where `ü` is the single byte FC. Passes: the same in UTF-8, bytes C3 BC.
    ///
    /// ## How to mend it
    /// Save the file again as 'CSV UTF-8', or convert it: `iconv -f WINDOWS-1252 -t UTF-8`.
    ///
    /// ## Nulls and unknowns
    /// Only CSV and TSV files on this machine, compressed or not, and standard input have bytes to look at; for every
    /// other source the rule is skipped, with the reason.
    ///
    /// ## Since
    /// 0.1.0
    code: "F101",
    name: "not-utf8",
    tables: &[Users, Sessions, Channels, Sends, ExistingUsers],
    severity: Error,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::File(|file| file.bad_bytes.as_ref().map(|bad| note(file, bad))),
    describe: Describe::Noted,
}

fn note(file: &ScannedFile, bad: &BadBytes) -> Note {
    let places = match bad.places {
        1 => "the only place of this kind".to_owned(),
        places => format!("the first of {} places", thousands(places)),
    };
    let record = file.record_label(bad.first.record);
    Note {
        column: file.column(bad.column as usize).filter(|_| bad.first.record != HEADER).map(str::to_owned),
        value: None,
        message: format!(
            "Line {}, byte {} ({record}): {}; it is {places}.",
            thousands(bad.first.line),
            thousands(bad.first.offset),
            bad.message()
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::files::scan::Scanner;
    use crate::rules::testing::file_counts;

    #[test]
    fn finds_what_it_says() {
        let bad = file_counts("F101", b"Id,Name\n1,J\xFCrgen\n2,\xFC\n");
        assert_eq!((bad.checked, bad.failed), (1, 1));
        assert!(bad.messages[0].contains("Line 2, byte 11 (record 0): byte FC is not UTF-8"), "{:?}", bad.messages);
        assert!(bad.messages[0].contains("the first of 2 places"));
        assert_eq!(file_counts("F101", "Id,Name\n1,Jürgen\n".as_bytes()).failed, 0);
    }

    #[test]
    fn a_value_is_named_by_its_column_and_the_header_by_none() {
        let noted = |bytes: &[u8]| {
            let mut scanner = Scanner::new(b',');
            scanner.push(bytes).unwrap();
            let file = scanner.finish().unwrap();
            super::note(&file, file.bad_bytes.as_ref().unwrap()).column
        };
        assert_eq!(noted(b"Id,Name\n1,J\xFCrgen\n").as_deref(), Some("Name"));
        assert_eq!(noted(b"Id,N\xE4me\n1,J\n"), None);
    }
}
