//! Planned sends: how findings name the customer, and rules that ask the same of a window.

use crate::engine::context::Context;
use crate::engine::sends::situation::{Ruling, Situation, Unknowns};
use crate::engine::window::Window;
use crate::model::objects::{Table, send};
use crate::tables::id::State;
use crate::tables::sends::SendRow;
use crate::tables::timestamp::span;

/// The field that names the customer of a planned send.
#[must_use]
pub fn customer_field(send: SendRow<'_>) -> usize {
    let by_id = send.batch.id(send::USER, send.row).state != State::Missing;
    if by_id || send.batch.text(send::PHONE, send.row).is_none() { send::USER } else { send::PHONE }
}

/// What a send asks of the messaging window of a customer who has a messaging user.
#[must_use]
pub fn window_ruling(situation: &Situation<'_>, window: Window) -> Ruling {
    match situation.found() {
        Some(_) => Ruling::of(situation.is_closed(window), Unknowns::LAST_MESSAGE),
        None => Ruling::NotApplicable,
    }
}

/// Says how long before the send the customer last wrote.
#[must_use]
pub fn describe_closed(situation: &Situation<'_>, window: Window) -> String {
    let limit = span(window.length(situation.context));
    situation.age().map_or_else(
        || format!("All sessions of the customer ended more than {limit} before the send"),
        |age| format!("The customer last wrote {} before the send, more than {limit}", span(age)),
    )
}

/// Rules about the customer's record need users to look it up among.
///
/// # Errors
/// What is missing.
pub fn users_are_given(context: &Context) -> Result<(), String> {
    if context.given(Table::Users) || context.given(Table::ExistingUsers) {
        return Ok(());
    }
    Err("no users and no existing_users were given".to_owned())
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::check;

    #[test]
    fn rules_about_customers_need_users_of_some_kind() {
        let sends = ("sends", "MessagingEndUserId,MessagingChannelId\n0PA000000000001,0Mj000000000001\n");
        let org = ("existing_users", "Id\n0PA000000000001\n");
        let reason = check(&[sends]).skipped("P110");
        assert_eq!(reason.as_deref(), Some("no users and no existing_users were given"));
        assert_eq!(check(&[sends, org]).skipped("P110"), None);
    }

    #[test]
    fn the_customer_is_named_by_the_id_where_there_is_one() {
        let found = check(&[
            ("channels", "Id,MessageType,PlatformType\n0Mj000000000001,Text,Enhanced\n"),
            (
                "users",
                "Id,MessagingPlatformKey,MessagingChannelId,MessageType,MessagingConsentStatus\n0PA000000000001,+12345678900,0Mj000000000001,Text,OptedOut\n",
            ),
            (
                "sends",
                "MessagingEndUserId,Phone,MessagingChannelId\n0PA000000000001,,0Mj000000000001\n0PA000000000001,+12345678900,0Mj000000000001\n,+12345678900,0Mj000000000001\n",
            ),
        ]);
        assert_eq!(found.rows("P110"), [0, 1, 2]);
        let fields = [0, 1, 2].map(|row| found.column(row, "P110"));
        assert_eq!(fields, ["MessagingEndUserId", "MessagingEndUserId", "Phone"]);
    }
}
