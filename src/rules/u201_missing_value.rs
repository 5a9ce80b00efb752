use super::common::{describe_first, describe_missing, is_missing};
use crate::rule::prelude::*;
use crate::tables::bind::Binding;

const FIELDS: &[usize] = &[user::PLATFORM_KEY, user::MESSAGE_TYPE, user::NAME, user::CHANNEL];

declare_rule! {
    /// A value that every messaging user needs is missing.
    ///
    /// ## What it checks
    /// MessagingPlatformKey of every user; MessageType where there is such a column; Name where there is one and
    /// records are to be inserted or upserted; MessagingChannelId of SMS users.
    ///
    /// ## Why it matters
    /// Salesforce creates no messaging user without them and refuses the record. Users of other channels without
    /// MessagingChannelId are U301. Source: Object Reference, MessagingEndUser; status code REQUIRED_FIELD_MISSING of
    /// the API.
    ///
    /// ## Example
    /// Fails: `MessageType=Text, MessagingPlatformKey=` (empty). Passes: `MessageType=Text,
    /// MessagingPlatformKey=+14155550123, MessagingChannelId=0MjHo000000PCQzKAO`.
    ///
    /// ## How to mend it
    /// Fill the value from the system that the customers come from, or leave the record out.
    ///
    /// ## Nulls and unknowns
    /// This is the rule about null: empty cells, blanks, `#N/A` and an Id of zeros all count as missing. Every user is
    /// judged.
    ///
    /// ## Since
    /// 0.1.0
    code: "U201",
    name: "missing-value",
    tables: &[Users],
    severity: Error,
    default: true,
    needs: &[],
    since: "0.1.0",
    decide: Decide::Users(|users, context, marks| {
        let creates = context.operation.creates();
        let wanted = FIELDS.iter().filter(|field| is_wanted(users.binding, **field, creates));
        let columns: Vec<_> = wanted.map(|field| (*field, users.batch.missing(*field))).collect();
        marks.each(users.iter().map(|user| {
            let lacks = |(field, column): &(usize, Vec<bool>)| column[user.row] && concerns(user, *field);
            Verdict::fail_if(columns.iter().any(lacks))
        }));
    }),
    describe: Describe::User(|user, case| {
        let creates = case.context.operation.creates();
        let describe = |field| describe_missing(user.batch(), field);
        describe_first(user.batch(), FIELDS, |field| lacks(user, field, creates), describe)
    }),
}

fn lacks(user: User<'_>, field: usize, creates: bool) -> bool {
    is_wanted(user.binding(), field, creates) && concerns(user, field) && is_missing(user.batch(), field, user.row)
}

/// Whether records of such a table need the field at all. The others come with their column or not at all.
fn is_wanted(binding: &Binding, field: usize, creates: bool) -> bool {
    match field {
        user::NAME => creates && binding.has(field),
        _ => binding.has(field),
    }
}

/// Whether this user needs it: only on SMS there is no user without a channel.
fn concerns(user: User<'_>, field: usize) -> bool {
    field != user::CHANNEL || user.kind() == Kind::Sms
}

#[cfg(test)]
mod tests {
    use crate::policy::{Operation, Policy};
    use crate::rules::testing::{check_with, users};

    const CSV: &str = "MessagingPlatformKey,MessagingChannelId,MessageType,Name\n+12345678900,0Mj000000000001,Text,Ada\n,0Mj000000000001,Text,Ada\n+12345678901,0Mj000000000001,,Ada\n+12345678902,,Text,Ada\n491,,WhatsApp,Ada\n#N/A,000000000000000,Text,Ada\n+12345678903,0Mj000000000001,Text, \n";

    #[test]
    fn each_required_value_is_asked_for() {
        let found = users(CSV);
        assert_eq!(found.rows("U201"), [1, 2, 3, 5]);
        assert_eq!(found.checked("U201"), 7);
        assert_eq!(found.column(1, "U201"), "MessagingPlatformKey");
        assert_eq!(found.column(2, "U201"), "MessageType");
        assert_eq!(found.column(3, "U201"), "MessagingChannelId");
        assert!(found.message(5, "U201").contains("MessagingChannelId"));
    }

    #[test]
    fn new_records_need_a_name() {
        let found = check_with(&[("users", CSV)], Policy::default(), Operation::Insert);
        assert_eq!(found.rows("U201"), [1, 2, 3, 5, 6]);
        assert_eq!(found.column(6, "U201"), "Name");
    }

    #[test]
    fn a_channel_that_need_not_be_there_is_not_what_is_told() {
        let csv = "MessagingPlatformKey,MessagingChannelId,MessageType,Name\n491,,WhatsApp,\n";
        let found = check_with(&[("users", csv)], Policy::default(), Operation::Insert);
        assert_eq!(found.rows("U201"), [0]);
        assert_eq!(found.column(0, "U201"), "Name");
        let message = found.message(0, "U201");
        assert!(!message.contains("MessagingChannelId"), "{message}");
    }
}
