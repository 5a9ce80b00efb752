//! References to channels and customers: whether they can be followed at all.

use crate::engine::context::Context;
use crate::model::objects::{Table, channel, session, user};
use crate::tables::bind::Form;
use crate::tables::channels::Link;
use crate::tables::id::State;

/// Whether a record names a channel that can be looked up.
#[must_use]
pub fn names_a_channel(link: Link) -> bool {
    matches!(link.state, State::Valid | State::Damaged)
}

/// Rules about the channel of users or sessions need channels and a column that names them by the same kind of key.
///
/// # Errors
/// What is missing.
pub fn channels_can_be_found(context: &Context, table: Table) -> Result<(), String> {
    let Some(channels) = context.binding(Table::Channels) else { return Err("no channels were given".to_owned()) };
    let field = if table == Table::Sessions { session::CHANNEL } else { user::CHANNEL };
    let Some(column) = context.binding(table).and_then(|binding| binding.column(field)) else {
        return Err(format!("{} have no column MessagingChannelId", table.name()));
    };
    let named_by = |field: usize| {
        if channels.has(field) {
            return Ok(());
        }
        let name = Table::Channels.fields()[field].name;
        Err(format!("channels have no column {name}, by which {} name them", table.name()))
    };
    match column.form {
        Form::ChannelKey => named_by(channel::PLATFORM_KEY),
        Form::ChannelLabel => named_by(channel::MASTER_LABEL),
        Form::Plain if !channels.is_external(channel::ID) => Ok(()),
        Form::Plain | Form::External => {
            Err(format!("{} and channels name channels by keys of different systems", table.name()))
        }
    }
}

/// Rules about the customer of a session need users that sessions refer to, with a column for `field` if one is given.
///
/// # Errors
/// What is missing.
pub fn customers_can_be_found(context: &Context, field: Option<usize>) -> Result<(), String> {
    const TABLES: [Table; 2] = [Table::Users, Table::ExistingUsers];
    if !TABLES.iter().any(|table| context.given(*table)) {
        return Err("neither users nor existing_users were given".to_owned());
    }
    if !TABLES.iter().any(|table| context.joins(*table)) {
        return Err("users have no Id column that MessagingEndUserId could refer to".to_owned());
    }
    match field {
        Some(field) if !TABLES.iter().any(|table| context.joins(*table) && context.has(*table, field)) => {
            Err(format!("users have no column {}", Table::Users.fields()[field].name))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::policy::{Operation, Policy};
    use crate::rules::testing::{AS_OF, check, read};
    use crate::tables::bind::Binding;

    const USERS: &str = "Id,MessagingPlatformKey,MessageType,";

    /// Why the rule about users on unknown channels is skipped.
    fn skipped(channel_column: &str, channels: &str) -> Option<String> {
        let users = format!("{USERS}{channel_column}\n0PA000000000001,+14155550123,Text,x\n");
        let channels = format!("{channels},MessageType\n");
        check(&[("users", &users), ("channels", &channels)]).skipped("U302")
    }

    #[test]
    fn channels_are_found_by_keys_of_one_kind_alone() {
        let different = Some("users and channels name channels by keys of different systems".to_owned());
        assert_eq!(skipped("MessagingChannelId", "Id"), None);
        assert_eq!(skipped("MessagingChannel.Ref__c", "Id"), different);
        let column = |name: &str| Some(format!("channels have no column {name}, by which users name them"));
        assert_eq!(skipped("MessagingChannel.MessagingPlatformKey", "Id"), column("MessagingPlatformKey"));
        assert_eq!(skipped("MessagingChannel.MessagingPlatformKey", "Id,MessagingPlatformKey"), None);
        assert_eq!(skipped("MessagingChannel.MasterLabel", "Id"), column("MasterLabel"));
        assert_eq!(skipped("MessagingChannel.MasterLabel", "Id,MasterLabel"), None);
    }

    #[test]
    fn channels_that_are_told_apart_by_other_keys_are_not_found_by_ids() {
        let found = |channel_column: &str, mapping: &[(&str, &str)]| {
            let mut context = Context::new(AS_OF, Policy::default(), Operation::Audit);
            let mapping = mapping.iter().map(|(field, column)| ((*field).to_owned(), (*column).to_owned())).collect();
            let none = BTreeMap::new();
            for (table, headers, mapping) in [
                (Table::Channels, "Id,Ref__c,MessageType\n".to_owned(), &mapping),
                (Table::Users, format!("{USERS}{channel_column}\n"), &none),
            ] {
                let schema = read(&headers).schema();
                context.bind(Binding::new(table, "test", &schema, mapping, false).unwrap());
            }
            channels_can_be_found(&context, Table::Users).is_ok()
        };
        assert!(found("MessagingChannelId", &[]));
        assert!(!found("MessagingChannelId", &[("Id", "Ref__c")]));
        assert!(!found("MessagingChannel.Ref__c", &[]));
    }

    #[test]
    fn customers_are_found_among_users_or_those_of_the_org() {
        let sessions = ("sessions", "Id,MessagingEndUserId,Status\n0Mw000000000001,0PA000000000001,New\n");
        let users = |columns: &str| format!("{columns}\n");
        let skipped = |tables: &[(&str, &str)]| check(tables).skipped("S105");
        let (full, without) = (
            users("Id,MessagingPlatformKey,MessageType,MessagingChannelId,MessagingConsentStatus"),
            users("Id,MessagingPlatformKey,MessageType,MessagingChannelId"),
        );
        let no_id = users("MessagingPlatformKey,MessageType,MessagingChannelId,MessagingConsentStatus");
        assert_eq!(skipped(&[sessions]).as_deref(), Some("neither users nor existing_users were given"));
        assert_eq!(skipped(&[sessions, ("users", &full)]), None);
        assert_eq!(skipped(&[sessions, ("existing_users", &full)]), None);
        assert_eq!(skipped(&[sessions, ("users", &without), ("existing_users", &full)]), None);
        let no_status = "users have no column MessagingConsentStatus";
        assert_eq!(skipped(&[sessions, ("users", &without)]).as_deref(), Some(no_status));
        assert_eq!(skipped(&[sessions, ("users", &no_id), ("existing_users", &without)]).as_deref(), Some(no_status));
        let no_key = "users have no Id column that MessagingEndUserId could refer to";
        assert_eq!(skipped(&[sessions, ("users", &no_id)]).as_deref(), Some(no_key));
    }
}
