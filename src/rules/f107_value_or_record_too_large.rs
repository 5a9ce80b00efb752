use crate::rule::prelude::*;

declare_rule! {
    /// A value, record or header is larger than Bulk API takes.
    ///
    /// ## What it checks
    /// Values of more than 131,072 characters, records of more than 400,000, a header of more than 32,000 or with more
    /// than 5,000 columns. Quotes that only delimit a value do not count as a part of it, but as a part of its record.
    ///
    /// ## Why it matters
    /// Salesforce refuses the record, or the whole file where it is the header. Source: Salesforce Developer Limits,
    /// Bulk API 2.0; Salesforce's own CSV parser.
    ///
    /// ## Example
    /// Fails: a value of 131,073 characters. Passes: one of 131,072.
    ///
    /// ## How to mend it
    /// Cut the value, or leave the column out of the load.
    ///
    /// ## Nulls and unknowns
    /// Only CSV and TSV files on this machine, compressed or not, and standard input have bytes to look at; for every
    /// other source the rule is skipped, with the reason.
    ///
    /// ## Since
    /// 0.1.0
    code: "F107",
    name: "value-or-record-too-large",
    tables: &[Users, Sessions],
    severity: Error,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::Faults(Concern::Size),
    describe: Describe::Noted,
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::file_counts;

    #[test]
    fn finds_what_it_says() {
        let long = "x".repeat(131_073);
        let bad = file_counts("F107", format!("Id,Name\n1,{long}\n2,b\n").as_bytes());
        assert_eq!((bad.checked, bad.failed, bad.rows), (3, 1, vec![0]));
        assert_eq!(file_counts("F107", format!("Id,Name\n1,{}\n", &long[1..]).as_bytes()).failed, 0);
        assert_eq!(file_counts("F107", format!("Id,{}\n1,2\n", "n".repeat(32_000)).as_bytes()).failed, 1);
    }
}
