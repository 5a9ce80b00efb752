use crate::rule::prelude::*;

declare_rule! {
    /// A CSV file starts with a byte order mark.
    ///
    /// ## What it checks
    /// The first three bytes of the file.
    ///
    /// ## Why it matters
    /// Bulk API 2.0 takes the mark for a part of the first header and refuses the whole job. The file is read correctly
    /// here all the same. Source: Bulk API 2.0 Developer Guide, prepare CSV files; public reports of failed jobs.
    ///
    /// ## Example
    /// Fails: a file that Excel saved as 'CSV UTF-8'. Passes: the same without its first three bytes, EF BB BF.
    ///
    /// ## How to mend it
    /// Take the mark out; files written by --write have none.
    ///
    /// ## Nulls and unknowns
    /// Only CSV and TSV files on this machine, compressed or not, and standard input have bytes to look at; for every
    /// other source the rule is skipped, with the reason.
    ///
    /// ## Since
    /// 0.1.0
    code: "F102",
    name: "byte-order-mark",
    tables: &[Users, Sessions],
    severity: Error,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::File(|file| file.mark.then(|| Note::new("Byte 0: the file starts with a byte order mark (EF BB BF); Bulk API 2.0 refuses such a file. --write writes files without it."))),
    describe: Describe::Noted,
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::file_counts;

    #[test]
    fn finds_what_it_says() {
        assert_eq!(file_counts("F102", b"\xEF\xBB\xBFId\n1\n").failed, 1);
        assert_eq!(file_counts("F102", b"Id\n1\n").failed, 0);
    }
}
