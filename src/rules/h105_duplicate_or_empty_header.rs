use crate::rule::prelude::*;
use std::collections::BTreeSet;

declare_rule! {
    /// A header occurs twice or is empty.
    ///
    /// ## What it checks
    /// Every header as it is spelled, without regard to case. Of headers that are alike every one after the first is
    /// told. STATUS beside Status in Data Loader's success file is not: it says what became of the record.
    ///
    /// ## Why it matters
    /// Salesforce refuses the file or takes one of the columns, and nobody knows which; an empty header is no field. A
    /// header of a column that has to be read stops the check with an error instead. Source: Data Loader's source,
    /// which warns of both.
    ///
    /// ## Example
    /// Fails: `Id,Name,name`, `Id,,Name`. Passes: `Id,Name`.
    ///
    /// ## How to mend it
    /// Rename or take out the column.
    ///
    /// ## Nulls and unknowns
    /// Rules about headers look at every kind of source. Columns mapped with columns=, --map or --sdl count under the
    /// names of their fields; with a Data Loader mapping, columns that it does not name are not loaded and not judged.
    ///
    /// ## Since
    /// 0.1.0
    code: "H105",
    name: "duplicate-or-empty-header",
    tables: &[Users, Sessions, Channels, Sends, ExistingUsers],
    severity: Error,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::Header(check),
    describe: Describe::Noted,
}

fn check(headers: &Headers, _: &Context) -> HeaderVerdict {
    let mut verdict = HeaderVerdict::default();
    let mut seen = BTreeSet::new();
    for (at, header) in headers.columns.iter().enumerate() {
        let name = header.spelled.trim();
        let message = if name.is_empty() {
            Some(format!("Column {} of {} has no header; name it or take it out.", at + 1, headers.columns.len()))
        } else if headers.is_result(name) || seen.insert(name.to_lowercase()) {
            None
        } else {
            Some("The header occurs more than once; Salesforce cannot tell the columns apart.".to_owned())
        };
        verdict.judge(message.map(|message| Note::on(&header.spelled, message)));
    }
    verdict
}

#[cfg(test)]
mod tests {
    use crate::model::objects::Table;
    use crate::policy::Operation;
    use crate::rules::testing::header_findings;

    #[test]
    fn finds_what_it_says() {
        let users = |names: &str| header_findings("H105", Table::Users, names, Operation::Audit);
        let found = users("Id,Extra,,extra");
        assert_eq!((found.checked, found.columns), (4, vec![String::new(), "extra".to_owned()]));
        assert!(found.messages[0].contains("Column 3 of 4"));
        assert_eq!(users("Id,Extra").columns, Vec::<String>::new());
        let sessions = header_findings("H105", Table::Sessions, "Status,STATUS,status", Operation::Audit);
        assert_eq!(sessions.columns, ["status"]);
    }
}
