use crate::policy::Operation;
use crate::rule::prelude::*;
use crate::rules::common::headers as common;

declare_rule! {
    /// Sessions are to be inserted, for which there is no documented way.
    ///
    /// ## What it checks
    /// Operation insert on sessions.
    ///
    /// ## Why it matters
    /// Sessions come from customers who write, from flows and from starting a conversation; that a load can make them
    /// is documented nowhere, although their fields are marked as creatable. Source: Object Reference,
    /// MessagingSession, usage.
    ///
    /// ## Example
    /// Fails: sessions with operation insert. Passes: the same with operation audit.
    ///
    /// ## How to mend it
    /// Give sessions as evidence beside the users, with operation audit, and do not load them.
    ///
    /// ## Nulls and unknowns
    /// There are none: the operation alone decides. Runs only with operation insert, update or upsert.
    ///
    /// ## Since
    /// 0.1.0
    code: "H106",
    name: "session-insert",
    tables: &[Sessions],
    severity: Warning,
    default: true,
    needs: &[Need::Other(common::load)],
    since: "0.1.0",
    decide: Decide::Header(check),
    describe: Describe::Noted,
}

fn check(_: &Headers, context: &Context) -> HeaderVerdict {
    let message = "No way to insert sessions is documented: they come from customers, flows and started conversations; \
                   use the file as evidence and do not load it.";
    let mut verdict = HeaderVerdict::default();
    verdict.judge((context.operation == Operation::Insert).then(|| Note::new(message)));
    verdict
}

#[cfg(test)]
mod tests {
    use crate::model::objects::Table;
    use crate::policy::Operation;
    use crate::rules::testing::{header_findings, sessions};

    #[test]
    fn finds_what_it_says() {
        let names = "MessagingEndUserId,Status";
        let of = |operation| header_findings("H106", Table::Sessions, names, operation);
        assert_eq!((of(Operation::Insert).checked, of(Operation::Insert).messages.len()), (1, 1));
        assert_eq!(of(Operation::Update).messages.len(), 0);
    }

    #[test]
    fn what_is_only_looked_at_is_not_judged() {
        let found = sessions("MessagingEndUserId,Status\n0PA000000000001,Ended\n");
        let reason = found.skipped("H106");
        assert_eq!(reason.as_deref(), Some("they run only with operation insert, update or upsert"));
    }
}
