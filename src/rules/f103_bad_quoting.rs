use crate::rule::prelude::*;

declare_rule! {
    /// A record of a CSV file has double quotes where they must not be.
    ///
    /// ## What it checks
    /// Every record: a quote that is never closed, text after a closing quote, a quote inside a value that does not
    /// start with one. The first fault of a record is told; its number of values is then left alone.
    ///
    /// ## Why it matters
    /// Salesforce refuses the file with `Found unescaped quote`, `Not expecting more text after end quote` or `EOF
    /// reached before closing an opened quote`. Where quotes are so wrong that a record goes over the ends of lines, and
    /// holds others for all that can be known, the check stops with an error that says the same; elsewhere the value is
    /// all that stands between the separators. Source: Bulk API 2.0 Developer Guide, prepare CSV files; Salesforce's own CSV
    /// parser in its open-source Web Service Connector.
    ///
    /// ## Example
    /// Fails: `1,Anna "Ann" Lee`. Passes: `1,"Anna ""Ann"" Lee"`.
    ///
    /// ## How to mend it
    /// Put the whole value in double quotes and double those that belong to it.
    ///
    /// ## Nulls and unknowns
    /// Only CSV and TSV files on this machine, compressed or not, and standard input have bytes to look at; for every
    /// other source the rule is skipped, with the reason.
    ///
    /// ## Since
    /// 0.1.0
    code: "F103",
    name: "bad-quoting",
    tables: &[Users, Sessions, Channels, Sends, ExistingUsers],
    severity: Error,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::Faults(Concern::Quoting),
    describe: Describe::Noted,
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::file_counts;

    #[test]
    fn finds_what_it_says() {
        let bad = file_counts("F103", b"Id,Name\n1,a\n2,b \"c\" d\n3,\"e\"f\n");
        assert_eq!((bad.checked, bad.failed, bad.rows), (4, 2, vec![1, 2]));
        assert_eq!(file_counts("F103", b"Id,Name\n1,\"b \"\"c\"\"\"\n").failed, 0);
    }
}
