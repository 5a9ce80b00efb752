//! Fixes: replacements of cells that are certain.
//!
//! A *safe* fix says what the cell says, in the form that Salesforce takes. An *unsafe* one adds what the cell does not
//! say: a calling code, a time zone. What could mean two things has no fix at all.

mod cells;

pub use cells::{Mending, id_fix, key_fix, pick_fix, zone_fix};

use crate::engine::chunk::Records;
use crate::engine::context::Context;
use crate::engine::select::Selection;
use crate::model::objects::{Table, Type};
use crate::tables::bind::Binding;

/// A replacement for a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What to write instead.
    pub value: String,
    /// Whether it only says the same in another form.
    pub safe: bool,
}

impl Fix {
    /// A fix that adds nothing to what the cell says.
    #[must_use]
    pub fn safe(value: impl Into<String>) -> Self {
        Self { value: value.into(), safe: true }
    }

    /// A fix that adds what the cell does not say.
    #[must_use]
    pub fn not_safe(value: impl Into<String>) -> Self {
        Self { value: value.into(), safe: false }
    }

    /// The name that outputs use.
    #[must_use]
    pub const fn safety(&self) -> &'static str {
        if self.safe { "safe" } else { "unsafe" }
    }
}

/// One cell that a fix changes.
#[derive(Debug, Clone)]
pub struct Change {
    /// The position of the record in its batch.
    pub place: usize,
    /// The field.
    pub field: usize,
    /// The rule whose finding goes, or the name of a change of form that no rule asks for.
    pub code: &'static str,
    /// The cell as given.
    pub before: String,
    /// What replaces it.
    pub fix: Fix,
}

/// The fields of a table that may be mended: those that a column of their own holds and a selected rule looks at.
#[derive(Debug)]
pub struct Mender<'a> {
    context: &'a Context,
    fields: Vec<usize>,
    allowed: Vec<Mending>,
}

impl<'a> Mender<'a> {
    /// Prepares for the records of one table. A column that holds two fields is left alone: what mends one field may
    /// spoil the other.
    #[must_use]
    pub fn new(context: &'a Context, selection: &Selection, table: Table, binding: &Binding) -> Self {
        let runs = |mending: &Mending| {
            let code = mending.rule(table);
            let active = selection.on(table).find(|active| Some(active.rule.code) == code);
            active.is_some_and(|active| context.meets(active.rule, table).is_ok())
        };
        let header = |field: usize| binding.column(field).map(|column| &column.header);
        let all = 0..table.fields().len();
        let fields = all.clone().filter(|field| {
            let shared = all.clone().any(|other| other != *field && header(other) == header(*field));
            let id = matches!(table.fields()[*field].kind, Type::Id(_) | Type::Reference(..));
            binding.has(*field) && !shared && !(id && binding.is_external(*field))
        });
        Self {
            context,
            fields: fields.collect(),
            allowed: Mending::ALL.into_iter().filter(|mending| runs(mending)).collect(),
        }
    }

