use crate::files::{MAX_JOB, words::thousands};
use crate::rule::prelude::*;

declare_rule! {
    /// A CSV file is too large for one job.
    ///
    /// ## What it checks
    /// The size of the file in bytes, uncompressed: more than 100,000,000.
    ///
    /// ## Why it matters
    /// A job of Bulk API 2.0 takes 150,000,000 bytes after base64 encoding, which makes four bytes of three. Source:
    /// Salesforce Developer Limits, Bulk API 2.0.
    ///
    /// ## Example
    /// Fails: a file of 120 MB. Passes: a file of 99 MB.
    ///
    /// ## How to mend it
    /// Cut it; --write does.
    ///
    /// ## Nulls and unknowns
    /// Only CSV and TSV files on this machine, compressed or not, and standard input have bytes to look at; for every
    /// other source the rule is skipped, with the reason.
    ///
    /// ## Since
    /// 0.1.0
    code: "F108",
    name: "more-than-one-job",
    tables: &[Users, Sessions],
    severity: Info,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::File(check),
    describe: Describe::Noted,
}

fn check(file: &ScannedFile) -> Option<Note> {
    (file.bytes > MAX_JOB).then(|| {
        Note::new(format!(
            "The file has {} bytes; one job takes about {}. --write cuts it into parts that fit.",
            thousands(file.bytes),
            thousands(MAX_JOB)
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_fits() {
        let of = |bytes| check(&ScannedFile { bytes, ..ScannedFile::default() });
        assert_eq!(of(100_000_000), None);
        assert!(of(100_000_001).unwrap().message.contains("100,000,001 bytes"));
    }
}
