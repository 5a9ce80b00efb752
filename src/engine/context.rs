//! What every rule may look at besides the record: clock, policy, channels, and which columns there are.

use std::sync::Arc;

use super::forms::FormCounts;
use crate::model::objects::{Table, session, user};
use crate::policy::{Operation, Policy};
use crate::rule::{Decide, Need, Rule};
use crate::tables::bind::Binding;
use crate::tables::channels::Channels;
use crate::tables::headers::Headers;
use crate::tables::key::KeyMap;
use crate::tables::phone::Region;

/// The frame of a check.
#[derive(Debug, Clone)]
pub struct Context {
    /// The frozen clock: milliseconds since 1970 in UTC.
    pub as_of: i64,
    /// The article's numbers.
    pub policy: Policy,
    /// What the data are meant for.
    pub operation: Operation,
    /// The country whose calling code a fix may add to a number, where neither record nor channel names one.
    pub default_region: Option<Region>,
    /// The channels, once they are read.
    pub channels: Arc<Channels>,
    /// The first record of existing_users that holds an address as OptedOut, by address, once they are read.
    pub opted_out: Arc<KeyMap<u32>>,
    /// The channels whose WhatsApp users have both forms of numbers, once users are read.
    pub number_forms: Arc<KeyMap<FormCounts>>,
    /// Whether any record of users or existing_users has a readable Id, once both are read.
    pub user_ids_known: bool,
    /// Whether the numbers of records mean something to whoever reads the findings.
    pub numbered: bool,
    bindings: [Option<Arc<Binding>>; Table::ALL.len()],
    headers: [Option<Arc<Headers>>; Table::ALL.len()],
    /// Why the bytes of a table were not looked at.
    unscanned: [Option<String>; Table::ALL.len()],
}

impl Context {
    /// A frame without any table.
    #[must_use]
    pub fn new(as_of: i64, policy: Policy, operation: Operation) -> Self {
        Self {
            as_of,
            policy,
            operation,
            default_region: None,
            channels: Arc::default(),
            opted_out: Arc::default(),
            number_forms: Arc::default(),
            user_ids_known: false,
            numbered: true,
            bindings: Default::default(),
            headers: Default::default(),
            unscanned: std::array::from_fn(|_| Some("the data was not read from CSV files".to_owned())),
        }
    }

    /// How a table's columns are bound, if it is given.
    #[must_use]
    pub fn binding(&self, table: Table) -> Option<&Arc<Binding>> {
        self.bindings[table as usize].as_ref()
    }

    /// Makes a table known.
    pub fn bind(&mut self, binding: Binding) {
        let at = binding.table as usize;
        self.bindings[at] = Some(Arc::new(binding));
    }

    /// The headers of a table, if it is given.
    #[must_use]
    pub fn headers(&self, table: Table) -> Option<&Arc<Headers>> {
        self.headers[table as usize].as_ref()
    }

    /// Makes a table's headers known.
    pub fn set_headers(&mut self, headers: Headers) {
        let at = headers.table as usize;
        self.headers[at] = Some(Arc::new(headers));
    }

    /// Says whether the bytes of a table are looked at: none, or the reason why they are not.
    pub fn set_unscanned(&mut self, table: Table, reason: Option<String>) {
        self.unscanned[table as usize] = reason;
    }

    /// Whether a table is given.
    #[must_use]
    pub fn given(&self, table: Table) -> bool {
        self.binding(table).is_some()
    }

    /// Whether a table is given with a column for a field.
    #[must_use]
    pub fn has(&self, table: Table, field: usize) -> bool {
        self.binding(table).is_some_and(|binding| binding.has(field))
    }

    /// Whether an instant lies after as-of by more than clocks differ.
    #[must_use]
    pub const fn is_future(&self, millis: i64) -> bool {
        millis > self.as_of + self.policy.clock_tolerance
    }

    /// Whether two columns are there and hold keys of the same kind: Salesforce Ids, or keys of another system.
    #[must_use]
    pub fn same_keys(&self, one: (Table, usize), other: (Table, usize)) -> bool {
        match (self.binding(one.0), self.binding(other.0)) {
            (Some(a), Some(b)) if a.has(one.1) && b.has(other.1) => a.is_external(one.1) == b.is_external(other.1),
            _ => false,
        }
    }

    /// Whether sessions name their customers by keys of the same kind as the users' Ids in this table.
    #[must_use]
    pub fn joins(&self, users: Table) -> bool {
        self.same_keys((users, user::ID), (Table::Sessions, session::USER))
    }

    /// Whether sessions say when customers wrote: their StartTime and Origin are there, and they name users by Id.
    #[must_use]
    pub fn sessions_tell_of_messages(&self) -> bool {
        let columns = [session::START, session::ORIGIN];
        columns.iter().all(|field| self.has(Table::Sessions, *field)) && self.joins(Table::Users)
    }

