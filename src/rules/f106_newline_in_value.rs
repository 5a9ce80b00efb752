use crate::rule::prelude::*;

declare_rule! {
    /// A value of a CSV file holds a line end.
    ///
    /// ## What it checks
    /// Line feeds and carriage returns inside quoted values.
    ///
    /// ## Why it matters
    /// They are allowed, yet some uploads take them for line ends of another kind than declared and refuse the file
    /// with `LineEnding is invalid on user data`. Source: Bulk API 2.0 Developer Guide, prepare CSV files; public
    /// reports of failed jobs.
    ///
    /// ## Example
    /// Fails: a Name of two lines. Passes: a Name of one line.
    ///
    /// ## How to mend it
    /// Replace line ends in values by blanks unless they are needed.
    ///
    /// ## Nulls and unknowns
    /// Only CSV and TSV files on this machine, compressed or not, and standard input have bytes to look at; for every
    /// other source the rule is skipped, with the reason.
    ///
    /// ## Since
    /// 0.1.0
    code: "F106",
    name: "newline-in-value",
    tables: &[Users, Sessions],
    severity: Warning,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::Faults(Concern::Newline),
    describe: Describe::Noted,
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::file_counts;

    #[test]
    fn finds_what_it_says() {
        let bad = file_counts("F106", b"Id,Name\n1,\"a\nb\"\n2,\"c\"\n");
        assert_eq!((bad.checked, bad.failed, bad.rows), (3, 1, vec![0]));
        assert_eq!(file_counts("F106", b"Id,Name\n1,\"a b\"\n").failed, 0);
    }
}
