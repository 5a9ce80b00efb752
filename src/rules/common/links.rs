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