    /// Whether a rule can run on a table that it judges.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn meets(&self, rule: &Rule, table: Table) -> Result<(), String> {
        if !self.given(table) {
            return Err(format!("no {} were given", table.name()));
        }
        if let (Decide::File(_) | Decide::Faults(_), Some(reason)) = (&rule.decide, &self.unscanned[table as usize]) {
            return Err(reason.clone());
        }
        // What a rule asks of its own table it asks of the one that it judges here.
        let here = |named: Table| if named == rule.table() { table } else { named };
        rule.needs.iter().try_for_each(|need| match *need {
            Need::Column(named, field) => self.has_columns(here(named), 1, &[field]),
            Need::Columns(named, least, fields) => self.has_columns(here(named), least, fields),
            Need::Ids(named, fields) => self.has_ids(here(named), fields),
            Need::Other(met) => met(self),
        })
    }

    fn has_columns(&self, table: Table, least: usize, fields: &[usize]) -> Result<(), String> {
        if !self.given(table) {
            return Err(format!("no {} were given", table.name()));
        }
        if fields.iter().filter(|field| self.has(table, **field)).count() >= least {
            return Ok(());
        }
        let names: Vec<_> = fields.iter().map(|field| table.fields()[*field].name).collect();
        Err(match (least, names.as_slice()) {
            (_, [name]) => format!("{} have no column {name}", table.name()),
            (1, names) => format!("{} have none of the columns {}", table.name(), names.join(", ")),
            (least, names) => format!("{} have fewer than {least} of the columns {}", table.name(), names.join(", ")),
        })
    }

    fn has_ids(&self, table: Table, fields: &[usize]) -> Result<(), String> {
        let ids = |binding: &Binding| fields.iter().any(|at| binding.has(*at) && !binding.is_external(*at));
        if self.binding(table).is_some_and(|binding| ids(binding)) {
            return Ok(());
        }
        let names: Vec<_> = fields.iter().map(|field| table.fields()[*field].name).collect();
        Err(format!("{} have no column of Salesforce Ids among {}", table.name(), names.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use arrow_schema::{DataType, Field, Schema};

    use super::*;
    use crate::model::objects::send;

    const SESSIONS: &str = "MessagingEndUserId,Status,StartTime,Origin";

    /// Tables with these headers.
    fn context(tables: &[(Table, &str)]) -> Context {
        let mut context = Context::new(0, Policy::default(), Operation::Audit);
        for (table, names) in tables {
            let fields: Vec<_> = names.split(',').map(|name| Field::new(name, DataType::Utf8, true)).collect();
            context.bind(Binding::new(*table, "x", &Schema::new(fields), &BTreeMap::new(), false).unwrap());
        }
        context
    }

    fn users(id: &str) -> (Table, String) {
        (Table::Users, format!("{id}MessagingPlatformKey,MessagingChannelId,MessageType"))
    }

    #[test]
    fn tables_are_joined_by_keys_of_one_kind_alone() {
        for (id, user, joined) in [
            ("Id,", "MessagingEndUserId", true),
            ("Id,", "MessagingEndUser.Id", true),
            ("", "MessagingEndUserId", false),
            ("Id,", "MessagingEndUser.External_Id__c", false),
        ] {
            let (table, names) = users(id);
            let sessions = SESSIONS.replace("MessagingEndUserId", user);
            let context = context(&[(table, &names), (Table::Sessions, &sessions)]);
            assert_eq!(context.joins(Table::Users), joined, "{id} {user}");
            assert!(!context.joins(Table::ExistingUsers));
            assert_eq!(context.sessions_tell_of_messages(), joined, "{id} {user}");
        }
        let sends = "MessagingChannelId,Phone";
        let both_lack = context(&[(Table::Users, &users("").1), (Table::Sends, sends)]);
        assert!(!both_lack.same_keys((Table::Users, user::ID), (Table::Sends, send::USER)));
    }

    #[test]
    fn sessions_tell_of_messages_by_start_and_origin_together() {
        let (table, names) = users("Id,");
        for (left_out, tell) in [("", true), (",StartTime", false), (",Origin", false)] {
            let sessions = SESSIONS.replace(left_out, "");
            let sessions = if left_out.is_empty() { SESSIONS } else { &sessions };
            let context = context(&[(table, &names), (Table::Sessions, sessions)]);
            assert_eq!(context.sessions_tell_of_messages(), tell, "{left_out}");
        }
    }

    #[test]
    fn a_rule_about_ids_needs_a_column_of_salesforce_ids() {
        let (table, names) = users("");
        let told = |more: &str| context(&[(table, &format!("{names}{more}"))]).has_ids(table, &[user::ID, user::OWNER]);
        assert_eq!(told(",OwnerId"), Ok(()));
        let none = Err("users have no column of Salesforce Ids among Id, OwnerId".to_owned());
        assert_eq!(told(""), none);
        assert_eq!(told(",Owner.Username"), none);
    }
}
