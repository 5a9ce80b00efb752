use crate::rule::prelude::*;

declare_rule! {
    /// A record of a CSV file has more or fewer values than the header.
    ///
    /// ## What it checks
    /// The number of values of every record; a blank line counts as a record without any, and at a lone CR outside of
    /// quotes the record ends for Salesforce.
    ///
    /// ## Why it matters
    /// Salesforce refuses such a record, Data Loader stops at it, and every value after the place where one is missing
    /// or too many stands under the wrong header. Missing values at the end are read as empty here, and so is a blank
    /// line; Salesforce skips blank lines. Where there are too many values the check stops with an error that says the
    /// same. Source: Bulk API 2.0 Developer Guide, prepare CSV files; Data Loader's source.
    ///
    /// ## Example
    /// Fails: `1,Lee, Anna` under the header `Id,Name`. Passes: `1,"Lee, Anna"`.
    ///
    /// ## How to mend it
    /// Quote values that hold the separator; fill up what is missing; take blank lines out.
    ///
    /// ## Nulls and unknowns
    /// Only CSV and TSV files on this machine, compressed or not, and standard input have bytes to look at; for every
    /// other source the rule is skipped, with the reason.
    ///
    /// ## Since
    /// 0.1.0
    code: "F104",
    name: "ragged-record",
    tables: &[Users, Sessions, Channels, Sends, ExistingUsers],
    severity: Error,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::Faults(Concern::Width),
    describe: Describe::Noted,
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::file_counts;

    #[test]
    fn finds_what_it_says() {
        let bad = file_counts("F104", b"Id,Name\n1,a\n2\n\n4,d\n5,e,f\n");
        assert_eq!((bad.checked, bad.failed, bad.rows), (5, 3, vec![1, 2, 4]));
        assert_eq!(file_counts("F104", b"Id,Name\n1,\n2,\"b,c\"\n").failed, 0);
    }
}
