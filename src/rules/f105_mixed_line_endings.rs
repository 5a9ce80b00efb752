use crate::files::Place;
use crate::files::words::{plural, thousands};
use crate::rule::prelude::*;

declare_rule! {
    /// A CSV file ends its lines in more than one way.
    ///
    /// ## What it checks
    /// Line ends outside of quotes: LF, CRLF, and a lone CR, which Salesforce takes for a line end, too, while a record
    /// goes on here.
    ///
    /// ## Why it matters
    /// A job declares one line end and its bytes must match: the upload fails with `LineEnding is invalid on user
    /// data`. Source: Bulk API 2.0 Developer Guide, prepare CSV files; Salesforce's own CSV parser.
    ///
    /// ## Example
    /// Fails: a CRLF file to which a script appended lines that end in LF. Passes: LF everywhere, or CRLF everywhere.
    ///
    /// ## How to mend it
    /// Convert the file to LF; files written by --write have nothing else.
    ///
    /// ## Nulls and unknowns
    /// Only CSV and TSV files on this machine, compressed or not, and standard input have bytes to look at; for every
    /// other source the rule is skipped, with the reason.
    ///
    /// ## Since
    /// 0.1.0
    code: "F105",
    name: "mixed-line-endings",
    tables: &[Users, Sessions],
    severity: Error,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::File(check),
    describe: Describe::Noted,
}

fn check(file: &ScannedFile) -> Option<Note> {
    let ends = file.ends;
    let counts = [("LF", ends.feeds), ("CRLF", ends.pairs), ("CR", ends.returns)];
    if ends.returns == 0 && (ends.feeds == 0 || ends.pairs == 0) {
        return None;
    }
    let seen = counts.iter().zip(ends.first).filter_map(|((name, count), first)| {
        let Place { line, offset, .. } = first?;
        let (line, offset) = (thousands(line), thousands(offset));
        Some(format!("{} in {name} (first at line {line}, byte {offset})", plural(*count, "line")))
    });
    let seen: Vec<_> = seen.collect();
    let cure = "Salesforce wants one kind in a file; convert it to LF.";
    Some(Note::new(format!("Lines end in different ways: {}. {cure}", seen.join(", "))))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::file_counts;

    #[test]
    fn finds_what_it_says() {
        let bad = file_counts("F105", b"Id,Name\n1,a\r\n2,b\n");
        assert_eq!((bad.checked, bad.failed), (1, 1));
        let said = "2 lines in LF (first at line 1, byte 7), 1 line in CRLF (first at line 2, byte 12)";
        assert!(bad.messages[0].contains(said), "{:?}", bad.messages);
        assert_eq!(file_counts("F105", b"Id,Name\n1,a\rb\n").failed, 1);
        assert_eq!(file_counts("F105", b"Id,Name\r\n1,\"a\nb\"\r\n").failed, 0);
    }
}