    /// What to change in a batch, by record and field.
    #[must_use]
    pub fn changes(&self, records: &Records<'_>) -> Vec<Change> {
        let batch = records.batch();
        let mut changes = Vec::new();
        for place in 0..batch.rows() {
            for &field in &self.fields {
                let Some((mending, fix)) = cells::fix(records, self.context, field, place) else { continue };
                if !self.allowed.contains(&mending) {
                    continue;
                }
                let before = batch.shown(field, place).unwrap_or_default();
                changes.push(Change { place, field, code: mending.code(batch.table()), before, fix });
            }
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use arrow_array::RecordBatch;

    use super::*;
    use crate::policy::{Operation, Policy};
    use crate::rules::testing::{AS_OF, read};
    use crate::tables::batch::Batch;

    /// Field and code of each change, when these rules are selected.
    fn changed(batch: &RecordBatch, mapping: &[(&str, &str)], codes: &[&str]) -> Vec<(&'static str, &'static str)> {
        let changes = changes(Table::Users, batch, mapping, codes);
        changes.iter().map(|change| (Table::Users.fields()[change.field].name, change.code)).collect()
    }

    fn changes(table: Table, batch: &RecordBatch, mapping: &[(&str, &str)], codes: &[&str]) -> Vec<Change> {
        let mapping = mapping.iter().map(|(field, column)| ((*field).to_owned(), (*column).to_owned())).collect();
        let codes: Vec<_> = codes.iter().map(|code| (*code).to_owned()).collect();
        let binding = Binding::new(table, "test", &batch.schema(), &mapping, false).unwrap();
        let mut context = Context::new(AS_OF, Policy::default(), Operation::Audit);
        context.bind(binding.clone());
        let selection = Selection::new(Some(&codes), &[], &BTreeMap::new()).unwrap();
        let decoded = Batch::decode(&binding, &batch.clone().into(), &context.policy).unwrap();
        let records = Records::new(decoded, &binding, &context);
        Mender::new(&context, &selection, table, &binding).changes(&records)
    }

    #[test]
    fn only_what_a_selected_rule_looks_at_is_mended() {
        let users = "Id,MessagingPlatformKey,MessagingChannelId,MessageType\n0PA000000000001,+1 415 555 0123,0Mj000000000001AAA,text\n";
        let users = read(users);
        assert_eq!(changed(&users, &[], &["U202"]), [("MessageType", "U202")]);
        assert_eq!(changed(&users, &[], &["U101"]), [("MessagingPlatformKey", "U101")]);
        assert_eq!(changed(&users, &[], &["U301"]), []);
    }

    #[test]
    fn sessions_are_mended_by_their_own_rules() {
        let sessions = "Id,MessagingEndUserId,Status,StartTime,EndTime\n0MwHo000000PCQz,0PAHo000000pcqzKAO,ended,2026-11-22T10:00:00,2026-11-22 11:00:00Z\n";
        let sessions = read(sessions);
        let told = |codes: &[&str]| -> Vec<_> {
            let changes = changes(Table::Sessions, &sessions, &[], codes);
            changes.into_iter().map(|change| (change.before, change.fix.value, change.code)).collect()
        };
        let long = ("0MwHo000000PCQz".to_owned(), "0MwHo000000PCQzKAO".to_owned(), "id18");
        let time = |given: &str, mended: &str, code| (given.to_owned(), mended.to_owned(), code);
        assert_eq!(told(&["S204"])[0], long);
        let either = read("Id,MessagingEndUserId,Status,StartTime\n,0PAHo000000PCQzKAO,Ended,03/04/2026 10:00:00Z\n");
        assert!(changes(Table::Sessions, &either, &[], &["S402"]).is_empty());
        assert_eq!(told(&["S202"]), [("ended".to_owned(), "Ended".to_owned(), "S202")]);
        assert_eq!(
            told(&["S402"]),
            [
                time("2026-11-22T10:00:00", "2026-11-22T10:00:00.000Z", "S402"),
                time("2026-11-22 11:00:00Z", "2026-11-22T11:00:00.000Z", "bulk-time"),
            ]
        );
    }

    #[test]
    fn only_keys_that_are_wrong_on_their_platform_are_mended() {
        let row = |key: &str, kind: &str| format!("{key},0Mj000000000001AAA,{kind},{key},US\n");
        let rows = [
            row("+1 (415) 555-0123", "Text"),
            row("14155550123", "WhatsApp"),
            row("+14155550123", "WhatsApp"),
            row("+1 415 555 0123", "WhatsApp"),
            row("+1 415 555 0123", "Facebook"),
        ];
        let users = read(&format!(
            "MessagingPlatformKey,MessagingChannelId,MessageType,Name,IsoCountryCode\n{}",
            rows.concat()
        ));
        let changes = changes(Table::Users, &users, &[], &["U101", "U105"]);
        let key = Table::Users.fields().iter().position(|field| field.name == "MessagingPlatformKey").unwrap();
        let told: Vec<_> = changes.iter().map(|change| (change.place, change.field, change.code)).collect();
        assert_eq!(told, [(0, key, "U101"), (3, key, "U105")]);
        assert!(changes.iter().all(|change| change.fix.value == "+14155550123"));
    }

    #[test]
    fn a_column_that_holds_two_fields_is_left_alone() {
        let users = "Id,MessagingPlatformKey,MessagingChannelId,MessageType,CreatedDate\n,+14155550123,0Mj000000000001CAA,Text,2026-11-22T10:00:00\n";
        let users = read(users);
        assert_eq!(changed(&users, &[], &["U209"]), [("CreatedDate", "U209")]);
        let other = [("LastInboundMessageTime", "CreatedDate")];
        assert_eq!(changed(&users, &other, &["U209"]), [("LastInboundMessageTime", "U209")]);
        let both = [("LastInboundMessageTime", "CreatedDate"), ("CreatedDate", "CreatedDate")];
        assert_eq!(changed(&users, &both, &["U209"]), []);
    }

    #[test]
    fn keys_of_another_system_are_left_alone() {
        let row = "\n0PA000000000001,+14155550123,0Mj000000000001,Text\n";
        let of = |column: &str| read(&format!("Id,MessagingPlatformKey,{column},MessageType{row}"));
        let (id, channel) = (("Id", "id18"), ("MessagingChannelId", "id18"));
        assert_eq!(changed(&of("MessagingChannelId"), &[], &["U204"]), [id, channel]);
        assert_eq!(changed(&of("MessagingChannel.Ref__c"), &[], &["U204"]), [id]);
    }
}
